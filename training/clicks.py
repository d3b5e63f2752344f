"""Clicks as people make them: in the middle, somewhere inside, near an edge, on what is wrong.

The point of a mask for PET follows the specification, section 7.9.
"""

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from scipy import ndimage

EDGE_PIXELS = 4.0
"""How near to its outline a click near the edge of an object is, at most."""


class ClickPlace(Enum):
    """Where inside an object a person clicks."""

    MIDDLE = "middle"
    """At the point that is farthest from the outline."""
    INSIDE = "inside"
    """Anywhere; inner points more likely."""
    ANYWHERE = "anywhere"
    """Anywhere, all points alike."""
    EDGE = "edge"
    """Close to the outline."""


@dataclass(frozen=True)
class Click:
    """One click of a person."""

    x: float
    y: float
    is_negative: bool = False
    """Whether it says "not this"."""


def most_inside(mask: np.ndarray) -> tuple[float, float]:
    """The pixel that is farthest from the outline; of several, the one nearest to the mean.

    Args:
        mask: (H, W) bool. What lies beyond the array's borders does not count as outside.

    Returns:
        (x, y) of the pixel's centre.

    Raises:
        ValueError: The mask is empty.
    """
    if not mask.any():
        raise ValueError("an empty mask has no inside")
    distance = ndimage.distance_transform_edt(mask) if not mask.all() else np.ones(mask.shape)
    rows, columns = np.nonzero(distance == distance.max())
    mean_row, mean_column = (values.mean() for values in np.nonzero(mask))
    nearest = np.argmin(np.abs(rows - mean_row) + np.abs(columns - mean_column))
    return float(columns[nearest]) + 0.5, float(rows[nearest]) + 0.5


def click_inside(
    mask: np.ndarray, place: ClickPlace, random: np.random.Generator
) -> tuple[float, float]:
    """A click on a mask, (x, y) of a pixel's centre.

    Raises:
        ValueError: The mask is empty.
    """
    if not mask.any():
        raise ValueError("nobody can click on an empty mask")
    distance = _distance_to_outline(mask)
    if place is ClickPlace.MIDDLE:
        index = int(np.argmax(distance))
    else:
        weights = _weights(distance, place).ravel()
        sums = np.cumsum(weights)
        index = int(np.searchsorted(sums, random.random() * sums[-1], side="right"))
        index = min(index, weights.size - 1)
    row, column = divmod(index, mask.shape[1])
    return column + 0.5, row + 0.5


def next_click(
    predicted: np.ndarray, truth: np.ndarray, ignored: np.ndarray | None = None
) -> Click | None:
    """The click of a careful person: into the middle of the largest wrong region.

    Args:
        predicted: (H, W) bool, the mask shown.
        truth: (H, W) bool, the mask wanted.
        ignored: (H, W) bool, pixels that do not matter.

    Returns:
        The click, negative where the mask shown is too large; None if nothing is wrong.
    """
    wrong = predicted != truth
    if ignored is not None:
        wrong &= ~ignored
    if not wrong.any():
        return None
    best: tuple[int, np.ndarray, bool] | None = None
    for is_negative, region in ((False, wrong & truth), (True, wrong & ~truth)):
        count, parts, statistics, _ = cv2.connectedComponentsWithStats(region.astype(np.uint8))
        if count < 2:
            continue
        largest = 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))
        area = int(statistics[largest, cv2.CC_STAT_AREA])
        if best is None or area > best[0]:
            best = area, parts == largest, is_negative
    assert best is not None
    index = int(np.argmax(_distance_to_outline(best[1])))
    row, column = divmod(index, truth.shape[1])
    return Click(column + 0.5, row + 0.5, best[2])


def disturbed_mask(mask: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A mask as a network or a hasty person gives it: grown, shrunk, shifted, with a hole.

    Returns:
        (H, W) bool, not empty unless `mask` is.
    """
    if not mask.any():
        return mask
    size = max(1, int(np.sqrt(mask.sum()) * random.uniform(0.02, 0.12)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * size + 1, 2 * size + 1))
    values = mask.astype(np.uint8)
    kind = random.integers(4)
    if kind == 0:
        changed = cv2.dilate(values, kernel)
    elif kind == 1:
        changed = cv2.erode(values, kernel)
    elif kind == 2:
        rows, columns = random.integers(-size, size + 1, 2)
        changed = np.roll(values, (int(rows), int(columns)), (0, 1))
    else:
        changed = values.copy()
        x, y = click_inside(mask, ClickPlace.ANYWHERE, random)
        cv2.circle(changed, (int(x), int(y)), 2 * size, int(random.integers(2)), -1)
    return changed.astype(bool) if changed.any() else mask


def spoiled_mask(mask: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A mask that is wrong in a large round piece: it runs over its outline, or a part is missing.

    Returns:
        (H, W) bool, not empty unless `mask` is.
    """
    if not mask.any():
        return mask
    x, y = click_inside(mask, ClickPlace.EDGE, random)
    radius = random.uniform(0.4, 1.0) * np.sqrt(mask.sum() / np.pi)
    rows, columns = np.ogrid[: mask.shape[0], : mask.shape[1]]
    disk = (rows + 0.5 - y) ** 2 + (columns + 0.5 - x) ** 2 <= radius**2
    without = mask & ~disk
    is_missing = random.random() < 0.5 and without.any()
    return without if is_missing else mask | disk


def _distance_to_outline(mask: np.ndarray) -> np.ndarray:
    """Pixels to the nearest pixel outside; the array's border counts as outline."""
    framed = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return cv2.distanceTransform(framed, cv2.DIST_L2, cv2.DIST_MASK_5)[1:-1, 1:-1]


def _weights(distance: np.ndarray, place: ClickPlace) -> np.ndarray:
    inside = (distance > 0).astype(np.float64)
    if place is ClickPlace.ANYWHERE:
        return inside
    if place is ClickPlace.INSIDE:
        return distance.astype(np.float64)
    near = inside * (distance <= EDGE_PIXELS)
    return near if near.any() else inside


def scribble_inside(mask: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A hasty stroke of a brush through a few points of a mask, nowhere outside it.

    Returns:
        (H, W) bool, not empty unless `mask` is.
    """
    if not mask.any():
        return mask
    points = [
        [int(value) for value in click_inside(mask, ClickPlace.INSIDE, random)]
        for _ in range(int(random.integers(2, 5)))
    ]
    thickness = max(2, int(np.sqrt(mask.sum()) * random.uniform(0.05, 0.2)))
    stroke = np.zeros(mask.shape, np.uint8)
    cv2.polylines(
        stroke, [np.array(points, np.int32)], isClosed=False, color=1, thickness=thickness
    )
    return (stroke > 0) & mask
