"""Where to click next: the largest region on which a mask and its neighbours in time disagree.

Measured on runs of the starter model over five clips with true masks: when one neighbour's word
was enough, 53 of 215 proposed clicks were right; when both have to agree, 13 of 26 are, and fewer
are proposed where nothing is wrong. Where a mask slides off slowly, its neighbours are as wrong as
it is, and nothing is proposed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_shapes import centroid
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import Track

REACH, FAR_REACH = 3, 6
"""Neighbours further away say little about a frame; of a doubtful one, surer ones a little more."""
SURER = 0.1
"""By so much less do the clips disagree on a frame that is asked in place of a nearer one."""
MIN_RADIUS = 2.0
"""Of a region's largest inscribed circle, in pixels; outlines always differ by less."""
MIN_MISSING, MIN_SURPLUS = 0.05, 0.15
"""The same, relative to the square root of the area, for what is missing and for what is too much:
a network that loses a piece for a frame is common, one that gains a piece is rare."""


@dataclass(frozen=True)
class ClickProposal:
    """A click that would settle the largest disagreement on a frame."""

    target: TargetId
    frame: int
    x: float
    y: float
    is_positive: bool
    radius: float
    """Of the largest circle inside the region, in pixels."""


def propose_click(track: Track, frame: int, others: Iterable[Mask] = ()) -> ClickProposal | None:
    """Where a click would help most on a frame of a track.

    The masks just before and after, moved on as the target moves, say what is to be expected. Where
    both have the target and the frame's mask has not, a positive click is proposed; where the mask
    has it and neither of them has, a negative one; of all such regions in the one that the largest
    circle fits into, at the middle of that circle.

    Args:
        track: The target's masks.
        frame: The frame on which something is wrong.
        others: Masks of other targets on it; what they cover is hidden, not missing.

    Returns:
        None where the neighbours agree with the mask or not with each other, or where one of them
        is not known.
    """
    held = track.get(frame)
    expected = tuple(_expected_masks(track, frame))
    if held is None or len(expected) < 2:
        return None
    region = _common_box((held.mask, *(mask for mask, _ in expected)), expected)
    if region is None:
        return None
    own = held.mask.pixels_in(region)
    before, after = (_shifted(mask, shift, region) for mask, shift in expected)
    is_hidden = np.zeros(own.shape, dtype=np.bool_)
    for other in others:
        is_hidden |= other.pixels_in(region)
    size = float(np.sqrt(max((before & after).sum(), own.sum())))
    missing = _deepest(before & after & ~own & ~is_hidden)
    surplus = _deepest(own & ~before & ~after)
    radius, y, x = max(missing, surplus)
    is_positive = missing >= surplus
    least = MIN_MISSING if is_positive else MIN_SURPLUS
    if radius < max(MIN_RADIUS, least * size):
        return None
    place = (region[0] + x + 0.5, region[1] + y + 0.5)
    return ClickProposal(track.target, frame, *place, is_positive, radius)


def _expected_masks(track: Track, frame: int) -> Iterator[tuple[Mask, tuple[int, int]]]:
    """A known mask on each side, and by how many pixels (x, y) it has to be moved."""
    for step in (-1, 1):
        distance = _distance_to_ask(track, frame, step)
        held = None if distance is None else track.get(frame + step * distance)
        if distance is None or held is None:
            continue
        beyond = track.get(frame + step * (distance + 1))
        shift = (0, 0)
        if beyond is not None and not beyond.mask.is_empty:
            near, far = np.array(centroid(held.mask)), np.array(centroid(beyond.mask))
            moved = np.rint((near - far) * distance).astype(int)
            shift = (int(moved[0]), int(moved[1]))
        yield held.mask, shift


def _distance_to_ask(track: Track, frame: int, step: int) -> int | None:
    """How far the neighbour is that says what to expect: the nearest one, or a surer one beyond.

    What goes wrong mostly does so on several frames in a row.
    """
    own = track.summary(frame)
    doubt = 0.0 if own is None else own.disagreement or 0.0
    nearest = None
    for distance in range(1, FAR_REACH + 1):
        summary = track.summary(frame + step * distance)
        if summary is None or summary.is_empty:
            continue
        if summary.state.is_law or (summary.disagreement or 0.0) < doubt - SURER:
            return distance
        if nearest is None and distance <= REACH:
            nearest = distance
    return nearest


def _common_box(
    masks: tuple[Mask, ...], expected: tuple[tuple[Mask, tuple[int, int]], ...]
) -> tuple[int, int, int, int] | None:
    """The box (x_min, y_min, x_max, y_max) of everything there is to compare, inside the frame."""
    height, width = masks[0].size
    boxes = [mask.box for mask in masks if not mask.is_empty]
    boxes += [
        (mask.box[0] + dx, mask.box[1] + dy, mask.box[2] + dx, mask.box[3] + dy)
        for mask, (dx, dy) in expected
    ]
    x_min, y_min = (max(0, min(box[i] for box in boxes)) for i in (0, 1))
    x_max = min(width, max(box[2] for box in boxes))
    y_max = min(height, max(box[3] for box in boxes))
    return (x_min, y_min, x_max, y_max) if x_min < x_max and y_min < y_max else None


def _shifted(mask: Mask, shift: tuple[int, int], region: tuple[int, int, int, int]) -> np.ndarray:
    """A mask moved by (x, y) pixels, as pixels of a region of the frame."""
    (dx, dy), (x_min, y_min, x_max, y_max) = shift, region
    return mask.pixels_in((x_min - dx, y_min - dy, x_max - dx, y_max - dy))


def _deepest(pixels: np.ndarray) -> tuple[float, int, int]:
    """Radius, row and column of the largest circle inside a region; radius 0 if it is empty."""
    padded = np.pad(pixels, 1).astype(np.uint8)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    row, column = divmod(int(depth.argmax()), depth.shape[1])
    return float(depth[row, column]), row, column
