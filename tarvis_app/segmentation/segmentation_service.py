"""The GUI's side of the network: numbers requests, keeps the newest, starts and stops jobs."""

import threading
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal, Slot

from tarvis_app.segmentation.inbox import Inbox, QueuedJob
from tarvis_app.segmentation.requests import (
    ClipAnswer,
    FindRequest,
    Job,
    JobEnd,
    MemoryUse,
    ModelChoice,
    ModelState,
    ModelStatus,
    PreviewAnswer,
    PreviewRequest,
    RequestNumber,
    RunRequest,
    TrackStep,
)
from tarvis_app.segmentation.segmentation_worker import (
    LoadEngine,
    SegmentationWorker,
    load_engine,
)
from tarvis_core.annotation.exemplar import Exemplar
from tarvis_core.annotation.segmentation import ClassRequest
from tarvis_core.annotation.target import TargetId


class SegmentationService(QObject):
    """Asks the worker and tells what it answers; everything here is in the GUI's thread.

    Signals:
        model_changed: Argument: `ModelStatus`.
        preview_answered: The newest preview of a target. Argument: `PreviewAnswer`.
        preview_failed: Arguments: the `PreviewRequest`, message (empty: there are no weights).
        job_started: Argument: the job.
        clip_answered: Argument: `ClipAnswer` of the job that goes on.
        job_ended: Argument: `JobEnd`.
        memory_measured: Argument: `MemoryUse` of the network's device.
    """

    model_changed = Signal(object)
    preview_answered = Signal(object)
    preview_failed = Signal(object, str)
    job_started = Signal(object)
    clip_answered = Signal(object)
    job_ended = Signal(object)
    memory_measured = Signal(object)
    _video_wanted = Signal(object)
    _model_wanted = Signal(object)
    _warm_up_wanted = Signal()
    _prepare_wanted = Signal(int)
    _serve_wanted = Signal()

    def __init__(self, parent: QObject | None = None, load: LoadEngine = load_engine) -> None:
        super().__init__(parent)
        self.model = ModelStatus(ModelState.UNLOADED)
        self.memory: MemoryUse | None = None
        self._last_number = 0
        self._newest_preview: dict[TargetId, RequestNumber] = {}
        self._job: Job | None = None
        self._stop = threading.Event()
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
        self._worker.preview_answered.connect(self._note_preview)
        self._worker.preview_failed.connect(self._note_preview_failure)
        self._worker.clip_answered.connect(self._note_clip)
        self._worker.job_ended.connect(self._note_end)
        self._worker.memory_measured.connect(self._note_memory)
        self._thread.start()

    @property
    def job(self) -> Job | None:
        """The run or search that goes on."""
        return self._job

    def set_video(self, path: Path | None) -> None:
        """Work on another video; what goes on is stopped and its answers are dropped."""
        self._stop.set()
        self._inbox.clear()
        self._inbox.interrupt()
        self._newest_preview.clear()
        self._job = None
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
        if self._job is None and self.model.state is ModelState.READY:
            self._inbox.interrupt()
            self._prepare_wanted.emit(frame)

    @Slot()
    def rest(self) -> None:
        """End what is computed ahead of time: the machine is needed for other things."""
        self._inbox.interrupt()

    def preview(
        self,
        frame: int,
        exemplars: tuple[Exemplar, ...],
        target: TargetId,
        gesture: int | None = None,
    ) -> RequestNumber:
        """Ask which mask exemplars give; older questions about the same target are dropped."""
        request = PreviewRequest(self._number(), frame, exemplars, target, gesture)
        self._newest_preview[target] = request.number
        self._inbox.put_preview(request)
        self._serve_wanted.emit()
        return request.number

    def forget_preview(self, target: TargetId) -> None:
        """Drop the answer that is still to come for a target."""
        self._newest_preview.pop(target, None)

    def track(self, steps: tuple[TrackStep, ...]) -> RequestNumber:
        """Carry targets through the video.

        Raises:
            ValueError: A job goes on already.
        """
        return self._start(RunRequest(self._number(), steps))

    def find_classes(self, request: ClassRequest) -> RequestNumber:
        """Find everything of some classes.

        Raises:
            ValueError: A job goes on already.
        """
        return self._start(FindRequest(self._number(), request))

    def _start(self, job: Job) -> RequestNumber:
        if self._job is not None:
            raise ValueError("a job goes on already; stop it first")
        self._job = job
        self._stop = threading.Event()
        self._inbox.put_job(QueuedJob(job, self._stop))
        self._serve_wanted.emit()
        self.job_started.emit(job)
        return job.number

    @Slot()
    def stop(self) -> None:
        """Stop what goes on within one clip; `job_ended` follows, what was done is kept."""
        self._stop.set()

    def abandon(self) -> None:
        """Stop what goes on and drop whatever it still answers; no `job_ended` follows."""
        self._stop.set()
        self._job = None

    def shut_down(self) -> None:
        """Stop everything and end the thread."""
        self._stop.set()
        self._inbox.clear()
        self._inbox.interrupt()
        self._video_wanted.emit(None)
        self._thread.quit()
        self._thread.wait()

    def _number(self) -> RequestNumber:
        self._last_number += 1
        return RequestNumber(self._last_number)

    @Slot(object)
    def _note_model(self, status: ModelStatus) -> None:
        self.model = status
        self.model_changed.emit(status)

    @Slot(object)
    def _note_memory(self, memory: MemoryUse) -> None:
        self.memory = memory
        self.memory_measured.emit(memory)

    @Slot(object)
    def _note_preview(self, answer: PreviewAnswer) -> None:
        if self._newest_preview.get(answer.request.target) == answer.request.number:
            self.preview_answered.emit(answer)

    @Slot(object, str)
    def _note_preview_failure(self, request: PreviewRequest, message: str) -> None:
        if self._newest_preview.get(request.target) == request.number:
            self.preview_failed.emit(request, message)

    @Slot(object)
    def _note_clip(self, answer: ClipAnswer) -> None:
        if self._job is not None and answer.job.number == self._job.number:
            self.clip_answered.emit(answer)

    @Slot(object)
    def _note_end(self, end: JobEnd) -> None:
        if self._job is not None and end.job.number == self._job.number:
            self._job = None
            self.job_ended.emit(end)
