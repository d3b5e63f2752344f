"""Enter, Esc, Delete and Backspace: what they mean depends on what is going on."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.document.keyframe_editing import KeyframeEditing
from tarvis_app.notifications import Notifications
from tarvis_app.segmentation.pending_run import PendingRun
from tarvis_app.segmentation.runs import Runs
from tarvis_app.suggestions.suggestion_list import SuggestionList


class CanvasCommands(QObject):
    """First the tool is asked; what it has no use for goes on to the next."""

    def __init__(
        self,
        view: CanvasView,
        keyframes: KeyframeEditing,
        runs: Runs,
        notifications: Notifications,
        pending: PendingRun,
        suggestions: SuggestionList,
    ) -> None:
        super().__init__(view)
        self._view = view
        self._keyframes = keyframes
        self._runs = runs
        self._notifications = notifications
        self._pending = pending
        self._suggestions = suggestions
        self._others: list[Callable[[], bool]] = []

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the actions call that mean what is going on."""
        return {
            "edit.accept": self.accept,
            "edit.accept_all": self.accept_all,
            "edit.cancel": self.cancel,
            "edit.step_back": self.step_back,
            "edit.clear_frame": self.clear,
            "tool.larger": self.enlarge_brush,
            "tool.smaller": self.shrink_brush,
        }

    def also_cancels(self, cancel: Callable[[], bool]) -> None:
        """Have Esc cancel something else first, once the tool has no use for it.

        Args:
            cancel: Says whether there was anything to cancel.
        """
        self._others.append(cancel)

    @Slot()
    def accept(self) -> None:
        """Close what the tool began, take the suggestion, or make a keyframe of the shown mask."""
        is_taken = self._view.tool.accept() or self._suggestions.accept_current()
        if not (is_taken or self._suggestions.choice.has_keys):
            self._keyframes.confirm()

    @Slot()
    def accept_all(self) -> None:
        """Keep the run that waits, or all suggestions above the threshold, or confirm all."""
        is_taken = self._pending.keep() or self._suggestions.accept_above()
        if not (is_taken or self._suggestions.choice.has_keys):
            self._keyframes.confirm_all()

    @Slot()
    def cancel(self) -> None:
        """Drop what the tool began, stop the run, close the message, or take the run back."""
        if self._view.tool.cancel() or any(cancel() for cancel in self._others):
            return
        if self._runs.is_running or self._runs.is_waiting:
            self._runs.stop()
        elif self._notifications.current is not None:
            self._notifications.clear()
        elif self._pending.is_offered:
            self._pending.discard()

    @Slot()
    def clear(self) -> None:
        """Reject the suggestion that is pointed at, or clear the mask on the shown frame."""
        if not (self._suggestions.reject_current() or self._suggestions.choice.has_keys):
            self._keyframes.clear_frame()

    @Slot()
    def step_back(self) -> None:
        """Take back the tool's last piece."""
        self._view.tool.step_back()

    @Slot()
    def enlarge_brush(self) -> None:
        """Make the brush larger."""
        self._view.scale_brush(1.15)

    @Slot()
    def shrink_brush(self) -> None:
        """Make the brush smaller."""
        self._view.scale_brush(1 / 1.15)
