"""RunAnswers: writes what a run answers, clip by clip, as one step of the history.

Steps that a person makes meanwhile come after the run's, which grows beneath them.
"""

import time
from collections.abc import Callable, Iterable

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
from tarvis_app.segmentation.run_progress import Preparation, RunPass, RunProgress, RunStep
from tarvis_app.segmentation.run_writer import hidden_changes, track_changes
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.segmentation_changes import sparing_others


class RunAnswers(QObject):
    """Takes the clips of the run that goes on, and counts its frames.

    Signals:
        progressed: Argument: `RunProgress`.
        tracks_written: Masks of a run were written. Arguments: the gesture of the run's step, a
            tuple of the changes.
        checked: A check is over. Argument: on how many frames both ways disagree by much.
        classes_found: A clip of a class search. Argument: `ClipAnswer`.
        taken_back: A clip came though the run's step in the history was taken back.
    """

    progressed = Signal(object)
    tracks_written = Signal(int, object)
    checked = Signal(int)
    classes_found = Signal(object)
    taken_back = Signal()

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
        self.foretell: Callable[[ClipAnswer], float | None] = lambda _: None
        """Says how many seconds are left after an answer; None where nobody knows."""
        self._gesture = 0
        self._num_steps_before = 0
        self._started_at = 0.0
        self._begun_at = 0.0
        self._start_frame = 0
        self._num_doubtful = 0
        self._is_clip_begun = False
        service.step_begun.connect(self._note_step)
        service.clip_answered.connect(self._write_clip)

    @property
    def is_newest(self) -> bool:
        """Whether the run, which goes on, is what undo is about: no step came after it."""
        if self.has_written:
            return self._document.is_newest(self._gesture)
        return self._document.undo_stack.index() <= self._num_steps_before

    def begin(self, frames_total: int) -> None:
        """Expect the clips of a new run over so many frames."""
        self._gesture = self._document.new_gesture()
        self._num_steps_before = self._document.undo_stack.index()
        self.has_written = False
        self._num_doubtful = 0
        self._start_frame = self._view_state.shown_frame
        self._started_at = time.monotonic()
        self._is_clip_begun = False
        self._begun_at = time.time()  # of day: it is noted with the masks
        self.progress = RunProgress(0, frames_total, 0.0)

    @Slot(object)
    def _note_step(self, step: RunStep) -> None:
        """Count time from the first clip on: the model is loaded once, not for every frame."""
        if step.what is Preparation.CLIP and not self._is_clip_begun:
            self._is_clip_begun = True
            self._started_at = time.monotonic()

    @Slot(object)
    def _write_clip(self, answer: ClipAnswer) -> None:
        if self.has_written and not self._document.is_done(self._gesture):
            self.taken_back.emit()
            return
        if isinstance(answer.job, FindRequest):
            self.classes_found.emit(answer)
        else:
            self._write_tracks(answer, answer.job.steps[answer.step])
        self._tell_progress(answer)

    def _write_tracks(self, answer: ClipAnswer, step: TrackStep) -> None:
        if step.is_check:
            noted = check_changes(self._document.opened, step, answer)
            self._num_doubtful += num_doubtful(noted)
            self._write(self.tr("Check by tracking back"), noted)
            return
        project = self._document.opened
        changes = track_changes(project, step, answer, self._begun_at)
        hidden = tuple(hidden_changes(project, step, answer, self._begun_at))
        if self._view_state.brush.is_exclusive:
            changes, hidden = (sparing_others(project, each) for each in (changes, hidden))
        written = self._write(self.tr("Track"), changes, hidden)
        if written:
            self.tracks_written.emit(self._gesture, written)

    def _write(
        self, text: str, changes: tuple[MaskChange, ...], hidden: Iterable[MaskChange] = ()
    ) -> tuple[MaskChange, ...]:
        """Put a clip's changes into the run's step; returns those that were written."""
        if self.has_written:
            return self._document.grow(self._gesture, changes, hidden)
        self.has_written = self._document.edit(
            Edit(text, changes, self._start_frame, self._gesture)
        )
        return changes if self.has_written else ()

    def _tell_progress(self, answer: ClipAnswer) -> None:
        before = self.progress
        done_before, length, at = 0, before.frames_total, None
        share = answer.clip.frames_done / max(1, answer.clip.frames_total)
        if isinstance(answer.job, RunRequest):
            lengths = [step.num_frames for step in answer.job.steps]
            done_before, length = sum(lengths[: answer.step]), lengths[answer.step]
            if len(lengths) > 1:
                at = RunPass(answer.step + 1, len(lengths), round(share * length), length)
        frames_done = min(before.frames_total, done_before + round(share * length))
        elapsed_s = time.monotonic() - self._started_at
        is_first = not before.frames_done
        self.progress = RunProgress(
            frames_done,
            before.frames_total,
            elapsed_s,
            head=answer.clip.frames[-1] if answer.clip.frames else before.head,
            frames_first=frames_done if is_first else before.frames_first,
            elapsed_first_s=elapsed_s if is_first else before.elapsed_first_s,
            at=at,
            foretold_s=self.foretell(answer),
        )
        self.progressed.emit(self.progress)

    def end(self, end: JobEnd) -> None:
        """Tell what a check found, if the run that ended was one."""
        is_check = isinstance(end.job, RunRequest) and any(s.is_check for s in end.job.steps)
        if is_check and end.outcome is Outcome.FINISHED:
            self.checked.emit(self._num_doubtful)
