"""Imports: which file, and what came of it."""

from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from tarvis_app.exchange.exchange import Exchange
from tarvis_app.exchange.exchange_jobs import ImportResult
from tarvis_app.main_window import MainWindow
from tarvis_app.notifications import Notifications
from tarvis_app.settings import Settings


class ImportAsking(QObject):
    """Asks for annotations, has them added to the project, and says what was added."""

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        exchange: Exchange,
        notifications: Notifications,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._exchange = exchange
        self._notifications = notifications
        exchange.imported.connect(self.tell_import)

    @Slot()
    def ask(self) -> None:
        """Ask for annotations and add them to the project."""
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            self.tr("Import masks: the file, or any file of the folder"),
            str(self._settings.export_folder),
            self.tr("Annotations (*.json *.txt *.xml *.png *.yaml);;All files (*)"),
        )
        if name:
            self._exchange.read(Path(name))

    @Slot(object)
    def tell_import(self, result: ImportResult) -> None:
        """Say what was added."""
        text = self.tr("{count} targets added from {title}.").format(
            count=result.num_targets, title=result.format_title
        )
        self._notifications.inform(" ".join((text, *result.problems)))
