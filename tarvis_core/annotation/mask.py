"""Mask: one binary mask of a frame, kept as a run-length code of its bounding box.

The code of the box is COCO's (column-major, compressed; cocoapi `common/maskApi.c`), so that
area, box and IoU come from the runs without decoding, and conversion to full-frame COCO is exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from pycocotools import mask as coco_mask

MAX_PIXELS = 2**32 - 1
"""A run counts in 32 bits, so no frame may have more pixels."""


@dataclass(frozen=True)
class Mask:
    """One binary mask; immutable, comparable, hashable. Build it with `from_array` or `empty`.

    Equal masks have equal fields: the box is always the tightest one.
    """

    height: int
    """Height of the frame in pixels."""
    width: int
    """Width of the frame in pixels."""
    box: tuple[int, int, int, int]
    """(x_min, y_min, x_max, y_max) in frame pixels, far edges exclusive; all 0 if empty."""
    counts: bytes
    """COCO's compressed run-length code of the box's pixels; b"" if empty."""

    @classmethod
    def empty(cls, height: int, width: int) -> Self:
        """The mask without a pixel."""
        return cls(height, width, (0, 0, 0, 0), b"")

    @classmethod
    def from_array(cls, pixels: np.ndarray) -> Self:
        """The mask of a (height, width) array whose non-zero values are inside.

        Raises:
            ValueError: The array is not two-dimensional.
        """
        if pixels.ndim != 2:
            raise ValueError(f"a mask has two axes (height, width), got shape {pixels.shape}")
        height, width = pixels.shape
        inside = pixels if pixels.dtype == np.bool_ else pixels != 0
        rows = np.flatnonzero(inside.any(axis=1))
        if rows.size == 0:
            return cls.empty(height, width)
        y_min, y_max = int(rows[0]), int(rows[-1]) + 1
        columns = np.flatnonzero(inside[y_min:y_max].any(axis=0))
        x_min, x_max = int(columns[0]), int(columns[-1]) + 1
        return cls._from_crop(height, width, (x_min, y_min), inside[y_min:y_max, x_min:x_max])

    @classmethod
    def from_crop(cls, height: int, width: int, corner: tuple[int, int], crop: np.ndarray) -> Self:
        """The mask whose pixels are `crop` with its first pixel at `corner` (x, y); 0 elsewhere.

        Raises:
            ValueError: The crop reaches outside the frame.
        """
        x, y = corner
        if x < 0 or y < 0 or x + crop.shape[1] > width or y + crop.shape[0] > height:
            raise ValueError(
                f"a crop of {crop.shape} at {corner} leaves the {height} × {width} frame"
            )
        tight = cls.from_array(crop)
        if tight.is_empty:
            return cls.empty(height, width)
        x_min, y_min, x_max, y_max = tight.box
        return cls(height, width, (x_min + x, y_min + y, x_max + x, y_max + y), tight.counts)

    @classmethod
    def _from_crop(cls, height: int, width: int, corner: tuple[int, int], crop: np.ndarray) -> Self:
        code = coco_mask.encode(np.asfortranarray(crop, dtype=np.uint8))
        x, y = corner
        box = (x, y, x + crop.shape[1], y + crop.shape[0])
        return cls(height, width, box, code["counts"])

    @classmethod
    def from_coco_rle(cls, rle: Mapping[str, Any]) -> Self:
        """The mask of a full-frame COCO code {"size": [height, width], "counts": …}.

        `counts` may be compressed (str or bytes) or a list of run lengths.

        Raises:
            ValueError: The runs do not fill the frame, or the size is not two positive numbers.
        """
        height, width = _frame_size(rle.get("size"))
        counts = rle.get("counts")
        if isinstance(counts, str | bytes):
            runs = _runs_from_string(counts)
        elif isinstance(counts, list | tuple | np.ndarray):
            runs = np.asarray(counts)
            if runs.size and runs.dtype.kind not in "iu":
                raise ValueError("run lengths must be whole numbers")
            runs = runs.astype(np.int64)
        else:
            raise ValueError(f"counts must be text or a list, got {counts!r:.40}")  # noqa: TRY004 -- data, not misuse
        return cls._from_runs(height, width, runs)

    @classmethod
    def _from_runs(cls, height: int, width: int, runs: np.ndarray) -> Self:
        if runs.ndim != 1 or (runs < 0).any() or int(runs.sum()) != height * width:
            raise ValueError(
                f"runs cover {int(runs.sum()) if runs.ndim == 1 else '?'} pixels, "
                f"the {height} × {width} frame has {height * width}"
            )
        ends = np.cumsum(runs)
        starts, stops = ends[:-1:2], ends[1::2]  # of the runs of ones, in column-major order
        filled = stops > starts
        starts, stops = starts[filled], stops[filled]
        if starts.size == 0:
            return cls.empty(height, width)
        first_column, last_column = int(starts[0] // height), int((stops[-1] - 1) // height)
        pixels = np.zeros((last_column - first_column + 1) * height, dtype=np.int8)
        offset = first_column * height
        np.add.at(pixels, starts - offset, 1)
        inner = stops - offset < pixels.size
        np.add.at(pixels, stops[inner] - offset, -1)
        columns = np.cumsum(pixels, dtype=np.int8).reshape(-1, height).T
        return cls.from_crop(height, width, (first_column, 0), columns)

    @property
    def is_empty(self) -> bool:
        """Whether no pixel is inside."""
        return not self.counts

    @property
    def area(self) -> int:
        """Number of pixels inside."""
        return 0 if self.is_empty else int(coco_mask.area(self._code()))

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the frame."""
        return (self.height, self.width)

    def to_array(self) -> np.ndarray:
        """The mask as a (height, width) array of bool."""
        pixels = np.zeros((self.height, self.width), dtype=np.bool_)
        if not self.is_empty:
            x_min, y_min, x_max, y_max = self.box
            pixels[y_min:y_max, x_min:x_max] = self.crop()
        return pixels

    def crop(self) -> np.ndarray:
        """The pixels of the box, (y_max - y_min, x_max - x_min) of bool."""
        if self.is_empty:
            return np.zeros((0, 0), dtype=np.bool_)
        return coco_mask.decode(self._code()).view(np.bool_)

    def to_coco_rle(self) -> dict[str, Any]:
        """The full-frame COCO code as JSON holds it: {"size": [height, width], "counts": text}."""
        code = coco_mask.encode(np.asfortranarray(self.to_array(), dtype=np.uint8))
        return {"size": [self.height, self.width], "counts": code["counts"].decode("ascii")}

    def iou(self, other: "Mask") -> float:
        """Intersection over union with a mask of the same frame; 1 if both are empty.

        Raises:
            ValueError: The masks belong to frames of different size.
        """
        intersection = self.intersection_area(other)
        union = self.area + other.area - intersection
        return 1.0 if union == 0 else intersection / union

    def intersection_area(self, other: "Mask") -> int:
        """Number of pixels inside both masks.

        Raises:
            ValueError: The masks belong to frames of different size.
        """
        self._check_same_frame(other)
        x_min, y_min = max(self.box[0], other.box[0]), max(self.box[1], other.box[1])
        x_max, y_max = min(self.box[2], other.box[2]), min(self.box[3], other.box[3])
        if self.is_empty or other.is_empty or x_min >= x_max or y_min >= y_max:
            return 0
        region = (x_min, y_min, x_max, y_max)
        return int(np.count_nonzero(self.pixels_in(region) & other.pixels_in(region)))

    def union(self, other: "Mask") -> "Mask":
        """The pixels inside either mask."""
        return self._combine(other, np.logical_or)

    def intersection(self, other: "Mask") -> "Mask":
        """The pixels inside both masks."""
        return self._combine(other, np.logical_and)

    def difference(self, other: "Mask") -> "Mask":
        """The pixels inside this mask and not inside the other."""
        return self._combine(other, np.greater)

    def _combine(self, other: "Mask", operation: np.ufunc) -> "Mask":
        self._check_same_frame(other)
        boxes = [mask.box for mask in (self, other) if not mask.is_empty]
        if not boxes:
            return self
        region = (
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[2] for box in boxes),
            max(box[3] for box in boxes),
        )
        pixels = operation(self.pixels_in(region), other.pixels_in(region))
        return Mask.from_crop(self.height, self.width, region[:2], pixels)

    def pixels_in(self, region: tuple[int, int, int, int]) -> np.ndarray:
        """The pixels of any box of the frame; outside the mask's own box they are False."""
        x_min, y_min, x_max, y_max = region
        pixels = np.zeros((y_max - y_min, x_max - x_min), dtype=np.bool_)
        if self.is_empty:
            return pixels
        left, top = max(x_min, self.box[0]), max(y_min, self.box[1])
        right, bottom = min(x_max, self.box[2]), min(y_max, self.box[3])
        if left < right and top < bottom:
            own = self.crop()[
                top - self.box[1] : bottom - self.box[1], left - self.box[0] : right - self.box[0]
            ]
            pixels[top - y_min : bottom - y_min, left - x_min : right - x_min] = own
        return pixels

    def _check_same_frame(self, other: "Mask") -> None:
        if self.size != other.size:
            raise ValueError(f"masks of frames of {self.size} and {other.size} do not compare")

    def _code(self) -> dict[str, Any]:
        x_min, y_min, x_max, y_max = self.box
        return {"size": [y_max - y_min, x_max - x_min], "counts": self.counts}


