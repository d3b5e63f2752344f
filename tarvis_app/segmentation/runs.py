"""Runs: carry targets through time or find classes; answers are written as they come."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.document.document import Document
from tarvis_app.segmentation.consistency import plan_check
from tarvis_app.segmentation.requests import (
    ClipAnswer,
    JobEnd,
    ModelState,
    Outcome,
    RunRequest,
    TrackStep,
)
from tarvis_app.segmentation.run_answers import RunAnswers
from tarvis_app.segmentation.run_plan import plan_run
from tarvis_app.segmentation.run_progress import Preparation, RunProgress, RunStep
from tarvis_app.segmentation.run_stretches import Reach, RunWish
from tarvis_app.segmentation.run_wishes import RunWishes
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import ClassRequest, Direction
from tarvis_core.annotation.target import TargetId


class Runs(QObject):
    """Starts and stops runs and writes what they give.

    Signals:
        started: A run began.
        waiting_changed: A run waits until a click is answered, or does so no more.
        step_begun: What the run is at before its first masks come. Argument: `RunStep`.
        progressed: Argument: `RunProgress`.
        tracks_written: Masks of a run were written. Arguments: the gesture of the run's step, a
            tuple of the changes.
        checked: A check is over. Argument: on how many frames both ways disagree by much.
        classes_found: A clip of a class search. Argument: `ClipAnswer`.
        stopping: The run that goes on was asked to stop; `ended` follows within one clip.
        ended: Argument: `JobEnd`.
        nothing_to_do: A run was asked for but cannot start. Argument: why.
        left_out: A run began without a selected target. Argument: a sentence that says why.
        overtaken: A run ended because of an edit. Argument: a sentence that says so.
        weights_missing: There are no weights to run with.
    """

    started = Signal()
    waiting_changed = Signal()
    step_begun = Signal(object)
    progressed = Signal(object)
    tracks_written = Signal(int, object)
    checked = Signal(int)
    classes_found = Signal(object)
    stopping = Signal()
    ended = Signal(object)
    nothing_to_do = Signal(str)
    left_out = Signal(str)
    overtaken = Signal(str)
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
        self._service = service
        self.wishes = RunWishes(document, view_state, self)
        self._last: RunWish | ClassRequest | None = None
        self._waiting: RunWish | None = None
        self._answers = RunAnswers(document, view_state, service, self)
        self._answers.progressed.connect(self.progressed)
        self._answers.tracks_written.connect(self.tracks_written)
        self._answers.checked.connect(self.checked)
        self._answers.classes_found.connect(self.classes_found)
        self._answers.taken_back.connect(self._abandon)
        document.project_opened.connect(self._forget)
        service.step_begun.connect(self.step_begun)
        service.job_ended.connect(self._note_end)
        service.clicks_answered.connect(self._start_waiting)

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the actions that start and stop runs call."""
        return {
            "edit.undo": self.undo,
            "track.stale": self.track_stale,
            "track.forward": self.track_forward,
            "track.backward": self.track_backward,
            "track.both": self.track_both,
            "track.clip_forward": partial(self._track, Direction.FORWARD, Reach.ONE_CLIP),
            "track.clip_backward": partial(self._track, Direction.BACKWARD, Reach.ONE_CLIP),
            "track.check": self.check,
            "track.stop": self.stop,
        }

    def foretell_with(self, seconds_left: Callable[[ClipAnswer], float | None]) -> None:
        """Let the time that is left be told by what knows how fast the machine is.

        Args:
            seconds_left: Called with each answer; None where nobody knows.
        """
        self._answers.foretell = seconds_left

    @property
    def is_running(self) -> bool:
        """Whether a run goes on."""
        return self._service.job is not None

    @property
    def is_waiting(self) -> bool:
        """Whether a run was asked for that starts once a click is answered."""
        return self._waiting is not None

    @property
    def progress(self) -> RunProgress:
        """How far the run has come that goes on, or went on last."""
        return self._answers.progress

    @Slot()
    def track_forward(self) -> None:
        """Carry targets on from here."""
        self._track(Direction.FORWARD)

    @Slot()
    def track_backward(self) -> None:
        """Carry targets back from here."""
        self._track(Direction.BACKWARD)

    @Slot()
    def track_both(self) -> None:
        """Carry targets both ways from here."""
        self._track(Direction.BOTH)

    @Slot()
    def track_stale(self) -> None:
        """Bring everything in the range up to date that corrections made stale."""
        self._track(Direction.BOTH, Reach.STALE)

    def _track(self, direction: Direction, reach: Reach | None = None) -> None:
        project = self._document.project
        if project is None or not self._is_free():
            return
        wish = self.wishes.wish(direction, reach)
        if self._service.awaits_answer:
            self._let_wait(wish)  # a run sets out from what clicks gave
        else:
            self._start(project, wish)

    def _let_wait(self, wish: RunWish | None) -> None:
        self._waiting = wish
        self.waiting_changed.emit()

    @Slot()
    def _start_waiting(self) -> None:
        wish, project = self._waiting, self._document.project
        self._let_wait(None)
        if wish is None or project is None or not self._is_free():
            return
        wish = _for_known_targets(project, wish)
        if wish.targets:
            self._start(project, wish)

    def _is_free(self) -> bool:
        """Whether a run can start; if one goes on, that is said."""
        if self.is_running:
            self.nothing_to_do.emit(
                self.tr("A run is going on. Esc stops it and keeps what is done.")
            )
        return not self.is_running

    @Slot()
    def check(self) -> None:
        """Track the selected targets back over the range and note where that disagrees."""
        project = self._document.project
        if project is None or not self._is_free():
            return
        steps = plan_check(project, self.wishes.check_wish())
        if steps:
            self._last = None
            self._launch(steps)
        else:
            self.nothing_to_do.emit(self.tr("There is no tracked stretch in the range to check."))

    def _start(self, project: Project, wish: RunWish) -> None:
        steps = plan_run(project, wish)
        if not steps:
            self.nothing_to_do.emit(self.wishes.why_nothing(wish))
            return
        self._last = wish
        self._launch(steps)
        missing = self.wishes.left_out(wish, steps)
        if missing:
            names = ", ".join(missing)
            self.left_out.emit(self.tr("The run goes without {names}.").format(names=names))

    def _launch(self, steps: tuple[TrackStep, ...]) -> None:
        total = sum(step.num_frames for step in steps)
        self._answers.begin(total)
        self._service.track(steps)
        self._tell_start()

    def find_classes(self, request: ClassRequest) -> None:
        """Find everything of some classes; what is found is told, and waits for a decision."""
        if self._document.project is None or not self._is_free():
            return
        self._last = request
        self._answers.begin(request.last_frame - request.first_frame + 1)
        self._service.find_classes(request)
        self._tell_start()

    def _tell_start(self) -> None:
        self.started.emit()
        if self.is_running and self._service.model.state is ModelState.LOADING:
            self.step_begun.emit(RunStep(Preparation.MODEL))

    @Slot()
    def _forget(self) -> None:
        self._last = None
        self._let_wait(None)

    @Slot()
    def repeat_singly(self) -> None:
        """Start the last tracking run again, with a pass of its own for each target."""
        if isinstance(self._last, RunWish):
            self._last = replace(self._last, is_singly=True)
            self.repeat()

    def repeat_with(self, targets: Iterable[TargetId]) -> None:
        """Start the last tracking run again, with more targets."""
        if isinstance(self._last, RunWish):
            more = (target for target in targets if target not in self._last.targets)
            self._last = replace(self._last, targets=(*self._last.targets, *more))
            self.repeat()

    @Slot()
    def repeat(self) -> None:
        """Start again what was started last, after something was done about its failure."""
        project = self._document.project
        if isinstance(self._last, ClassRequest):
            self.find_classes(self._last)
        elif self._last is not None and project is not None and not self.is_running:
            self._start(project, _for_known_targets(project, self._last))

    @Slot()
    def stop(self) -> None:
        """Stop within one clip, and what waits to start; what was done is kept."""
        self._let_wait(None)
        self._service.stop()
        if self.is_running:
            self.stopping.emit()

    @Slot(object)
    def end_for(self, targets: tuple[TargetId, ...]) -> None:
        """End a run that carries one of these, of which somebody said meanwhile who they are.

        What it has written is kept. What it would go on to write belongs to somebody else now.
        """
        job = self._service.job
        carried = job.steps if isinstance(job, RunRequest) else ()
        if any(target in targets for step in carried for target, _ in step.wanted):
            self._abandon()
            self.overtaken.emit(
                self.tr("The run has ended: it did not know who is who now. What it did is kept.")
            )

    @Slot()
    def undo(self) -> None:
        """Take back the last step; where that is a run or search that goes on, it is stopped."""
        self._let_wait(None)
        if self.is_running and self._answers.is_newest:
            self._abandon()
            if not self._answers.has_written:
                return  # the step before is none of the run's
        self._document.undo()

    @Slot()
    def _abandon(self) -> None:
        job = self._service.job
        assert job is not None, "a run goes on"
        self._service.abandon()
        self.ended.emit(JobEnd(job, Outcome.STOPPED))

    @Slot(object)
    def _note_end(self, end: JobEnd) -> None:
        self.ended.emit(end)
        self._answers.end(end)
        if self._service.model.state is ModelState.MISSING:
            self.weights_missing.emit()


def _for_known_targets(project: Project, wish: RunWish) -> RunWish:
    """A wish of before, without the targets that are gone since."""
    return replace(wish, targets=tuple(t for t in wish.targets if t in project.targets))
