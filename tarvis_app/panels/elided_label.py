"""A line of text that is shortened where it has no room, and whole in its tooltip."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override


class ElidedLabel(QLabel):
    """A label of one line that may become narrower than its text; then it ends in dots."""

    def __init__(self, least_width: int, parent: QWidget | None = None) -> None:
        """Make one.

        Args:
            least_width: In pixels; it becomes no narrower.
            parent: The widget that it is in.
        """
        super().__init__(parent)
        self._least_width = least_width

    @override
    def minimumSizeHint(self) -> QSize:
        """As high as its text, and as wide as it has to be."""
        hint = super().minimumSizeHint()
        return QSize(min(self._least_width, hint.width()), hint.height())

    @property
    def shown_text(self) -> str:
        """The text as there is room for."""
        room = self.contentsRect().width()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what there is room for."""
        shown = self.shown_text
        if shown == self.text():
            self.setToolTip("")
            super().paintEvent(event)
            return
        self.setToolTip(self.text())
        painter = QPainter(self)
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            int(self.alignment()),
            self.palette(),
            self.isEnabled(),
            shown,
            self.foregroundRole(),
        )
