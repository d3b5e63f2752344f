"""RunAnswers: writes what a run answers, clip by clip, as one step of the history."""

import time
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.document.document import Document
from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.consistency import check_changes, num_doubtful
from tarvis_app.segmentation.requests import (
    ClipAnswer,
    FindRequest,
    JobEnd,
    Outcome,
    RunRequest,
    TrackStep,
)
from tarvis_app.segmentation.run_progress import RunProgress
from tarvis_app.segmentation.run_writer import track_changes
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.view_state import ViewState


class RunAnswers(QObject):
    """Takes the clips of the run that goes on, and counts its frames.

    Signals:
        progressed: Argument: `RunProgress`.
        tracks_written: Masks of a run were written. Argument: a tuple of their changes.
        checked: A check is over. Argument: on how many frames both ways disagree by much.
        classes_found: A clip of a class search. Argument: `ClipAnswer`.
    """

    progressed = Signal(object)
    tracks_written = Signal(object)
    checked = Signal(int)
    classes_found = Signal(object)

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        service: SegmentationService,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self.progress = RunProgress(0, 0, 0.0)
        """How far the run has come that goes on, or went on last."""
        self.has_written = False
        """Whether that run has a step in the history."""
        self._gesture = 0
        self._started_at = 0.0
        self._start_frame = 0
        self._num_doubtful = 0
        service.clip_answered.connect(self._write_clip)

    def begin(self, frames_total: int) -> None:
        """Expect the clips of a new run over so many frames."""
        self._gesture = self._document.new_gesture()
        self.has_written = False
        self._num_doubtful = 0
        self._start_frame = self._view_state.shown_frame
        self._started_at = time.monotonic()
        self.progress = RunProgress(0, frames_total, 0.0)

    @Slot(object)
    def _write_clip(self, answer: ClipAnswer) -> None:
        if isinstance(answer.job, FindRequest):
            self.classes_found.emit(answer)
        else:
            self._write_tracks(answer, answer.job.steps[answer.step])
        self._tell_progress(answer)

    def _write_tracks(self, answer: ClipAnswer, step: TrackStep) -> None:
        if step.is_check:
            noted = check_changes(self._document.opened, step, answer)
            self._num_doubtful += num_doubtful(noted)
            text = self.tr("Check by tracking back")
            edit = Edit(text, noted, self._start_frame, self._gesture)
            self.has_written |= self._document.edit(edit)
            return
        changes = track_changes(self._document.opened, step, answer)
        edit = Edit(self.tr("Track"), changes, self._start_frame, self._gesture)
        if self._document.edit(edit):
            self.has_written = True
            self.tracks_written.emit(changes)

    def _tell_progress(self, answer: ClipAnswer) -> None:
        done_before = 0
        total = self.progress.frames_total
        if isinstance(answer.job, RunRequest):
            lengths = [step.num_frames for step in answer.job.steps]
            done_before = sum(lengths[: answer.step])
            length = lengths[answer.step]
        else:
            length = total
        share = answer.clip.frames_done / max(1, answer.clip.frames_total)
        self.progress = replace(
            self.progress,
            frames_done=min(total, done_before + round(share * length)),
            elapsed_s=time.monotonic() - self._started_at,
            head=answer.clip.frames[-1] if answer.clip.frames else self.progress.head,
        )
        self.progressed.emit(self.progress)

    def end(self, end: JobEnd) -> None:
        """Tell what a check found, if the run that ended was one."""
        is_check = isinstance(end.job, RunRequest) and any(s.is_check for s in end.job.steps)
        if is_check and end.outcome is Outcome.FINISHED:
            self.checked.emit(self._num_doubtful)
