"""Availability: which actions can be used now; undo and redo by name."""

from PySide6.QtCore import QObject, Slot
from shiboken6 import isValid

from tarvis_app.actions import Actions
from tarvis_app.document.document import Document
from tarvis_app.panels.task_panel import TaskPanel
from tarvis_app.segmentation.runs import Runs

VIDEO_FAMILIES = ("video", "track", "target", "review", "tool", "cursor")
"""Actions whose ids begin so need a video."""
VIDEO_ACTIONS = ("file.save_as", "file.import", "file.export", "edit.clear_frame", "edit.accept")
"""Others that need one."""


class Availability(QObject):
    """Enables actions when what they need is there."""

    def __init__(
        self, actions: Actions, document: Document, runs: Runs, task_panel: TaskPanel
    ) -> None:
        super().__init__(document)
        self._actions = actions
        self._document = document
        self._runs = runs
        self._task_panel = task_panel
        document.undo_stack.indexChanged.connect(self.follow_history)
        document.project_opened.connect(self.follow_project)
        runs.started.connect(self.follow_running)
        runs.ended.connect(self.follow_running)
        runs.waiting_changed.connect(self.follow_running)
        task_panel.class_picker.chosen_changed.connect(self.follow_running)
        self.follow_history()
        self.follow_project()

    @Slot()
    def follow_history(self) -> None:
        """Name the steps that undo and redo would take."""
        stack, actions = self._document.undo_stack, self._actions
        if not isValid(stack):
            return  # the program ends, and the stack is emptied as the last thing
        for action_id, is_possible, text in (
            ("edit.undo", stack.canUndo(), stack.undoText()),
            ("edit.redo", stack.canRedo(), stack.redoText()),
        ):
            name = actions.text(action_id)
            actions[action_id].setEnabled(is_possible)
            actions[action_id].setText(f"{name}: {text}" if text else name)

    @Slot()
    def follow_project(self) -> None:
        """Enable what works on a video."""
        has_video = self._document.project is not None
        for action_id in self._actions:
            if action_id.partition(".")[0] in VIDEO_FAMILIES or action_id in VIDEO_ACTIONS:
                self._actions[action_id].setEnabled(has_video)
        self.follow_running()

    @Slot()
    def follow_running(self) -> None:
        """One run at a time: what starts one stays usable, and says that another goes on."""
        is_running, has_video = self._runs.is_running, self._document.project is not None
        self._actions["track.stop"].setEnabled(is_running or self._runs.is_waiting)
        picker = self._task_panel.class_picker
        can_search = picker.knows_classes or (picker.is_awaiting and not picker.has_search)
        self._task_panel.find_button.setEnabled(has_video and not is_running and can_search)
