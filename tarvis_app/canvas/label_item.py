"""A short text on a plate beside something on the canvas, the same size at every zoom."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication, QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from tarvis_app.colours import readable_on

GAP = 3
"""Between the plate and its place."""


class LabelItem(QGraphicsItem):
    """Stands just above its place, to the right."""

    def __init__(self, text: str = "", colour: tuple[int, int, int] = (32, 32, 32)) -> None:
        super().__init__()
        self._text = text
        self._colour = colour
        self._rectangle = QRectF()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.show_text(text)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    @property
    def plate(self) -> QRectF:
        """The plate beside its place, in screen pixels."""
        return self._rectangle

    def show_text(self, text: str) -> None:
        """Say something else."""
        self.prepareGeometryChange()
        metrics = QFontMetricsF(QApplication.font())
        width, height = metrics.horizontalAdvance(text) + 12, metrics.height() + 4
        self._text = text
        self._rectangle = QRectF(0, -height - GAP, width, height)
        self.update()

    @override
    def boundingRect(self) -> QRectF:
        """The plate, in screen pixels."""
        return self._rectangle.adjusted(-1, -1, 1, 1)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the plate and the text."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 1.0))
        painter.setBrush(QColor(*self._colour))
        painter.drawRoundedRect(self._rectangle, 4, 4)
        painter.setPen(QColor(*readable_on(self._colour)))
        painter.setFont(QApplication.font())
        painter.drawText(self._rectangle, Qt.AlignmentFlag.AlignCenter, self._text)
