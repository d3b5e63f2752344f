"""The masks of one frame as an 8-bit label map with outlines, painted through a colour table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from tarvis_app.overlay_state import OverlayStyle
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId

MAX_LABELS = 127
"""Labels take 7 bits; the eighth marks the outline."""

EDGE_BIT = 128

Box = tuple[int, int, int, int]
"""(x_min, y_min, x_max, y_max) in frame pixels, far edges exclusive."""


@dataclass(frozen=True)
class LabelLook:
    """How one target is coloured."""

    colour: tuple[int, int, int]
    is_selected: bool = False


class LabelLayer:
    """Label map of a frame. Label k is the k-th target; beyond 127 targets labels are shared."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Make an empty layer of (height, width) pixels."""
        self.size = size
        self.labels = np.zeros(size, dtype=np.uint8)
        self.coded = np.zeros(size, dtype=np.uint8)
        self._labels_of: dict[TargetId, int] = {}
        self._drawn: Box | None = None
        thickness = max(1, round(size[0] / 720))
        self._edge_kernel = np.ones((2 * thickness + 1, 2 * thickness + 1), dtype=np.uint8)

    @property
    def labels_of(self) -> Mapping[TargetId, int]:
        """The label of each target drawn."""
        return self._labels_of

    def label_for(self, target: TargetId) -> int:
        """The label of a target, given out when first asked for."""
        if target not in self._labels_of:
            self._labels_of[target] = len(self._labels_of) % MAX_LABELS + 1
        return self._labels_of[target]

    def draw(self, masks: Iterable[tuple[TargetId, Mask]]) -> None:
        """Replace everything by these masks, lowest first."""
        if self._drawn is not None:
            x_min, y_min, x_max, y_max = self._drawn
            self.labels[y_min:y_max, x_min:x_max] = 0
            self.coded[y_min:y_max, x_min:x_max] = 0
        self._labels_of = {}
        drawn: Box | None = None
        for target, mask in masks:
            if mask.is_empty:
                continue
            label = self.label_for(target)
            x_min, y_min, x_max, y_max = mask.box
            self.labels[y_min:y_max, x_min:x_max][mask.crop()] = label
            drawn = mask.box if drawn is None else _around(drawn, mask.box)
        self._drawn = drawn
        if drawn is not None:
            self.code(drawn)

    def stroke(self, region: Box, pixels: np.ndarray, label: int, *, erases: bool) -> None:
        """Draw a stroke into the map before it becomes a mask.

        Args:
            region: Box of the stroke.
            pixels: Array of bool, the pixels of the box that the stroke covers.
            label: Whose pixels are drawn, or taken away.
            erases: Take pixels of this label away instead of adding them.
        """
        x_min, y_min, x_max, y_max = region
        part = self.labels[y_min:y_max, x_min:x_max]
        if erases:
            part[pixels & (part == label)] = 0
        else:
            part[pixels] = label
        self._drawn = region if self._drawn is None else _around(self._drawn, region)
        self.code(region)

    def code(self, region: Box) -> Box:
        """Mark the outlines anew in a box; returns the box that may look different now."""
        margin = self._edge_kernel.shape[0] // 2
        outer = self.grown(region, 2 * margin)
        inner = self.grown(region, margin)
        labels = self.labels[outer[1] : outer[3], outer[0] : outer[2]]
        lowest = cv2.erode(labels, self._edge_kernel)
        highest = cv2.dilate(labels, self._edge_kernel)
        edges = cv2.compare(lowest, highest, cv2.CMP_NE)
        edges &= cv2.compare(labels, 0, cv2.CMP_GT)
        coded = labels | (edges & EDGE_BIT)
        top, left = inner[1] - outer[1], inner[0] - outer[0]
        height, width = inner[3] - inner[1], inner[2] - inner[0]
        self.coded[inner[1] : inner[3], inner[0] : inner[2]] = coded[
            top : top + height, left : left + width
        ]
        return inner

    def grown(self, box: Box, margin: int) -> Box:
        """A box with a margin, cut at the frame's edges."""
        height, width = self.size
        return (
            max(0, box[0] - margin),
            max(0, box[1] - margin),
            min(width, box[2] + margin),
            min(height, box[3] + margin),
        )


def colour_table(
    labels: Mapping[TargetId, int], looks: Mapping[TargetId, LabelLook], style: OverlayStyle
) -> list[int]:
    """The colours of a layer's 256 codes as 0xAARRGGBB.

    Args:
        labels: The label of each target.
        looks: How targets are coloured; a target without a look is not drawn.
        style: Opacity, outline only, hidden.
    """
    table = [0] * 256
    if style.is_hidden:
        return table
    for target, label in labels.items():
        look = looks.get(target)
        if look is None:
            continue
        red, green, blue = look.colour
        rgb = red << 16 | green << 8 | blue
        opacity = min(1.0, style.opacity + 0.12) if look.is_selected else style.opacity
        fill = 0 if style.is_outline_only else round(opacity * 255)
        edge = 255 if style.is_outline_only else round(min(1.0, 0.35 + opacity) * 255)
        table[label] = fill << 24 | rgb
        table[label | EDGE_BIT] = edge << 24 | rgb
    return table


def _around(first: Box, second: Box) -> Box:
    return (
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[2], second[2]),
        max(first[3], second[3]),
    )
