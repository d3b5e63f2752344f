"""The weights on this machine and the published ones, fetched and imported in the background."""

import threading
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.playback.video_info import VideoInfo
from tarvis_app.segmentation.requests import WeightsInfo
from tarvis_app.segmentation.weights_worker import USUAL_FRAME_SIZE, WeightsWorker
from tarvis_app.settings import Settings
from tarvis_app.worker_thread import WorkerThread


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
    _list_wanted = Signal(object, int)
    _download_wanted = Signal(str)
    _import_wanted = Signal(object)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.weights: tuple[WeightsInfo, ...] = ()
        self.is_busy = False
        self.frame_size = USUAL_FRAME_SIZE
        """(height, width) of the open video; memory is forecast for it."""
        stop = threading.Event()
        self._worker = WeightsWorker(stop)
        self._thread = WorkerThread(self._worker, "weights", self, stop)
        self._list_wanted.connect(self._worker.list_for)
        self._download_wanted.connect(self._worker.download)
        self._import_wanted.connect(self._worker.import_file)
        self._worker.weights_listed.connect(self._note_list)
        self._worker.transfer_progressed.connect(self.progressed)
        self._worker.transfer_ended.connect(self._note_end)

    @Slot()
    def refresh(self) -> None:
        """Look which weights there are; `listed` follows."""
        self._thread.start()
        self._list_wanted.emit(self.frame_size, self._settings.reduction)

    @Slot(object)
    def use_video(self, video: VideoInfo) -> None:
        """Forecast memory for another video from now on."""
        self.frame_size = video.size

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
        self._thread.stop()

    def shut_down(self) -> None:
        """Stop everything and end the thread."""
        self._thread.shut_down()

    def _begin(self) -> None:
        self._thread.begin()
        self.is_busy = True

    @Slot(object)
    def _note_list(self, weights: tuple[WeightsInfo, ...]) -> None:
        self.weights = weights
        self.listed.emit(weights)

    @Slot(str, object, str)
    def _note_end(self, name: str, path: Path | None, message: str) -> None:
        self.is_busy = False
        self.ended.emit(name, path, message)
