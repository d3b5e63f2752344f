"""LabelSet: the classes of one data set, or the project's own, in a fixed order."""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

from tarvis_core.annotation.target import CategoryId, TargetKind
from tarvis_core.errors import AnnotationError
from tarvis_core.sentence import Sentence

Colour = tuple[int, int, int]
"""RGB, 0…255 each."""

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Both read the same and build no objects; the one in C, which some systems lack, is ten times as
fast."""
_FIRST_ROW = re.compile(r"^\s*- ", re.MULTILINE)
_ROW_KEYS = {"id", "name", "kind", "supercategory", "colour"}


@dataclass(frozen=True)
class Category:
    """One class of a label set."""

    id: CategoryId
    """Number that the data set's own files use (gaps and zero are allowed)."""
    name: str
    kind: TargetKind
    supercategory: str = ""
    colour: Colour | None = None
    """RGB that the data set's own tools use; None where it names none."""

    @property
    def words(self) -> str:
        """The name in plain words: "giant_panda" and "wall-other-merged" are names for files."""
        text = self.name.replace("_", " ").strip().removesuffix("-merged")
        for word in ("other", "stuff"):
            if text.endswith(f"-{word}"):
                return f"{text.removesuffix(f'-{word}')} ({word})"
        return text


@dataclass(frozen=True)
class LabelSet:
    """Classes in a fixed order: the row order of a network's semantic queries."""

    name: str
    categories: tuple[Category, ...]
    """Empty for open sets such as DAVIS, whose targets have no class."""

    def __post_init__(self) -> None:
        ids = [category.id for category in self.categories]
        if len(set(ids)) != len(ids):
            twice = next(number for number in ids if ids.count(number) > 1)
            raise ValueError(
                Sentence(
                    "label set {name!r} gives the category id {number} twice",
                    name=self.name,
                    number=twice,
                )
            )

    def category(self, category_id: CategoryId) -> Category:
        """The category with this number.

        Raises:
            KeyError: The label set has no such category.
        """
        return self._by_id[category_id]

    def by_name(self, name: str) -> Category | None:
        """The first category of this name, whatever its case; None if there is none."""
        wanted = name.casefold()
        return next((c for c in self.categories if c.name.casefold() == wanted), None)

    def index(self, category_id: CategoryId) -> int:
        """Position of a category: its row among the semantic queries.

        Raises:
            KeyError: The label set has no such category.
        """
        return self.categories.index(self.category(category_id))

    def subset(self, category_ids: Iterable[CategoryId]) -> "LabelSet":
        """The label set with only these categories, in its own order.

        Raises:
            KeyError: The label set lacks one of them.
        """
        wanted = {self.category(category_id).id for category_id in category_ids}
        return LabelSet(self.name, tuple(c for c in self.categories if c.id in wanted))

    def __contains__(self, category_id: object) -> bool:
        return category_id in self._by_id

    def __len__(self) -> int:
        return len(self.categories)

    @property
    def things(self) -> tuple[Category, ...]:
        """Categories whose objects are told apart."""
        return tuple(c for c in self.categories if c.kind is TargetKind.THING)

    @property
    def stuff(self) -> tuple[Category, ...]:
        """Categories whose region is one whole."""
        return tuple(c for c in self.categories if c.kind is TargetKind.STUFF)

    @functools.cached_property
    def _by_id(self) -> dict[CategoryId, Category]:
        return {category.id: category for category in self.categories}


def list_label_sets() -> tuple[str, ...]:
    """Names of the label sets that come with the program, in alphabetical order."""
    folder = resources.files("resources") / "class_lists"
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


@functools.cache
def names_classes(name: str) -> bool:
    """Whether one of these label sets lists classes; those of an open vocabulary list none.

    Does not read the rows, so it may be asked of every set.
    """
    return _FIRST_ROW.search(_class_list(name)) is not None


@functools.cache
def load_label_set(name: str) -> LabelSet:
    """One of the label sets that come with the program.

    Raises:
        AnnotationError: There is no such label set, or its file is damaged.
    """
    if name not in list_label_sets():
        raise AnnotationError(
            "there is no label set {name!r}; known are {names}",
            name=name,
            names=", ".join(list_label_sets()),
        )
    return label_set_from_yaml(_class_list(name), f"class list {name}.yaml")


def _class_list(name: str) -> str:
    path = resources.files("resources") / "class_lists" / f"{name}.yaml"
    return path.read_text(encoding="utf-8")


def label_set_from_yaml(text: str, where: str) -> LabelSet:
    """Read a class list: keys `name` and `categories`, rows {id, name, kind, …}.

    Args:
        text: The YAML text.
        where: What to call the text in messages.

    Raises:
        AnnotationError: The text is not a class list; the message names the row.
    """
    try:
        content = yaml.load(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise AnnotationError("{where} is not YAML: {error}", where=where, error=error) from error
    if not isinstance(content, dict) or not isinstance(content.get("categories"), list):
        raise AnnotationError("{where} lacks the list `categories`", where=where)
    rows = tuple(_category(row, where) for row in content["categories"])
    try:
        return LabelSet(str(content.get("name", "")), rows)
    except ValueError as error:
        raise AnnotationError("{where}: {error}", where=where, error=error) from error


def _category(row: Any, where: str) -> Category:
    if not isinstance(row, dict) or not {"id", "name"} <= set(row) <= _ROW_KEYS:
        raise AnnotationError(
            "{where}: a row needs id and name, and knows {keys}: {row!r}",
            where=where,
            keys=_ROW_KEYS,
            row=row,
        )
    kinds = {kind.value: kind for kind in TargetKind}
    kind = row.get("kind", TargetKind.THING.value)
    if not isinstance(row["id"], int) or not isinstance(row["name"], str) or kind not in kinds:
        raise AnnotationError(
            "{where}: id, name or kind of {row!r} is of the wrong type", where=where, row=row
        )
    return Category(
        CategoryId(row["id"]),
        row["name"],
        kinds[kind],
        str(row.get("supercategory", "")),
        _colour(row.get("colour"), where),
    )


def _colour(value: Any, where: str) -> Colour | None:
    if value is None:
        return None
    is_list = isinstance(value, list) and len(value) == 3
    if not is_list or not all(isinstance(v, int) and 0 <= v <= 255 for v in value):
        raise AnnotationError(
            "{where}: a colour is three numbers 0…255, got {value!r}", where=where, value=value
        )
    return (value[0], value[1], value[2])
