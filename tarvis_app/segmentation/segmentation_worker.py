"""The worker thread's side: the only place of the window that knows the network."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from tarvis_app.segmentation.inbox import Inbox, QueuedFill
from tarvis_app.segmentation.process_memory import process_memory
from tarvis_app.segmentation.requests import (
    ClipAnswer,
    ClipFillAnswer,
    Engine,
    FindRequest,
    Job,
    JobEnd,
    MemoryUse,
    ModelChoice,
    ModelState,
    ModelStatus,
    Outcome,
    PreviewAnswer,
    PreviewRequest,
    RunRequest,
)
from tarvis_core.annotation.segmentation import ClipMasks
from tarvis_core.errors import DeviceMemoryError, TarvisError
from tarvis_core.video.video_reader import VideoReader, open_video

log = logging.getLogger(__name__)

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


class SegmentationWorker(QObject):
    """Runs the network in its own thread.

    Signals:
        model_changed: Argument: `ModelStatus`.
        preview_answered: Argument: `PreviewAnswer`.
        preview_failed: Arguments: the `PreviewRequest`, message.
        clip_answered: Argument: `ClipAnswer`.
        job_ended: Argument: `JobEnd`.
        clip_filled: Argument: `ClipFillAnswer`.
        fill_ended: A clip is filled, or could not be. Argument: the `ClipFillRequest`.
        memory_measured: Argument: `MemoryUse`.
    """

    model_changed = Signal(object)
    preview_answered = Signal(object)
    preview_failed = Signal(object, str)
    clip_answered = Signal(object)
    job_ended = Signal(object)
    clip_filled = Signal(object)
    fill_ended = Signal(object)
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
        self._is_carrying = False
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
        self._inbox.arrived()

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
        """Do everything that waits: previews first, then the oldest job, then clips to fill."""
        self._serve_previews()
        queued = self._inbox.take_job()
        if queued is not None:
            self._run(queued.job, queued.stop)
        while (fill := self._inbox.take_fill()) is not None:
            self._fill_clip(fill)
            self._serve_previews()
        if self._idle_at is not None:
            self.prepare(self._idle_at)

    def _serve_between(self) -> None:
        """A click while a clip is in work is served first: between the parts of that clip."""
        if self._is_carrying:
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
        self._is_carrying = True
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
        self._is_carrying = False
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

    def _fill_clip(self, queued: QueuedFill) -> None:
        """The outermost frame of a fill: where it fails, the click's own answer stays."""
        self._is_carrying = True
        try:
            self._carry_over_clip(queued)
        except TarvisError as error:
            log.warning("a clip could not be filled: %s", error)
        except Exception:
            log.exception("a clip could not be filled")
        self._is_carrying = False
        self.fill_ended.emit(queued.request)

    def _carry_over_clip(self, queued: QueuedFill) -> None:
        engine = self._ready_engine()
        if engine is None:
            return
        request = queued.request
        for clip in engine.track(self._ready_reader(), request.step.request, queued.stop):
            if queued.stop.is_set():
                return
            self.clip_filled.emit(ClipFillAnswer(request, clip, self._weights))
            self._serve_between()

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
            ModelState.READY,
            path,
            str(self._engine.device),
            tuple(self._engine.label_sets),
            clips=self._engine.clip_grid,
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
