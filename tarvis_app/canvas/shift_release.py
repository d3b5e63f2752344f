"""ShiftRelease: hears that Shift comes up, whichever control has the keys."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from typing_extensions import override


class ShiftRelease(QObject):
    """Listens from a call of `watch` on until Shift comes up, or the window loses the keys.

    Signals:
        released: It has.
    """

    released = Signal()

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._is_watching = False

    def watch(self) -> None:
        """Listen; Shift is held now."""
        application = QApplication.instance()
        if application is not None and not self._is_watching:
            self._is_watching = True
            application.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell of the release, which goes on to whom it is for."""
        is_up = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Shift
        is_up = is_up and event.type() is QEvent.Type.KeyRelease
        if is_up or (event.type() is QEvent.Type.WindowDeactivate and self._is_window(watched)):
            application = QApplication.instance()
            assert application is not None, "it sends the event"
            application.removeEventFilter(self)
            self._is_watching = False
            self.released.emit()
        return False

    def _is_window(self, watched: QObject) -> bool:
        view = self.parent()
        assert isinstance(view, QWidget), "it was made as one's child"
        return watched is view.window()
