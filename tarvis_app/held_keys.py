"""Actions that last as long as their key is held: the loupe, and a look without masks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget
from typing_extensions import override

from tarvis_app.actions import Actions


@dataclass(frozen=True)
class Hold:
    """What to do when a key goes down and when it comes up."""

    press: Callable[[], None]
    release: Callable[[], None]


class HeldKeys(QObject):
    """Watches the window's keys; typing into a field is left alone."""

    def __init__(self, window: QWidget, actions: Actions, holds: Mapping[str, Hold]) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._holds = dict(holds)
        self._down: str | None = None
        application = QApplication.instance()
        assert application is not None, "widgets need an application"
        application.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys of held actions."""
        kind = event.type()
        if kind == QEvent.Type.WindowDeactivate:
            self._let_go()
        if kind not in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            return False
        if not isinstance(event, QKeyEvent) or not self._is_ours(watched):
            return False
        if kind == QEvent.Type.KeyRelease:
            return self._release(event)
        return self._press(event)

    def _is_ours(self, watched: QObject) -> bool:
        is_field = isinstance(watched, QLineEdit | QAbstractSpinBox | QComboBox)
        return isinstance(watched, QWidget) and watched.window() is self._window and not is_field

    def _press(self, event: QKeyEvent) -> bool:
        action_id = self._action_of(event)
        if action_id is None:
            return False
        if not event.isAutoRepeat() and self._down is None:
            self._down = action_id
            self._holds[action_id].press()
        return True

    def _release(self, event: QKeyEvent) -> bool:
        if self._down is None or self._action_of(event) != self._down:
            return False
        if not event.isAutoRepeat():
            self._let_go()
        return True

    def _let_go(self) -> None:
        if self._down is not None:
            held, self._down = self._down, None
            self._holds[held].release()

    def _action_of(self, event: QKeyEvent) -> str | None:
        pressed = QKeySequence(event.keyCombination())
        for action_id in self._holds:
            for text in self._actions.shortcuts(action_id):
                if QKeySequence(text) == pressed:
                    return action_id
        return None