def _frame_size(size: object) -> tuple[int, int]:
    if not isinstance(size, list | tuple) or len(size) != 2:
        raise ValueError(f"size must be [height, width], got {size!r}")
    height, width = size
    if not all(isinstance(side, int) and not isinstance(side, bool) for side in size):
        raise ValueError(f"size must be two whole numbers, got {size!r}")
    if height < 1 or width < 1 or height * width > MAX_PIXELS:
        raise ValueError(f"a frame of {height} × {width} pixels cannot be coded")
    return height, width


def _runs_from_string(counts: str | bytes) -> np.ndarray:
    """The run lengths of a compressed code; never trusts it (pycocotools' decoder would).

    Raises:
        ValueError: A character is outside the code, or a run is cut off.
    """
    text = counts.encode("ascii", "replace") if isinstance(counts, str) else counts
    if not text:
        raise ValueError("the run-length code is empty")
    groups = np.frombuffer(text, dtype=np.uint8).astype(np.int64) - 48
    if ((groups < 0) | (groups > 63)).any():
        raise ValueError("the run-length code holds characters that no code has")
    is_last = (groups & 0x20) == 0
    if not is_last[-1]:
        raise ValueError("the run-length code is cut off")
    starts = np.concatenate(([0], np.flatnonzero(is_last)[:-1] + 1))
    position = np.arange(groups.size) - np.repeat(starts, np.diff(np.append(starts, groups.size)))
    if position.max() > 7:
        raise ValueError("a run of the run-length code is longer than any frame")
    values = np.add.reduceat((groups & 0x1F) << (5 * position), starts)
    negative = (groups[is_last] & 0x10) != 0
    length = np.diff(np.append(starts, groups.size))
    values = np.where(negative, values - (np.int64(1) << (5 * length)), values)
    # from the fourth run on, a code holds the difference to the run two before
    runs = values.copy()
    runs[1::2] = np.cumsum(values[1::2])
    if runs.size > 2:
        runs[2::2] = np.cumsum(values[2::2])
    return runs
