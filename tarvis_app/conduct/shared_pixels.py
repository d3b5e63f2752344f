"""Runs whose masks have pixels of other targets: that is said, with what parts them."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Slot

from tarvis_app.brush_state import BrushState
from tarvis_app.document.document import Document
from tarvis_app.notifications import Notice, Notifications, Remedy
from tarvis_app.segmentation.requests import JobEnd, Outcome, RunRequest
from tarvis_app.segmentation.runs import Runs
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.target import TargetId


@dataclass(frozen=True)
class _Shared:
    """A frame on which two targets have pixels in common."""

    frame: int
    written: TargetId
    other: TargetId


class SharedPixels(QObject):
    """Notices where a run laid masks over those that earlier runs gave to other targets.

    These stay as they are: nobody asked to have them changed. Carried together, each pixel goes to
    one of them.
    """

    def __init__(
        self, document: Document, brush: BrushState, runs: Runs, notifications: Notifications
    ) -> None:
        super().__init__(runs)
        self._document = document
        self._brush = brush
        self._runs = runs
        self._notifications = notifications
        self._shared: set[_Shared] = set()
        self._told: Notice | None = None
        self._gesture = 0
        runs.started.connect(self._begin)
        runs.tracks_written.connect(self._look_at)
        runs.ended.connect(self._tell)
        document.undo_stack.indexChanged.connect(self._follow_history)

    @Slot()
    def _begin(self) -> None:
        self._shared = set()
        self._notifications.withdraw(self._told)
        self._told = None

    @Slot(int, object)
    def _look_at(self, gesture: int, changes: tuple[MaskChange, ...]) -> None:
        self._gesture = gesture
        masks = self._document.opened.masks
        carried = {change.target for change in changes}
        others = [target for target in self._document.opened.targets if target not in carried]
        for change in changes:
            if change.after is None or change.after.mask.is_empty:
                continue
            mask = change.after.mask
            for other in others:
                summary = masks.track(other).summary(change.frame)
                if summary is None or summary.is_empty:
                    continue
                if summary.state.is_law or _are_apart(summary.box, mask.box):
                    continue
                held = masks.get(other, change.frame)
                if held is not None and mask.intersection_area(held.mask):
                    self._shared.add(_Shared(change.frame, change.target, other))

    @Slot()
    def _follow_history(self) -> None:
        """A run that is taken back has no pixels."""
        if self._told is not None and not self._document.is_done(self._gesture):
            self._notifications.withdraw(self._told)
            self._told = None

    @Slot(object)
    def _tell(self, end: JobEnd) -> None:
        project = self._document.project
        if project is None or not self._brush.is_exclusive or not isinstance(end.job, RunRequest):
            return
        carried = {target for step in end.job.steps for target, _ in step.wanted}
        shared = [each for each in self._shared if each.other not in carried]
        others = sorted({each.other for each in shared if each.other in project.targets})
        if end.outcome is Outcome.FAILED or not others:
            return
        ours = sorted({each.written for each in shared if each.written in project.targets})
        names = ", ".join(project.target(target).name for target in (*ours, *others))
        count = len({each.frame for each in shared})
        one = self.tr("{names} have pixels in common on one frame since this run.")
        several = self.tr(
            "{names} have pixels in common on {count} frames since this run.", None, count
        )
        text = (one if count == 1 else several).format(names=names, count=count)
        remedy = Remedy(self.tr("Track them together"), lambda: self._runs.repeat_with(others))
        self._told = self._notifications.inform(text, [remedy])


def _are_apart(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether two boxes have no pixel in common."""
    is_beside = one[0] >= other[2] or one[2] <= other[0]
    return is_beside or one[1] >= other[3] or one[3] <= other[1]
