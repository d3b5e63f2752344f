"""The edits a person can make, computed from a project: what will change, and nothing done yet."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tarvis_core.annotation.exemplar import Exemplar
from tarvis_core.annotation.label_set import Category, LabelSet, load_label_set
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.palette import target_colour
from tarvis_core.annotation.project import Change, Project
from tarvis_core.annotation.project_changes import (
    ExemplarChange,
    LabelSetChange,
    NextTargetIdChange,
    TargetChange,
)
from tarvis_core.annotation.target import CategoryId, Target, TargetId, TargetKind
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame


@dataclass(frozen=True)
class Edit:
    """One step of the history."""

    text: str
    """What the person did, as undo and redo name it."""
    changes: tuple[Change, ...]
    frame: int | None = None
    """Where it can be seen; undo and redo go there. None: everywhere."""
    gesture: int | None = None
    """Edits of the same gesture (a run, a click and its answer) become one step."""


@dataclass(frozen=True)
class NewTarget:
    """A target to be made, and the changes that make it."""

    target: Target
    changes: tuple[Change, ...]


def new_target(
    project: Project,
    name: str = "",
    category: CategoryId | None = None,
    kind: TargetKind = TargetKind.THING,
    earlier: Sequence[Change] = (),
) -> NewTarget:
    """A new target at the end of the list; its number is part of its name.

    Args:
        project: The project.
        name: What it is called; without one, "Target".
        category: Its class in the project's label set.
        kind: Thing or stuff.
        earlier: Changes of the same edit that come before.
    """
    number = project.new_target_id()
    num_new = sum(isinstance(c, TargetChange) and c.before is None for c in earlier)
    expected = max(
        [c.after for c in earlier if isinstance(c, NextTargetIdChange)],
        default=project.next_target_id,
    )
    target = Target(
        number,
        f"{name or 'Target'} {number}",
        category=category,
        kind=kind,
        colour=target_colour(number),
    )
    changes = (
        NextTargetIdChange(expected, TargetId(number + 1)),
        TargetChange(None, target, len(project.targets) + num_new),
    )
    return NewTarget(target, changes)


def adopt_category(
    project: Project, label_set: str, wanted: CategoryId, earlier: Sequence[Change] = ()
) -> tuple[Category, tuple[Change, ...]]:
    """A class of another label set as a class of the project's, which takes it up if needed.

    A project whose classes nobody uses yet takes over the whole label set.

    Args:
        project: The project.
        label_set: Name of the label set that the class comes from.
        wanted: Number of the class there.
        earlier: Changes of the same edit that come before.

    Returns:
        The class under its number in the project, and the changes that make it so.
    """
    changed = [c.after for c in earlier if isinstance(c, LabelSetChange)]
    current = changed[-1] if changed else project.label_set
    category = load_label_set(label_set).category(wanted)
    known = current.by_name(category.name)
    if known is not None and (current.name == label_set or known.kind is category.kind):
        return known, ()
    is_unused = all(target.category is None for target in project.targets.values())
    if is_unused and not changed:
        return category, (LabelSetChange(current, load_label_set(label_set)),)
    taken = {held.id for held in current.categories}
    number = wanted if wanted not in taken else CategoryId(max(taken) + 1)
    adopted = replace(category, id=number)
    extended = LabelSet(current.name, (*current.categories, adopted))
    return adopted, (LabelSetChange(current, extended),)


def change_target(project: Project, after: Target) -> tuple[Change, ...]:
    """Alter a target's name, class, colour, lock or visibility; nothing if it is the same."""
    before = project.target(after.id)
    if before == after:
        return ()
    return (TargetChange(before, after, project.position(after.id)),)


def remove_targets(project: Project, targets: Iterable[TargetId]) -> tuple[Change, ...]:
    """Remove targets with all their masks and exemplars."""
    changes: list[Change] = []
    doomed = sorted(set(targets), key=project.position, reverse=True)
    for target in doomed:
        track = project.masks.track(target)
        changes += [MaskChange(target, frame, mask, None) for frame, mask in track.items()]
        changes += [
            ExemplarChange(target, frame, project.exemplars_at(target, frame), ())
            for frame in project.exemplar_frames(target)
        ]
        changes.append(TargetChange(project.target(target), None, project.position(target)))
    return tuple(changes)


