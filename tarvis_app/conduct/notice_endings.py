"""Messages go as soon as they are no longer true."""

from PySide6.QtCore import QObject, QTimer, Slot

from tarvis_app.document.document import Document
from tarvis_app.notifications import Notice, Notifications
from tarvis_app.segmentation.runs import Runs
from tarvis_app.view_state import ViewState


class NoticeEndings(QObject):
    """Withdraws a passing message when the person goes on: selects, moves in time, edits.

    What changes in the same turn as the message belongs to what it tells of, and a run that goes
    on changes frame and masks by itself; neither ends a message.
    """

    def __init__(
        self, notifications: Notifications, document: Document, view_state: ViewState, runs: Runs
    ) -> None:
        super().__init__(notifications)
        self._notifications = notifications
        self._runs = runs
        self._passing: Notice | None = None
        self._is_armed = False
        self._arm = QTimer(self, singleShot=True, interval=0)
        self._arm.timeout.connect(self._become_armed)
        notifications.notice_shown.connect(self._note_notice)
        view_state.selection_changed.connect(self.go_on)
        view_state.tool_changed.connect(self.go_on)
        runs.started.connect(self.go_on)
        runs.ended.connect(self.go_on)
        view_state.frame_changed.connect(self._follow_change)
        document.undo_stack.indexChanged.connect(self._follow_change)
        document.targets_changed.connect(self._follow_change)
        document.project_opened.connect(self.go_on)

    @property
    def is_armed(self) -> bool:
        """Whether what the person does next ends the message."""
        return self._is_armed

    @Slot(object)
    def _note_notice(self, notice: Notice) -> None:
        self._passing = notice if notice.is_passing else None
        self._is_armed = False
        self._arm.start()

    @Slot()
    def _become_armed(self) -> None:
        self._is_armed = True

    @Slot()
    def _follow_change(self) -> None:
        if not self._runs.is_running:
            self.go_on()

    @Slot()
    def go_on(self) -> None:
        """Something else is looked at or done: what was said of the thing before goes."""
        if self._is_armed:
            self._notifications.withdraw(self._passing)
            self._passing = None
