"""Which frames a run goes through with how many targets, and which of them are still ahead."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from tarvis_app.segmentation.requests import FindRequest, Job, TrackStep
from tarvis_core.annotation.segmentation import Direction, FrameRange


@dataclass(frozen=True)
class Way:
    """Frames that a run goes through."""

    spans: tuple[FrameRange, ...]
    """First and last frame of each stretch, both inclusive."""
    num_targets: int = 0
    """Carried over them; 0 for a class search."""

    @property
    def num_frames(self) -> int:
        """So many they are."""
        return sum(last - first + 1 for first, last in self.spans)


def way_of(step: TrackStep) -> Way:
    """What one pass of a run goes through."""
    request = step.request
    return Way(((request.first_frame, request.last_frame),), step.num_targets)


def ways_left(job: Job, step: int, answered: Container[int]) -> tuple[Way, ...]:
    """What a job still goes through.

    Args:
        job: The run or class search.
        step: The pass in work, from 0.
        answered: The frames that this pass has answered.
    """
    if isinstance(job, FindRequest):
        whole = (job.request.first_frame, job.request.last_frame)
        return (Way(_without([whole], answered)),)
    current, *others = job.steps[step:]
    rest = Way(_without(_wanted(current), answered), current.num_targets)
    return (rest, *(way_of(other) for other in others))


def is_backward(job: Job) -> bool:
    """Whether a job goes back through the video."""
    if isinstance(job, FindRequest):
        return False
    return all(step.request.direction is Direction.BACKWARD for step in job.steps)


def num_targets(job: Job, step: int) -> int:
    """How many targets a pass carries; 0 for a class search."""
    return 0 if isinstance(job, FindRequest) else job.steps[step].num_targets


def _wanted(step: TrackStep) -> Iterable[FrameRange]:
    request = step.request
    if request.wanted is None:
        return [(request.first_frame, request.last_frame)]
    return [span for spans in request.wanted.values() for span in spans]


def _without(spans: Iterable[FrameRange], answered: Container[int]) -> tuple[FrameRange, ...]:
    """The frames of spans that are not answered, as stretches in order."""
    frames = sorted({f for first, last in spans for f in range(first, last + 1)})
    stretches: list[FrameRange] = []
    for frame in frames:
        if frame in answered:
            continue
        if stretches and stretches[-1][1] == frame - 1:
            stretches[-1] = (stretches[-1][0], frame)
        else:
            stretches.append((frame, frame))
    return tuple(stretches)
