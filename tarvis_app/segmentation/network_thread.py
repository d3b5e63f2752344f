"""NetworkThread: the thread that the network works in, and the network as the window knows it."""

from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal, Slot

from tarvis_app.segmentation.inbox import Inbox
from tarvis_app.segmentation.network_worker import LoadEngine, load_engine
from tarvis_app.segmentation.requests import MemoryUse, ModelChoice, ModelState, ModelStatus
from tarvis_app.segmentation.segmentation_worker import SegmentationWorker
from tarvis_core.video.encoding_work import KeptFeatures


class NetworkThread(QObject):
    """Keeps the worker in its thread; everything here is in the GUI's thread.

    Signals:
        model_changed: Argument: `ModelStatus`.
        memory_measured: Argument: `MemoryUse` of the network's device.
        encoding_measured: Argument: the `EncodingRate`, as encoding ahead of need took.
        kept_changed: Argument: the `KeptFeatures` of the video, or None where there are none.
    """

    model_changed = Signal(object)
    memory_measured = Signal(object)
    encoding_measured = Signal(object)
    kept_changed = Signal(object)
    _video_wanted = Signal(object)
    _model_wanted = Signal(object)
    _warm_up_wanted = Signal()
    _prepare_wanted = Signal(int)
    _serve_wanted = Signal()

    def __init__(self, parent: QObject | None = None, load: LoadEngine = load_engine) -> None:
        super().__init__(parent)
        self.model = ModelStatus(ModelState.UNLOADED)
        self.memory: MemoryUse | None = None
        self.kept: KeptFeatures | None = None
        self._inbox = Inbox()
        self._thread = QThread(self)
        self._thread.setObjectName("segmentation")
        self._worker = SegmentationWorker(self._inbox, load)
        self._worker.moveToThread(self._thread)
        self._video_wanted.connect(self._worker.set_video)
        self._model_wanted.connect(self._worker.choose_model)
        self._warm_up_wanted.connect(self._worker.warm_up)
        self._prepare_wanted.connect(self._worker.prepare)
        self._serve_wanted.connect(self._worker.serve)
        self._worker.model_changed.connect(self._note_model)
        self._worker.memory_measured.connect(self._note_memory)
        self._worker.encoding_measured.connect(self.encoding_measured)
        self._worker.kept_changed.connect(self._note_kept)
        self._thread.start()

    def set_video(self, path: Path | None) -> None:
        """Work on another video; what waits is forgotten."""
        self.kept = None
        self._inbox.move()
        self._video_wanted.emit(path)

    def choose_model(self, choice: ModelChoice) -> None:
        """Use other weights or another device from now on."""
        self._inbox.interrupt()
        self._model_wanted.emit(choice)

    def warm_up(self) -> None:
        """Load the network while nothing is asked of it."""
        self._warm_up_wanted.emit()

    @Slot(int)
    def prepare(self, frame: int) -> None:
        """Use idle time for what a click or run at this frame will need."""
        if self.model.state is ModelState.READY:
            self._inbox.interrupt()
            self._prepare_wanted.emit(frame)

    @Slot()
    def rest(self) -> None:
        """End what is computed ahead of time: the machine is needed for other things."""
        self._inbox.interrupt()

    def shut_down(self) -> None:
        """Forget what waits and end the thread."""
        self.set_video(None)
        self._thread.quit()
        self._thread.wait()

    @Slot(object)
    def _note_model(self, status: ModelStatus) -> None:
        self.model = status
        self.model_changed.emit(status)

    @Slot(object)
    def _note_kept(self, kept: KeptFeatures | None) -> None:
        self.kept = kept
        self.kept_changed.emit(kept)

    @Slot(object)
    def _note_memory(self, memory: MemoryUse) -> None:
        self.memory = memory
        self.memory_measured.emit(memory)
