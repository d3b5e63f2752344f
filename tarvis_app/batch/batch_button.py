"""The status bar's word about a batch that goes on; it opens the batch's dialog."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QToolButton

from tarvis_app.actions import Actions
from tarvis_app.batch.batch import Batch
from tarvis_app.batch.batch_texts import failures_text, short_text
from tarvis_app.theme import Theme


class BatchButton(QToolButton):
    """Says how far the batch is and whether videos failed, as long as it goes on."""

    def __init__(self, batch: Batch, actions: Actions, theme: Theme) -> None:
        super().__init__()
        self._batch = batch
        self._theme = theme
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setAccessibleName(actions.text("file.batch"))
        self.setToolTip(actions["file.batch"].toolTip())
        self.clicked.connect(actions["file.batch"].trigger)
        batch.changed.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self.hide()

    @Slot()
    def refresh(self) -> None:
        """Say how far the batch is by now."""
        batch, colours = self._batch, self._theme.colours
        self.setVisible(batch.is_running)
        if not batch.is_running:
            return
        self.setText(short_text(batch))
        self.setAccessibleName(self.text())
        show = self.tr("Click to see the batch")
        self.setToolTip(f"{failures_text(batch)}\n{show}" if batch.failed else show)
        name, colour = ("animation", colours.text)
        if batch.failed:
            name, colour = ("alert-outline", colours.warning)
        self.setIcon(self._theme.icon(name, colour))
