"""Edits of a target through time: pure functions of a project that return what would change."""

from collections.abc import Iterable, Iterator

from tarvis_core.annotation.identity_borders import EditedTrack
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_shapes import shapes_between
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import (
    Change,
    ExemplarChange,
)
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.target_operations import (
    Changes,
    check_unlocked,
    remove_content,
)
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tarvis_core.errors import AnnotationError


def delete_range(project: Project, target: TargetId, first: int, last: int) -> Changes:
    """Forget a target's masks and exemplars from `first` to `last` inclusive.

    Raises:
        AnnotationError: The target is locked.
    """
    check_unlocked(project, target)
    return tuple(remove_content(project, target, first, last))


def delete_from(project: Project, target: TargetId, frame: int) -> Changes:
    """Forget a target's masks and exemplars from this frame on.

    Raises:
        AnnotationError: The target is locked.
    """
    check_unlocked(project, target)
    return tuple(remove_content(project, target, frame))


def mark_absent_from(
    project: Project, target: TargetId, frame: int, source: MaskSource | None = None
) -> Changes:
    """Say that a target is not in the video from this frame on, until it was seen to be back.

    This frame becomes an empty keyframe, for which nothing before it waits for a run. Those after
    it are absent, up to the next frame that a person stands behind, or the end of the video.

    Raises:
        AnnotationError: The target is locked.
    """
    check_unlocked(project, target)
    track = project.masks.track(target)
    back = track.law_frame_after(frame)
    last = project.video.num_frames - 1 if back is None else back - 1
    absent = TrackFrame(Mask.empty(*project.video.frame_size), FrameState.ABSENT, source=source)
    edited = EditedTrack(project, target, dict.fromkeys(range(frame, last + 1), absent))
    edited.make_law(frame)
    changes: list[Change] = [*edited.changes()]
    for where in project.exemplar_frames(target):
        if frame <= where <= last:
            given = project.exemplars_at(target, where)
            changes.append(ExemplarChange(target, where, given, ()))
    return tuple(changes)


def copy_to_frames(
    project: Project,
    target: TargetId,
    frame: int,
    frames: Iterable[int],
    source: MaskSource | None = None,
) -> Changes:
    """Put the mask of one frame on others, as keyframes; what a person stands behind stays.

    Raises:
        AnnotationError: The target is locked, or has no mask on `frame`.
    """
    check_unlocked(project, target)
    track = project.masks.track(target)
    held = track.get(frame)
    if held is None or held.mask.is_empty:
        raise AnnotationError(
            "{name} has no mask on frame {frame} to copy",
            name=project.target(target).name,
            frame=frame,
        )
    after = TrackFrame(held.mask, FrameState.KEYFRAME, source=source)
    by_person = set(track.law_frames)
    free = [f for f in sorted(set(frames)) if f != frame and f not in by_person]
    return tuple(MaskChange(target, where, track.get(where), after) for where in free)


def interpolate(
    project: Project, target: TargetId, frame: int, source: MaskSource | None = None
) -> Changes:
    """Fill the frames between the keyframes on both sides of a frame with shapes in between.

    Raises:
        AnnotationError: The target is locked, or lacks a keyframe with a mask on one side.
    """
    check_unlocked(project, target)
    track = project.masks.track(target)
    first, last = track.law_frame_before(frame + 1), track.law_frame_after(frame)
    if first is None or last is None:
        raise AnnotationError(
            "{name} has no keyframes on both sides of frame {frame}. Make one on each side",
            name=project.target(target).name,
            frame=frame,
        )
    start, end = track.get(first), track.get(last)
    if start is None or end is None or start.mask.is_empty or end.mask.is_empty:
        raise AnnotationError(
            "the keyframes {first} and {last} must both have a mask", first=first, last=last
        )
    frames = range(first + 1, last)
    fractions = [(where - first) / (last - first) for where in frames]
    shapes = shapes_between(start.mask, end.mask, fractions)
    return tuple(_put(project, target, zip(frames, shapes, strict=True), source))


def _put(
    project: Project,
    target: TargetId,
    shapes: Iterable[tuple[int, Mask]],
    source: MaskSource | None,
) -> Iterator[Change]:
    for frame, shape in shapes:
        state = FrameState.ABSENT if shape.is_empty else FrameState.PREDICTED
        yield project.masks.change_to(target, frame, TrackFrame(shape, state, source=source))
