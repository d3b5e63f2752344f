"""First steps: the five steps one after the other, each until it was tried or passed over."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Slot

from tarvis_app.document.document import Document
from tarvis_app.notifications import Notice, Notifications, Remedy
from tarvis_app.segmentation.requests import JobEnd, Outcome, RunRequest
from tarvis_app.segmentation.runs import Runs
from tarvis_app.settings import Settings
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.track import FrameState


@dataclass(frozen=True)
class TourStep:
    """One step: what is said, and what counts as having tried it."""

    text: str
    goal: str
    """"click", "track", "correct", "review"; empty where only Next goes on."""


class Tour(QObject):
    """Walks a newcomer through click, track, correct, review and export.

    It says one sentence at a time, which stays until what it says last was done and answered: the
    person still needs the keys that it names. Next and Skip are always there. Another message
    stands in its place only while that is shown.
    """

    def __init__(
        self,
        notifications: Notifications,
        settings: Settings,
        document: Document,
        runs: Runs,
    ) -> None:
        super().__init__(notifications)
        self._notifications = notifications
        self._settings = settings
        self._position: int | None = None
        self._notice: Notice | None = None
        self._was_other = False
        self._was_closed = False
        self._is_corrected = False
        """Whether the person corrected a frame since the step that says how."""
        notifications.notice_shown.connect(self._note_notice)
        notifications.notice_cleared.connect(self._come_back)
        document.masks_changed.connect(self._note_masks)
        runs.ended.connect(self._note_run)

    @property
    def steps(self) -> tuple[TourStep, ...]:
        """What is said, one step after the other."""
        return (
            TourStep(
                self.tr(
                    "1 of 5, click · Click the middle of an object: it becomes a target; N before "
                    "the next click begins another. A right click says what does not belong to it; "
                    "Enter accepts the mask."
                ),
                "click",
            ),
            TourStep(
                self.tr(
                    "2 of 5, track · F carries what you clicked to the end of the video (B back, "
                    "T both ways). "
                    "The timeline fills as it goes; Esc stops."
                ),
                "track",
            ),
            TourStep(
                self.tr(
                    "3 of 5, correct · Go where the mask is wrong (← →), mend it by clicks or the "
                    "brush (A); Enter accepts. Your frame stays; Shift+T renews those hatched "
                    "beside it."
                ),
                "correct",
            ),
            TourStep(
                self.tr(
                    "4 of 5, review · J goes to the frame that most needs a look, P clicks where "
                    "the dashed ring is, and Y says that the frame is right."
                ),
                "review",
            ),
            TourStep(
                self.tr(
                    "5 of 5, export · Ctrl+E writes the masks in the format you need. All is "
                    "saved as it happens; ? shows every shortcut, Help shows this tour again."
                ),
                "",
            ),
        )

    @property
    def position(self) -> int | None:
        """Which step is shown, from 0; None while none is."""
        return self._position

    @Slot()
    def start(self) -> None:
        """Begin with the first step."""
        self._settings.has_seen_tour = True
        self._position = 0
        self._show()

    @Slot()
    def start_once(self) -> None:
        """Begin, unless this person has seen it before."""
        if not self._settings.has_seen_tour:
            self.start()

    @Slot()
    def skip(self) -> None:
        """Leave the tour."""
        self._position = None

    @Slot()
    def _go_on(self) -> None:
        if self._position is None:
            return
        self._position += 1
        self._is_corrected = False
        if self._position < len(self.steps):
            self._show()
        else:
            self._position = None

    def _show(self) -> None:
        assert self._position is not None, "only a tour that goes on shows steps"
        is_last = self._position == len(self.steps) - 1
        remedies = [Remedy(self.tr("Done") if is_last else self.tr("Next"), self._go_on)]
        if not is_last:
            remedies.append(Remedy(self.tr("Skip the tour"), self.skip))
        self._notice = self._notifications.inform(self.steps[self._position].text, remedies)
        self._was_other = self._was_closed = False

    @Slot(object)
    def _note_notice(self, notice: Notice) -> None:
        self._was_other = notice is not self._notice

    @Slot()
    def _come_back(self) -> None:
        """Say the step again after another message went, unless the person closed the step."""
        if not self._was_other:
            self._was_closed = True
        elif self._position is not None and not self._was_closed:
            self._show()

    def _reach(self, goal: str) -> None:
        """Go on if this is what the shown step asked for."""
        if self._position is not None and self.steps[self._position].goal == goal:
            self._go_on()

    @Slot(object)
    def _note_masks(self, changes: tuple[MaskChange, ...]) -> None:
        made = [change.after for change in changes if change.after is not None]
        if any(not held.mask.is_empty for held in made):
            self._reach("click")
        if any(held.state.is_law for held in made):
            self._is_corrected = True
        if any(held.state is FrameState.VERIFIED for held in made):
            self._reach("review")

    @Slot(object)
    def _note_run(self, end: JobEnd) -> None:
        if not isinstance(end.job, RunRequest) or end.outcome is Outcome.FAILED:
            return
        if self._is_corrected:
            self._reach("correct")
        self._reach("track")
