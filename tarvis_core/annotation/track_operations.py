"""Edits of a target through time: pure functions of a project that return what would change."""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar, ShownMask
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_shapes import shapes_between
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.painting import with_mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import (
    Change,
    ExemplarChange,
    NextTargetIdChange,
    TargetChange,
)
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.target_operations import (
    Changes,
    check_unlocked,
    new_target_colour,
    remove_content,
)
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tarvis_core.errors import AnnotationError

_STRENGTH = (FrameState.ABSENT, FrameState.PREDICTED, FrameState.VERIFIED, FrameState.KEYFRAME)
"""Which state a frame has that two tracks share when they become one: the later in this list."""


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


def split_at(project: Project, target: TargetId, frame: int) -> tuple[TargetId, Changes]:
    """Make what a target has from this frame on a target of its own, just above it in the list.

    Returns:
        The new target's number, and the edit.

    Raises:
        AnnotationError: The target is locked, or has nothing before or nothing after.
    """
    check_unlocked(project, target)
    track = project.masks.track(target)
    if not track.frames or track.frames[0] >= frame or track.frames[-1] < frame:
        raise AnnotationError(
            "frame {frame} does not divide {name}", frame=frame, name=project.target(target).name
        )
    number = project.new_target_id()
    old = project.target(target)
    new = replace(old, id=number, name=f"{old.name} ({number})", colour=new_target_colour(project))
    changes: list[Change] = [
        NextTargetIdChange(project.next_target_id, TargetId(number + 1)),
        TargetChange(None, new, project.position(target) + 1),
    ]
    changes += remove_content(project, target, frame)
    changes += [MaskChange(number, later, None, held) for later, held in track.items(frame)]
    for later in project.exemplar_frames(target):
        if later >= frame:
            given = project.exemplars_at(target, later)
            changes.append(ExemplarChange(number, later, (), _given_to(number, given)))
    return number, tuple(changes)


def merge(project: Project, into: TargetId, other: TargetId) -> Changes:
    """Make two targets one: `other` is added to `into` and goes.

    On frames that both have, the mask covers both, and a person's state wins over the network's.

    Raises:
        AnnotationError: One of them is locked, or both are the same.
    """
    if into == other:
        raise AnnotationError("a target cannot be merged with itself. Select two targets")
    for target in (into, other):
        check_unlocked(project, target)
    changes = remove_content(project, other)
    changes.append(TargetChange(project.target(other), None, project.position(other)))
    own = dict(project.masks.track(into).items())
    for frame, added in project.masks.track(other).items():
        held = own.get(frame)
        after = added if held is None else _united(held, added)
        changes.append(MaskChange(into, frame, held, after))
    for frame in project.exemplar_frames(other):
        before = project.exemplars_at(into, frame)
        both = (*before, *_given_to(into, project.exemplars_at(other, frame)))
        changes.append(ExemplarChange(into, frame, before, _with_one_mask(both)))
    return tuple(changes)


def swap_from(
    project: Project, first: TargetId, second: TargetId, frame: int, last: int | None = None
) -> Changes:
    """Exchange what two targets have from this frame on (up to `last` inclusive, if given).

    Raises:
        AnnotationError: One of them is locked, or both are the same.
    """
    if first == second:
        raise AnnotationError("a target cannot be swapped with itself. Select two targets")
    for target in (first, second):
        check_unlocked(project, target)
    held = {
        target: dict(project.masks.track(target).items(frame, last)) for target in (first, second)
    }
    given = {
        target: [
            where
            for where in project.exemplar_frames(target)
            if where >= frame and (last is None or where <= last)
        ]
        for target in (first, second)
    }
    changes: list[Change] = []
    for target, other in ((first, second), (second, first)):
        changes += [
            MaskChange(target, where, held[target].get(where), held[other].get(where))
            for where in sorted({*held[target], *held[other]})
        ]
        for where in sorted({*given[target], *given[other]}):
            before = project.exemplars_at(target, where)
            after = _given_to(target, project.exemplars_at(other, where))
            changes.append(ExemplarChange(target, where, before, after))
    return tuple(changes)


def mark_absent_from(
    project: Project, target: TargetId, frame: int, source: MaskSource | None = None
) -> Changes:
    """Say that a target is not in the video from this frame on, until it was seen to be back.

    This frame becomes an empty keyframe. Those after it are absent, up to the next frame that a
    person stands behind, or the end of the video.

    Raises:
        AnnotationError: The target is locked.
    """
    check_unlocked(project, target)
    track = project.masks.track(target)
    back = track.law_frame_after(frame)
    last = project.video.num_frames - 1 if back is None else back - 1
    nothing = Mask.empty(*project.video.frame_size)
    known = dict(track.items(frame, last))
    changes: list[Change] = []
    for where in range(frame, last + 1):
        state = FrameState.KEYFRAME if where == frame else FrameState.ABSENT
        after = TrackFrame(nothing, state, source=source)
        changes.append(MaskChange(target, where, known.get(where), after))
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


def _united(held: TrackFrame, added: TrackFrame) -> TrackFrame:
    stronger = max((held, added), key=lambda frame: _STRENGTH.index(frame.state))
    known = [d for d in (held.disagreement, added.disagreement) if d is not None]
    return replace(
        with_mask(stronger, held.mask.union(added.mask)),
        score=max(held.score, added.score),
        disagreement=max(known, default=None),
    )


def _given_to(target: TargetId, exemplars: Iterable[Exemplar]) -> tuple[Exemplar, ...]:
    return tuple(replace(exemplar, target=target) for exemplar in exemplars)


def _with_one_mask(exemplars: tuple[Exemplar, ...]) -> tuple[Exemplar, ...]:
    """The same exemplars with their masks of each kind united in one."""
    rest = tuple(e for e in exemplars if not isinstance(e, MaskExemplar | ShownMask))
    united: list[Exemplar] = []
    for kind in (MaskExemplar, ShownMask):
        masks = [exemplar for exemplar in exemplars if isinstance(exemplar, kind)]
        if masks:
            pixels = functools.reduce(Mask.union, (each.mask for each in masks))
            united.append(replace(masks[0], mask=pixels))
    return (*united, *rest)
