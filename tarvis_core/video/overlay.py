"""Draws masks over frames: a transparent colour with an outline."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from tarvis_core.annotation.label_set import Colour
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.palette import target_colour
from tarvis_core.annotation.target import TargetId


@dataclass(frozen=True)
class OverlayStyle:
    """How masks look over a frame.

    Raises:
        ValueError: The opacity is outside 0…1, or the outline is thinner than nothing.
    """

    opacity: float = 0.45
    """Share of the mask's colour inside the mask, 0…1."""
    outline_px: int = 2
    """Width of the line along the mask's inner border; 0 for none."""
    colours: Mapping[TargetId, Colour] = field(default_factory=dict)
    """RGB colours; other targets get the palette's."""

    def __post_init__(self) -> None:
        if not 0 <= self.opacity <= 1:
            raise ValueError(f"opacity is 0…1, got {self.opacity}")
        if self.outline_px < 0:
            raise ValueError(f"an outline has a width of 0 or more pixels, got {self.outline_px}")

    def colour(self, target: TargetId) -> Colour:
        """The colour of a target."""
        found = self.colours.get(target)
        return target_colour(target) if found is None else found


DEFAULT_STYLE = OverlayStyle()

_MAX_TABLE = 1_000_000
"""Ids up to this are looked up in a table, which is much faster than sorting."""


def draw_masks(
    frame: np.ndarray,
    masks: Mapping[TargetId, Mask],
    style: OverlayStyle = DEFAULT_STYLE,
) -> np.ndarray:
    """Draw masks over a frame, the last of the mapping on top.

    Args:
        frame: (H, W, 3) uint8 RGB; stays as it is.
        masks: Masks of the frame's size.
        style: How they look.

    Returns:
        A new (H, W, 3) uint8 array, RGB.

    Raises:
        ValueError: A mask belongs to a frame of another size.
    """
    drawn = frame.copy()
    for target, mask in masks.items():
        if mask.size != frame.shape[:2]:
            raise ValueError(
                f"the mask of target {target} is for frames of {mask.size}, not {frame.shape[:2]}"
            )
        if not mask.is_empty:
            x_min, y_min, x_max, y_max = mask.box
            region, inside = drawn[y_min:y_max, x_min:x_max], mask.crop().view(np.uint8)
            _blend(region, inside, style.colour(target), style)
    return drawn


def draw_label_map(
    frame: np.ndarray,
    label_map: np.ndarray,
    style: OverlayStyle = DEFAULT_STYLE,
) -> np.ndarray:
    """Draw the targets of a label map over a frame.

    Args:
        frame: (H, W, 3) uint8 RGB; stays as it is.
        label_map: (H, W) of any integer type: target ids, 0 where there is none.
        style: How they look.

    Returns:
        A new (H, W, 3) uint8 array, RGB.

    Raises:
        ValueError: The label map has another size than the frame.
    """
    if label_map.shape != frame.shape[:2]:
        raise ValueError(f"label map {label_map.shape} for a frame of {frame.shape[:2]}")
    labels, ids = _small_labels(label_map)
    table = np.array([style.colour(i) if i else (0, 0, 0) for i in ids], dtype=np.uint8)
    paint = _look_up(table, labels)
    drawn = cv2.addWeighted(frame, 1 - style.opacity, paint, style.opacity, 0)
    if style.outline_px:
        cv2.copyTo(paint, _borders(labels, style.outline_px), drawn)
    if ids[0] == 0:
        cv2.copyTo(frame, (labels == 0).view(np.uint8), drawn)
    return drawn


def _small_labels(label_map: np.ndarray) -> tuple[np.ndarray, list[TargetId]]:
    """Number the ids of a label map from 0.

    Returns:
        (H, W) uint8 or uint16 positions in the list of ids, and that list.
    """
    top = int(label_map.max(initial=0))
    if top > _MAX_TABLE:
        found, positions = np.unique(label_map, return_inverse=True)
    else:
        found = np.flatnonzero(np.bincount(label_map.ravel()))
        position_of = np.zeros(top + 1, dtype=np.uint16)
        position_of[found] = np.arange(found.size)
        positions = position_of[label_map]
    dtype = np.uint8 if found.size <= 256 else np.uint16
    labels = positions.reshape(label_map.shape).astype(dtype)
    return labels, [TargetId(i) for i in found.tolist()]


def _look_up(table: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8: the row of a (K, 3) table for each label."""
    if labels.dtype != np.uint8:
        return table[labels]
    full = np.zeros((256, 1, 3), dtype=np.uint8)
    full[: len(table), 0] = table
    return cv2.LUT(cv2.merge([labels, labels, labels]), full)


def _blend(region: np.ndarray, inside: np.ndarray, colour: Colour, style: OverlayStyle) -> None:
    """Colour the pixels of a region that are inside a mask, in place.

    Args:
        region: (h, w, 3) part of the picture.
        inside: (h, w) uint8, 1 inside the mask.
        colour: RGB.
        style: How it looks.
    """
    paint = np.empty_like(region)
    paint[:] = colour
    mixed = cv2.addWeighted(region, 1 - style.opacity, paint, style.opacity, 0)
    cv2.copyTo(mixed, inside, region)
    if style.outline_px:
        inner = cv2.erode(
            inside, _disc(style.outline_px), borderType=cv2.BORDER_CONSTANT, borderValue=0
        )
        cv2.copyTo(paint, inside - inner, region)


def _borders(labels: np.ndarray, width_px: int) -> np.ndarray:
    """(H, W) uint8: 1 at pixels nearer than `width_px` to a pixel of another label."""
    kernel = _disc(width_px)
    return (cv2.dilate(labels, kernel) != cv2.erode(labels, kernel)).view(np.uint8)


def _disc(radius_px: int) -> np.ndarray:
    size = 2 * radius_px + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
