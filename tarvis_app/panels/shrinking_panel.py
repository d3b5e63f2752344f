"""A panel in which words wrap, and whose lists still give way where there is little room."""

from PySide6.QtWidgets import QWidget
from typing_extensions import override


class ShrinkingPanel(QWidget):
    """Asks for no more height than it needs.

    A scroll area would give a panel in which words wrap the height that its lists would like, and
    scroll, rather than let the lists be shorter.
    """

    @override
    def heightForWidth(self, width: int) -> int:
        """The least height at a width in which everything is seen; any without a layout."""
        layout = self.layout()
        return -1 if layout is None else layout.minimumHeightForWidth(width)
