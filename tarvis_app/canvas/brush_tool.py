"""Brush and eraser: round strokes that add pixels to the active target or take them away."""

from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QColor, QCursor, QPainterPath
from typing_extensions import override

from tarvis_app.canvas.label_item import LabelItem
from tarvis_app.canvas.label_layer import LabelLook
from tarvis_app.canvas.outlines import OutlineItem
from tarvis_app.canvas.tool import Pointer, Press, Tool, ToolContext
from tarvis_app.document.drawing import Stroke
from tarvis_app.view_state import ToolId
from tarvis_core.annotation.palette import OKABE_ITO
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.target_operations import new_target_colour


@dataclass(frozen=True)
class ResizeDrag:
    """A drag with Alt that changes the size: a pixel of the frame to the right is one more."""

    start: Pointer
    size: int
    """The size when it began."""

    def size_at(self, pointer: Pointer) -> int:
        """The size that the pointer means now; the edge of the ring follows it."""
        return round(self.size + 2 * (pointer.x - self.start.x))


class BrushTool(Tool):
    """Paints with the left button and erases with the right one."""

    id: ClassVar[ToolId] = ToolId.BRUSH
    is_dragged: ClassVar[bool] = True
    erases_by_default: ClassVar[bool] = False

    def __init__(self, context: ToolContext, parent: QObject | None = None) -> None:
        super().__init__(context, parent)
        self._last: tuple[float, float] | None = None
        self._target = TargetId(1)
        self._erases = False
        self._resized: ResizeDrag | None = None
        self._number = LabelItem()
        self._ring = OutlineItem(width=1.2)
        self._ring.setZValue(20)
        context.scene.addItem(self._ring)
        self._number.setZValue(21)
        self._number.hide()
        context.scene.addItem(self._number)
        context.view_state.brush.size_changed.connect(self._resize_ring)

    @property
    @override
    def cursor(self) -> QCursor:
        return QCursor(Qt.CursorShape.BlankCursor)

    @property
    @override
    def hint(self) -> str:
        return self.tr("Drag to paint · right button erases · size: [ ], Ctrl+wheel, Alt+drag")

    @property
    @override
    def is_busy(self) -> bool:
        return self._last is not None or self._resized is not None

    @override
    def press(self, pointer: Pointer) -> None:
        """Begin a stroke; with Alt, begin to change the size."""
        if pointer.press is Press.NONE:
            return
        if pointer.is_alt:
            self._resized = ResizeDrag(pointer, self.context.view_state.brush.size)
            self._show_number()
            return
        self._erases = self.erases_by_default != (pointer.press is Press.TAKE)
        self._target, look = self._target_and_look()
        self.context.overlay.begin_stroke(self._target, look)
        self._last = (pointer.x, pointer.y)
        self._draw_to(pointer)

    @override
    def drag(self, pointer: Pointer) -> None:
        """Go on with the stroke, or with the size: right is larger, left is smaller."""
        if self._resized is not None:
            self.context.view_state.brush.set_size(self._resized.size_at(pointer))
            return
        self._move_ring(pointer)
        if self._last is not None:
            self._draw_to(pointer)

    @override
    def release(self, pointer: Pointer) -> None:
        """End the stroke: it becomes one step of the history."""
        if self._resized is not None:
            self._resized = None
            self._number.hide()
            return
        if self._last is None:
            return
        self._last = None
        pixels = self.context.overlay.end_stroke()
        if pixels is not None:
            stroke = Stroke(self.frame, pixels, self.id.value, adds=not self._erases)
            self.context.drawing.apply_stroke(stroke)

    @override
    def hover(self, pointer: Pointer) -> None:
        """Show the brush's size."""
        self._move_ring(pointer)

    @override
    def leave(self) -> None:
        """Hide the brush."""
        self._resized = None
        self._ring.clear()
        self._number.hide()

    @override
    def cancel(self) -> bool:
        """Drop the stroke; a size that was being changed is as before."""
        if self._resized is not None:
            self.context.view_state.brush.set_size(self._resized.size)
            self._resized = None
            self._number.hide()
            return True
        if self._last is None:
            return False
        self._last = None
        self.context.overlay.end_stroke()
        self.redraw_wanted.emit()
        return True

    def _draw_to(self, pointer: Pointer) -> None:
        assert self._last is not None, "a stroke begins with a press"
        here = (pointer.x, pointer.y)
        self.context.overlay.stroke_line(
            self._target,
            (self._last, here),
            self.context.view_state.brush.size,
            erases=self._erases,
        )
        self._last = here

    def _target_and_look(self) -> tuple[TargetId, LabelLook]:
        project = self.context.document.project
        active = self.context.view_state.active_target
        if project is not None and active is not None and active in project.targets:
            return active, LabelLook(project.target(active).colour, is_selected=True)
        if project is None:
            return TargetId(1), LabelLook(OKABE_ITO[0], is_selected=True)
        return project.next_target_id, LabelLook(new_target_colour(project), is_selected=True)

    def _move_ring(self, pointer: Pointer) -> None:
        self._show_ring(QPointF(pointer.x, pointer.y))

    def _show_ring(self, centre: QPointF) -> None:
        radius, path = self.context.view_state.brush.size / 2, QPainterPath()
        path.addEllipse(centre, radius, radius)
        self._ring.show_path(path, QColor("white"))

    def _resize_ring(self) -> None:
        if not self._ring.path.isEmpty():
            self._show_ring(self._ring.path.boundingRect().center())
        if self._resized is not None:
            self._show_number()

    def _show_number(self) -> None:
        """Say the size beside the ring, which stays where the drag began."""
        assert self._resized is not None, "the number is shown while the size is changed"
        start, size = self._resized.start, self.context.view_state.brush.size
        self._move_ring(start)
        self._number.show_text(self.tr("{size} px").format(size=size))
        self._number.setPos(start.x + size / 2, start.y)
        self._number.show()
