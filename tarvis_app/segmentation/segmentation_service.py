"""The GUI's side of the network: numbers requests, keeps the newest, starts and stops jobs."""

import threading
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from typing_extensions import override

from tarvis_app.segmentation.inbox import QueuedJob
from tarvis_app.segmentation.network_thread import NetworkThread
from tarvis_app.segmentation.network_worker import LoadEngine, load_engine
from tarvis_app.segmentation.newest_requests import NewestFills, NewestPreviews
from tarvis_app.segmentation.requests import (
    ClipAnswer,
    ClipFillAnswer,
    ClipFillRequest,
    FindRequest,
    Job,
    JobEnd,
    PreviewAnswer,
    PreviewRequest,
    RequestNumber,
    RunRequest,
    TrackStep,
)
from tarvis_core.annotation.exemplar import Exemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import ClassRequest
from tarvis_core.annotation.target import TargetId


class SegmentationService(NetworkThread):
    """Asks the worker and tells what it answers; everything here is in the GUI's thread.

    Clicks come first. Jobs – runs and searches – come one at a time, and end the filling of clips.

    Signals:
        preview_answered: The newest preview of a target, a click's perhaps twice; the second
            answer is the settled one. Argument: `PreviewAnswer`.
        preview_failed: Arguments: the `PreviewRequest`, message (empty: there are no weights).
        clicks_answered: No answer to a click is to come any more.
        clip_filled: Argument: `ClipFillAnswer`, of the newest fill of a target.
        fill_ended: A clip is filled, or could not be. Argument: the `ClipFillRequest`.
        job_started: Argument: the job.
        clip_answered: Argument: `ClipAnswer` of the job that goes on.
        job_ended: Argument: `JobEnd`.
    """

    preview_answered = Signal(object)
    preview_failed = Signal(object, str)
    clicks_answered = Signal()
    clip_filled = Signal(object)
    fill_ended = Signal(object)
    job_started = Signal(object)
    clip_answered = Signal(object)
    job_ended = Signal(object)

    def __init__(self, parent: QObject | None = None, load: LoadEngine = load_engine) -> None:
        super().__init__(parent, load)
        self._last_number = 0
        self._previews = NewestPreviews()
        self._fills = NewestFills()
        self._job: Job | None = None
        self._stop = threading.Event()
        self._worker.preview_answered.connect(self._note_preview)
        self._worker.preview_failed.connect(self._note_preview_failure)
        self._worker.clip_filled.connect(self._note_filled)
        self._worker.fill_ended.connect(self._note_fill_end)
        self._worker.clip_answered.connect(self._note_clip)
        self._worker.job_ended.connect(self._note_end)

    @property
    def job(self) -> Job | None:
        """The run or search that goes on."""
        return self._job

    @property
    def awaits_answer(self) -> bool:
        """Whether the answer to a click is still to come."""
        return self._previews.has_click

    @override
    def set_video(self, path: Path | None) -> None:
        """Work on another video; what goes on is stopped and its answers are dropped."""
        self._stop.set()
        self._previews.clear()
        self._fills.drop_all()
        self._job = None
        super().set_video(path)

    @override
    @Slot(int)
    def prepare(self, frame: int) -> None:
        """Use idle time for what a click or run at this frame will need."""
        if self._job is None:
            super().prepare(frame)

    def preview(
        self,
        frame: int,
        exemplars: tuple[Exemplar, ...],
        target: TargetId,
        gesture: int | None = None,
    ) -> RequestNumber:
        """Ask which mask exemplars give; older questions about the same target are dropped."""
        request = PreviewRequest(self._number(), frame, exemplars, target, gesture)
        self._previews.note(request)
        if not request.is_hover:
            self.stop_filling(target)
        self._inbox.put_preview(request)
        self._serve_wanted.emit()
        return request.number

    def forget_preview(self, target: TargetId) -> None:
        """Drop the answer to a hover that is still to come for a target."""
        self._previews.forget_hover(target)

    def fill_clip(
        self, frame: int, target: TargetId, start: Mask, step: TrackStep, gesture: int
    ) -> ClipFillRequest:
        """Carry a target over the clips round a frame, when nothing else is asked.

        What was being filled for the same target is stopped.

        Args:
            frame: Where something was given.
            target: For whom.
            start: Its mask there.
            step: The frames to go through and those that are wanted.
            gesture: The step of the history that the answer belongs to.
        """
        request = ClipFillRequest(self._number(), frame, target, start, step, gesture)
        self._inbox.put_fill(self._fills.note(request))
        self._serve_wanted.emit()
        return request

    def stop_filling(self, target: TargetId) -> None:
        """Stop filling a target's clip; what it still answers is dropped."""
        self._fills.drop(target)
        self._inbox.drop_fill(target)

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
        for target in self._fills.drop_all():
            self._inbox.drop_fill(target)
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

    def _number(self) -> RequestNumber:
        self._last_number += 1
        return RequestNumber(self._last_number)

    @Slot(object)
    def _note_preview(self, answer: PreviewAnswer) -> None:
        if self._previews.take(answer.request, is_settled=answer.is_settled):
            self.preview_answered.emit(answer)
            self._tell_answered(answer.request)

    @Slot(object, str)
    def _note_preview_failure(self, request: PreviewRequest, message: str) -> None:
        if self._previews.take(request):
            self.preview_failed.emit(request, message)
            self._tell_answered(request)

    def _tell_answered(self, request: PreviewRequest) -> None:
        if not request.is_hover and not self._previews.has_click:
            self.clicks_answered.emit()

    @Slot(object)
    def _note_filled(self, answer: ClipFillAnswer) -> None:
        if self._fills.is_wanted(answer.request):
            self.clip_filled.emit(answer)

    @Slot(object)
    def _note_fill_end(self, request: ClipFillRequest) -> None:
        if self._fills.end(request):
            self.fill_ended.emit(request)

    @Slot(object)
    def _note_clip(self, answer: ClipAnswer) -> None:
        if self._job is not None and answer.job.number == self._job.number:
            self.clip_answered.emit(answer)

    @Slot(object)
    def _note_end(self, end: JobEnd) -> None:
        if self._job is not None and end.job.number == self._job.number:
            self._job = None
            self.job_ended.emit(end)
