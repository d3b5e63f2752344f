"""Which frames a run goes through with how many targets, and which of them are still ahead."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
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


class WayAhead:
    """What a job still goes through, in the pass that is in work and in those after it."""

    def __init__(self, job: Job, step: int) -> None:
        """Begin a pass.

        Args:
            job: The run or class search.
            step: The pass, from 0.
        """
        self.num_targets = 0
        """How many the pass carries; 0 for a class search."""
        self.is_backward = False
        """Whether the job goes back through the video."""
        self._later: tuple[Way, ...] = ()
        wanted: Iterable[FrameRange]
        if isinstance(job, FindRequest):
            wanted = [(job.request.first_frame, job.request.last_frame)]
        else:
            current, *later = job.steps[step:]
            wanted = _wanted(current)
            self.num_targets = current.num_targets
            self.is_backward = all(s.request.direction is Direction.BACKWARD for s in job.steps)
            self._later = tuple(map(way_of, later))
        self._spans = _joined(wanted)

    def leave_out(self, frames: Iterable[int]) -> None:
        """Frames of this pass were answered."""
        for first, last in _joined((frame, frame) for frame in frames):
            self._cut(first, last)

    @property
    def ways(self) -> tuple[Way, ...]:
        """The frames that are left, pass by pass."""
        return (Way(tuple(self._spans), self.num_targets), *self._later)

    def _cut(self, first: int, last: int) -> None:
        spans = self._spans
        begin = bisect_left(spans, first, key=lambda span: span[1])
        end = bisect_right(spans, last, key=lambda span: span[0])
        left = [(spans[begin][0], first - 1), (last + 1, spans[end - 1][1])] if begin < end else []
        spans[begin:end] = [span for span in left if span[0] <= span[1]]


def _wanted(step: TrackStep) -> Iterable[FrameRange]:
    request = step.request
    if request.wanted is None:
        return [(request.first_frame, request.last_frame)]
    return [span for spans in request.wanted.values() for span in spans]


def _joined(spans: Iterable[FrameRange]) -> list[FrameRange]:
    """The frames of spans, as stretches in order; no two touch."""
    joined: list[FrameRange] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined
