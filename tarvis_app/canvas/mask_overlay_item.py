"""The masks over the frame: a label map, converted once per frame through its colour table."""

from collections.abc import Iterable, Mapping

import cv2
import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from tarvis_app.canvas.frame_item import prepare_layer
from tarvis_app.canvas.label_layer import Box, LabelLayer, LabelLook, colour_table
from tarvis_app.overlay_state import OverlayStyle
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId

SUBPIXEL_BITS = 4


class MaskOverlayItem(QGraphicsItem):
    """Paints the masks of the shown frame, and a stroke while it is being drawn."""

    def __init__(self) -> None:
        super().__init__()
        self._layer = LabelLayer((0, 0))
        self._image = QImage()
        self._looks: Mapping[TargetId, LabelLook] = {}
        self._style = OverlayStyle()
        self._table: list[int] = [0] * 256
        self._stroke: np.ndarray | None = None
        self._stroke_box: Box | None = None
        self.is_idle = True

    def clear(self, size: tuple[int, int]) -> None:
        """Be empty, for frames of (height, width)."""
        self.prepareGeometryChange()
        self._layer = LabelLayer(size)
        self._stroke = None
        self._image = QImage()
        self.update()

    def show_masks(
        self, masks: Iterable[tuple[TargetId, Mask]], looks: Mapping[TargetId, LabelLook]
    ) -> None:
        """Show these masks, lowest first; a stroke in progress is kept on top of none of them."""
        self._layer.draw(masks)
        self._looks = looks
        self._convert()

    def set_style(self, style: OverlayStyle) -> None:
        """Draw the same masks in another way."""
        self._style = style
        self._convert()

    def set_looks(self, looks: Mapping[TargetId, LabelLook]) -> None:
        """Draw the same masks in other colours."""
        self._looks = looks
        self._convert()

    def begin_stroke(self, target: TargetId, look: LabelLook) -> None:
        """Start a stroke for a target, which may not have a mask here yet."""
        self._stroke = np.zeros(self._layer.size, dtype=np.uint8)
        self._stroke_box = None
        self._layer.label_for(target)
        self._looks = {**self._looks, target: look}
        self._convert()

    def stroke_line(
        self,
        target: TargetId,
        line: tuple[tuple[float, float], tuple[float, float]],
        diameter: int,
        *,
        erases: bool,
    ) -> None:
        """Draw one piece of the stroke.

        Args:
            target: Whose mask the stroke changes.
            line: From (x, y) to (x, y) in frame pixels.
            diameter: Of the round brush, in frame pixels.
            erases: Whether pixels are taken away.
        """
        if self._stroke is None:
            return
        region = self._region_of(line, diameter)
        x_min, y_min, x_max, y_max = region
        if x_min >= x_max or y_min >= y_max:
            return
        piece = draw_line(line, diameter, region)
        part = self._stroke[y_min:y_max, x_min:x_max]
        np.maximum(part, piece, out=part)
        label = self._layer.label_for(target)
        self._layer.stroke(region, piece.view(np.bool_), label, erases=erases)
        known = self._stroke_box or region
        self._stroke_box = (
            min(known[0], x_min),
            min(known[1], y_min),
            max(known[2], x_max),
            max(known[3], y_max),
        )
        self._convert_region(self._layer.grown(region, 8))

    def end_stroke(self) -> Mask | None:
        """The pixels that the stroke covered; None if it covered none."""
        stroke, box = self._stroke, self._stroke_box
        self._stroke = None
        if stroke is None or box is None:
            return None
        x_min, y_min, x_max, y_max = box
        height, width = self._layer.size
        return Mask.from_crop(height, width, (x_min, y_min), stroke[y_min:y_max, x_min:x_max])

    def _region_of(
        self, line: tuple[tuple[float, float], tuple[float, float]], diameter: int
    ) -> Box:
        (x_from, y_from), (x_to, y_to) = line
        margin = diameter // 2 + 2
        box = (
            int(min(x_from, x_to)),
            int(min(y_from, y_to)),
            int(max(x_from, x_to)) + 1,
            int(max(y_from, y_to)) + 1,
        )
        return self._layer.grown(box, margin)

    @override
    def boundingRect(self) -> QRectF:
        """The frame's rectangle."""
        height, width = self._layer.size
        return QRectF(0, 0, width, height)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the exposed part of the layer."""
        if self._image.isNull() or self._style.is_hidden:
            return
        prepare_layer(painter, self._layer.size, is_idle=self.is_idle)
        painter.drawImage(0, 0, self._image)

    def _convert(self) -> None:
        self._table = colour_table(self._layer.labels_of, self._looks, self._style)
        coded = self._layer.coded
        height, width = coded.shape
        if height and width:
            indexed = QImage(coded.data, width, height, width, QImage.Format.Format_Indexed8)
            indexed.setColorTable(self._table)
            self._image = indexed.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        self.update()

    def _convert_region(self, region: Box) -> None:
        x_min, y_min, x_max, y_max = region
        part = np.ascontiguousarray(self._layer.coded[y_min:y_max, x_min:x_max])
        height, width = part.shape
        indexed = QImage(part.data, width, height, width, QImage.Format.Format_Indexed8)
        indexed.setColorTable(self._table)
        painter = QPainter(self._image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(
            x_min, y_min, indexed.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        )
        painter.end()
        self.update(QRectF(x_min, y_min, width, height))


def draw_line(
    line: tuple[tuple[float, float], tuple[float, float]], diameter: int, region: Box
) -> np.ndarray:
    """A round-ended line in a box of the frame.

    Args:
        line: From (x, y) to (x, y) in frame pixels, pixel centres at +0.5.
        diameter: Width of the line in pixels.
        region: The box (x_min, y_min, x_max, y_max) whose pixels are returned.

    Returns:
        Array of uint8 of the box's size, 1 inside and 0 outside.
    """
    x_min, y_min, x_max, y_max = region
    pixels = np.zeros((y_max - y_min, x_max - x_min), dtype=np.uint8)
    factor = 1 << SUBPIXEL_BITS
    ends = [(round((x - 0.5 - x_min) * factor), round((y - 0.5 - y_min) * factor)) for x, y in line]
    if ends[0] == ends[1]:
        radius = round((diameter - 1) / 2 * factor)
        cv2.circle(pixels, ends[0], radius, 1, cv2.FILLED, cv2.LINE_8, SUBPIXEL_BITS)
    else:
        cv2.line(pixels, ends[0], ends[1], 1, diameter, cv2.LINE_8, SUBPIXEL_BITS)
    return pixels
