"""Batches: their end is said, also when the dialog is closed."""

from PySide6.QtCore import QObject, Slot

from tarvis_app.batch.batch import Batch
from tarvis_app.batch.batch_dialog import BatchDialog
from tarvis_app.batch.batch_texts import outcome_text, short_failures_text
from tarvis_app.notifications import Notifications, Remedy


class BatchNotices(QObject):
    """Says how a batch went."""

    def __init__(self, batch: Batch, dialog: BatchDialog, notifications: Notifications) -> None:
        super().__init__(batch)
        self._batch = batch
        self._dialog = dialog
        self._notifications = notifications
        batch.ended.connect(self.tell_end)

    @Slot(str)
    def tell_end(self, message: str) -> None:
        """Say how many videos failed or have a project now, or why the batch could not go on."""
        show = Remedy(self.tr("Show"), self._dialog.ask)
        if message:
            self._notifications.error(message, [show])
            return
        outcome = outcome_text(self._batch)
        if not self._batch.failed:
            self._notifications.inform(outcome, [show])
            return
        retry = Remedy(self.tr("Retry failed"), self._batch.retry_failed)
        details = short_failures_text(self._batch)
        self._notifications.error(f"{outcome} {details}", [show, retry])
