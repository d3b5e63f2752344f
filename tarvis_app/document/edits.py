"""Edit: one step of the history; what the data layer computes, with its name and place."""

from dataclasses import dataclass, replace

from tarvis_core.annotation.label_set import LabelSet, load_label_set
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change, LabelSetChange
from tarvis_core.annotation.target import CategoryId


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


def adopt_category(
    project: Project, label_set: str, wanted: CategoryId
) -> tuple[CategoryId, tuple[Change, ...]]:
    """Make a class of another label set one of the project's.

    A project whose classes nobody uses yet takes over the whole label set.

    Args:
        project: The project.
        label_set: Name of the label set that the class comes from.
        wanted: Number of the class there.

    Returns:
        The number of the class in the project, and the changes that make it so.
    """
    current, other = project.label_set, load_label_set(label_set)
    if current.name == other.name and wanted in current:
        return wanted, ()
    if all(target.category is None for target in project.targets.values()):
        return wanted, (LabelSetChange(current, other),)
    category = other.category(wanted)
    known = current.by_name(category.name)
    if known is not None:
        return known.id, ()
    taken = {held.id for held in current.categories}
    number = wanted if wanted not in taken else CategoryId(max(taken) + 1)
    extended = (*current.categories, replace(category, id=number))
    return number, (LabelSetChange(current, LabelSet(current.name, extended)),)
