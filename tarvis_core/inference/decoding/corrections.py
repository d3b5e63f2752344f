"""Corrections: what the clicks on a frame may change of the mask that was shown there.

A click changes the shown mask in one piece: what the network's answer adds, or takes away, round
the click. Everything else stays as it was shown, also the outline, however the answer draws it
anew. Where the answer passes a click over, the click changes a disk round itself, so that its own
place is always right. A piece of the shown mask that hangs together with nothing else goes as a
whole where a negative click lies in it and no positive one: a mask that slid to other things has
such pieces. Where the answer adds a piece larger than what was shown, the part of it that lies
nearest to the click is added: a click on a missing part is not meant for half the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from tarvis_core.annotation.clicked_away import reach_of
from tarvis_core.annotation.mask import Mask

Point = tuple[float, float]

RIM_PART = 0.04
"""Differences thinner than this part of the shown mask's radius do not join pieces."""
MOST_ADDED = 1.0
"""How much a click adds at most, as a part of the shown mask's area."""
STRAY_PART = 0.5
"""A piece that goes as a whole is smaller than this part of the shown mask."""
TINY_MASK = 0.01
"""Below this part of the frame a shown mask says little of how large its target is: a click may
add so much all the same."""


@dataclass(frozen=True)
class Correction:
    """A shown mask and the clicks that say what is wrong with it."""

    shown: Mask
    positive: Sequence[Point] = ()
    """(x, y) in pixels of the frame: belong to the target."""
    negative: Sequence[Point] = ()
    """Do not belong to it."""


def corrected_logits(logits_HW: Tensor, correction: Correction) -> Tensor:
    """A target's logits in pixels of the frame, of the signs that its correction allows.

    Args:
        logits_HW: As the network answers to the shown mask and the clicks together.
        correction: What was shown and clicked; the mask is of the same size.

    Returns:
        A new tensor: the same sizes of logits, positive where the target is.
    """
    answer_HW = (logits_HW > 0).cpu().numpy()
    is_own_HW = torch.from_numpy(corrected_pixels(answer_HW, correction)).to(logits_HW.device)
    sure_HW = logits_HW.abs().clamp(min=torch.finfo(logits_HW.dtype).eps)
    return torch.where(is_own_HW, sure_HW, -sure_HW)


def corrected_pixels(answer_HW: np.ndarray, correction: Correction) -> np.ndarray:
    """The shown mask with the pieces changed that the clicks name, (H, W) bool."""
    shown_HW = correction.shown.to_array()
    added_HW, removed_HW = answer_HW & ~shown_HW, shown_HW & ~answer_HW
    changed_HW = shown_HW.copy()
    most = max(1, round(MOST_ADDED * shown_HW.sum()), round(TINY_MASK * shown_HW.size))
    for click in correction.positive:
        changed_HW |= _nearest(_piece(added_HW, shown_HW, click), click, most)
    for click in correction.negative:
        changed_HW &= ~_piece(removed_HW, ~shown_HW, click)
        changed_HW &= ~_stray_piece(shown_HW, click, correction.positive)
    return changed_HW


def _piece(difference_HW: np.ndarray, right_HW: np.ndarray, click: Point) -> np.ndarray:
    """What one click changes: nothing if its pixel is `right_HW`, as the click wants it, already.

    Args:
        difference_HW: Where the answer differs from what was shown in the click's sense.
        right_HW: Where what was shown agrees with the click.
        click: (x, y).
    """
    height, width = difference_HW.shape
    row, column = _pixel_of(click, difference_HW)
    if right_HW[row, column]:
        return np.zeros_like(difference_HW)
    num_shown = min(int(right_HW.sum()), int((~right_HW).sum()))
    radius = float(np.sqrt(max(num_shown, 1) / np.pi))
    if difference_HW[row, column]:
        return _connected(difference_HW, (row, column), round(radius * RIM_PART))
    reach = reach_of(~right_HW, (row, column), radius)
    rows, columns = np.ogrid[:height, :width]
    return (rows - row) ** 2 + (columns - column) ** 2 <= reach**2


def _stray_piece(shown_HW: np.ndarray, click: Point, positive: Sequence[Point]) -> np.ndarray:
    """The separate piece of the shown mask that a negative click takes; empty if there is none."""
    _, pieces_HW = cv2.connectedComponents(shown_HW.astype(np.uint8))
    own = pieces_HW[_pixel_of(click, shown_HW)]
    wanted = {pieces_HW[_pixel_of(each, shown_HW)] for each in positive}
    piece_HW = pieces_HW == own
    if own == 0 or own in wanted or piece_HW.sum() >= STRAY_PART * shown_HW.sum():
        return np.zeros_like(shown_HW)
    return piece_HW


def _nearest(piece_HW: np.ndarray, click: Point, most: int) -> np.ndarray:
    """A piece; of one with more pixels than `most` about so many, which lie round the click."""
    if int(piece_HW.sum()) <= most:
        return piece_HW
    place = _pixel_of(click, piece_HW)
    rows, columns = np.ogrid[: piece_HW.shape[0], : piece_HW.shape[1]]
    squares_HW = (rows - place[0]) ** 2 + (columns - place[1]) ** 2
    reach = np.partition(squares_HW[piece_HW], most - 1)[most - 1]
    near_HW = piece_HW & (squares_HW <= reach)
    _, parts_HW = cv2.connectedComponents(near_HW.astype(np.uint8))
    return parts_HW == parts_HW[place]


def _pixel_of(click: Point, pixels_HW: np.ndarray) -> tuple[int, int]:
    """The pixel (row, column) that a click lies on; the nearest one for a click outside."""
    height, width = pixels_HW.shape
    return min(max(int(click[1]), 0), height - 1), min(max(int(click[0]), 0), width - 1)


def _connected(difference_HW: np.ndarray, place: tuple[int, int], rim: int) -> np.ndarray:
    """The piece of a difference round a pixel; thin rims do not lead from piece to piece."""
    pixels_HW = difference_HW.astype(np.uint8)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1, 2 * rim + 1))
    thick_HW = cv2.morphologyEx(pixels_HW, cv2.MORPH_OPEN, disk)
    if not thick_HW[place]:
        thick_HW = pixels_HW
    _, pieces_HW = cv2.connectedComponents(thick_HW)
    own_HW = (pieces_HW == pieces_HW[place]).astype(np.uint8)
    return (cv2.dilate(own_HW, disk) > 0) & difference_HW
