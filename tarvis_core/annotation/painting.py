"""Edits of masks on single frames: pure functions of a project that return what would change."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from tarvis_core.annotation.exemplar import Exemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_shapes import fill_holes, remove_specks
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change, ExemplarChange
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.target_operations import Changes, check_unlocked
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame


def put_mask(
    project: Project,
    target: TargetId,
    frame: int,
    mask: Mask,
    source: MaskSource | None = None,
    *,
    is_exclusive: bool = False,
) -> Changes:
    """Make this mask the target's keyframe on a frame.

    Args:
        project: The project.
        target: Whose mask it is.
        frame: Number of the frame.
        mask: All of the target on that frame.
        source: Who or what made it.
        is_exclusive: Whether a pixel belongs to one target only: the others lose what this mask
            covers, and the mask gets nothing of what a locked target has.

    Raises:
        AnnotationError: The target is locked.
    """
    check_unlocked(project, target)
    others: list[Change] = []
    if is_exclusive:
        mask = _without_locked(project, target, frame, mask)
        others = _take_away(project, target, frame, mask)
    held = project.masks.get(target, frame)
    if held is not None and held.mask == mask and held.state is FrameState.KEYFRAME:
        return tuple(others)
    after = TrackFrame(mask, FrameState.KEYFRAME, source=source)
    return (MaskChange(target, frame, held, after), *others)


def paint(
    project: Project,
    target: TargetId,
    frame: int,
    stroke: Mask,
    source: MaskSource | None = None,
    *,
    is_exclusive: bool = False,
) -> Changes:
    """Add pixels to a target's mask, which becomes a keyframe; see `put_mask`."""
    held = project.masks.get(target, frame)
    mask = stroke if held is None else held.mask.union(stroke)
    return put_mask(project, target, frame, mask, source, is_exclusive=is_exclusive)


def erase(
    project: Project,
    target: TargetId,
    frame: int,
    stroke: Mask,
    source: MaskSource | None = None,
) -> Changes:
    """Take pixels from a target's mask, which becomes a keyframe; see `put_mask`."""
    held = project.masks.get(target, frame)
    if held is None or not held.mask.intersection_area(stroke):
        return ()
    return put_mask(project, target, frame, held.mask.difference(stroke), source)


def make_exclusive(project: Project, frame: int) -> Changes:
    """Let each pixel of a frame belong to one target: the topmost, or a locked one before that."""
    masks = project.masks.masks_at(frame)
    downwards = [
        target for target in reversed(tuple(project.targets.values())) if target.id in masks
    ]
    taken = Mask.empty(*project.video.frame_size)
    for target in downwards:
        if target.is_locked:
            taken = taken.union(masks[target.id].mask)
    changes: list[Change] = []
    for target in downwards:
        if target.is_locked:
            continue
        held = masks[target.id]
        if held.mask.intersection_area(taken):
            rest = held.mask.difference(taken)
            changes.append(MaskChange(target.id, frame, held, with_mask(held, rest)))
        taken = taken.union(held.mask)
    return tuple(changes)


def fill_holes_on(
    project: Project, target: TargetId, frames: Iterable[int], max_area: int | None = None
) -> Changes:
    """Fill holes of at most `max_area` pixels (None: all) in a target's masks; see `fill_holes`.

    Raises:
        AnnotationError: The target is locked.
    """
    return _reshape(project, target, frames, lambda mask: fill_holes(mask, max_area))


def remove_specks_on(
    project: Project, target: TargetId, frames: Iterable[int], min_area: int
) -> Changes:
    """Take pieces of fewer than `min_area` pixels from a target's masks; see `remove_specks`.

    Raises:
        AnnotationError: The target is locked.
    """
    return _reshape(project, target, frames, lambda mask: remove_specks(mask, min_area))


def set_state(
    project: Project, target: TargetId, frames: Iterable[int], state: FrameState
) -> Changes:
    """Make a target's frames keyframes, confirm them, or hand them back to the network.

    Frames without a mask are left out; ABSENT empties them.

    Raises:
        AnnotationError: The target is locked.
    """
    check_unlocked(project, target)
    changes: list[Change] = []
    for frame in frames:
        held = project.masks.get(target, frame)
        if held is None or held.state is state:
            continue
        is_gone = state is FrameState.ABSENT
        mask = Mask.empty(*project.video.frame_size) if is_gone else held.mask
        changes.append(MaskChange(target, frame, held, replace(with_mask(held, mask), state=state)))
    return tuple(changes)


def verify(project: Project, targets: Iterable[TargetId], frame: int) -> Changes:
    """Confirm what the network says of targets on a frame; keyframes stay keyframes."""
    changes: list[Change] = []
    for target in targets:
        summary = project.masks.track(target).summary(frame)
        is_open = summary is not None and not summary.state.is_law
        if is_open and not project.target(target).is_locked:
            changes += set_state(project, target, (frame,), FrameState.VERIFIED)
    return tuple(changes)


def set_exemplars(
    project: Project, target: TargetId, frame: int, exemplars: Iterable[Exemplar]
) -> Changes:
    """Replace what was given for a target on a frame.

    Raises:
        AnnotationError: The target is locked.
    """
    check_unlocked(project, target)
    before, after = project.exemplars_at(target, frame), tuple(exemplars)
    return () if before == after else (ExemplarChange(target, frame, before, after),)


def with_mask(held: TrackFrame, mask: Mask) -> TrackFrame:
    """The same frame with other pixels; a prediction without pixels is an absence.

    What answers to other targets' clicks took of it, or may take, ends with it.
    """
    is_gone = mask.is_empty and held.state is FrameState.PREDICTED
    state = FrameState.ABSENT if is_gone else held.state
    return replace(held, mask=mask, state=state, yields_to=frozenset(), taken=None)


def _reshape(
    project: Project, target: TargetId, frames: Iterable[int], shape: Callable[[Mask], Mask]
) -> Changes:
    check_unlocked(project, target)
    changes: list[Change] = []
    for frame in frames:
        held = project.masks.get(target, frame)
        if held is None:
            continue
        mask = shape(held.mask)
        if mask != held.mask:
            changes.append(MaskChange(target, frame, held, with_mask(held, mask)))
    return tuple(changes)


def _without_locked(project: Project, target: TargetId, frame: int, mask: Mask) -> Mask:
    for other, held in project.masks.masks_at(frame).items():
        if other != target and project.target(other).is_locked:
            mask = mask.difference(held.mask)
    return mask


def _take_away(project: Project, target: TargetId, frame: int, mask: Mask) -> list[Change]:
    changes: list[Change] = []
    for other, held in project.masks.masks_at(frame).items():
        if other == target or project.target(other).is_locked:
            continue
        if held.mask.intersection_area(mask):
            rest = held.mask.difference(mask)
            changes.append(MaskChange(other, frame, held, with_mask(held, rest)))
    return changes
