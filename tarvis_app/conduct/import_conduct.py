"""Imports: what was added is said, and the dialog goes."""

from PySide6.QtCore import QObject, Slot

from tarvis_app.counting import counted
from tarvis_app.dialogs.import_dialog import ImportDialog
from tarvis_app.document.document import Document
from tarvis_app.exchange.exchange import Exchange
from tarvis_app.exchange.exchange_jobs import ImportLook
from tarvis_app.notifications import Notice, Notifications, Remedy


class ImportNotices(QObject):
    """Says what an import added."""

    def __init__(
        self,
        exchange: Exchange,
        dialog: ImportDialog,
        document: Document,
        notifications: Notifications,
    ) -> None:
        super().__init__(exchange)
        self._dialog = dialog
        self._document = document
        self._notifications = notifications
        self._told: Notice | None = None
        exchange.imported.connect(self.tell_import)
        document.undo_stack.indexChanged.connect(self.take_back)

    @Slot(object)
    def tell_import(self, look: ImportLook) -> None:
        """Say what was added, and how to be rid of it."""
        self._dialog.accept()
        what = counted(
            look.num_targets,
            self.tr("1 target"),
            self.tr("{count} targets", None, look.num_targets),
        )
        text = self.tr("{what} added from {title}.").format(what=what, title=look.format_title)
        undo = Remedy(self.tr("Undo"), self._document.undo)
        self._told = self._notifications.inform(text, [undo])

    @Slot()
    def take_back(self) -> None:
        """Another step is the newest now, and Undo would take that back."""
        self._notifications.withdraw(self._told)
