"""Runs: where the run has come to, and what is said at its end."""

from PySide6.QtCore import QObject, Slot

from tarvis_app.conduct.run_remedies import RunRemedies
from tarvis_app.counting import counted
from tarvis_app.notifications import Notice, Notifications
from tarvis_app.panels.run_status import RunStatus
from tarvis_app.segmentation.requests import FindRequest, JobEnd, Outcome
from tarvis_app.segmentation.run_progress import RunProgress
from tarvis_app.segmentation.runs import Runs
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_app.timeline.timeline_view import TimelineView


class RunNotices(QObject):
    """Shows a run on the timeline and in the status bar, and says how it went."""

    def __init__(
        self,
        runs: Runs,
        timeline: TimelineView,
        run_status: RunStatus,
        notifications: Notifications,
        remedies: RunRemedies,
    ) -> None:
        super().__init__(runs)
        self._runs = runs
        self._remedies = remedies
        self._timeline = timeline
        self._run_status = run_status
        self._notifications = notifications
        self._told: Notice | None = None
        runs.waiting_changed.connect(self.follow_waiting)
        runs.started.connect(run_status.begin)
        runs.step_begun.connect(run_status.show_step)
        runs.stopping.connect(run_status.show_stopping)
        runs.started.connect(self.take_back)
        runs.progressed.connect(self.follow_run)
        runs.ended.connect(self.tell_end)
        runs.checked.connect(self.tell_check)

    @Slot(int)
    def tell_check(self, num_doubtful: int) -> None:
        """Say what tracking back showed."""
        text = self.tr("Tracking back agrees with what is there.")
        if num_doubtful:
            text = counted(
                num_doubtful,
                self.tr("Tracking back disagrees on one mask; the review lists it (J)."),
                self.tr(
                    "Tracking back disagrees on {count} masks; the review lists the worst (J).",
                    None,
                    num_doubtful,
                ),
            )
        self._told = self._notifications.inform(text, is_passing=False, lasts=bool(num_doubtful))

    @Slot()
    def follow_waiting(self) -> None:
        """Show that a run waits for a click's answer, as long as it does."""
        if self._runs.is_waiting:
            self._run_status.wait()
        elif not self._runs.is_running:
            self._run_status.end()

    @Slot()
    def take_back(self) -> None:
        """Say no longer how the run before went."""
        self._notifications.withdraw(self._told)

    @Slot(object)
    def follow_run(self, progress: RunProgress) -> None:
        """Show where the run has come to."""
        self._run_status.show_progress(progress)
        self._timeline.content.show_run_head(progress.head)

    @Slot(object)
    def tell_end(self, end: JobEnd) -> None:
        """Say how a run went."""
        self._run_status.end()
        self._timeline.content.show_run_head(None)
        if end.outcome is Outcome.FAILED:
            self._told = self._notifications.error(end.message, self._remedies.for_end(end))


class SearchNotices(QObject):
    """Says what a class search found, and what to do with it."""

    def __init__(
        self, runs: Runs, suggestions: SuggestionList, notifications: Notifications
    ) -> None:
        super().__init__(runs)
        self._suggestions = suggestions
        self._notifications = notifications
        self._told: Notice | None = None
        self._num_told = 0
        runs.ended.connect(self.tell_end)
        runs.started.connect(self.take_back)
        suggestions.changed.connect(self._follow_decisions)

    @Slot()
    def take_back(self) -> None:
        """Say no longer what the search before found."""
        self._notifications.withdraw(self._told)

    @Slot()
    def _follow_decisions(self) -> None:
        if len(self._suggestions.waiting) != self._num_told:
            self.take_back()

    @Slot(object)
    def tell_end(self, end: JobEnd) -> None:
        """Leave out what is a target already or found twice, and say how many are left."""
        if not isinstance(end.job, FindRequest):
            return
        known, doubles = self._suggestions.drop_known(), self._suggestions.drop_doubles()
        count = len(self._suggestions.waiting)
        if end.outcome is not Outcome.FINISHED:
            return
        parts = []
        if count:
            text = self.tr(
                "Enter accepts the one under the pointer, Delete rejects it, "
                "Ctrl+Enter accepts all above the threshold."
            )
            one = self.tr("1 suggestion:")
            several = self.tr("{count} suggestions:", None, count)
            parts += [counted(count, one, several), text]
        if known:
            parts.append(self.tr("Left out, as targets already: {count}.").format(count=known))
        if doubles:
            parts.append(self.tr("Left out, as found twice: {count}.").format(count=doubles))
        nothing = self.tr("Nothing of these classes was found in the range.")
        self._num_told = count
        text = " ".join(parts) or nothing
        self._told = self._notifications.inform(text, is_passing=False, lasts=bool(count))
