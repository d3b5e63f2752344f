"""Outlines of masks as paths: sharp at every zoom, for the few masks that are looked at."""

import cv2
import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from tarvis_core.annotation.mask import Mask

UNDER = 1.6
"""How much wider the rim is than the line over it."""
DARK_RIM = QColor(0, 0, 0, 160)
DASHES = (4.0, 3.0)
"""Of a dashed line: line and gap, in its widths."""


def outline_path(mask: Mask) -> QPainterPath:
    """The border between inside and outside, along the edges of pixels.

    Args:
        mask: Any mask; parts and holes become closed curves of their own.

    Returns:
        A path in frame pixels.
    """
    path = QPainterPath()
    if mask.is_empty:
        return path
    doubled = _doubled(mask.crop().T)  # column by column, as masks lie in memory
    contours, _ = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        # Contours run through half pixels inside the mask: each has one edge of its pixel.
        points = contour[:, 0, ::-1] // 2 + mask.box[:2]
        corners = iter(points.astype(float).tolist())
        path.moveTo(*next(corners))
        for x, y in corners:
            path.lineTo(x, y)
        path.closeSubpath()
    return path


def _doubled(pixels: np.ndarray) -> np.ndarray:
    """Every pixel (bool) as two by two, uint8, with a border of one."""
    height, width = pixels.shape
    pairs = np.ascontiguousarray(pixels).astype(np.uint16) * 0x0101
    doubled = np.zeros((2 * height + 2, 2 * width + 2), np.uint8)
    doubled[1:-1:2, 1:-1] = doubled[2::2, 1:-1] = pairs.view(np.uint8)
    return doubled


class OutlineItem(QGraphicsItem):
    """One outline, light over dark so that it is seen on any ground; may be dashed.

    Lines are as wide on every screen: Qt's cosmetic pens count pixels of the device, which are
    smaller on screens of a higher scale.
    """

    def __init__(
        self, *, width: float = 1.6, rim: QColor = DARK_RIM, is_rim_whole: bool = True
    ) -> None:
        """A line of so many pixels; its rim is whole or has the gaps of a dashed line."""
        super().__init__()
        self._is_rim_whole = is_rim_whole
        self._path = QPainterPath()
        self._width = width
        self._pen = QPen(QColor("white"), width)
        self._pen.setCosmetic(True)
        self._under = QPen(rim, width + UNDER)
        self._under.setCosmetic(True)

    @property
    def path(self) -> QPainterPath:
        """What is drawn."""
        return self._path

    def show_path(self, path: QPainterPath, colour: QColor, *, is_dashed: bool = False) -> None:
        """Draw a path in a colour; an empty path draws nothing."""
        self.prepareGeometryChange()
        self._path = path
        self._pen.setColor(colour)
        _dash(self._pen, 1.0, is_dashed=is_dashed)
        rim = self._width / (self._width + UNDER)
        _dash(self._under, rim, is_dashed=is_dashed and not self._is_rim_whole)
        self.update()

    def clear(self) -> None:
        """Draw nothing."""
        self.show_path(QPainterPath(), self._pen.color())

    @override
    def boundingRect(self) -> QRectF:
        """The path with room for the pen at any zoom that matters."""
        return self._path.boundingRect().adjusted(-4, -4, 4, 4)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the rim, then the line."""
        if self._path.isEmpty():
            return
        scale = painter.device().devicePixelRatioF()
        self._pen.setWidthF(self._width * scale)
        self._under.setWidthF((self._width + UNDER) * scale)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._under)
        painter.drawPath(self._path)
        painter.setPen(self._pen)
        painter.drawPath(self._path)


def _dash(pen: QPen, part: float, *, is_dashed: bool) -> None:
    """Make a pen's line whole, or dashed as one is that is only this part as wide."""
    pen.setStyle(Qt.PenStyle.CustomDashLine if is_dashed else Qt.PenStyle.SolidLine)
    if is_dashed:
        pen.setDashPattern([each * part for each in DASHES])
