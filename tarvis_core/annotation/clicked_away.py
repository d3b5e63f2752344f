"""What a negative click took from the mask that was shown."""

from collections.abc import Iterable

import cv2
import numpy as np

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.reassigning import region_at

RIM_PART = 0.04
"""Losses thinner than this part of the shown mask's radius do not join pieces: outlines are drawn
anew by every answer."""
DISK_PART = 0.25
"""Radius of the disk of a click that was passed over, at most, as a part of the mask's radius."""
LEAST_RADIUS = 3.0
"""Radius of that disk in pixels, at least."""
MOST_PART = 0.5
"""A click that takes more of the shown mask than this says something else than what is left out."""


def clicked_away(shown: Mask, answer: Mask, click: PointExemplar) -> Mask:
    """The piece of the shown mask round a negative click that the answer no longer has.

    Args:
        shown: What was there when the click was given.
        answer: What the network gave; of the same size.
        click: The negative click.

    Returns:
        The piece; empty where the answer passed the click over, or took most of the mask.
    """
    nothing = Mask.empty(*shown.size)
    lost = shown.difference(answer)
    if region_at(lost, click.x, click.y) is None or shown.is_empty:
        return nothing
    rim = round(RIM_PART * float(np.sqrt(shown.area / np.pi)))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1, 2 * rim + 1))
    thick = _morphed(lost, cv2.MORPH_OPEN, disk, rim)
    core = region_at(thick, click.x, click.y) or region_at(lost, click.x, click.y)
    assert core is not None, "the click lies in what was lost"
    piece = _morphed(core, cv2.MORPH_DILATE, disk, rim).intersection(lost)
    return piece if piece.area < MOST_PART * shown.area else nothing


def disk_round(mask: Mask, click: PointExemplar, wanted: Iterable[PointExemplar]) -> Mask:
    """What of a mask goes at a negative click that an answer passed over: a disk round it.

    Args:
        mask: The answer, in which the click lies.
        click: The negative click.
        wanted: Positive clicks; the disk reaches none of them.
    """
    pixels = mask.to_array()
    place = int(click.y), int(click.x)
    reach = reach_of(pixels, place, float(np.sqrt(mask.area / np.pi)))
    for other in wanted:
        reach = min(reach, np.hypot(int(other.x) - place[1], int(other.y) - place[0]) - 1.0)
    rows, columns = np.ogrid[: mask.height, : mask.width]
    disk = (rows - place[0]) ** 2 + (columns - place[1]) ** 2 <= max(reach, 0.0) ** 2
    return Mask.from_array(pixels & disk)


def reach_of(wrong: np.ndarray, place: tuple[int, int], radius: float) -> float:
    """Radius of the disk that changes at a click that an answer passed over, in pixels.

    It reaches to where the click would be right, within bounds.

    Args:
        wrong: Where the click says that the mask is wrong, (H, W) bool.
        place: The click's pixel, (row, column).
        radius: Of a disk as large as the mask.
    """
    distance = cv2.distanceTransform(wrong.astype(np.uint8), cv2.DIST_L2, 5)[place]
    return max(LEAST_RADIUS, min(float(distance), DISK_PART * radius))


def _morphed(mask: Mask, operation: int, disk: np.ndarray, margin: int) -> Mask:
    """A mask after a morphological operation that sees so many pixels round it."""
    x_min, y_min, x_max, y_max = mask.box
    left, top = min(margin, x_min), min(margin, y_min)
    right, bottom = min(margin, mask.width - x_max), min(margin, mask.height - y_max)
    pixels = np.pad(mask.crop().astype(np.uint8), ((top, bottom), (left, right)))
    changed = cv2.morphologyEx(pixels, operation, disk)
    return Mask.from_crop(mask.height, mask.width, (x_min - left, y_min - top), changed > 0)
