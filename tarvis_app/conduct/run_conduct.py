"""Runs: where the run has come to, and what is said at its end."""

from PySide6.QtCore import QObject, Slot

from tarvis_app.conduct.run_remedies import RunRemedies
from tarvis_app.notifications import Notifications
from tarvis_app.panels.status_widgets import RunStatus
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
        self._remedies = remedies
        self._timeline = timeline
        self._run_status = run_status
        self._notifications = notifications
        runs.started.connect(run_status.begin)
        runs.progressed.connect(self.follow_run)
        runs.ended.connect(self.tell_end)
        runs.checked.connect(self.tell_check)

    @Slot(int)
    def tell_check(self, num_doubtful: int) -> None:
        """Say what tracking back showed."""
        text = self.tr("Tracking back agrees with what is there.")
        if num_doubtful:
            text = self.tr(
                "Tracking back disagrees on {count} masks; the review lists the worst (J)."
            ).format(count=num_doubtful)
        self._notifications.inform(text)

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
            self._notifications.error(end.message, self._remedies.for_end(end))


class SearchNotices(QObject):
    """Says what a class search found, and what to do with it."""

    def __init__(
        self, runs: Runs, suggestions: SuggestionList, notifications: Notifications
    ) -> None:
        super().__init__(runs)
        self._suggestions = suggestions
        self._notifications = notifications
        runs.ended.connect(self.tell_end)

    @Slot(object)
    def tell_end(self, end: JobEnd) -> None:
        """Leave out what is a target already, and say how many are left."""
        if not isinstance(end.job, FindRequest):
            return
        known, count = self._suggestions.drop_known(), len(self._suggestions.waiting)
        if end.outcome is not Outcome.FINISHED:
            return
        parts = []
        if count:
            text = self.tr(
                "{count} suggestions: Enter accepts the one under the pointer, Delete rejects it, "
                "Ctrl+Enter accepts all above the threshold."
            )
            parts.append(text.format(count=count))
        if known:
            parts.append(self.tr("Left out, as targets already: {count}.").format(count=known))
        nothing = self.tr("Nothing of these classes was found in the range.")
        self._notifications.inform(" ".join(parts) or nothing)
