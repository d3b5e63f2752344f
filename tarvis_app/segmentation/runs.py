"""Runs: carry targets through time or find classes; answers are written as they come."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.document.document import Document
from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.consistency import check_changes, num_doubtful, plan_check
from tarvis_app.segmentation.requests import (
    ClipAnswer,
    FindRequest,
    JobEnd,
    ModelState,
    Outcome,
    RunRequest,
    TrackStep,
)
from tarvis_app.segmentation.run_plan import Reach, RunWish, plan_run
from tarvis_app.segmentation.run_writer import track_changes
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import ClassRequest, Direction
from tarvis_core.annotation.target import TargetId


@dataclass(frozen=True)
class RunProgress:
    """How far a run has come."""

    frames_done: int
    frames_total: int
    elapsed_s: float
    head: int | None = None
    """Frame that was written last; None before the first."""

    @property
    def frames_per_second(self) -> float:
        """Average speed so far; 0 before the first frame."""
        return self.frames_done / self.elapsed_s if self.elapsed_s > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Time left at the average speed; None while nothing is known."""
        speed = self.frames_per_second
        return (self.frames_total - self.frames_done) / speed if speed > 0 else None


class Runs(QObject):
    """Starts and stops runs and writes what they give.

    Signals:
        started: A run began.
        progressed: Argument: `RunProgress`.
        tracks_written: Masks of a run were written. Argument: a tuple of their changes.
        checked: A check is over. Argument: on how many frames both ways disagree by much.
        classes_found: A clip of a class search. Argument: `ClipAnswer`.
        ended: Argument: `JobEnd`.
        nothing_to_do: A run was asked for but has no start. Argument: why.
        weights_missing: There are no weights to run with.
    """

    started = Signal()
    progressed = Signal(object)
    tracks_written = Signal(object)
    checked = Signal(int)
    classes_found = Signal(object)
    ended = Signal(object)
    nothing_to_do = Signal(str)
    weights_missing = Signal()

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        service: SegmentationService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self._service = service
        self.stops_at_keyframes = True
        self._gesture = 0
        self._has_written = False
        self._started_at = 0.0
        self._start_frame = 0
        self._last: RunWish | ClassRequest | None = None
        self._num_doubtful = 0
        self._progress = RunProgress(0, 0, 0.0)
        document.project_opened.connect(self._forget)
        service.clip_answered.connect(self._write_clip)
        service.job_ended.connect(self._note_end)

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the actions that start and stop runs call."""
        return {
            "edit.undo": self.undo,
            "track.stale": self.track_stale,
            "track.forward": self.track_forward,
            "track.backward": self.track_backward,
            "track.both": self.track_both,
            "track.clip_forward": self.track_clip_forward,
            "track.clip_backward": self.track_clip_backward,
            "track.check": self.check,
            "track.stop": self.stop,
        }

    @property
    def is_running(self) -> bool:
        """Whether a run goes on."""
        return self._service.job is not None

    @property
    def progress(self) -> RunProgress:
        """How far the run has come that goes on, or went on last."""
        return self._progress

    @Slot(bool)
    def set_stops_at_keyframes(self, stops: bool) -> None:  # noqa: FBT001 -- a toggle's slot
        """Choose whether runs end at the next keyframe or cover the whole range."""
        self.stops_at_keyframes = stops

    @Slot()
    def track_forward(self) -> None:
        """Carry the selected targets on from here."""
        self._track(Direction.FORWARD)

    @Slot()
    def track_backward(self) -> None:
        """Carry the selected targets back from here."""
        self._track(Direction.BACKWARD)

    @Slot()
    def track_both(self) -> None:
        """Carry the selected targets both ways from here."""
        self._track(Direction.BOTH)

    @Slot()
    def track_clip_forward(self) -> None:
        """Carry the selected targets one clip on from here."""
        self._track(Direction.FORWARD, Reach.ONE_CLIP)

    @Slot()
    def track_clip_backward(self) -> None:
        """Carry the selected targets one clip back from here."""
        self._track(Direction.BACKWARD, Reach.ONE_CLIP)

    @Slot()
    def track_stale(self) -> None:
        """Bring everything in the range up to date that corrections made stale."""
        self._track(Direction.BOTH, Reach.STALE)

    def _track(self, direction: Direction, reach: Reach | None = None) -> None:
        project = self._document.project
        if project is None or self.is_running:
            return
        self._start(project, self.wish(direction, reach))

    @Slot()
    def check(self) -> None:
        """Track the selected targets back over the range and note where that disagrees."""
        project = self._document.project
        if project is None or self.is_running:
            return
        steps = plan_check(project, self.wish(Direction.BACKWARD, Reach.WHOLE_RANGE))
        if steps:
            self._num_doubtful = 0
            self._last = None
            self._launch(steps)
        else:
            self.nothing_to_do.emit(self.tr("There is no tracked stretch in the range to check."))

    def _start(self, project: Project, wish: RunWish) -> None:
        steps = plan_run(project, wish)
        if not steps:
            self.nothing_to_do.emit(self._why_nothing(wish))
            return
        self._last = wish
        self._launch(steps)

    def _launch(self, steps: tuple[TrackStep, ...]) -> None:
        total = sum(step.num_frames for step in steps)
        self._begin(total)
        self._service.track(steps)
        self.started.emit()

    def wish(self, direction: Direction, reach: Reach | None = None) -> RunWish:
        """What a run in this direction would be about now.

        Args:
            direction: Which way.
            reach: How far; None for what the person chose.
        """
        if reach is None:
            reach = Reach.TO_KEYFRAMES if self.stops_at_keyframes else Reach.WHOLE_RANGE
        frame, limits = self._view_state.shown_frame, self._view_state.range
        return RunWish(self._targets(), frame, limits, direction, reach)

    def _targets(self) -> tuple[TargetId, ...]:
        targets = self._document.opened.targets
        chosen = tuple(t for t in self._view_state.selection if t in targets)
        return chosen or tuple(targets)

    def _why_nothing(self, wish: RunWish) -> str:
        if not self._document.opened.targets:
            return self.tr("There is nothing to track yet: click an object or paint it first.")
        if all(self._document.opened.target(t).is_locked for t in wish.targets):
            return self.tr("The targets are locked; unlock them to track them.")
        if wish.reach is Reach.STALE:
            return self.tr("Everything in the range is up to date.")
        return self.tr(
            "Nothing to start from in this direction: click, paint or accept a mask inside the "
            "range first."
        )

    def find_classes(self, request: ClassRequest) -> None:
        """Find everything of some classes; what is found is told, and waits for a decision."""
        if self._document.project is None or self.is_running:
            return
        self._last = request
        self._begin(request.last_frame - request.first_frame + 1)
        self._service.find_classes(request)
        self.started.emit()

    @Slot()
    def _forget(self) -> None:
        self._last = None

    @Slot()
    def repeat_singly(self) -> None:
        """Start the last tracking run again, with a pass of its own for each target."""
        if isinstance(self._last, RunWish):
            self._last = replace(self._last, is_singly=True)
            self.repeat()

    @Slot()
    def repeat(self) -> None:
        """Start again what was started last, after something was done about its failure."""
        project = self._document.project
        if isinstance(self._last, ClassRequest):
            self.find_classes(self._last)
        elif self._last is not None and project is not None and not self.is_running:
            known = tuple(target for target in self._last.targets if target in project.targets)
            self._start(project, replace(self._last, targets=known))

    @Slot()
    def stop(self) -> None:
        """Stop within one clip; what was done is kept."""
        self._service.stop()

    @Slot()
    def undo(self) -> None:
        """Take back the last step; a run or search that goes on is stopped, and is that step."""
        job = self._service.job
        if job is not None:
            self._service.abandon()
            self.ended.emit(JobEnd(job, Outcome.STOPPED))
            if not self._has_written:
                return  # the step before is none of the run's
        self._document.undo()

    def _begin(self, frames_total: int) -> None:
        self._gesture = self._document.new_gesture()
        self._has_written = False
        self._start_frame = self._view_state.shown_frame
        self._started_at = time.monotonic()
        self._progress = RunProgress(0, frames_total, 0.0)

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
            self._has_written |= self._document.edit(edit)
            return
        changes = track_changes(self._document.opened, step, answer)
        edit = Edit(self.tr("Track"), changes, self._start_frame, self._gesture)
        if self._document.edit(edit):
            self._has_written = True
            self.tracks_written.emit(changes)

    def _tell_progress(self, answer: ClipAnswer) -> None:
        done_before = 0
        total = self._progress.frames_total
        if isinstance(answer.job, RunRequest):
            lengths = [step.num_frames for step in answer.job.steps]
            done_before = sum(lengths[: answer.step])
            length = lengths[answer.step]
        else:
            length = total
        share = answer.clip.frames_done / max(1, answer.clip.frames_total)
        self._progress = replace(
            self._progress,
            frames_done=min(total, done_before + round(share * length)),
            elapsed_s=time.monotonic() - self._started_at,
            head=answer.clip.frames[-1] if answer.clip.frames else self._progress.head,
        )
        self.progressed.emit(self._progress)

    @Slot(object)
    def _note_end(self, end: JobEnd) -> None:
        self.ended.emit(end)
        is_check = isinstance(end.job, RunRequest) and any(s.is_check for s in end.job.steps)
        if is_check and end.outcome is Outcome.FINISHED:
            self.checked.emit(self._num_doubtful)
        if self._service.model.state is ModelState.MISSING:
            self.weights_missing.emit()
