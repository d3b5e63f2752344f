"""Exports: their end is said, also when the dialog was closed meanwhile."""

from PySide6.QtCore import QObject, Slot

from tarvis_app.counting import counted
from tarvis_app.dialogs.export_dialog import ExportDialog
from tarvis_app.exchange.exchange import Exchange
from tarvis_app.exchange.exchange_jobs import ExportResult
from tarvis_app.notifications import Notifications, Remedy


class ExportNotices(QObject):
    """Says how an export went that goes on behind a closed dialog."""

    def __init__(
        self, exchange: Exchange, dialog: ExportDialog, notifications: Notifications
    ) -> None:
        super().__init__(exchange)
        self._dialog = dialog
        self._notifications = notifications
        exchange.exported.connect(self.tell_end)
        exchange.failed.connect(self.tell_failure)

    def _show(self) -> list[Remedy]:
        return [Remedy(self.tr("Show"), self._dialog.show)]

    @Slot(object)
    def tell_end(self, result: ExportResult) -> None:
        """Say that the files are there, and whether they hold what they should."""
        if self._dialog.isVisible():
            return
        files = counted(
            len(result.files), self.tr("1 file"), self.tr("{count} files", None, len(result.files))
        )
        place = result.files[0].parent if result.files else self.tr("nowhere")
        if result.differences:
            text = self.tr("Exported to {place}, but read back it is not the same.")
            self._notifications.warn(text.format(place=place), self._show())
        else:
            text = self.tr("Exported to {place}: {files}.").format(place=place, files=files)
            self._notifications.inform(text, self._show())

    @Slot(str)
    def tell_failure(self, message: str) -> None:
        """Say why it was given up; nothing where the person stopped it."""
        if message and not self._dialog.isVisible():
            self._notifications.error(message, self._show())
