"""SegmentationService: the GUI's side of the network; adds runs and searches to clicks."""

import threading
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from typing_extensions import override

from tarvis_app.segmentation.click_service import ClickService
from tarvis_app.segmentation.inbox import QueuedJob
from tarvis_app.segmentation.network_worker import LoadEngine, load_engine
from tarvis_app.segmentation.requests import (
    ClipAnswer,
    FindRequest,
    Job,
    JobEnd,
    ModelState,
    Outcome,
    RequestNumber,
    RunRequest,
    TrackStep,
)
from tarvis_app.segmentation.run_progress import RunStep
from tarvis_core.annotation.segmentation import ClassRequest


class SegmentationService(ClickService):
    """Asks the worker and tells what it answers; everything here is in the GUI's thread.

    Clicks come first. Jobs – runs and searches – come one at a time, and end the filling of clips.

    Signals:
        job_started: Argument: the job.
        clip_answered: Argument: `ClipAnswer` of the job that goes on.
        step_begun: What the job that goes on is at before its first clip. Argument: `RunStep`.
        job_ended: Argument: `JobEnd`.
        job_abandoned: What went on is stopped, and nobody hears of it any more.
    """

    job_started = Signal(object)
    clip_answered = Signal(object)
    step_begun = Signal(object)
    job_ended = Signal(object)
    job_abandoned = Signal()

    def __init__(self, parent: QObject | None = None, load: LoadEngine = load_engine) -> None:
        super().__init__(parent, load)
        self._job: Job | None = None
        self._stop = threading.Event()
        self._worker.clip_answered.connect(self._note_clip)
        self._worker.step_begun.connect(self._note_step)
        self._worker.job_ended.connect(self._note_end)

    @property
    def job(self) -> Job | None:
        """The run or search that goes on."""
        return self._job

    @override
    def set_video(self, path: Path | None) -> None:
        """Work on another video; what goes on is stopped and its answers are dropped."""
        self.abandon()
        super().set_video(path)

    @override
    @Slot(int)
    def prepare(self, frame: int) -> None:
        """Use idle time for what a click or run at this frame will need."""
        if self._job is None:
            super().prepare(frame)

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
        self.stop_filling()
        self._job = job
        self._stop = threading.Event()
        self._inbox.put_job(QueuedJob(job, self._stop))
        self._serve_wanted.emit()
        self.job_started.emit(job)
        return job.number

    @Slot()
    def stop(self) -> None:
        """Stop what goes on within one clip; `job_ended` follows, what was done is kept.

        It follows at once while the network is loaded, which nothing can interrupt.
        """
        self._stop.set()
        if self._job is not None and self.model.state is ModelState.LOADING:
            self._note_end(JobEnd(self._job, Outcome.STOPPED))

    def abandon(self) -> None:
        """Stop what goes on and drop whatever it still answers; no `job_ended` follows."""
        self._stop.set()
        if self._job is not None:
            self._job = None
            self.job_abandoned.emit()

    @Slot(object)
    def _note_clip(self, answer: ClipAnswer) -> None:
        if self._job is not None and answer.job.number == self._job.number:
            self.clip_answered.emit(answer)

    @Slot(object, object)
    def _note_step(self, job: Job, step: RunStep) -> None:
        if self._job is not None and job.number == self._job.number:
            self.step_begun.emit(step)

    @Slot(object)
    def _note_end(self, end: JobEnd) -> None:
        if self._job is not None and end.job.number == self._job.number:
            self._job = None
            self.job_ended.emit(end)
