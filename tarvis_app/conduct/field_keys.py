"""Keys in fields and panels: what is typed there is no shortcut, and F6 leads there and back."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QWidget,
)
from typing_extensions import override

from tarvis_app.conduct.panel_controls import PanelControls

KEY = Qt.Key
ENDING = frozenset((KEY.Key_Return, KEY.Key_Enter, KEY.Key_Escape))
"""Keys with which a person is done with a field."""
MOVING = frozenset(
    (
        *(KEY.Key_Tab, KEY.Key_Backtab, KEY.Key_Space, KEY.Key_Home, KEY.Key_End),
        *(KEY.Key_Left, KEY.Key_Right, KEY.Key_Up, KEY.Key_Down, KEY.Key_PageUp, KEY.Key_PageDown),
    )
)
"""Keys that lead from control to control, and work the one that is reached."""
TABS = (KEY.Key_Tab, KEY.Key_Backtab)
ENTER = (KEY.Key_Return, KEY.Key_Enter)
FIELDS = (QLineEdit, QAbstractSpinBox)
SHIFTED = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


class FieldKeys(QObject):
    """Keeps the window's shortcuts away from controls that have use for a key themselves.

    A field that is typed into has Enter and Esc for itself. In a part of the window that was
    reached by F6 every control has, and the keys that move besides, until Esc, a press of the mouse
    or the end of that part: a person who uses the mouse goes on with the keys of the canvas. There
    Tab goes round the controls of this part.

    Signals:
        moved: The keys may mean something else now.
    """

    moved = Signal()

    def __init__(self, window: QWidget, canvas: QWidget, controls: PanelControls) -> None:
        """Watch a window.

        Args:
            window: The window.
            canvas: To whom the keys go when a person is done.
            controls: Where F6 leads, one part after the other.
        """
        super().__init__(window)
        self._window = window
        self._canvas = canvas
        self._controls = controls
        self._is_in_panel = False
        application = QApplication.instance()
        assert isinstance(application, QApplication), "widgets need an application"
        application.installEventFilter(self)
        application.focusChanged.connect(self.moved)

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the action calls."""
        return {"view.next_panel": self.go_to_next_panel}

    @property
    def part(self) -> QWidget | None:
        """The part of the window that F6 led to, if it still has the keys for itself."""
        focus = QApplication.focusWidget()
        if focus is None or not self._is_in_panel or focus.window() is not self._window:
            return None
        return self._controls.part_of(focus)

    @property
    def is_typing(self) -> bool:
        """Whether a field of the window is typed into."""
        focus = QApplication.focusWidget()
        return isinstance(focus, FIELDS) and focus.window() is self._window

    @Slot()
    def go_to_next_panel(self) -> None:
        """Give the keys to the next part that is seen; after the last one, to the canvas."""
        shown, focus = self._controls.parts(), QApplication.focusWidget()
        here = None if focus is None else self._controls.part_of(focus)
        following = shown[shown.index(here) + 1 :] if here in shown else shown
        if not following:
            self._leave()
            return
        self._set_in_panel(is_in_panel=True)
        _enter(self._controls.of(following[0])[0])

    def _set_in_panel(self, *, is_in_panel: bool) -> None:
        if is_in_panel != self._is_in_panel:
            self._is_in_panel = is_in_panel
            self.moved.emit()

    def _leave(self) -> None:
        self._set_in_panel(is_in_panel=False)
        self._canvas.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim keys before shortcuts are looked at; take Esc and Enter as the end."""
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress:
            self._set_in_panel(is_in_panel=False)
        if kind == QEvent.Type.Hide and self._is_in_panel:
            self._leave_hidden(watched)
        if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        if not isinstance(event, QKeyEvent) or event.modifiers() & ~SHIFTED:
            return False
        if not isinstance(watched, QWidget) or event.key() not in self._keys_of(watched):
            return False
        if kind == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return not _is_cell(watched) and self._take(watched, event)

    def _take(self, watched: QWidget, event: QKeyEvent) -> bool:
        """Do what a claimed key means in a control; whether the control has no more to do."""
        key = KEY(event.key())
        if key in ENDING:
            self._end_after(watched, key)
        if key in TABS:
            is_shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._go_round(watched, -1 if is_shift else 1)
            return True
        if key in ENTER and isinstance(watched, QAbstractButton):
            if not event.isAutoRepeat():
                _press(watched)
            return True
        return False

    def _go_round(self, watched: QWidget, step: int) -> None:
        """Go to the control after or before this one, in the same part."""
        part = self._controls.part_of(watched)
        controls = [] if part is None else self._controls.of(part)
        if controls:
            place = controls.index(watched) if watched in controls else -1
            _enter(controls[(place + step) % len(controls)])

    def _leave_hidden(self, watched: QObject) -> None:
        """A control that goes while it has the keys gives them back."""
        focus = QApplication.focusWidget()
        if focus is None or not isinstance(watched, QWidget) or watched is self._window:
            return
        is_here = watched.window() is self._window
        if is_here and (watched is focus or watched.isAncestorOf(focus)):
            self._leave()

    def _keys_of(self, watched: QWidget) -> frozenset[int]:
        """For which keys a widget has use itself."""
        if watched.window() is not self._window:
            return frozenset()
        if self._is_in_panel and self._controls.part_of(watched) is not None:
            return ENDING | MOVING
        return ENDING if isinstance(watched, FIELDS) else frozenset()

    def _end_after(self, watched: QWidget, key: int) -> None:
        """Give the keys back once the control has done with this one."""
        if key == KEY.Key_Escape or isinstance(watched, FIELDS):
            QTimer.singleShot(0, self._canvas, self._leave)


def _enter(control: QWidget) -> None:
    """Give a control the keys, and bring it into sight."""
    control.setFocus(Qt.FocusReason.ShortcutFocusReason)
    above = control.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(control)
        above = above.parentWidget()


def _press(button: QAbstractButton) -> None:
    if isinstance(button, QToolButton) and button.menu() is not None:
        button.showMenu()
    else:
        button.click()


def _is_cell(watched: QWidget) -> bool:
    """Whether a field stands in a list, which ends the editing itself."""
    place = watched.parent()
    view = None if place is None else place.parent()
    return isinstance(view, QAbstractItemView)
