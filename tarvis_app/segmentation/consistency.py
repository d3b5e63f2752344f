"""Forward against backward: tracks a target back from where it ended, and compares.

Where a target carried back from the end of a stretch does not come out as it went in, one of the
two ways is wrong. The comparison is noted as disagreement, so that timeline and review show it; no
mask is changed.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from tarvis_app.segmentation.requests import ClipAnswer, TrackStep
from tarvis_app.segmentation.run_stretches import RunWish
from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import Direction, TrackRequest
from tarvis_core.annotation.segmentation_changes import Span, spans
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import Track
from tarvis_core.annotation.track_requests import frame_ranges, rivals_on

FEWEST_FRAMES = 3
"""A shorter stretch says nothing."""
DOUBTFUL = 0.5
"""Frames that disagree by more are counted."""


def plan_check(project: Project, wish: RunWish) -> tuple[TrackStep, ...]:
    """The passes that track the wished targets back over the range, stretch by stretch."""
    starts: dict[tuple[int, int], list[MaskExemplar]] = defaultdict(list)
    for target in wish.targets:
        if project.target(target).is_locked:
            continue
        track = project.masks.track(target)
        for span in spans(track, *wish.limits):
            end = _end(track, span)
            if end is not None and end - span.first >= FEWEST_FRAMES:
                held = track.get(end)
                assert held is not None, "the end of a stretch has a mask"
                starts[span.first, end].append(MaskExemplar(end, target, held.mask))
    return tuple(_step(project, *extent, given) for extent, given in sorted(starts.items()))


def _step(project: Project, first: int, end: int, starts: list[MaskExemplar]) -> TrackStep:
    wanted = {start.target: (Span(first, end - 1, None, end),) for start in starts}
    exemplars = (*starts, *rivals_on(project, (end,), starts))
    request = TrackRequest(exemplars, first, end, Direction.BACKWARD, frame_ranges(wanted))
    return TrackStep(request, tuple(wanted.items()), is_check=True)


def _end(track: Track, span: Span) -> int | None:
    """The last frame with a mask of a stretch and the law frame after it; None without any."""
    last = span.last if span.right is None else span.right
    for frame in reversed(track.frames_between(span.first, last)):
        summary = track.summary(frame)
        if summary is not None and not summary.is_empty:
            return frame
    return None


def check_changes(project: Project, step: TrackStep, answer: ClipAnswer) -> tuple[MaskChange, ...]:
    """The changes that note how far one clip of the way back disagrees with what is there."""
    return tuple(
        change
        for target, of_target in step.wanted
        if target in project.targets and target in answer.clip.masks
        for change in _changes_of(project, target, of_target, answer)
    )


def _changes_of(
    project: Project, target: TargetId, wanted: tuple[Span, ...], answer: ClipAnswer
) -> Iterator[MaskChange]:
    back = answer.clip.masks[target]
    nothing = Mask.empty(*project.video.frame_size)
    for frame in answer.clip.frames:
        held = project.masks.get(target, frame)
        if held is None or held.state.is_law or not any(frame in span for span in wanted):
            continue
        found = back.get(frame)
        disagreement = 1.0 - _iou(held.mask, nothing if found is None else found.mask)
        if disagreement > (held.disagreement or 0.0):
            noted = replace(held, disagreement=disagreement)
            yield project.masks.change_to(target, frame, noted)


def _iou(one: Mask, other: Mask) -> float:
    """IoU; 1 where both are empty."""
    return 1.0 if one.is_empty and other.is_empty else one.iou(other)


def num_doubtful(changes: tuple[MaskChange, ...]) -> int:
    """On how many frames of the changes the two ways disagree by much."""
    held = [change.after for change in changes if change.after is not None]
    return sum((frame.disagreement or 0.0) > DOUBTFUL for frame in held)
