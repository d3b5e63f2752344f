"""Names and colours for targets that a format gives none."""

from tarvis_core.annotation.formats.palette import palette_colour
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.target import CategoryId, Target, TargetId, TargetKind


def default_target_name(target: TargetId, category: CategoryId | None, label_set: LabelSet) -> str:
    """What a target is called that nobody named: its class, if known, and its number."""
    if category is not None and category in label_set:
        name = label_set.category(category).words
        return f"{name} {target}" if name else f"class {category}, {target}"
    return f"target {target}"


def make_target(
    target: int,
    category: int | None,
    label_set: LabelSet,
    *,
    name: str = "",
    kind: TargetKind | None = None,
) -> Target:
    """A target as a file describes it, with a name and colour of its own where it gives none.

    Args:
        target: Its number, from 1.
        category: Its class; its kind is the target's unless `kind` says otherwise.
        label_set: The file's classes.
        name: What the file calls it; empty for nothing.
        kind: Thing or stuff; the class's if None.
    """
    number = TargetId(target)
    category_id = None if category is None else CategoryId(category)
    if kind is None:
        is_known = category_id is not None and category_id in label_set
        kind = (
            label_set.category(category_id).kind if is_known and category_id is not None else None
        )
    return Target(
        number,
        name.strip() or default_target_name(number, category_id, label_set),
        category_id,
        kind or TargetKind.THING,
        palette_colour(number),
    )
