"""Checked access to what a JSON file gives: the type asked for, or an error with its place."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from tarvis_core.annotation.formats.file_access import MAX_TARGET_ID, check_frame_size
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.run_length import runs_from_segments
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence, Text

_MAX_POLYGON_NUMBERS = 1_000_000
_MAX_TEXT = 10_000


class JsonObject:
    """An object of a JSON file; every access checks the type and names the place if it is wrong."""

    def __init__(self, fields: object, place: Text) -> None:
        """Wrap a value.

        Args:
            fields: The value, which must be an object.
            place: How messages name it, such as "instances.json: images[3]".

        Raises:
            FormatError: The value is no object.
        """
        if not isinstance(fields, Mapping):
            raise FormatError(
                "{place} must be an object, not {fields}", place=place, fields=shown(fields)
            )
        self.fields: Mapping[str, Any] = fields
        self.place = place

    def __contains__(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.fields.get(name) is not None

    def value(self, name: str) -> Any:
        """A field of any type.

        Raises:
            FormatError: It is missing.
        """
        if name not in self.fields:
            raise FormatError("{place} lacks the field {name!r}", place=self.place, name=name)
        return self.fields[name]

    def integer(self, name: str, minimum: int = 0, maximum: int = MAX_TARGET_ID) -> int:
        """A whole number within bounds; 3.0 counts as whole."""
        return as_integer(self.value(name), f"{self.place}: {name}", minimum, maximum)

    def number(self, name: str) -> float:
        """A finite number."""
        return as_number(self.value(name), f"{self.place}: {name}")

    def text(self, name: str) -> str:
        """A text of reasonable length."""
        return as_text(self.value(name), f"{self.place}: {name}")

    def optional_number(self, name: str) -> float | None:
        """A finite number; None where the field is missing or null."""
        return self.number(name) if name in self else None

    def optional_text(self, name: str, default: str = "") -> str:
        """A text; the default where the field is missing or null."""
        return self.text(name) if name in self else default

    def flag(self, name: str) -> bool:
        """A field that is true, 1, false or 0; False where it is missing."""
        value = self.fields.get(name)
        if value not in (None, 0, 1):
            raise FormatError(
                "{place}: {name} must be 0 or 1, not {value}",
                place=self.place,
                name=name,
                value=shown(value),
            )
        return bool(value)

    def sequence(self, name: str) -> Sequence[Any]:
        """A list."""
        return as_list(self.value(name), f"{self.place}: {name}")

    def object(self, name: str) -> "JsonObject":
        """An object."""
        return JsonObject(self.value(name), f"{self.place}: {name}")

    def optional_object(self, name: str) -> "JsonObject":
        """An object; an empty one where the field is missing or null."""
        value = self.fields.get(name)
        return JsonObject({} if value is None else value, f"{self.place}: {name}")

    def objects(self, name: str) -> Iterator["JsonObject"]:
        """The entries of a list of objects."""
        return objects_of(self.value(name), f"{self.place}: {name}")

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        place = f"{self.place}: {name}"
        return tuple(as_text(v, f"{place}[{i}]") for i, v in enumerate(self.sequence(name)))

    def frame_size(self) -> tuple[int, int]:
        """The size (height, width) that the fields `height` and `width` give."""
        height, width = self.integer("height", 1), self.integer("width", 1)
        return check_frame_size(height, width, self.place)

    def others(self, *known: str) -> dict[str, Any]:
        """The fields that are not among the known ones."""
        return {name: value for name, value in self.fields.items() if name not in known}


def shown(value: object) -> Text:
    """A value as messages show it: short."""
    if isinstance(value, list):
        return Sentence("a list of {count}", count=len(value))
    if isinstance(value, dict):
        return Sentence("an object of {count} fields", count=len(value))
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**30:
        return Sentence("a number of very many digits")
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def as_integer(value: object, place: Text, minimum: int = 0, maximum: int = MAX_TARGET_ID) -> int:
    """A whole number within bounds; 3.0 counts as whole.

    Raises:
        FormatError: It is something else.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise FormatError(
            "{place} must be a whole number, not {value}", place=place, value=shown(value)
        )
    if not minimum <= value <= maximum:
        raise FormatError(
            "{place} must be {minimum}…{maximum}, not {value}",
            place=place,
            minimum=minimum,
            maximum=maximum,
            value=shown(value),
        )
    return value


