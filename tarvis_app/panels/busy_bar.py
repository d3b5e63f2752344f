"""A progress bar that can also say "at work" without a number, with or without motion."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QApplication

from tarvis_app.panels.quiet_bar import QuietBar

STEPS = 1000


class BusyBar(QuietBar):
    """Shows a part, or that something goes on; it stands still where motion is unwanted."""

    _is_busy = False

    @Slot()
    def show_busy(self) -> None:
        """Something goes on, and nobody knows how long."""
        self._is_busy = True
        if QApplication.isEffectEnabled(Qt.UIEffect.UI_General):
            self.setRange(0, 0)
            return
        self.setRange(0, STEPS)
        self.setValue(STEPS // 2)
        self.setFormat("…")

    @Slot(float)
    def show_part(self, part: float) -> None:
        """So much is done, 0…1."""
        self._is_busy = False
        self.setFormat("%p%")
        self.setRange(0, STEPS)
        self.setValue(round(STEPS * part))

    @Slot()
    def follow_motion(self) -> None:
        """Stand still, or move, as is wanted from now on."""
        if self._is_busy:
            self.show_busy()
