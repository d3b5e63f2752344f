"""What a click fills: the frames of its clips of which nobody has said anything yet.

Masks of runs, of people and of other tools stay as they are: a run that replaces masks is asked
for, and shows what it replaced. Frames that a click filled before are filled anew.
"""

import itertools
from collections.abc import Iterable, Iterator

from tarvis_app.segmentation.requests import ClipFillAnswer, ClipFillRequest, TrackStep
from tarvis_core.annotation.clicking import FILLED, is_filled
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.painting import with_mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import Direction, TrackRequest
from tarvis_core.annotation.segmentation_changes import (
    Span,
    changes_from_clip,
    exemplars_for,
    spans_beside,
    sparing_others,
)
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import MaskSource
from tarvis_core.annotation.track_requests import frame_ranges, rivals_on


def plan_fill(
    project: Project, target: TargetId, frame: int, extent: tuple[int, int]
) -> TrackStep | None:
    """What carries a target from a frame on which it was given over the frames round it.

    Args:
        project: The project.
        target: The target.
        frame: The frame; the target's mask there is carried.
        extent: First and last frame that may be filled.

    Returns:
        The pass, or None where there is nothing to fill.
    """
    known, held = project.targets.get(target), project.masks.get(target, frame)
    if known is None or known.is_locked or held is None or held.mask.is_empty:
        return None
    if not extent[0] <= frame <= extent[1]:
        return None
    beside = spans_beside(project.masks.track(target), frame, *extent)
    open_frames = [
        each
        for span in beside
        for each in range(span.first, span.last + 1)
        if _is_open(project, target, each)
    ]
    if not open_frames:
        return None
    own = [given for span in beside for given in exemplars_for(project, target, span)]
    exemplars = tuple(dict.fromkeys((*own, *rivals_on(project, (frame,), own))))
    wanted = {target: tuple(_joined(open_frames))}
    first, last = min(*open_frames, frame), max(*open_frames, frame)
    request = TrackRequest(exemplars, first, last, Direction.BOTH, frame_ranges(wanted))
    return TrackStep(request, tuple(wanted.items()))


def fill_changes(
    project: Project, answer: ClipFillAnswer, *, is_exclusive: bool = False
) -> tuple[MaskChange, ...]:
    """The changes that write a part of a fill: only frames that are still open to it.

    Args:
        project: The project.
        answer: The part.
        is_exclusive: Whether no pixel is to have two targets: what a person gave to others is
            left out, and what fills for earlier clicks have of it is taken from them.
    """
    request = answer.request
    if is_outdated(project, request):
        return ()
    source = MaskSource(FILLED, answer.weights)  # no time: a run is still to replace it
    changes = changes_from_clip(project, answer.clip, dict(request.step.wanted), source)
    changes = tuple(c for c in changes if _is_open(project, c.target, c.frame))
    if not is_exclusive:
        return changes
    changes = sparing_others(project, changes)
    return (*changes, *(taken for each in changes for taken in _taken_from_fills(project, each)))


def _taken_from_fills(project: Project, change: MaskChange) -> Iterator[MaskChange]:
    """What other fills lose to a new one, which was told of their targets and not they of its."""
    assert change.after is not None, "a fill writes masks"
    for other, held in project.masks.masks_at(change.frame).items():
        if other == change.target or not is_filled(held) or project.target(other).is_locked:
            continue
        left = held.mask.difference(change.after.mask)
        if left != held.mask:
            yield MaskChange(other, change.frame, held, with_mask(held, left))


def is_outdated(project: Project, request: ClipFillRequest) -> bool:
    """Whether the target does not look any more as it did where the fill sets out from."""
    if request.target not in project.targets:
        return True
    held = project.masks.get(request.target, request.frame)
    return held is None or held.mask != request.start


def _is_open(project: Project, target: TargetId, frame: int) -> bool:
    held = project.masks.get(target, frame)
    if project.exemplars_at(target, frame) or (held is not None and held.state.is_law):
        return False
    return held is None or is_filled(held)


def _joined(frames: Iterable[int]) -> Iterator[Span]:
    """The stretches of consecutive frames."""
    for _, group in itertools.groupby(enumerate(frames), key=lambda pair: pair[1] - pair[0]):
        stretch = [frame for _, frame in group]
        yield Span(stretch[0], stretch[-1], None, None)
