"""The canvas: frame, masks and exemplars, and the pointer handed to the tool in frame pixels."""

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QEnterEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from tarvis_app.canvas.frame_item import FrameItem
from tarvis_app.canvas.mask_overlay_item import MaskOverlayItem
from tarvis_app.canvas.shift_release import ShiftRelease
from tarvis_app.canvas.tool import Pointer, Press, Tool
from tarvis_app.canvas.zoom_view import ZOOM_STEP, ZoomView
from tarvis_app.view_state import ToolId, ViewState

BRUSH_STEP = 1.15


class CanvasView(ZoomView):
    """Shows the scene of frame, masks and exemplars.

    Signals:
        pointer_moved: Arguments: x, y in frame pixels.
        space_tapped: Space was pressed and released without panning.
        hint_changed: The active tool's hint is another one.
    """

    pointer_moved = Signal(float, float)
    space_tapped = Signal()
    hint_changed = Signal()

    def __init__(self, view_state: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self.frame_item = FrameItem()
        self.overlay_item = MaskOverlayItem()
        self.overlay_item.setZValue(1)
        self.scene().addItem(self.frame_item)
        self.scene().addItem(self.overlay_item)
        self._tools: Mapping[ToolId, Tool] = {}
        self._pointer: Pointer | None = None
        """Where the mouse was seen last; None while it is elsewhere."""
        self._shift_release = ShiftRelease(self)
        self._shift_release.released.connect(self._let_shift_go)
        self._pan_from: QPoint | None = None
        self._is_space_held = False
        self._was_panned = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Video canvas"))
        self.setAcceptDrops(False)

    def set_ground(self, colour: str) -> None:
        """Paint the ground round the frame in a colour, #rrggbb."""
        self.setBackgroundBrush(QColor(colour))

    def set_tools(self, tools: Mapping[ToolId, Tool]) -> None:
        """Be given the tools, once."""
        self._tools = tools
        for tool in tools.values():
            tool.hint_changed.connect(self.hint_changed)
        self._view_state.tool_changed.connect(self._follow_tool)
        self._follow_tool()

    @property
    def tool(self) -> Tool:
        """The active tool."""
        return self._tools[self._view_state.tool]

    def _follow_tool(self) -> None:
        for tool in self._tools.values():
            if tool.id is not self._view_state.tool:
                tool.cancel()
                tool.leave()
        self.viewport().setCursor(self.tool.cursor)
        self.hint_changed.emit()

    @override
    def show_size(self, size: tuple[int, int]) -> None:
        """Be ready for frames of (height, width) and show them whole."""
        self.frame_item.clear(size)
        self.overlay_item.clear(size)
        super().show_size(size)

    @override
    def set_idle(self, *, is_idle: bool) -> None:
        """Scale the layers finely while the view rests."""
        if self.frame_item.is_idle != is_idle:
            self.frame_item.is_idle = self.overlay_item.is_idle = is_idle
            self.viewport().update()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; with Ctrl, change the size of the brush."""
        steps = event.angleDelta().y() / 120
        if not steps:
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.scale_brush(BRUSH_STEP**steps)
        else:
            self.zoom_to(self.scale_factor * ZOOM_STEP**steps, event.position())
        event.accept()

    def scale_brush(self, factor: float) -> None:
        """Make the brush larger or smaller, by a pixel at least."""
        size = self._view_state.brush.size
        changed = round(size * factor)
        if changed == size:
            changed += 1 if factor > 1 else -1
        self._view_state.brush.set_size(changed)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pan with the middle button or Space; otherwise the tool's."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.MiddleButton or self._is_space_held:
            self._pan_from = event.position().toPoint()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        pointer = self.pointer_of(event)
        if pointer.press is not Press.NONE:
            self.tool.press(pointer)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, drag the tool or hover."""
        if self._pan_from is not None:
            here = event.position().toPoint()
            self.pan_by(self._pan_from - here)
            self._pan_from = here
            self._was_panned = True
            return
        pointer = self._pointer = self.pointer_of(event)
        self.pointer_moved.emit(pointer.x, pointer.y)
        if pointer.is_shift:
            self._shift_release.watch()
        if pointer.press is Press.NONE:
            self.tool.hover(pointer)
        else:
            self.tool.drag(pointer)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the pan or the tool's drag."""
        if self._pan_from is not None:
            self._pan_from = None
            self.viewport().setCursor(self.tool.cursor)
            return
        self.tool.release(self.pointer_of(event))

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Two quick clicks are two clicks."""
        self.mousePressEvent(event)

    @override
    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the tool's pointer again."""
        super().enterEvent(event)
        self.viewport().setCursor(self.tool.cursor)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        """Tell the tool that the pointer left."""
        super().leaveEvent(event)
        self._pointer = None
        self.tool.leave()

    @override
    def event(self, event: QEvent) -> bool:
        """Take Space from the shortcuts: here a hold pans, and a tap is told when it is over."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and _is_space(event):
            event.accept()
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Begin panning with Space; keys of tools come as actions."""
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._is_space_held = True
                self._was_panned = False
                self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
            return
        if event.key() == Qt.Key.Key_Shift:
            self._hover_again(is_shift=True)
        event.ignore()

    @override
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End panning with Space, or tell that it was a mere tap."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._is_space_held = False
            self.viewport().setCursor(self.tool.cursor)
            if not self._was_panned and not event.modifiers():
                self.space_tapped.emit()
            return
        if event.key() == Qt.Key.Key_Shift:
            self._hover_again(is_shift=False)
        event.ignore()

    @Slot()
    def _let_shift_go(self) -> None:
        self._hover_again(is_shift=False)

    def _hover_again(self, *, is_shift: bool) -> None:
        """Tell the tool that Shift went down or up while the pointer rests over the canvas."""
        if self._pointer is not None and self._pointer.press is Press.NONE:
            self._pointer = replace(self._pointer, is_shift=is_shift)
            self.tool.hover(self._pointer)

    def pointer_of(self, event: QMouseEvent) -> Pointer:
        """A mouse event in frame pixels and the tools' terms."""
        position = self._to_frame(event.position())
        modifiers = event.modifiers()
        buttons = event.buttons() | event.button()
        press = Press.NONE
        if buttons & Qt.MouseButton.RightButton:
            press = Press.TAKE
        elif buttons & Qt.MouseButton.LeftButton:
            is_alt = bool(modifiers & Qt.KeyboardModifier.AltModifier)
            press = Press.TAKE if is_alt else Press.ADD
        return Pointer(
            position.x(),
            position.y(),
            press,
            is_shift=bool(modifiers & Qt.KeyboardModifier.ShiftModifier),
            is_control=bool(modifiers & Qt.KeyboardModifier.ControlModifier),
            is_alt=bool(modifiers & Qt.KeyboardModifier.AltModifier),
            scale=self.scale_factor,
        )

    def _to_frame(self, position: QPointF) -> QPointF:
        inverse, _ = self.viewportTransform().inverted()
        return inverse.map(position)


def _is_space(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Space and not event.modifiers()
