"""Areas and overlaps of many masks of one frame at once, exact in whole pixels."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.run_length import runs_from_text
from tarvis_core.errors import FormatError

RunLengthCode = Mapping[str, Any]
"""A full-frame COCO code {"size": [height, width], "counts": text}; see `checked_code`."""

CodedMask = Mask | RunLengthCode
"""A mask as the program keeps it, or as a results file holds it (left as it is, which is fast)."""


def checked_code(code: object, size: tuple[int, int], place: str) -> RunLengthCode:
    """A run-length code of a file, compressed, its text safe to hand to pycocotools.

    Args:
        code: {"size", "counts"} with counts as text or as a list of run lengths.
        size: (height, width) that the frame must have.
        place: Where the code stands, for the message.

    Raises:
        FormatError: The code is damaged or belongs to a frame of another size.
    """
    if not isinstance(code, Mapping) or code.get("size") not in (list(size), tuple(size)):
        raise FormatError(f"{place}: not a run-length code of a {size[0]} × {size[1]} frame")
    counts = code.get("counts")
    try:
        if not isinstance(counts, str):
            return Mask.from_coco_rle(code).to_coco_rle()
        runs = runs_from_text(counts)
    except ValueError as error:
        raise FormatError(f"{place}: {error}") from error
    if runs.min() < 0 or int(runs.sum()) != size[0] * size[1]:
        raise FormatError(f"{place}: the runs do not fill a {size[0]} × {size[1]} frame")
    return {"size": list(size), "counts": counts}


def mask_areas(masks: Sequence[CodedMask]) -> np.ndarray:
    """Number of pixels of each mask, shape (N,), int64."""
    return np.array(
        [mask.area if isinstance(mask, Mask) else int(coco_mask.area(mask)) for mask in masks],
        dtype=np.int64,
    )


def intersection_areas(first: Sequence[CodedMask], second: Sequence[CodedMask]) -> np.ndarray:
    """Number of pixels that each mask of one list shares with each of another.

    Args:
        first: N masks of one frame.
        second: M masks of the same frame.

    Returns:
        Shape (N, M), int64.

    Raises:
        ValueError: The masks belong to frames of different size.
    """
    if not first or not second:
        return np.zeros((len(first), len(second)), dtype=np.int64)
    if any(isinstance(mask, Mask) for mask in (*first, *second)):
        return _intersections_of_masks(_as_masks(first), _as_masks(second))
    ious = coco_mask.iou(list(first), list(second), [0] * len(second))
    if (ious < 0).any():
        raise ValueError("masks of frames of different size do not compare")
    sums = mask_areas(first)[:, None] + mask_areas(second)[None, :]
    # IoU = i / (sum - i) gives i back exactly: it is a whole number far below 2 ** 53
    return np.rint(ious * sums / (1 + ious)).astype(np.int64)


def _as_masks(masks: Sequence[CodedMask]) -> list[Mask]:
    return [mask if isinstance(mask, Mask) else Mask.from_coco_rle(mask) for mask in masks]


def _intersections_of_masks(first: Sequence[Mask], second: Sequence[Mask]) -> np.ndarray:
    if len({mask.size for mask in (*first, *second)}) > 1:
        raise ValueError("masks of frames of different size do not compare")
    a = np.array([mask.box for mask in first])[:, None, :]
    b = np.array([mask.box for mask in second])[None, :, :]
    corners = np.concatenate(
        [np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])], axis=-1
    )
    touching = (corners[..., 0] < corners[..., 2]) & (corners[..., 1] < corners[..., 3])
    crops_a = {i: first[i].crop() for i in np.flatnonzero(touching.any(axis=1)).tolist()}
    crops_b = {j: second[j].crop() for j in np.flatnonzero(touching.any(axis=0)).tolist()}
    result = np.zeros(touching.shape, dtype=np.int64)
    for i, j in np.argwhere(touching).tolist():
        pixels_a = _part(crops_a[i], first[i].box, corners[i, j])
        pixels_b = _part(crops_b[j], second[j].box, corners[i, j])
        result[i, j] = np.count_nonzero(pixels_a & pixels_b)
    return result


def _part(crop: np.ndarray, box: tuple[int, int, int, int], region: np.ndarray) -> np.ndarray:
    x_min, y_min, x_max, y_max = region
    return crop[y_min - box[1] : y_max - box[1], x_min - box[0] : x_max - box[0]]


def mask_ious(first: Sequence[CodedMask], second: Sequence[CodedMask]) -> np.ndarray:
    """Intersection over union of each mask with each of another list; 0 where both are empty.

    Returns:
        Shape (N, M), float64.
    """
    intersections = intersection_areas(first, second)
    unions = mask_areas(first)[:, None] + mask_areas(second)[None, :] - intersections
    return intersections / np.maximum(unions, 1)


def box_ious(first: Sequence[CodedMask], second: Sequence[CodedMask]) -> np.ndarray:
    """Intersection over union of the masks' bounding boxes; 0 where a mask is empty.

    Returns:
        Shape (N, M), float64.
    """
    a, b = _boxes(first)[:, None, :], _boxes(second)[None, :, :]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.prod(np.maximum(sides, 0), axis=-1)
    total = np.prod(a[..., 2:] - a[..., :2], axis=-1) + np.prod(b[..., 2:] - b[..., :2], axis=-1)
    return shared / np.maximum(total - shared, 1)


def _boxes(masks: Sequence[CodedMask]) -> np.ndarray:
    """(x_min, y_min, x_max, y_max) of each mask, shape (N, 4), int64."""
    boxes = [mask.box if isinstance(mask, Mask) else _box_of_code(mask) for mask in masks]
    return np.array(boxes, dtype=np.int64).reshape(-1, 4)


def _box_of_code(code: RunLengthCode) -> tuple[int, int, int, int]:
    x, y, width, height = (int(value) for value in coco_mask.toBbox(code))
    return x, y, x + width, y + height
