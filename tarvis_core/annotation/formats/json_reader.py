"""JsonReader: what readers of one JSON file share: its classes, its entries, what else it says."""

from collections.abc import Mapping
from typing import Any, ClassVar

from tarvis_core.annotation.formats.annotated_video import DatasetReader
from tarvis_core.annotation.formats.category_rows import extra_fields, read_categories
from tarvis_core.annotation.formats.indexed_json import JsonIndex
from tarvis_core.annotation.formats.json_value import JsonObject
from tarvis_core.annotation.label_set import LabelSet

_CATEGORIES = "categories"


def entry_at(index: JsonIndex, name: str, position: int) -> JsonObject:
    """An entry of a long list, read from the file now.

    Raises:
        FormatError: The file has changed, or the entry is damaged.
        IndexError: There is no such entry.
    """
    position = range(index.count(name))[position]
    return JsonObject(index.entry(name, position), index.place(name, position))


class JsonReader(DatasetReader):
    """A reader whose subclass looks through the file and then calls `_read_members`."""

    family: ClassVar[str] = ""
    """Under which `extras` the file's fields are kept."""
    _json: JsonIndex
    _label_set: LabelSet
    _extras: dict[str, Any]

    @property
    def label_set(self) -> LabelSet:
        """The file's categories."""
        return self._label_set

    @property
    def extras(self) -> Mapping[str, Any]:
        """The file's other members, such as `info` and `licenses`."""
        return {self.family: self._extras}

    def _read_members(self, usual: LabelSet | None = None) -> None:
        """Take the classes and the other members from the file.

        Args:
            usual: Classes where the file lists none; None to take it at its word.

        Raises:
            FormatError: They are damaged.
        """
        rows = self._json.fields.get(_CATEGORIES)
        place = f"{self._json.path}: {_CATEGORIES}"
        if usual is not None and not rows:
            self._label_set = usual
        else:
            self._label_set = read_categories(rows, self.family, place)
        others = {name: v for name, v in self._json.fields.items() if name != _CATEGORIES}
        self._extras = {**others, _CATEGORIES: extra_fields(rows, place)}

    def _entry(self, name: str, position: int) -> JsonObject:
        """An entry of one of the file's long lists; see `entry_at`."""
        return entry_at(self._json, name, position)