def as_number(value: object, place: Text) -> float:
    """A finite number.

    Raises:
        FormatError: It is something else.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise FormatError(
        "{place} must be a finite number, not {value}", place=place, value=shown(value)
    )


def as_text(value: object, place: Text) -> str:
    """A text of reasonable length.

    Raises:
        FormatError: It is something else.
    """
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise FormatError("{place} must be a text, not {value}", place=place, value=shown(value))
    return value


def as_list(value: object, place: Text) -> Sequence[Any]:
    """A list.

    Raises:
        FormatError: It is something else.
    """
    if not isinstance(value, list | tuple):
        raise FormatError("{place} must be a list, not {value}", place=place, value=shown(value))
    return value


def objects_of(value: object, place: Text) -> Iterator[JsonObject]:
    """The entries of a list of objects.

    Raises:
        FormatError: It is something else.
    """
    entries = as_list(value, place)
    return (JsonObject(entry, f"{place}[{index}]") for index, entry in enumerate(entries))


def id_of_key(key: str, place: Text, minimum: int = 1) -> int:
    """The number that a JSON object's key stands for.

    Raises:
        FormatError: The key is no whole number or below the minimum.
    """
    if not (key.isascii() and key.isdigit() and len(key) <= 16):
        raise FormatError(
            "{place}: the key {key!r:.40} must be a whole number", place=place, key=key
        )
    return as_integer(int(key), Sentence("{place}: the key", place=place), minimum)


def mask_of_rle(counts: object, size: tuple[int, int], place: Text) -> Mask:
    """The mask of COCO run lengths of a whole frame.

    Args:
        counts: Compressed text or a list of run lengths.
        size: (height, width) of the frame.
        place: How messages name it.

    Raises:
        FormatError: They are damaged or belong to a frame of another size.
    """
    try:
        return Mask.from_coco_rle({"size": list(size), "counts": counts})
    except (ValueError, TypeError, OverflowError) as error:
        raise FormatError(
            "{place}: the run-length code is damaged: {error}", place=place, error=error
        ) from error


def mask_of_segmentation(value: object, size: tuple[int, int], place: Text) -> Mask:
    """The mask of what COCO calls a segmentation: run lengths with their size, or polygons.

    Args:
        value: {"size": [height, width], "counts": …}, or a list of polygons.
        size: (height, width) of the frame.
        place: How messages name it.

    Raises:
        FormatError: It is damaged or belongs to a frame of another size.
    """
    if isinstance(value, list | tuple):
        return mask_of_polygons(value, size, place)
    code = JsonObject(value, place)
    sides = as_list(code.value("size"), f"{place}: size")
    stated = tuple(as_integer(side, f"{place}: size") for side in sides)
    if stated != size:
        raise FormatError(
            "{place}: the mask is of size {stated_size} (height, width), its frame of {frame_size}",
            place=place,
            stated_size=list(stated),
            frame_size=list(size),
        )
    return mask_of_rle(code.value("counts"), size, place)


def mask_of_polygons(polygons: Sequence[Any], size: tuple[int, int], place: Text) -> Mask:
    """The union of polygons as COCO draws them (pixel edges, no holes).

    Args:
        polygons: Lists x0, y0, x1, y1, … of at least three corners.
        size: (height, width) of the frame.
        place: How messages name it.

    Raises:
        FormatError: A polygon is none, or lies far outside the frame.
    """
    if not polygons:
        return Mask.empty(*size)
    corners = [
        _polygon(polygon, size, Sentence("{place}: polygon {index}", place=place, index=index))
        for index, polygon in enumerate(polygons)
    ]
    codes = coco_mask.frPyObjects(corners, *size)
    return mask_of_rle(coco_mask.merge(codes)["counts"], size, place)


def _polygon(polygon: object, size: tuple[int, int], place: Text) -> list[float]:
    numbers = as_list(polygon, place)
    if len(numbers) < 6 or len(numbers) % 2 or len(numbers) > _MAX_POLYGON_NUMBERS:
        raise FormatError(
            "{place} must be an even number of at least 6 coordinates, not {num_numbers}",
            place=place,
            num_numbers=len(numbers),
        )
    corners = [as_number(number, place) for number in numbers]
    limit = 2 * max(size) + 100
    if max(map(abs, corners)) > limit:  # the rasteriser walks along every edge
        raise FormatError(
            "{place} reaches far outside the frame of {height} × {width}",
            place=place,
            height=size[0],
            width=size[1],
        )
    return corners


def box_of(mask: Mask) -> list[float]:
    """COCO's box [x, y, width, height] of a mask; zeros if it is empty."""
    x_min, y_min, x_max, y_max = (float(side) for side in mask.box)
    return [x_min, y_min, x_max - x_min, y_max - y_min]


def uncompressed_rle(mask: Mask) -> dict[str, Any]:
    """The full-frame COCO code with its run lengths as a list, as ground truth often has it."""
    runs = runs_from_segments(mask.segments(), mask.height, mask.width)
    return {"size": [mask.height, mask.width], "counts": runs.tolist()}


def require_unique(ids: Iterable[int], place: Text) -> None:
    """Check that no id occurs twice.

    Raises:
        FormatError: One does; the message names it.
    """
    numbers = np.fromiter(ids, dtype=np.int64)
    numbers.sort()
    repeated = numbers[1:][numbers[1:] == numbers[:-1]]
    if repeated.size:
        raise FormatError(
            "{place}: the id {number} occurs twice; ids must be unique",
            place=place,
            number=repeated[0],
        )
