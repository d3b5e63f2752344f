"""Batches: their end is said, also when the dialog is closed."""

from PySide6.QtCore import QObject, Slot

from tarvis_app.batch.batch import Batch
from tarvis_app.batch.batch_dialog import BatchDialog
from tarvis_app.batch.batch_texts import outcome_text, short_failures_text
from tarvis_app.notifications import Notice, Notifications, Remedy


class BatchNotices(QObject):
    """Says how a batch went."""

    def __init__(self, batch: Batch, dialog: BatchDialog, notifications: Notifications) -> None:
        super().__init__(batch)
        self._batch = batch
        self._dialog = dialog
        self._notifications = notifications
        self._told: Notice | None = None
        batch.started.connect(self.take_back)
        batch.ended.connect(self.tell_end)

    @Slot()
    def take_back(self) -> None:
        """Say no longer how the batch before went."""
        self._notifications.withdraw(self._told)

    @Slot(str)
    def tell_end(self, message: str) -> None:
        """Say how many videos failed or have a project now, or why the batch could not go on."""
        show = Remedy(self.tr("Show"), self._dialog.ask)
        if message:
            self._told = self._notifications.error(message, [show])
            return
        outcome = outcome_text(self._batch)
        if not self._batch.failed:
            self._told = self._notifications.inform(outcome, [show])
            return
        retry = Remedy(self.tr("Retry failed"), self._batch.retry_failed)
        details = short_failures_text(self._batch)
        self._told = self._notifications.error(f"{outcome} {details}", [show, retry])
