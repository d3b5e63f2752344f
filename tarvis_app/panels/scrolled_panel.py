"""A panel that scrolls where there is less room than it needs: it never lies over another one."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget
from typing_extensions import override


class ScrolledPanel(QScrollArea):
    """Has a panel in it, which gets all the room there is, and not less than it needs."""

    def __init__(self, panel: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(panel)

    @override
    def minimumSizeHint(self) -> QSize:
        """As wide as the panel needs beside a scroll bar, however low."""
        hint, panel = super().minimumSizeHint(), self.widget()
        bar = self.verticalScrollBar().sizeHint().width()
        hint.setWidth(panel.minimumSizeHint().width() + bar)
        return hint
