"""Categories as COCO and its kin list them: {"id", "name", "supercategory", "isthing", "color"}."""

from collections.abc import Iterable, Mapping
from typing import Any

from tarvis_core.annotation.formats.json_value import JsonObject, as_integer, objects_of
from tarvis_core.annotation.label_set import Category, Colour, LabelSet
from tarvis_core.annotation.target import CategoryId, TargetKind
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Text

KNOWN_FIELDS = ("id", "name", "supercategory", "isthing", "color")


def read_categories(rows: object, name: str, place: Text) -> LabelSet:
    """The label set of a list of categories; `isthing` missing means thing.

    Args:
        rows: The list; null counts as empty.
        name: What to call the label set.
        place: How messages name the list.

    Raises:
        FormatError: A row is damaged, or an id occurs twice.
    """
    categories = tuple(_category(row) for row in objects_of([] if rows is None else rows, place))
    try:
        return LabelSet(name, categories)
    except ValueError as error:
        raise FormatError("{place}: {error}", place=place, error=error) from error


def _category(row: JsonObject) -> Category:
    is_stuff = "isthing" in row and not row.flag("isthing")
    return Category(
        CategoryId(row.integer("id", -(2**31), 2**31)),
        row.text("name"),
        TargetKind.STUFF if is_stuff else TargetKind.THING,
        row.optional_text("supercategory"),
        _colour(row),
    )


def _colour(row: JsonObject) -> Colour | None:
    if "color" not in row:
        return None
    parts = row.sequence("color")
    if len(parts) != 3:
        raise FormatError(
            "{place}: color must be three numbers, not {num_parts}",
            place=row.place,
            num_parts=len(parts),
        )
    red, green, blue = (as_integer(part, f"{row.place}: color", 0, 255) for part in parts)
    return red, green, blue


def extra_fields(rows: object, place: Text) -> dict[str, dict[str, Any]]:
    """The fields of categories that label sets do not have, by id as text."""
    found = {
        str(row.fields.get("id")): row.others(*KNOWN_FIELDS)
        for row in objects_of([] if rows is None else rows, place)
    }
    return {number: fields for number, fields in found.items() if fields}


def category_rows(
    label_set: LabelSet,
    *,
    with_kinds: bool = False,
    with_supercategories: bool = True,
    extras: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """The list of a label set's categories.

    Args:
        label_set: The classes.
        with_kinds: Whether `isthing` and `color` are given, as panoptic formats need them.
        with_supercategories: Whether `supercategory` is given where any class has one.
        extras: Further fields by id as text, as `extra_fields` gives them.
    """
    rows = []
    with_supercategories &= any(category.supercategory for category in label_set.categories)
    for category in label_set.categories:
        row: dict[str, Any] = {"id": category.id, "name": category.name}
        if with_supercategories:
            row["supercategory"] = category.supercategory
        if with_kinds:
            row["isthing"] = int(category.kind is TargetKind.THING)
            if category.colour is not None:
                row["color"] = list(category.colour)
        row.update((extras or {}).get(str(category.id), {}))
        rows.append(row)
    return rows


def unnamed_categories(ids: Iterable[int], name: str) -> LabelSet:
    """A label set for class numbers that come without names.

    Args:
        ids: The numbers.
        name: What to call the label set.
    """
    return LabelSet(
        name,
        tuple(
            Category(CategoryId(number), f"class {number}", TargetKind.THING)
            for number in sorted(set(ids))
        ),
    )
