"""Edits of targets as a whole: pure functions of a project that return what would change."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from tarvis_core.annotation.label_set import Category, Colour
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.palette import free_colours
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import (
    Change,
    ExemplarChange,
    NextTargetIdChange,
    TargetChange,
    TargetOrderChange,
)
from tarvis_core.annotation.target import CategoryId, Target, TargetId, TargetKind
from tarvis_core.errors import AnnotationError

Changes = tuple[Change, ...]
"""One edit; empty where nothing would change."""


def create_target(
    project: Project,
    name: str | None = None,
    category: CategoryId | None = None,
    kind: TargetKind | None = None,
    position: int | None = None,
) -> tuple[TargetId, Changes]:
    """A new target with a number that none ever had.

    Args:
        project: The project.
        name: What it is called; None for its class and number.
        category: Its class in the project's label set.
        kind: Thing or stuff; None for what its class is.
        position: Its place in the order of drawing; None for on top.

    Returns:
        Its number, and the edit that makes it.

    Raises:
        AnnotationError: The label set has no such class.
    """
    number = project.new_target_id()
    known = None if category is None else _category_of(project, category)
    target = Target(
        number,
        name or name_by_number(known, number),
        category,
        kind or (TargetKind.THING if known is None else known.kind),
        new_target_colour(project),
    )
    place = len(project.targets) if position is None else position
    return number, (
        NextTargetIdChange(project.next_target_id, TargetId(number + 1)),
        TargetChange(None, target, place),
    )


def name_by_number(category: Category | None, number: TargetId) -> str:
    """What a target is called until a person names it."""
    return f"{'Target' if category is None else category.words} {number}"


def new_target_colour(project: Project) -> Colour:
    """The colour (RGB) of the next new target: the palette's first that nothing else has."""
    taken = {target.colour for target in project.targets.values()}
    return next(free_colours(taken | project.reserved_colours))


def change_target(project: Project, after: Target) -> Changes:
    """Alter a target to be like `after`; the others here are shorthands of this."""
    before = project.target(after.id)
    if before == after:
        return ()
    return (TargetChange(before, after, project.position(after.id)),)


def rename(project: Project, target: TargetId, name: str) -> Changes:
    """Call a target by another name.

    Raises:
        AnnotationError: The name is empty.
    """
    if not name.strip():
        raise AnnotationError("a target needs a name")
    return change_target(project, replace(project.target(target), name=name.strip()))


def recolour(project: Project, target: TargetId, colour: Colour) -> Changes:
    """Draw a target in another colour."""
    return change_target(project, replace(project.target(target), colour=colour))


def set_category(project: Project, target: TargetId, category: CategoryId | None) -> Changes:
    """Give a target a class of the project's label set, and the kind of that class.

    Raises:
        AnnotationError: The label set has no such class.
    """
    before = project.target(target)
    kind = before.kind if category is None else _category_of(project, category).kind
    return change_target(project, replace(before, category=category, kind=kind))


def set_kind(project: Project, targets: Iterable[TargetId], kind: TargetKind) -> Changes:
    """Say whether targets are things or regions (stuff); their classes stay."""
    return tuple(
        change
        for target in targets
        for change in change_target(project, replace(project.target(target), kind=kind))
    )


def set_visible(project: Project, targets: Iterable[TargetId], *, is_visible: bool) -> Changes:
    """Show or hide targets."""
    return tuple(
        change
        for target in targets
        for change in change_target(project, replace(project.target(target), is_visible=is_visible))
    )


def show_only(project: Project, targets: Collection[TargetId]) -> Changes:
    """Show these targets and hide all others."""
    return tuple(
        change
        for target in project.targets.values()
        for change in change_target(project, replace(target, is_visible=target.id in targets))
    )


def set_locked(project: Project, targets: Iterable[TargetId], *, is_locked: bool) -> Changes:
    """Keep painting, clicks and runs from changing targets, or let them."""
    return tuple(
        change
        for target in targets
        for change in change_target(project, replace(project.target(target), is_locked=is_locked))
    )


def move_target(project: Project, target: TargetId, position: int) -> Changes:
    """Put a target at another place in the order of drawing.

    Raises:
        ValueError: The project has no such target.
    """
    before = tuple(project.targets)
    rest = [other for other in before if other != target]
    if len(rest) == len(before):
        raise ValueError(f"there is no target {target}")
    place = min(max(position, 0), len(rest))
    after = (*rest[:place], target, *rest[place:])
    return () if after == before else (TargetOrderChange(before, after),)


def delete_targets(project: Project, targets: Iterable[TargetId]) -> Changes:
    """Remove targets with their masks and exemplars.

    Raises:
        AnnotationError: One of them is locked.
    """
    changes: list[Change] = []
    for target in sorted(set(targets), key=project.position, reverse=True):
        check_unlocked(project, target)
        changes += remove_content(project, target)
        changes.append(TargetChange(project.target(target), None, project.position(target)))
    return tuple(changes)


def remove_content(
    project: Project, target: TargetId, first: int = 0, last: int | None = None
) -> list[Change]:
    """What takes a target's masks and exemplars away from `first` to `last` inclusive."""
    changes: list[Change] = [
        MaskChange(target, frame, held, None)
        for frame, held in project.masks.track(target).items(first, last)
    ]
    changes += [
        ExemplarChange(target, frame, project.exemplars_at(target, frame), ())
        for frame in project.exemplar_frames(target)
        if first <= frame and (last is None or frame <= last)
    ]
    return changes


def check_unlocked(project: Project, target: TargetId) -> None:
    """Refuse to change a locked target.

    Raises:
        AnnotationError: It is locked.
        KeyError: The project has no such target.
    """
    if project.target(target).is_locked:
        raise AnnotationError("{name} is locked. Unlock it first", name=project.target(target).name)


def _category_of(project: Project, category: CategoryId) -> Category:
    if category not in project.label_set:
        raise AnnotationError(
            "the label set {name!r} has no class {category}. Choose one of its {num_classes} "
            "classes, or add the class first",
            name=project.label_set.name,
            category=category,
            num_classes=len(project.label_set),
        )
    return project.label_set.category(category)
