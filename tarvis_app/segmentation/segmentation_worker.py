"""The worker thread's side: the only place of the window that knows the network."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from tarvis_app.segmentation.inbox import Inbox
from tarvis_app.segmentation.process_memory import process_memory
from tarvis_app.segmentation.requests import (
    ClipAnswer,
    Engine,
    FindRequest,
    Job,
    JobEnd,
    MemoryNeed,
    MemoryUse,
    ModelChoice,
    ModelState,
    ModelStatus,
    Outcome,
    PreviewAnswer,
    PreviewRequest,
    RunRequest,
    TransferProgress,
    TransferStoppedError,
    WeightsInfo,
)
from tarvis_core.annotation.segmentation import ClipMasks
from tarvis_core.errors import DeviceMemoryError, TarvisError
from tarvis_core.video.video_reader import VideoReader, open_video

if TYPE_CHECKING:
    from tarvis_core.inference.weights_catalog import KnownWeights

log = logging.getLogger(__name__)

USUAL_FRAME_SIZE = (720, 1280)
"""What memory is forecast for while no video is open."""

LoadEngine = Callable[[ModelChoice], tuple[Engine, Path] | None]
"""Loads a network; returns it with the file of its weights, or None where there are no weights."""

OpenVideo = Callable[[Path], VideoReader]


def load_engine(choice: ModelChoice) -> tuple[Engine, Path] | None:
    """Load the real network.

    Torch is imported here, in the worker's thread, so that it never delays the window.

    Raises:
        CheckpointError: The weights are damaged.
    """
    from tarvis_core.inference.weights_catalog import default_weights

    path = choice.weights or default_weights()
    if path is None:
        return None
    from tarvis_core.inference.engine import InferenceEngine

    return InferenceEngine.load(path, choice.device, reduction=choice.reduction), path


class WeightsWorker(QObject):
    """Lists, fetches and imports weights in a thread of its own, so that clicks never wait.

    Signals:
        weights_listed: Argument: a tuple of `WeightsInfo`.
        transfer_progressed: Argument: `TransferProgress`.
        transfer_ended: Arguments: name, the installed file or None, message (empty if it went
            well, or was stopped).
    """

    weights_listed = Signal(object)
    transfer_progressed = Signal(object)
    transfer_ended = Signal(str, object, str)

    def __init__(self, stop: threading.Event) -> None:
        super().__init__()
        self._stop = stop

        self._frame_size, self._reduction = USUAL_FRAME_SIZE, 0

    @Slot(object, int)
    def list_for(self, frame_size: tuple[int, int], reduction: int) -> None:
        """Tell which weights there are, and what they need for these frames and such clips."""
        self._frame_size, self._reduction = frame_size, reduction
        self.list_weights()

    @Slot()
    def list_weights(self) -> None:
        """Tell which weights there are."""
        from tarvis_core.inference.weights_catalog import list_weights

        self.weights_listed.emit(tuple(self._info(known) for known in list_weights()))

    def _info(self, known: "KnownWeights") -> WeightsInfo:
        from tarvis_core.inference.memory_forecast import forecast_memory

        need = forecast_memory(known, self._frame_size, self._reduction)
        memory = None
        if need is not None:
            memory = MemoryNeed(
                need.program_bytes,
                need.network_bytes,
                need.clip_bytes,
                need.num_frames,
                need.input_size,
            )
        return WeightsInfo(
            known.name,
            known.title,
            known.source.value,
            known.purpose,
            known.licence,
            known.path,
            known.size_bytes,
            known.parameters_million,
            memory,
        )

    @Slot(str)
    def download(self, name: str) -> None:
        """Fetch published weights and install them."""
        self._transfer(name, lambda: self._download(name))

    @Slot(object)
    def import_file(self, path: Path) -> None:
        """Install weights from a file."""
        self._transfer(path.stem, lambda: self._import(path, path.stem, ""))

    def _transfer(self, name: str, fetch: Callable[[], Path]) -> None:
        """The outermost frame of a transfer: whatever happens, its end is told."""
        path, message = None, ""
        try:
            path = fetch()
        except TransferStoppedError:
            log.info("the transfer of %s was stopped", name)
        except TarvisError as error:
            message = str(error)
        except Exception:
            log.exception("the transfer of %s failed", name)
            message = self.tr("The weights could not be installed; see the log.")
        self.transfer_ended.emit(name, path, message)
        self.list_weights()

    def _download(self, name: str) -> Path:
        from tarvis_core.inference.weights_catalog import (
            download_archive,
            list_weights,
            remove_archive,
        )

        known = {weights.name: weights for weights in list_weights()}[name]

        def report(done: int, total: int | None) -> None:
            if self._stop.is_set():
                raise TransferStoppedError("stopped by the person")
            self.transfer_progressed.emit(TransferProgress(name, done, total))

        checkpoint = download_archive(known, report)
        installed = self._import(checkpoint, name, known.licence)
        remove_archive(known)
        return installed

    def _import(self, path: Path, name: str, licence: str) -> Path:
        from tarvis_core.inference.weights_import import import_weights

        self.transfer_progressed.emit(TransferProgress(name, 0, None))
        return import_weights(path, None, name, licence)


class SegmentationWorker(QObject):
    """Runs the network in its own thread.

    Signals:
        model_changed: Argument: `ModelStatus`.
        preview_answered: Argument: `PreviewAnswer`.
        preview_failed: Arguments: the `PreviewRequest`, message.
        clip_answered: Argument: `ClipAnswer`.
        job_ended: Argument: `JobEnd`.
        memory_measured: Argument: `MemoryUse`.
    """

    model_changed = Signal(object)
    preview_answered = Signal(object)
    preview_failed = Signal(object, str)
    clip_answered = Signal(object)
    job_ended = Signal(object)
    memory_measured = Signal(object)
    _slice_ended = Signal()

    def __init__(
        self,
        inbox: Inbox,
        load: LoadEngine = load_engine,
        open_reader: OpenVideo = open_video,
    ) -> None:
        super().__init__()
        self._inbox = inbox
        self._load = load
        self._open_reader = open_reader
        self._choice = ModelChoice(None)
        self._engine: Engine | None = None
        self._weights = ""
        self._path: Path | None = None
        self._reader: VideoReader | None = None
        self._filling: Iterator[int] | None = None
        self._idle_at: int | None = None
        self._running_stop: threading.Event | None = None
        self._is_serving = False
        self._slice_ended.connect(self._fill_on, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def set_video(self, path: Path | None) -> None:
        """Work on another video from now on; None: on none."""
        if self._reader is not None:
            self._reader.close()
        self._reader = None
        self._filling = self._idle_at = None
        self._path = path

    @Slot(object)
    def choose_model(self, choice: ModelChoice) -> None:
        """Use these weights from now on; they are loaded when first needed, or by `warm_up`."""
        if choice != self._choice:
            self._choice = choice
            self._engine = None
            self._filling = None
            self.model_changed.emit(ModelStatus(ModelState.UNLOADED, choice.weights))

    @Slot()
    def warm_up(self) -> None:
        """Load the network before it is needed."""
        try:
            self._ready_engine()
        except TarvisError as error:
            log.warning("the network could not be loaded: %s", error)

    @Slot(int)
    def prepare(self, frame: int) -> None:
        """Compute ahead what lies around a frame, until something else is asked."""
        self._idle_at = frame
        urgent = self._inbox.when_idle()
        if self._engine is None or self._path is None or urgent is None:
            return
        try:
            self._filling = self._engine.fill(self._ready_reader(), frame, urgent)
        except TarvisError as error:
            log.info("nothing was prepared: %s", error)
            return
        self._slice_ended.emit()

    @Slot()
    def _fill_on(self) -> None:
        """One slice; whatever came in meanwhile is served before the next."""
        if self._filling is None:
            return
        try:
            left = next(self._filling, None)
        except TarvisError as error:
            log.info("no more was prepared: %s", error)
            left = None
        if left is None:
            self._filling = None
        else:
            self._slice_ended.emit()

    @Slot()
    def serve(self) -> None:
        """Do everything that waits: previews first, then the oldest job."""
        self._serve_previews()
        queued = self._inbox.take_job()
        if queued is not None:
            self._run(queued.job, queued.stop)
        if self._idle_at is not None:
            self.prepare(self._idle_at)

    def _serve_between(self) -> None:
        """A click during a run is served first: between the parts of the clip in work."""
        stop = self._running_stop
        if stop is not None and not stop.is_set():  # stopped: it may be about another video
            self._serve_previews()

    def _serve_previews(self) -> None:
        if self._is_serving:
            return
        self._is_serving = True
        try:
            self._serve_waiting()
        finally:
            self._is_serving = False

    def _serve_waiting(self) -> None:
        while (request := self._inbox.take_preview()) is not None:
            try:
                self._preview(request)
            except TarvisError as error:
                self.preview_failed.emit(request, str(error))
            except Exception:
                log.exception("the preview failed")
                self.preview_failed.emit(request, self.tr("The network failed; see the log."))

    def _preview(self, request: PreviewRequest) -> None:
        engine = self._ready_engine()
        if engine is None:
            self.preview_failed.emit(request, "")
            return
        masks = engine.preview(self._ready_reader(), request.frame, request.exemplars)
        self.preview_answered.emit(PreviewAnswer(request, masks.get(request.target)))

    def _run(self, job: Job, stop: threading.Event) -> None:
        """The outermost frame of a job: whatever happens, its end is told."""
        self._running_stop = stop
        try:
            outcome = self._run_steps(job, stop)
            end = JobEnd(job, outcome)
        except DeviceMemoryError as error:
            end = JobEnd(job, Outcome.FAILED, str(error), is_out_of_memory=True)
        except TarvisError as error:
            end = JobEnd(job, Outcome.FAILED, str(error))
        except Exception:
            log.exception("job %d failed", job.number)
            end = JobEnd(job, Outcome.FAILED, self.tr("The network failed; see the log."))
        self._running_stop = None
        self.job_ended.emit(end)

    def _run_steps(self, job: Job, stop: threading.Event) -> Outcome:
        engine = self._ready_engine()
        if engine is None:
            return Outcome.STOPPED
        for step, clips in enumerate(self._passes(engine, job, stop)):
            for clip in clips:
                self.clip_answered.emit(ClipAnswer(job, step, clip, self._weights))
                self._measure_memory(engine)
                self._serve_between()
                if stop.is_set():
                    return Outcome.STOPPED
        return Outcome.STOPPED if stop.is_set() else Outcome.FINISHED

    def _passes(
        self, engine: Engine, job: Job, stop: threading.Event
    ) -> Iterator[Iterator[ClipMasks]]:
        reader = self._ready_reader()
        if isinstance(job, FindRequest):
            yield engine.find_classes(reader, job.request, stop)
            return
        assert isinstance(job, RunRequest)
        for step in job.steps:
            yield engine.track(reader, step.request, stop)

    def _ready_engine(self) -> Engine | None:
        if self._engine is not None:
            return self._engine
        self.model_changed.emit(ModelStatus(ModelState.LOADING, self._choice.weights))
        try:
            loaded = self._load(self._choice)
        except TarvisError as error:
            status = ModelStatus(ModelState.FAILED, self._choice.weights, message=str(error))
            self.model_changed.emit(status)
            raise
        if loaded is None:
            self.model_changed.emit(ModelStatus(ModelState.MISSING))
            return None
        self._engine, path = loaded
        self._engine.pause = self._serve_between
        self._weights = path.stem
        status = ModelStatus(
            ModelState.READY, path, str(self._engine.device), tuple(self._engine.label_sets)
        )
        self.model_changed.emit(status)
        self._measure_memory(self._engine)
        return self._engine

    def _measure_memory(self, engine: Engine) -> None:
        device = str(engine.device)
        memory = process_memory()
        if device.startswith("cuda"):
            from tarvis_core.inference.memory_use import card_memory

            memory = MemoryUse(*card_memory(device))
        if memory is not None:
            self.memory_measured.emit(memory)

    def _ready_reader(self) -> VideoReader:
        if self._reader is None:
            assert self._path is not None, "the window asks only while a video is open"
            self._reader = self._open_reader(self._path)
        return self._reader
