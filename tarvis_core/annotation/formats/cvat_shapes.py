"""Shapes as CVAT's XML has them, and its run-length code of masks.

A mask is the row-major run lengths of a box, beginning with zeros (cvat-ai/cvat
`cvat/apps/dataset_manager/formats/transformations.py`); corners count from pixel edges.
"""

import math
from collections.abc import Mapping

import numpy as np

from tarvis_core.annotation.formats.drawn_shapes import (
    Point,
    ellipse_points,
    mask_of_points,
    rectangle_points,
)
from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Text

AREA_SHAPES = frozenset({"mask", "polygon", "box", "ellipse"})
"""Elements that cover an area."""
OTHER_SHAPES = frozenset({"polyline", "points", "cuboid", "skeleton", "tag"})
"""Elements that cover none, or none that a frame's pixels show."""
_MAX_NUMBER = 2**31

Attributes = Mapping[str, str]


def mask_of_shape(kind: str, shape: Attributes, size: tuple[int, int], place: Text) -> Mask:
    """The pixels that a shape covers.

    Args:
        kind: One of `AREA_SHAPES`.
        shape: The attributes of its element.
        size: (height, width) of the frame.
        place: How messages name it.

    Raises:
        FormatError: An attribute is missing or damaged, or the shape leaves the frame.
    """
    if kind == "mask":
        return _mask_of_code(shape, size, place)
    return mask_of_points(outline(kind, shape, place), size, place)


def outline(kind: str, shape: Attributes, place: Text) -> list[Point]:
    """The corners of a "polygon", "box" or "ellipse"."""
    if kind == "polygon":
        return _points(text_of(shape, "points", place), place)
    degrees = number_of(shape, "rotation", place) if "rotation" in shape else 0.0
    if kind == "box":
        x_min, y_min, x_max, y_max = (
            number_of(shape, name, place) for name in ("xtl", "ytl", "xbr", "ybr")
        )
        return rectangle_points((x_min, y_min, x_max, y_max), degrees)
    x, y, radius_x, radius_y = (number_of(shape, name, place) for name in ("cx", "cy", "rx", "ry"))
    return ellipse_points((x, y), (radius_x, radius_y), degrees)


def _points(text: str, place: Text) -> list[Point]:
    points = []
    for pair in text.split(";"):
        parts = pair.split(",")
        if len(parts) != 2:
            raise FormatError("{place}: {pair!r:.40} is no point x,y", place=place, pair=pair)
        points.append((_number(parts[0], place), _number(parts[1], place)))
    return points


def _mask_of_code(shape: Attributes, size: tuple[int, int], place: Text) -> Mask:
    left, top = integer_of(shape, "left", place), integer_of(shape, "top", place)
    width, height = integer_of(shape, "width", place), integer_of(shape, "height", place)
    if left + width > size[1] or top + height > size[0] or width < 1 or height < 1:
        raise FormatError(
            "{place}: a mask of {width} × {height} at ({left}, {top}) does not lie in the frame "
            "of {frame_width} × {frame_height}",
            place=place,
            width=width,
            height=height,
            left=left,
            top=top,
            frame_width=size[1],
            frame_height=size[0],
        )
    runs = _runs(text_of(shape, "rle", place), place)
    if int(runs.sum()) != width * height:
        raise FormatError(
            "{place}: the run lengths cover {num_covered} pixels, the box {num_pixels}",
            place=place,
            num_covered=int(runs.sum()),
            num_pixels=width * height,
        )
    values = np.arange(runs.size) % 2 == 1
    crop = np.repeat(values, runs).reshape(height, width)
    return Mask.from_crop(*size, (left, top), crop)


def _runs(text: str, place: Text) -> np.ndarray:
    parts = text.split(",")
    if not all(part.strip().isascii() and part.strip().isdigit() for part in parts):
        raise FormatError("{place}: rle must be whole numbers with commas between", place=place)
    if max(map(len, parts)) > 12:
        raise FormatError("{place}: a run of rle is longer than any frame", place=place)
    return np.array([int(part) for part in parts], dtype=np.int64)


def code_of_mask(mask: Mask) -> dict[str, object]:
    """The attributes of a mask element.

    Args:
        mask: A mask that is not empty.
    """
    x_min, y_min, x_max, y_max = mask.box
    pixels = mask.crop().ravel()
    ends = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
    runs = np.diff(np.concatenate(([0], ends, [pixels.size]))).tolist()
    if pixels[0]:  # the first run is of zeros
        runs.insert(0, 0)
    return {
        "rle": ", ".join(map(str, runs)),
        "left": x_min,
        "top": y_min,
        "width": x_max - x_min,
        "height": y_max - y_min,
    }


def text_of(shape: Attributes, name: str, place: Text) -> str:
    """An attribute.

    Raises:
        FormatError: It is missing.
    """
    if name not in shape:
        raise FormatError("{place} lacks the attribute {name!r}", place=place, name=name)
    return shape[name]


def integer_of(shape: Attributes, name: str, place: Text, default: int | None = None) -> int:
    """An attribute that is a whole number from 0.

    Raises:
        FormatError: It is missing without a default, or something else.
    """
    if default is not None and not shape.get(name, "").strip():
        return default
    text = text_of(shape, name, place).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < _MAX_NUMBER):
        raise FormatError(
            "{place}: {name} must be a whole number from 0, not {text!r:.40}",
            place=place,
            name=name,
            text=text,
        )
    return int(text)


def number_of(shape: Attributes, name: str, place: Text) -> float:
    """An attribute that is a finite number.

    Raises:
        FormatError: It is missing or something else.
    """
    return _number(text_of(shape, name, place), f"{place}: {name}")


def _number(text: str, place: Text) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise FormatError("{place}: {text!r:.40} is no number", place=place, text=text) from error
    if not math.isfinite(value):
        raise FormatError("{place}: {text!r:.40} is no finite number", place=place, text=text)
    return value


def is_set(shape: Attributes, name: str) -> bool:
    """Whether an attribute is there and not 0."""
    return shape.get(name, "0") not in ("", "0", "False", "false")
