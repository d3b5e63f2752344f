"""What a negative click took from the mask that was shown."""

import cv2
import numpy as np

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.reassigning import region_at

RIM_PART = 0.04
"""Losses thinner than this part of the shown mask's radius do not join pieces: outlines are drawn
anew by every answer."""
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


def _morphed(mask: Mask, operation: int, disk: np.ndarray, margin: int) -> Mask:
    """A mask after a morphological operation that sees so many pixels round it."""
    x_min, y_min, x_max, y_max = mask.box
    left, top = min(margin, x_min), min(margin, y_min)
    right, bottom = min(margin, mask.width - x_max), min(margin, mask.height - y_max)
    pixels = np.pad(mask.crop().astype(np.uint8), ((top, bottom), (left, right)))
    changed = cv2.morphologyEx(pixels, operation, disk)
    return Mask.from_crop(mask.height, mask.width, (x_min - left, y_min - top), changed > 0)
