"""What a mask has too much: what none of its own places claims, and another thing does.

The network is asked about the deepest place of the mask as if it were the first click on a new
target, and then, again and again, about the middle of the largest region that no answer has yet.
The answer to a place is a claim of the mask's own unless it leads away: unless it lies largely
outside the mask and leaves out the mask's deepest place. Targets may consist of several things, a
rider and a horse: each is claimed by its own places. In the end a region stays whose own middle was
asked. It is too much if the claim of its middle has that middle, and so leads away.

`benchmarks/proposals.py` tells how often that is right.
"""

from collections.abc import Sequence

import cv2
import numpy as np

MOST_PLACES = 24
"""So many places of a mask are asked about."""
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


def first_places(mask: np.ndarray) -> tuple[Pixel, ...]:
    """Where to begin: the deepest place of a mask, (h, w) bool; nowhere if the mask is small."""
    return () if int(mask.sum()) < MIN_AREA else (deepest(mask)[1],)


def largest_unclaimed(
    mask: np.ndarray, places: Sequence[Pixel], claims: Sequence[np.ndarray]
) -> tuple[float, Pixel] | None:
    """The largest circle in what none of a mask's own claims has.

    Args:
        mask: (h, w) bool.
        places: That of `first_places`, and others.
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
    padded = np.pad(pixels, 1).astype(np.uint8)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    row, column = divmod(int(depth.argmax()), depth.shape[1])
    return float(depth[row, column]), (row, column)


def _is_own(claimed: np.ndarray, mask: np.ndarray, first: Pixel) -> bool:
    return bool(claimed[first]) or int((claimed & mask).sum()) >= OWN_PART * int(claimed.sum())
