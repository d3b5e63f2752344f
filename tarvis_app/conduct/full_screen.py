"""Full screen: the window without its frame, until it is asked for again."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import QMainWindow
from typing_extensions import override

from tarvis_app.actions import Actions

FULL_SCREEN = Qt.WindowState.WindowFullScreen


class FullScreen(QObject):
    """Lets the window fill the screen and come back to what it was, maximized or not.

    The window system may do either, too; the action shows what is.
    """

    def __init__(self, window: QMainWindow, actions: Actions) -> None:
        super().__init__(window)
        self._window = window
        self._action = actions["view.full_screen"]
        window.installEventFilter(self)

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the action calls."""
        return {"view.full_screen": self.take_choice}

    @Slot()
    def take_choice(self) -> None:
        """Do what the person chose."""
        state = self._window.windowState()
        is_wanted = self._action.isChecked()
        self._window.setWindowState(state | FULL_SCREEN if is_wanted else state & ~FULL_SCREEN)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what becomes of the window."""
        if watched is self._window and event.type() == QEvent.Type.WindowStateChange:
            self._action.setChecked(self._window.isFullScreen())
        return False
