"""A progress bar that waits with its painting for everything else."""

from PySide6.QtWidgets import QProgressBar
from typing_extensions import override


class QuietBar(QProgressBar):
    """Is painted at the next opportunity.

    Qt's own bar paints itself, and with it all of the window that is out of date, while it is
    being set: in the middle of an edit that shows a state nobody made, and takes as long each time.
    """

    @override
    def setRange(self, minimum: int, maximum: int) -> None:
        """Set both ends."""
        self.setUpdatesEnabled(False)
        super().setRange(minimum, maximum)
        self.setUpdatesEnabled(True)

    @override
    def setValue(self, value: int) -> None:
        """Set what is reached."""
        self.setUpdatesEnabled(False)
        super().setValue(value)
        self.setUpdatesEnabled(True)
