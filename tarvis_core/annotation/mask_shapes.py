"""What is done to the shape of single masks: holes, specks, and shapes between two shapes."""

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from tarvis_core.annotation.mask import Mask

_MARGIN = 2
"""Pixels around shapes that are compared, so that each has an outside everywhere."""


def fill_holes(mask: Mask, max_area: int | None = None) -> Mask:
    """Fill regions that the mask encloses (neighbours by edges; by corners they are open).

    Args:
        mask: The mask.
        max_area: Holes of more pixels stay; None to fill all.
    """
    if mask.is_empty:
        return mask
    crop = mask.crop()
    outside = np.pad(~crop, 1, constant_values=True)
    num, labels, stats, _ = cv2.connectedComponentsWithStats(
        outside.astype(np.uint8), connectivity=4
    )
    areas = stats[:, cv2.CC_STAT_AREA]
    is_hole = np.ones(num, dtype=np.bool_)
    is_hole[[0, labels[0, 0]]] = False  # the mask itself, and what surrounds it
    if max_area is not None:
        is_hole &= areas <= max_area
    if not is_hole.any():
        return mask
    filled = crop | is_hole[labels[1:-1, 1:-1]]
    return Mask.from_crop(mask.height, mask.width, mask.box[:2], filled)


def remove_specks(mask: Mask, min_area: int) -> Mask:
    """Take away pieces of fewer pixels than `min_area` (neighbours by edges and corners)."""
    if mask.is_empty:
        return mask
    crop = mask.crop()
    num, labels, stats, _ = cv2.connectedComponentsWithStats(crop.astype(np.uint8), connectivity=8)
    is_kept = stats[:, cv2.CC_STAT_AREA] >= min_area
    is_kept[0] = False
    if is_kept[1:num].all():
        return mask
    return Mask.from_crop(mask.height, mask.width, mask.box[:2], is_kept[labels])


def centroid(mask: Mask) -> tuple[float, float]:
    """Mean (x, y) of a mask's pixels, in frame pixels with centres at +0.5.

    Raises:
        ValueError: The mask is empty.
    """
    if mask.is_empty:
        raise ValueError("an empty mask has no centroid")
    columns, tops, bottoms = mask.segments()
    lengths = bottoms - tops
    area = lengths.sum()
    x = ((columns + 0.5) * lengths).sum() / area
    y = (bottoms**2 - tops**2).sum() / (2 * area)
    return (float(x), float(y))


def shapes_between(first: Mask, last: Mask, fractions: Iterable[float]) -> Iterator[Mask]:
    """Shapes on the way from one mask to another.

    Both are laid over each other by their centroids, their signed distances to the outline are
    mixed, and the result is put where the centroid is by then. So a shape that moves by more than
    its size stays whole.

    Args:
        first: The shape at fraction 0; not empty.
        last: The shape at fraction 1, of a frame of the same size; not empty.
        fractions: Where on the way, each 0…1.

    Yields:
        One mask per fraction; what leaves the frame is cut off.

    Raises:
        ValueError: A mask is empty.
    """
    origins = [np.round(centroid(mask)).astype(np.int64) for mask in (first, last)]
    boxes = [np.array(m.box) - np.tile(o, 2) for m, o in zip((first, last), origins, strict=True)]
    low = np.minimum(boxes[0][:2], boxes[1][:2]) - _MARGIN
    high = np.maximum(boxes[0][2:], boxes[1][2:]) + _MARGIN
    distances = [
        _signed_distance(mask, low + origin, high - low)
        for mask, origin in zip((first, last), origins, strict=True)
    ]
    for fraction in fractions:
        mixed = (1 - fraction) * distances[0] + fraction * distances[1] > 0
        origin = np.round((1 - fraction) * origins[0] + fraction * origins[1]).astype(np.int64)
        yield _placed(mixed, low + origin, first.height, first.width)


def _signed_distance(mask: Mask, corner: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Distance to the nearest pixel on the other side, (h, w) float32; positive inside."""
    x, y = (int(v) for v in np.array(mask.box[:2]) - corner)
    crop = mask.crop()
    inside = np.zeros((int(size[1]), int(size[0])), dtype=np.uint8)
    inside[y : y + crop.shape[0], x : x + crop.shape[1]] = crop
    within = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    without = cv2.distanceTransform(1 - inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return within - without


def _placed(pixels: np.ndarray, corner: np.ndarray, height: int, width: int) -> Mask:
    """The mask of pixels whose first lies at `corner` (x, y), cut off at the frame."""
    x, y = int(corner[0]), int(corner[1])
    left, top = max(0, -x), max(0, -y)
    right, bottom = min(pixels.shape[1], width - x), min(pixels.shape[0], height - y)
    if left >= right or top >= bottom:
        return Mask.empty(height, width)
    return Mask.from_crop(height, width, (x + left, y + top), pixels[top:bottom, left:right])
