"""The timeline under the mouse: click and drag go through time, the wheel zooms in it."""

from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from typing_extensions import override

from tarvis_app.document.document import Document
from tarvis_app.theme import Theme
from tarvis_app.timeline.timeline_rows import TimelineRows
from tarvis_app.timeline.timeline_scene import GUTTER, HEADER_HEIGHT, RULER_HEIGHT
from tarvis_app.timeline.track_strip import Plot
from tarvis_app.view_state import ViewState


class TimelineView(TimelineRows):
    """Moves the playhead and the ends of the range; chooses rows and the curve.

    Signals:
        frame_wanted: The person went to a frame. Argument: its number.
        target_clicked: A row was clicked. Arguments: target id, whether Ctrl was held.
        target_isolated: A row was double-clicked. Argument: target id.
    """

    frame_wanted = Signal(int)
    target_clicked = Signal(int, bool)
    target_isolated = Signal(int)

    def __init__(
        self, document: Document, view_state: ViewState, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, view_state, theme, parent)
        self._drag = ""
        self._pressed_flag = ""
        self._pressed_x = 0.0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin scrubbing, or dragging the in or out point; or select a row.

        On a flag nothing happens yet: a click there goes to the frame under it, a drag moves it.
        """
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x, y = event.position().x(), event.position().y()
        target = self._target_at(y)
        if x < GUTTER and RULER_HEIGHT <= y < HEADER_HEIGHT:
            self._ask_for_plot(event.position().toPoint())
            return
        if target is not None and x < GUTTER:
            is_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.target_clicked.emit(target, is_control)
            return
        self._drag = "playhead"
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            frame = self._scale.frame_at(x - GUTTER)
            self._view_state.set_range(frame, frame)
            self._drag = "out"
        elif self._handle_at(x, y):
            self._drag, self._pressed_flag, self._pressed_x = "", self._handle_at(x, y), x
            return
        self._drag_to(x)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on dragging."""
        x, y = event.position().x(), event.position().y()
        if self._pressed_flag and abs(x - self._pressed_x) >= QApplication.startDragDistance():
            self._drag, self._pressed_flag = self._pressed_flag, ""
        if self._drag and event.buttons() & Qt.MouseButton.LeftButton:
            self._drag_to(x)
            return
        is_handle = bool(self._handle_at(x, y))
        shape = Qt.CursorShape.SizeHorCursor if is_handle else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End dragging; what was no drag of a flag goes to the frame under it."""
        if self._pressed_flag:
            self._drag_to(event.position().x())
        self._drag = self._pressed_flag = ""

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Isolate a row."""
        target = self._target_at(event.position().y())
        if target is not None and event.position().x() < GUTTER:
            self.target_isolated.emit(target)
        else:
            self.mousePressEvent(event)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom in time; with Shift, or sideways, scroll in time; over the names scroll the rows."""
        if event.position().x() < GUTTER:
            super().wheelEvent(event)
            return
        turned, num_frames = event.angleDelta(), self._view_state.num_frames
        is_sideways = abs(turned.x()) > abs(turned.y())
        steps = (turned.x() if is_sideways else turned.y()) / 120
        if is_sideways or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            span = self._scale.last - self._scale.first
            self._zoom_to(self._scale.scrolled(-steps * span * 0.1, num_frames))
        else:
            x = event.position().x() - GUTTER
            self._zoom_to(self._scale.zoomed(1.25**steps, x, num_frames))
        event.accept()

    def _drag_to(self, x: float) -> None:
        frame = max(0, min(self._scale.frame_at(x - GUTTER), self._view_state.num_frames - 1))
        first, last = self._view_state.range
        if self._drag == "in":
            self._view_state.set_range(min(frame, last), last)
        elif self._drag == "out":
            self._view_state.set_range(first, max(frame, first))
        else:
            self.frame_wanted.emit(frame)

    def _ask_for_plot(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for plot in Plot:
            action = menu.addAction(self.content.texts.plot(plot))
            action.setCheckable(True)
            action.setChecked(plot is self.content.plot)
            action.triggered.connect(partial(self.content.show_plot, plot))
        menu.popup(self.viewport().mapToGlobal(place))
