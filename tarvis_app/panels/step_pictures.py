"""Small pictures of what steps of the history did to masks: what came, what stayed, what went."""

from collections import OrderedDict
from collections.abc import Mapping

import cv2
import numpy as np
from PySide6.QtGui import QImage

from tarvis_core.annotation.label_set import Colour
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import TrackFrame

WIDTH, HEIGHT = 80, 56
"""In pixels of the picture; it is drawn at half the size, so that it is sharp at 2×."""
MARGIN = 0.15
"""Of the box around the masks, on every side."""
CAME, STAYED, WENT = 1.0, 0.5, 0.6
"""How strongly pixels are painted."""
GONE: Colour = (128, 128, 128)
"""The colour of pixels that were taken away."""
MOST_KEPT = 200

Box = tuple[int, int, int, int]
Changes = tuple[MaskChange, ...]


class StepPictures:
    """Makes the pictures when they are asked for, and keeps the latest."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Changes, tuple[Colour, ...]], QImage | None] = OrderedDict()

    def of(self, changes: Changes, colours: Mapping[TargetId, Colour]) -> QImage | None:
        """What changes of masks of one frame did; None where none of them has a pixel.

        Args:
            changes: Each of another target; those of unknown colour are left out.
            colours: By target.
        """
        known = tuple(change for change in changes if change.target in colours)
        key = (known, tuple(colours[change.target] for change in known))
        if key not in self._kept:
            self._kept[key] = _drawn(*key)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def _drawn(changes: Changes, colours: tuple[Colour, ...]) -> QImage | None:
    region = _region(changes)
    if region is None:
        return None
    painted = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    opacity = np.zeros((HEIGHT, WIDTH, 1), np.float32)
    for change, colour in zip(changes, colours, strict=True):
        before, after = _cover(change.before, region), _cover(change.after, region)
        stayed = np.minimum(before, after)
        came, went = after - stayed, before - stayed
        for part, tone in ((WENT * went, GONE), (CAME * came + STAYED * stayed, colour)):
            painted = painted * (1 - part) + np.float32(tone) * part
            opacity = opacity + (1 - opacity) * part
    colours_shown = painted / np.maximum(opacity, 1e-6)
    pixels = np.concatenate([colours_shown, 255 * opacity], axis=2).clip(0, 255).astype(np.uint8)
    stride = WIDTH * pixels.shape[2]
    return QImage(pixels.tobytes(), WIDTH, HEIGHT, stride, QImage.Format.Format_RGBA8888).copy()


def _region(changes: Changes) -> Box | None:
    """The part of the frame that shows all masks, in the shape of the picture."""
    held = [each for change in changes for each in (change.before, change.after)]
    masks = [each.mask for each in held if each is not None and not each.mask.is_empty]
    if not masks:
        return None
    boxes = np.array([mask.box for mask in masks])
    (x_min, y_min), (x_max, y_max) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    grown = 1 + 2 * MARGIN
    width = max(x_max - x_min, (y_max - y_min) * WIDTH / HEIGHT, 4) * grown
    height = width * HEIGHT / WIDTH
    left, top = round((x_min + x_max - width) / 2), round((y_min + y_max - height) / 2)
    return left, top, left + round(width), top + max(1, round(height))


def _cover(held: TrackFrame | None, region: Box) -> np.ndarray:
    """How much of each pixel of the picture a mask covers, (HEIGHT, WIDTH, 1) of 0…1."""
    if held is None or held.mask.is_empty:
        return np.zeros((HEIGHT, WIDTH, 1), np.float32)
    if region[2] - region[0] <= WIDTH:
        pixels = held.mask.pixels_in(region).astype(np.float32)
        return cv2.resize(pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)[..., None]
    left, top, *_ = held.mask.box
    sums = cv2.integral(held.mask.pixels_in(held.mask.box).view(np.uint8))
    rows = np.linspace(region[1], region[3], HEIGHT + 1) - top
    columns = np.linspace(region[0], region[2], WIDTH + 1) - left
    inside = np.diff(np.diff(_between(_between(sums, rows).T, columns).T, axis=0), axis=1)
    return (inside / ((rows[1] - rows[0]) * (columns[1] - columns[0]))).astype(np.float32)[
        ..., None
    ]


def _between(rows: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Rows at places between them; beyond the first and the last row, those."""
    places = places.clip(0, len(rows) - 1)
    whole = np.minimum(places.astype(int), len(rows) - 2)
    part = (places - whole)[:, None]
    return rows[whole] * (1 - part) + rows[whole + 1] * part
