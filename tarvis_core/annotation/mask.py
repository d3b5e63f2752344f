"""Mask: one binary mask of a frame, kept as a run-length code of its bounding box.

The code of the box is COCO's (column-major, compressed; cocoapi `common/maskApi.c`), so that
area, box and IoU come from the runs without decoding, and conversion to full-frame COCO is exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from pycocotools import mask as coco_mask

from tarvis_core.annotation.run_length import (
    MAX_PIXELS,
    Segments,
    code_from_segments,
    intersection_length,
    runs_from_segments,
    runs_from_text,
    segments_from_code,
    segments_from_runs,
    text_from_runs,
)
from tarvis_core.sentence import Sentence


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
            runs = runs_from_text(counts)
        elif isinstance(counts, list | tuple | np.ndarray):
            runs = _checked_runs(counts)
        else:
            raise ValueError(  # noqa: TRY004 -- data, not misuse
                Sentence("counts must be text or a list, got {counts!r:.40}", counts=counts)
            )
        total = int(runs.sum())
        if runs.min() < 0 or total != height * width:
            raise ValueError(
                Sentence(
                    "runs cover {total} pixels, the {height} × {width} frame has {num_pixels}",
                    total=total,
                    height=height,
                    width=width,
                    num_pixels=height * width,
                )
            )
        return cls.from_segments(height, width, segments_from_runs(runs, height))

    @classmethod
    def from_segments(cls, height: int, width: int, segments: Segments) -> Self:
        """The mask of vertical segments within a frame of this size."""
        return cls(height, width, *code_from_segments(segments))

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
        x_min, y_min, x_max, y_max = self.box
        runs = runs_from_text(self.counts)
        is_inside = np.zeros(runs.size, dtype=np.bool_)
        is_inside[1::2] = True
        return np.repeat(is_inside, runs).reshape(x_max - x_min, y_max - y_min).T

    def to_coco_rle(self) -> dict[str, Any]:
        """The full-frame COCO code as JSON holds it: {"size": [height, width], "counts": text}."""
        runs = runs_from_segments(self.segments(), self.height, self.width)
        return {"size": [self.height, self.width], "counts": text_from_runs(runs).decode("ascii")}

    def segments(self) -> Segments:
        """The mask's vertical segments in frame pixels: the form for computing without drawing."""
        return segments_from_code(self.counts, self.box)

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
        if x_min >= x_max or y_min >= y_max:
            return 0
        starts, stops = self.segments().intervals(self.height)
        return intersection_length(starts, stops, *other.segments().intervals(self.height))

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
        raise ValueError(Sentence("size must be [height, width], got {size!r}", size=size))
    height, width = size
    if not all(isinstance(side, int) and not isinstance(side, bool) for side in size):
        raise ValueError(Sentence("size must be two whole numbers, got {size!r}", size=size))
    if height < 1 or width < 1 or height * width > MAX_PIXELS:
        raise ValueError(
            Sentence(
                "a frame of {height} × {width} pixels cannot be coded", height=height, width=width
            )
        )
    return height, width


def _checked_runs(counts: Sequence[int] | np.ndarray) -> np.ndarray:
    runs = np.asarray(counts)
    if runs.ndim != 1 or runs.size == 0 or runs.dtype.kind not in "iu":
        raise ValueError(Sentence("uncompressed counts must be a list of whole numbers"))
    if int(runs.min()) < 0 or int(runs.max()) > MAX_PIXELS:
        raise ValueError(Sentence("a run is shorter than 0 or longer than {most}", most=MAX_PIXELS))
    return runs.astype(np.int64)
