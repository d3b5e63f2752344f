"""Keys in fields and panels: what is typed there is no shortcut, and F6 leads there and back."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QLineEdit,
    QScrollArea,
    QWidget,
)
from typing_extensions import override

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
ROW_HEIGHT = 12
"""Rows of controls are at least so far apart, in pixels."""
FIELDS = (QLineEdit, QAbstractSpinBox)
SHIFTED = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


class FieldKeys(QObject):
    """Keeps the window's shortcuts away from controls that have use for a key themselves.

    A field that is typed into has Enter and Esc for itself. In a panel that was reached by F6 every
    control has, and the keys that move besides, until Esc or a press of the mouse: a person who
    uses the mouse goes on with the keys of the canvas.
    """

    def __init__(self, window: QWidget, canvas: QWidget, panels: Sequence[QWidget]) -> None:
        """Watch a window.

        Args:
            window: The window.
            canvas: To whom the keys go when a person is done.
            panels: Where F6 leads, one after the other; hidden ones are passed over.
        """
        super().__init__(window)
        self._window = window
        self._canvas = canvas
        self._panels = tuple(panels)
        self._is_in_panel = False
        application = QApplication.instance()
        assert application is not None, "widgets need an application"
        application.installEventFilter(self)

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the action calls."""
        return {"view.next_panel": self.go_to_next_panel}

    @Slot()
    def go_to_next_panel(self) -> None:
        """Give the keys to the next panel that is seen; after the last one, to the canvas."""
        shown = [panel for panel in self._panels if _controls(panel)]
        focus = QApplication.focusWidget()
        here = [i for i, panel in enumerate(shown) if focus and panel.isAncestorOf(focus)]
        following = shown[here[0] + 1 :] if here else shown
        if not following:
            self._leave()
            return
        self._is_in_panel = True
        _controls(following[0])[0].setFocus(Qt.FocusReason.TabFocusReason)

    def _leave(self) -> None:
        self._is_in_panel = False
        self._canvas.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim keys before shortcuts are looked at; take Esc and Enter as the end."""
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress:
            self._is_in_panel = False
        if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        if not isinstance(event, QKeyEvent) or event.modifiers() & ~SHIFTED:
            return False
        if not isinstance(watched, QWidget) or event.key() not in self._keys_of(watched):
            return False
        if kind == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.key() in ENDING and not _is_cell(watched):
            self._end_after(watched, event.key())
        return False

    def _keys_of(self, watched: QWidget) -> frozenset[int]:
        """For which keys a widget has use itself."""
        if watched.window() is not self._window:
            return frozenset()
        if self._is_in_panel and any(panel.isAncestorOf(watched) for panel in self._panels):
            return ENDING | MOVING
        return ENDING if isinstance(watched, FIELDS) else frozenset()

    def _end_after(self, watched: QWidget, key: int) -> None:
        """Give the keys back once the control has done with this one."""
        if key == KEY.Key_Escape or isinstance(watched, FIELDS):
            QTimer.singleShot(0, self._canvas, self._leave)


def _controls(panel: QWidget) -> list[QWidget]:
    """What can be worked by keys in a panel, from its top down; none where it is not seen.

    The order of Tab is not asked: Python's objects of widgets would then belong to their neighbours
    in it, and be void as soon as one of those is deleted.
    """
    if not panel.isVisible() or panel.visibleRegion().isEmpty():
        return []
    return sorted(filter(_is_worked, panel.findChildren(QWidget)), key=partial(_place, panel))


def _is_worked(control: QWidget) -> bool:
    """Whether a control that is seen can be reached by Tab and does something then."""
    policy = control.focusPolicy() & Qt.FocusPolicy.TabFocus
    is_reached = policy == Qt.FocusPolicy.TabFocus and not isinstance(control, QScrollArea)
    return is_reached and control.isVisible() and control.isEnabled()


def _place(panel: QWidget, control: QWidget) -> tuple[int, int]:
    """Its row and its column: those in a row have their middles at about one height."""
    middle = control.mapTo(panel, control.rect().center())
    return middle.y() // ROW_HEIGHT, middle.x()


def _is_cell(watched: QWidget) -> bool:
    """Whether a field stands in a list, which ends the editing itself."""
    place = watched.parent()
    view = None if place is None else place.parent()
    return isinstance(view, QAbstractItemView)
