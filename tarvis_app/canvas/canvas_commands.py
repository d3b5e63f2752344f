"""Enter, Esc and Backspace: what they mean depends on what is going on."""

from PySide6.QtCore import QObject, Slot

from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.document.keyframe_editing import KeyframeEditing
from tarvis_app.notifications import Notifications
from tarvis_app.segmentation.runs import Runs


class CanvasCommands(QObject):
    """First the tool is asked; what it has no use for goes on to the next."""

    def __init__(
        self,
        view: CanvasView,
        keyframes: KeyframeEditing,
        runs: Runs,
        notifications: Notifications,
    ) -> None:
        super().__init__(view)
        self._view = view
        self._keyframes = keyframes
        self._runs = runs
        self._notifications = notifications

    @Slot()
    def accept(self) -> None:
        """Close what the tool began, or make a keyframe of the shown mask."""
        if not self._view.tool.accept():
            self._keyframes.confirm()

    @Slot()
    def cancel(self) -> None:
        """Drop what the tool began, or stop the run, or take the message away."""
        if self._view.tool.cancel():
            return
        if self._runs.is_running:
            self._runs.stop()
        else:
            self._notifications.clear()

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
