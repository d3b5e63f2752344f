"""The marker that shows where to click next: a dashed ring with a plus or a minus."""

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

RADIUS = 13.0
SWING = 3.0
"""How far the ring grows and shrinks."""
SIGN = 5.0
ADD = QColor("#7ee081")
TAKE = QColor("#ff8f87")


class ProposalItem(QGraphicsItem):
    """One proposed click; the same size at every zoom."""

    def __init__(self) -> None:
        super().__init__()
        self._phase = 0.0
        self._is_positive = True
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(20)
        self.hide()

    def show_at(self, x: float, y: float, *, is_positive: bool = True) -> None:
        """Show the marker at a place of the frame."""
        self._is_positive = is_positive
        self.setPos(x, y)
        self.show()
        self.update()

    def set_phase(self, phase: float) -> None:
        """How far the ring has grown, 0…1."""
        self._phase = phase
        self.update()

    @override
    def boundingRect(self) -> QRectF:
        """The ring at its largest, in screen pixels."""
        reach = RADIUS + SWING + 3
        return QRectF(-reach, -reach, 2 * reach, 2 * reach)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint ring and sign over a dark shadow, so that they show on any picture."""
        colour = ADD if self._is_positive else TAKE
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = RADIUS + SWING * self._phase
        for pen in (QPen(QColor(0, 0, 0, 170), 4.5), QPen(colour, 2.2, Qt.PenStyle.DashLine)):
            painter.setPen(pen)
            painter.drawEllipse(QPointF(0, 0), radius, radius)
        for pen in (QPen(QColor(0, 0, 0, 170), 5.0), QPen(colour, 2.4)):
            painter.setPen(pen)
            painter.drawLine(QLineF(-SIGN, 0, SIGN, 0))
            if self._is_positive:
                painter.drawLine(QLineF(0, -SIGN, 0, SIGN))
