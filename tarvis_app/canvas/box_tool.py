"""Box: drag from corner to corner round the object."""

from typing import ClassVar

from PySide6.QtCore import QObject, QRectF
from PySide6.QtGui import QColor, QPainterPath
from typing_extensions import override

from tarvis_app.canvas.outlines import OutlineItem
from tarvis_app.canvas.tool import Pointer, Press, Tool, ToolContext
from tarvis_app.view_state import ToolId

MIN_SIDE = 3.0
"""Smaller boxes are slips of the hand."""


class BoxTool(Tool):
    """Gives a box to the active target, or starts a new one."""

    id: ClassVar[ToolId] = ToolId.BOX
    is_dragged: ClassVar[bool] = True

    def __init__(self, context: ToolContext, parent: QObject | None = None) -> None:
        super().__init__(context, parent)
        self._corner: tuple[float, float] | None = None
        self._item = OutlineItem(width=1.5)
        self._item.setZValue(20)
        context.scene.addItem(self._item)

    @property
    @override
    def hint(self) -> str:
        return self.tr("Drag a box round the object")

    @property
    @override
    def is_busy(self) -> bool:
        return self._corner is not None

    @override
    def press(self, pointer: Pointer) -> None:
        """Set the first corner."""
        if pointer.press is Press.ADD:
            self._corner = self._inside(pointer)

    @override
    def drag(self, pointer: Pointer) -> None:
        """Show the box so far."""
        if self._corner is not None:
            x_min, y_min, x_max, y_max = self._box(pointer)
            path = QPainterPath()
            path.addRect(QRectF(x_min, y_min, x_max - x_min, y_max - y_min))
            self._item.show_path(path, QColor("white"), is_dashed=True)

    @override
    def release(self, pointer: Pointer) -> None:
        """Give the box."""
        if self._corner is None:
            return
        box = self._box(pointer)
        self.cancel()
        if min(box[2] - box[0], box[3] - box[1]) >= MIN_SIDE:
            self.context.drawing.add_box(self.frame, box)

    @override
    def cancel(self) -> bool:
        """Drop the box."""
        was_busy = self.is_busy
        self._corner = None
        self._item.clear()
        return was_busy

    def _box(self, pointer: Pointer) -> tuple[float, float, float, float]:
        assert self._corner is not None, "a box begins with a press"
        x, y = self._inside(pointer)
        return (
            min(x, self._corner[0]),
            min(y, self._corner[1]),
            max(x, self._corner[0]),
            max(y, self._corner[1]),
        )

    def _inside(self, pointer: Pointer) -> tuple[float, float]:
        height, width = self.size
        return (min(max(pointer.x, 0.0), float(width)), min(max(pointer.y, 0.0), float(height)))
