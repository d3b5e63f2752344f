"""The weights on this machine and the published ones, fetched and imported in the background."""

import threading
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal, Slot

from tarvis_app.segmentation.requests import WeightsInfo
from tarvis_app.segmentation.segmentation_worker import WeightsWorker


class ModelLibrary(QObject):
    """The GUI's side of weights; its thread starts when it is first needed.

    Signals:
        listed: Argument: a tuple of `WeightsInfo`.
        progressed: Argument: `TransferProgress`.
        ended: Arguments: name, the installed file or None, message (empty if it went well).
    """

    listed = Signal(object)
    progressed = Signal(object)
    ended = Signal(str, object, str)
    _list_wanted = Signal()
    _download_wanted = Signal(str)
    _import_wanted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.weights: tuple[WeightsInfo, ...] = ()
        self.is_busy = False
        self._stop = threading.Event()
        self._thread = QThread(self)
        self._thread.setObjectName("weights")
        self._worker = WeightsWorker(self._stop)
        self._worker.moveToThread(self._thread)
        self._list_wanted.connect(self._worker.list_weights)
        self._download_wanted.connect(self._worker.download)
        self._import_wanted.connect(self._worker.import_file)
        self._worker.weights_listed.connect(self._note_list)
        self._worker.transfer_progressed.connect(self.progressed)
        self._worker.transfer_ended.connect(self._note_end)

    @Slot()
    def refresh(self) -> None:
        """Look which weights there are; `listed` follows."""
        self._start()
        self._list_wanted.emit()

    @Slot(str)
    def download(self, name: str) -> None:
        """Fetch published weights; `ended` follows."""
        self._begin()
        self._download_wanted.emit(name)

    @Slot(object)
    def import_file(self, path: Path) -> None:
        """Install weights from a file; `ended` follows."""
        self._begin()
        self._import_wanted.emit(path)

    @Slot()
    def stop(self) -> None:
        """Stop a download; what was fetched is kept, and the next try goes on from there."""
        self._stop.set()

    def shut_down(self) -> None:
        """Stop everything and end the thread."""
        self._stop.set()
        self._thread.quit()
        self._thread.wait()

    def _begin(self) -> None:
        self._start()
        self._stop.clear()
        self.is_busy = True

    def _start(self) -> None:
        if not self._thread.isRunning():
            self._thread.start()

    @Slot(object)
    def _note_list(self, weights: tuple[WeightsInfo, ...]) -> None:
        self.weights = weights
        self.listed.emit(weights)

    @Slot(str, object, str)
    def _note_end(self, name: str, path: Path | None, message: str) -> None:
        self.is_busy = False
        self.ended.emit(name, path, message)
