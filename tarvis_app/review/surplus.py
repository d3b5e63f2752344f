"""What a mask has too much: what none of its own places claims, and another thing does.

The network is asked anew about places all over the mask, each as if it were the first click on a
new target. The answer to a place is a claim of the mask's own unless it leads away: unless it lies
largely outside the mask and leaves out the mask's deepest place. Targets may consist of several
things, a rider and a horse: each is claimed by its own places. Of the regions that no claim of its
own has, the one is taken that the largest circle fits into, and the network is asked about the
middle of that as well, until a region stays whose own middle was asked. It is too much if the claim
of its middle has that middle, and so leads away.

`benchmarks/proposals.py` tells how often that is right.
"""

from collections.abc import Sequence

import cv2
import numpy as np

MOST_PLACES = 16
MOST_MIDDLES = 8
"""So many middles of unclaimed regions are asked about after those places."""
DEPTH = 0.05
"""So deep inside the mask its places lie, relative to the square root of its area."""
MIN_DEPTH = 1.5
"""The same in pixels of the small frame."""
SPACING = 2.0
"""So many depths, at least, are between two places."""
OWN_PART = 0.6
"""A claim is the mask's own if so much of it lies inside."""
MIN_AREA = 30
"""Smaller masks, in pixels of the small frame, are left alone."""
MIN_RADIUS = 1.0
"""Of the largest circle in what is too much, in pixels of the small frame."""
MIN_SURPLUS = 0.03
"""The same, relative to the square root of the mask's area."""

Pixel = tuple[int, int]
"""Row and column of the small frame."""


def places_to_ask(mask: np.ndarray, most: int = MOST_PLACES) -> list[Pixel]:
    """The deepest place of a mask, and others far from each other.

    Args:
        mask: (h, w) bool.
        most: So many at most.

    Returns:
        None for a mask that is too small.
    """
    area = int(mask.sum())
    if area < MIN_AREA:
        return []
    depth = _depth(mask)
    least = max(MIN_DEPTH, DEPTH * float(np.sqrt(area)))
    is_deep = depth >= least
    rows, columns = np.indices(mask.shape)
    found = [_largest(depth)]
    away = np.full(mask.shape, np.inf)
    while len(found) < most:
        row, column = found[-1]
        away = np.minimum(away, np.hypot(rows - row, columns - column))
        place = _largest(np.where(is_deep, away + np.minimum(depth, 2 * least), 0.0))
        if not is_deep[place] or away[place] < SPACING * least:
            break
        found.append(place)
    return found


def largest_unclaimed(
    mask: np.ndarray, places: Sequence[Pixel], claims: Sequence[np.ndarray]
) -> tuple[float, Pixel] | None:
    """The largest circle in what none of a mask's own claims has.

    Args:
        mask: (h, w) bool.
        places: Those of `places_to_ask`, and others.
        claims: (h, w) bool each, what the network sees there.

    Returns:
        Its radius and its middle, in pixels of the small frame; None if it is small.
    """
    if not places:
        return None
    unclaimed = mask.copy()
    for claimed in claims:
        if _is_own(claimed, mask, places[0]):
            unclaimed &= ~claimed
    radius, middle = deepest(unclaimed)
    if radius < max(MIN_RADIUS, MIN_SURPLUS * float(np.sqrt(mask.sum()))):
        return None
    return radius, middle


def deepest(pixels: np.ndarray) -> tuple[float, Pixel]:
    """Radius and middle of the largest circle inside a region; radius 0 if it is empty."""
    depth = _depth(pixels)
    middle = _largest(depth)
    return float(depth[middle]), middle


def _is_own(claimed: np.ndarray, mask: np.ndarray, first: Pixel) -> bool:
    return bool(claimed[first]) or int((claimed & mask).sum()) >= OWN_PART * int(claimed.sum())


def _depth(pixels: np.ndarray) -> np.ndarray:
    """How far each pixel is from the outline, 0 outside; beyond the frame is outside."""
    padded = np.pad(pixels, 1).astype(np.uint8)
    return cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]


def _largest(values: np.ndarray) -> Pixel:
    row, column = divmod(int(values.argmax()), values.shape[1])
    return row, column