def set_exemplars(
    project: Project, target: TargetId, frame: int, exemplars: Sequence[Exemplar]
) -> tuple[Change, ...]:
    """Replace what was given for a target on a frame; the target may be about to be made."""
    before = project.exemplars_at(target, frame)
    after = tuple(exemplars)
    return () if before == after else (ExemplarChange(target, frame, before, after),)


def paint(
    project: Project,
    target: TargetId,
    frame: int,
    mask: Mask,
    *,
    tool: str,
    is_exclusive: bool,
) -> tuple[Change, ...]:
    """Put a mask that a person drew on a frame: it becomes a keyframe.

    Args:
        project: The project; the target may be about to be made.
        target: Whose mask it is.
        frame: The frame's number.
        mask: The whole mask of the target on this frame.
        tool: Name of the tool, kept with the mask.
        is_exclusive: Whether other targets lose the pixels; locked ones never do.
    """
    before = project.masks.get(target, frame)
    after = TrackFrame(mask, FrameState.KEYFRAME, source=_source(tool))
    changes: list[Change] = [MaskChange(target, frame, before, after)]
    if is_exclusive:
        changes += _take_pixels(project, target, frame, mask)
    return tuple(changes)


def _take_pixels(project: Project, target: TargetId, frame: int, mask: Mask) -> list[Change]:
    changes: list[Change] = []
    for other, held in project.masks.masks_at(frame).items():
        if other == target or project.target(other).is_locked:
            continue
        if held.mask.intersection_area(mask):
            rest = held.mask.difference(mask)
            after = TrackFrame(rest, held.state, held.score, held.disagreement, held.source)
            changes.append(MaskChange(other, frame, held, after))
    return changes


def set_state(
    project: Project, targets: Iterable[TargetId], frame: int, state: FrameState
) -> tuple[Change, ...]:
    """Give the masks of targets on a frame another state; targets without a mask are left out."""
    changes: list[Change] = []
    for target in targets:
        before = project.masks.get(target, frame)
        if before is None or before.state is state:
            continue
        if state is FrameState.ABSENT:
            after = TrackFrame(_empty_like(project), state, source=_source("absent"))
        else:
            after = TrackFrame(before.mask, state, before.score, before.disagreement, before.source)
        changes.append(MaskChange(target, frame, before, after))
    return tuple(changes)


def verify(project: Project, targets: Iterable[TargetId], frame: int) -> tuple[Change, ...]:
    """Confirm what the network says on a frame; keyframes stay keyframes."""
    wanted = []
    for target in targets:
        summary = project.masks.track(target).summary(frame)
        if summary is not None and not summary.state.is_law:
            wanted.append(target)
    return set_state(project, wanted, frame, FrameState.VERIFIED)


def mark_absent(project: Project, target: TargetId, first: int, last: int) -> tuple[Change, ...]:
    """Say that a target is in none of these frames.

    The first becomes an empty keyframe, whatever was there; law frames after it are kept.
    """
    changes: list[Change] = []
    track = project.masks.track(target)
    for frame in range(first, last + 1):
        summary = track.summary(frame)
        if frame > first and summary is not None and summary.state.is_law:
            continue
        state = FrameState.KEYFRAME if frame == first else FrameState.ABSENT
        after = TrackFrame(_empty_like(project), state, source=_source("absent"))
        changes.append(MaskChange(target, frame, track.get(frame), after))
    return tuple(changes)


def remove_masks(
    project: Project, targets: Iterable[TargetId], frames: Iterable[int]
) -> tuple[Change, ...]:
    """Take masks and exemplars of targets away on some frames."""
    changes: list[Change] = []
    wanted = tuple(frames)
    for target in targets:
        for frame in wanted:
            held = project.masks.get(target, frame)
            if held is not None:
                changes.append(MaskChange(target, frame, held, None))
            changes += set_exemplars(project, target, frame, ())
    return tuple(changes)


def _empty_like(project: Project) -> Mask:
    return Mask.empty(*project.video.frame_size)


def _source(tool: str) -> MaskSource:
    return MaskSource(tool, made_at=int(time.time()))
