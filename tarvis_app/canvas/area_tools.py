"""Polygon and lasso: outlines whose inside is added to the active target or taken away."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPolygonF
from typing_extensions import override

from tarvis_app.canvas.outlines import OutlineItem
from tarvis_app.canvas.tool import Pointer, Press, Tool, ToolContext
from tarvis_app.document.drawing import Stroke
from tarvis_app.view_state import ToolId
from tarvis_core.annotation.mask import Mask

Point = tuple[float, float]


def area_mask(points: Sequence[Point], size: tuple[int, int]) -> Mask:
    """The pixels whose centres lie inside a polygon.

    Args:
        points: Corners (x, y) in frame pixels; the last is joined to the first.
        size: (height, width) of the frame.
    """
    height, width = size
    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("white"))
    polygon = QPolygonF([QPointF(x, y) for x, y in points])
    painter.drawPolygon(polygon, Qt.FillRule.WindingFill)
    painter.end()
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(height, image.bytesPerLine())
    return Mask.from_array(rows[:, :width])


class AreaTool(Tool):
    """What polygon and lasso share: an outline in progress."""

    def __init__(self, context: ToolContext, parent: QObject | None = None) -> None:
        super().__init__(context, parent)
        self.points: list[Point] = []
        self._adds = True
        self._line = OutlineItem(width=1.5)
        self._line.setZValue(20)
        context.scene.addItem(self._line)

    @property
    @override
    def is_busy(self) -> bool:
        return bool(self.points)

    def begin(self, pointer: Pointer) -> None:
        """Start an outline; the button decides whether it adds or takes away."""
        self.points = [(pointer.x, pointer.y)]
        self._adds = pointer.press is not Press.TAKE
        self.hint_changed.emit()

    def show_outline(self, loose_end: Point | None = None, *, ring: float = 0.0) -> None:
        """Draw the outline so far.

        Args:
            loose_end: Where the pointer is, to which a line goes.
            ring: Radius of a ring round the first corner, in frame pixels; none if 0.
        """
        path = QPainterPath()
        points = [*self.points, loose_end] if loose_end is not None else self.points
        if points:
            path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
            path.lineTo(QPointF(*points[0]))
        if points and ring:
            path.addEllipse(QPointF(*points[0]), ring, ring)
        self._line.show_path(path, QColor("white"))

    @override
    def accept(self) -> bool:
        """Close the outline and draw its inside."""
        if len(self.points) < 3:
            return self.cancel()
        pixels = area_mask(self.points, self.size)
        self.cancel()
        self.context.drawing.apply_stroke(
            Stroke(self.frame, pixels, self.id.value, adds=self._adds)
        )
        return True

    @override
    def cancel(self) -> bool:
        """Drop the outline."""
        if not self.points:
            return False
        self.points = []
        self.show_outline()
        self.hint_changed.emit()
        return True


class PolygonTool(AreaTool):
    """Corner by corner."""

    id: ClassVar[ToolId] = ToolId.POLYGON
    _CLOSE_PIXELS: ClassVar[float] = 7.0
    """So near, in pixels of the screen, a click means a corner that is there."""
    _SAME_PIXELS: ClassVar[float] = 2.0

    @property
    @override
    def hint(self) -> str:
        if not self.points:
            return self.tr("Click corners · a right click starts an outline that takes away")
        return self.tr(
            "Enter, a double click or a click on the first corner closes · "
            "Backspace: one corner back"
        )

    @override
    def press(self, pointer: Pointer) -> None:
        """Add a corner; a second click on the last one closes the outline."""
        if pointer.press is Press.NONE:
            return
        if not self.points:
            self.begin(pointer)
        elif self._is_closed_by(pointer):
            self.accept()
            return
        else:
            self.points.append((pointer.x, pointer.y))
        self.show_outline()

    def _is_closed_by(self, pointer: Pointer) -> bool:
        """Whether a click lies on the last corner, or on the first of three or more."""
        is_double = _distance(self.points[-1], pointer) * pointer.scale < self._SAME_PIXELS
        return is_double or self._is_on_first(pointer)

    def _is_on_first(self, pointer: Pointer) -> bool:
        is_near = _distance(self.points[0], pointer) * pointer.scale < self._CLOSE_PIXELS
        return is_near and len(self.points) >= 3

    @override
    def hover(self, pointer: Pointer) -> None:
        """Draw the line to the pointer; on the first corner, a ring says that a click closes."""
        if self.points and self._is_on_first(pointer):
            self.show_outline(ring=self._CLOSE_PIXELS / pointer.scale)
        elif self.points:
            self.show_outline((pointer.x, pointer.y))

    @override
    def step_back(self) -> bool:
        """Take back the last corner."""
        if not self.points:
            return False
        if len(self.points) == 1:
            return self.cancel()
        self.points.pop()
        self.show_outline()
        return True


class LassoTool(AreaTool):
    """Freehand."""

    id: ClassVar[ToolId] = ToolId.LASSO
    is_dragged: ClassVar[bool] = True

    @property
    @override
    def hint(self) -> str:
        return self.tr("Drag round the object · right button: take the inside away")

    @override
    def press(self, pointer: Pointer) -> None:
        """Start the outline."""
        if pointer.press is not Press.NONE:
            self.begin(pointer)

    @override
    def drag(self, pointer: Pointer) -> None:
        """Go on with the outline."""
        if self.points and _distance(self.points[-1], pointer) >= 1.0:
            self.points.append((pointer.x, pointer.y))
            self.show_outline()

    @override
    def release(self, pointer: Pointer) -> None:
        """Close the outline."""
        if self.points:
            self.accept()


def _distance(point: Point, pointer: Pointer) -> float:
    return float(np.hypot(point[0] - pointer.x, point[1] - pointer.y))
