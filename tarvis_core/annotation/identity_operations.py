"""Edits that say who is who: pure functions of a project that return what would change.

What they say holds for later runs: they make law at its borders (`identity_borders`).
"""

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from tarvis_core.annotation.answer_sharing import with_takers_known_as
from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar, ShownMask
from tarvis_core.annotation.identity_borders import EditedTrack
from tarvis_core.annotation.mask import Mask
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
from tarvis_core.annotation.track import FrameState, TrackFrame
from tarvis_core.errors import AnnotationError

_STRENGTH = (FrameState.ABSENT, FrameState.PREDICTED, FrameState.VERIFIED, FrameState.KEYFRAME)
"""Which state a frame has that two tracks share when they become one: the later in this list."""


def split_at(project: Project, target: TargetId, frame: int) -> tuple[TargetId, Changes]:
    """Make what a target has from this frame on a target of its own, just above it in the list.

    No later run carries the old one on from here, or the new one back.

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
    moved = dict(track.items(frame))
    given = project.exemplar_frames(target)
    before = EditedTrack(
        project, target, dict.fromkeys(moved), [each for each in given if each < frame]
    )
    later = EditedTrack(project, number, moved, [each for each in given if each >= frame])
    end = project.video.num_frames - 1
    if before.is_seen(0, frame - 1) and later.is_seen(frame, end):
        before.divide_at(frame)
        later.begin_at(frame)
    changes += [*before.changes(), *later.changes()]
    for where in given:
        if where >= frame:
            held = project.exemplars_at(target, where)
            changes.append(ExemplarChange(target, where, held, ()))
            changes.append(ExemplarChange(number, where, (), _given_to(number, held)))
            changes += _rename_takers(project, where, {target: number})
    return number, tuple(changes)


def merge(project: Project, into: TargetId, other: TargetId) -> Changes:
    """Make two targets one: `other` is added to `into` and goes.

    On frames that both have, the mask covers both, and a person's state wins over the network's.
    Where one goes on from the other, and where both are first seen together, is law.

    Raises:
        AnnotationError: One of them is locked, or both are the same.
    """
    if into == other:
        raise AnnotationError("a target cannot be merged with itself. Select two targets")
    for target in (into, other):
        check_unlocked(project, target)
    changes = remove_content(project, other)
    changes.append(TargetChange(project.target(other), None, project.position(other)))
    own, added = (dict(project.masks.track(target).items()) for target in (into, other))
    united = {
        frame: _united(own[frame], held) if frame in own else held for frame, held in added.items()
    }
    itself = dict.fromkeys((into, other))
    united = {frame: with_takers_known_as(held, itself) for frame, held in united.items()}
    given = {*project.exemplar_frames(into), *project.exemplar_frames(other)}
    track = EditedTrack(project, into, united, given)
    for frame in _seams(own, added):
        track.divide_at(frame)
    changes += track.changes()
    for frame in project.exemplar_frames(other):
        before = project.exemplars_at(into, frame)
        both = (*before, *_given_to(into, project.exemplars_at(other, frame)))
        changes.append(ExemplarChange(into, frame, before, _with_one_mask(both)))
        changes += _rename_takers(project, frame, {other: into})
    return tuple(changes)


def swap_from(
    project: Project, first: TargetId, second: TargetId, frame: int, last: int | None = None
) -> Changes:
    """Exchange what two targets have from this frame on (up to `last` inclusive, if given).

    Where it begins and ends both are law, so that no later run exchanges them again.

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
    names = {first: second, second: first}
    held = {
        target: {where: with_takers_known_as(mask, names) for where, mask in masks.items()}
        for target, masks in held.items()
    }
    frames = {*held[first], *held[second]}
    tracks: list[EditedTrack] = []
    for target, other in ((first, second), (second, first)):
        kept = set(project.exemplar_frames(target)).difference(given[target])
        after = {where: held[other].get(where) for where in frames}
        tracks.append(EditedTrack(project, target, after, kept.union(given[other])))
    end = project.video.num_frames
    _divide_swapped(tracks, (frame, end if last is None else last + 1), end)
    changes: list[Change] = [change for track in tracks for change in track.changes()]
    for target, other in ((first, second), (second, first)):
        for where in sorted({*given[target], *given[other]}):
            before = project.exemplars_at(target, where)
            from_other = _given_to(target, project.exemplars_at(other, where))
            changes.append(ExemplarChange(target, where, before, from_other))
    for where in sorted({*given[first], *given[second]}):
        changes += _rename_takers(project, where, names)
    return tuple(changes)


def _rename_takers(
    project: Project, frame: int, names: Mapping[TargetId, TargetId]
) -> Iterator[MaskChange]:
    """Let the masks of a frame remember whose the answers are that took pixels of them.

    Args:
        project: The project before the edit.
        frame: A frame whose clicks are others' after it.
        names: Whose they are, by whose they were. Neither's masks are renamed.
    """
    concerned = {*names, *names.values()}
    for target, held in project.masks.masks_at(frame).items():
        after = with_takers_known_as(held, names)
        if target not in concerned and after != held:
            yield MaskChange(target, frame, held, after)


def _divide_swapped(tracks: Iterable[EditedTrack], swapped: tuple[int, int], end: int) -> None:
    """Make law what targets have where a stretch that they exchanged begins and ends.

    Args:
        tracks: Both targets as they are after the exchange.
        swapped: First frame of the stretch, and the first after it.
        end: Number of frames of the video.
    """
    first, after = swapped
    parts = ((0, first - 1), (first, after - 1), (after, end - 1))
    is_seen = [any(track.is_seen(*part) for track in tracks) for part in parts]
    for track in tracks:
        if is_seen[0] and is_seen[1]:
            track.divide_at(first)
        if is_seen[1] and is_seen[2]:
            track.divide_at(after)


def _seams(own: Mapping[int, TrackFrame], added: Mapping[int, TrackFrame]) -> Iterator[int]:
    """Frames from which on one of two tracks goes on from the other, or both are seen first."""
    alone_before: bool | None = None
    are_joined = False
    for frame in sorted({*own, *added}):
        is_own, is_added = (
            frame in side and not side[frame].mask.is_empty for side in (own, added)
        )
        if is_own and is_added:
            if not are_joined:
                yield frame
            are_joined = True
        elif is_own or is_added:
            if alone_before is (not is_own):
                yield frame
            alone_before = is_own


def _united(held: TrackFrame, added: TrackFrame) -> TrackFrame:
    if held.mask.is_empty != added.mask.is_empty:
        return added if held.mask.is_empty else held
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
