"""What the person gave on the shown frame: clicks and boxes, the same size at every zoom."""

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from tarvis_app.colours import readable_on
from tarvis_core.annotation.exemplar import BoxExemplar, PointExemplar

RADIUS = 7.0
SIGN = 3.2


class PointItem(QGraphicsItem):
    """One click: plus or minus in a disc of the target's colour."""

    def __init__(self, point: PointExemplar, colour: tuple[int, int, int]) -> None:
        super().__init__()
        self.point = point
        self._colour = colour
        self.setPos(point.x, point.y)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    @override
    def boundingRect(self) -> QRectF:
        """The disc with its rim, in screen pixels."""
        return QRectF(-RADIUS - 2, -RADIUS - 2, 2 * RADIUS + 4, 2 * RADIUS + 4)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint disc, rim and sign."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = self._colour if self.point.is_positive else (32, 32, 32)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 150), 4.0))
        painter.drawEllipse(QPointF(0, 0), RADIUS, RADIUS)
        rim = QColor("white") if self.point.is_positive else QColor(*self._colour)
        painter.setPen(QPen(rim, 2.0))
        painter.setBrush(QColor(*ground))
        painter.drawEllipse(QPointF(0, 0), RADIUS, RADIUS)
        painter.setPen(QPen(QColor(*readable_on(ground)), 2.0))
        painter.drawLine(QLineF(-SIGN, 0, SIGN, 0))
        if self.point.is_positive:
            painter.drawLine(QLineF(0, -SIGN, 0, SIGN))


class BoxItem(QGraphicsItem):
    """One box, dashed in the target's colour."""

    def __init__(self, box: BoxExemplar, colour: tuple[int, int, int]) -> None:
        super().__init__()
        x_min, y_min, x_max, y_max = box.box
        self._rectangle = QRectF(x_min, y_min, x_max - x_min, y_max - y_min)
        self._colour = colour

    @override
    def boundingRect(self) -> QRectF:
        """The box with room for the pen."""
        return self._rectangle.adjusted(-2, -2, 2, 2)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the frame of the box."""
        painter.setBrush(Qt.BrushStyle.NoBrush)  # the view hands on what the last item set
        scale = painter.device().devicePixelRatioF()  # a cosmetic pen counts pixels of the device
        for colour, width in ((QColor(0, 0, 0, 150), 3.0), (QColor(*self._colour), 1.5)):
            pen = QPen(colour, width * scale, Qt.PenStyle.DashLine)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawRect(self._rectangle)
