"""A pointer for the keyboard: moved by keys, it clicks and draws with whatever tool is active."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.canvas.tool import Pointer, Press

LONG_STEP, SHORT_STEP = 12.0, 1.0
"""How far one key press moves, in pixels of the screen."""
DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
ARM = 11.0


class CrosshairItem(QGraphicsItem):
    """A cross with a gap in the middle, the same size at every zoom."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setZValue(30)
        self.hide()

    @override
    def boundingRect(self) -> QRectF:
        """The arms, in screen pixels."""
        return QRectF(-ARM - 2, -ARM - 2, 2 * ARM + 4, 2 * ARM + 4)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the arms, light over dark."""
        for colour, width in ((QColor(0, 0, 0, 180), 4.0), (QColor("white"), 1.6)):
            painter.setPen(QPen(colour, width))
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                painter.drawLine(QLineF(3 * dx, 3 * dy, ARM * dx, ARM * dy))


class KeyboardCursor(QObject):
    """Moves the crosshair and hands presses to the active tool.

    Signals:
        moved: Arguments: x, y in frame pixels.
        changed: It is shown, or hidden; or its pen went down, or up.
    """

    moved = Signal(float, float)
    changed = Signal()

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._item = CrosshairItem()
        self._pen = Press.NONE
        view.scene().addItem(self._item)
        view.pointer_moved.connect(self._give_way)

    @property
    def is_shown(self) -> bool:
        """Whether the keyboard was used last to point."""
        return self._item.isVisible()

    @property
    def is_drawing(self) -> bool:
        """Whether the pen is down."""
        return self._pen is not Press.NONE

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the actions of the keyboard pointer call."""
        calls: dict[str, Callable[[], None]] = {
            "cursor.press": self.press_add,
            "cursor.press_right": self.press_take,
            "cursor.press_shift": self.press_shift,
            "cursor.press_control": self.press_control,
        }
        for name, (dx, dy) in DIRECTIONS.items():
            calls[f"cursor.{name}"] = partial(self.move, dx * LONG_STEP, dy * LONG_STEP)
            step = (dx * SHORT_STEP, dy * SHORT_STEP)
            calls[f"cursor.{name}_little"] = partial(self.move, *step, is_shift=True)
        return calls

    def move(self, dx: float, dy: float, *, is_shift: bool = False) -> None:
        """Move by screen pixels; with the pen down the tool draws along.

        Args:
            dx: To the right.
            dy: Down.
            is_shift: Whether the tool shows what it would do here, as with Shift and the mouse.
        """
        self._show()
        scale = self._view.scale_factor
        height, width = self._view.frame_item.size
        x = min(max(self._item.x() + dx / scale, 0.0), width - 1e-3)
        y = min(max(self._item.y() + dy / scale, 0.0), height - 1e-3)
        self._item.setPos(x, y)
        self._view.ensureVisible(QRectF(x, y, 1, 1), 30, 30)
        self._view.loupe_place = QPointF(x, y)
        pointer = replace(self._pointer(self._pen), is_shift=is_shift)
        self.moved.emit(x, y)
        if self._pen is Press.NONE:
            self._view.tool.hover(pointer)
        else:
            self._view.tool.drag(pointer)

    def press_add(self) -> None:
        """As the left button: click, or put the pen down and, the next time, up."""
        self._press(Press.ADD)

    def press_take(self) -> None:
        """As the right button."""
        self._press(Press.TAKE)

    def press_shift(self) -> None:
        """As the left button with Shift."""
        self._press(Press.ADD, is_shift=True)

    def press_control(self) -> None:
        """As the left button with Ctrl."""
        self._press(Press.ADD, is_control=True)

    def _press(self, press: Press, *, is_shift: bool = False, is_control: bool = False) -> None:
        self._show()
        tool = self._view.tool
        if self._pen is not Press.NONE:
            tool.release(self._pointer(self._pen))
            self._pen = Press.NONE
            self.changed.emit()
            return
        tool.press(replace(self._pointer(press), is_shift=is_shift, is_control=is_control))
        if tool.is_dragged:
            self._pen = press
            self.changed.emit()
        else:
            tool.release(self._pointer(press))

    def _pointer(self, press: Press) -> Pointer:
        return Pointer(self._item.x(), self._item.y(), press, scale=self._view.scale_factor)

    def _show(self) -> None:
        if not self._item.isVisible():
            self._item.setPos(*self._view.centre)
            self._item.show()
            self._view.loupe_place = self._item.pos()
            self.changed.emit()

    def _give_way(self) -> None:
        """The mouse is used again."""
        if self._item.isVisible():
            self._item.hide()
            self._view.loupe_place = None
            self._pen = Press.NONE
            self.changed.emit()
