"""A field to search in: Enter takes what was found, Esc leaves, and no shortcut comes between."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit
from typing_extensions import override

TAKE = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
OWN = (*TAKE, Qt.Key.Key_Escape)


class SearchField(QLineEdit):
    """Keeps the keys to itself that the window would take for its own while somebody types.

    Signals:
        taken: The first that was found is wanted.
        left: The person wants to go on with what was in hand before; the field is empty.
    """

    taken = Signal()
    left = Signal()

    @override
    def event(self, event: QEvent) -> bool:
        """Claim the field's keys before the window's shortcuts are looked at."""
        is_override = event.type() is QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.key() in OWN:
            event.accept()
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take, leave, or type."""
        if event.key() in TAKE:
            self.taken.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        else:
            super().keyPressEvent(event)
