"""Editor: where what the person wants becomes an edit, or a sentence that says why not."""

import time
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject

from tarvis_app.document.document import Document
from tarvis_app.document.edits import Edit
from tarvis_app.notifications import Notifications, Remedy
from tarvis_app.translated import translated
from tarvis_app.view_state import ViewState
from tarvis_core.annotation import target_operations
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import MaskSource
from tarvis_core.errors import AnnotationError

ComputeChanges = Callable[[Project], Iterable[Change]]


class Editor(QObject):
    """What all kinds of editing share."""

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        notifications: Notifications,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.view_state = view_state
        self.notifications = notifications

    @property
    def project(self) -> Project | None:
        """The open project."""
        return self.document.project

    def make(
        self,
        text: str,
        compute: ComputeChanges,
        frame: int | None = None,
        gesture: int | None = None,
    ) -> bool:
        """Make an edit; what the data layer refuses is told to the person.

        Args:
            text: What undo and redo name it.
            compute: Gives the changes; may raise `AnnotationError`.
            frame: Where it can be seen.
            gesture: Of which gesture it is part.

        Returns:
            Whether something was written.
        """
        if self.project is None:
            return False
        try:
            changes = tuple(compute(self.project))
        except AnnotationError as error:
            self.notifications.warn(translated(error), is_passing=True)
            return False
        return self.document.edit(Edit(text, changes, frame, gesture))

    def selected(self) -> tuple[TargetId, ...]:
        """The selected targets, the active one first."""
        if self.project is None:
            return ()
        return tuple(t for t in self.view_state.selection if t in self.project.targets)

    def refuse_locked(self, target: TargetId) -> bool:
        """Say that a target is locked, if it is, and offer to unlock it."""
        project = self.project
        if project is None or not project.target(target).is_locked:
            return False
        unlock = Remedy(self.tr("Unlock"), lambda: self.unlock(target))
        text = self.tr("“{name}” is locked.").format(name=project.target(target).name)
        self.notifications.warn(text, [unlock], is_passing=True)
        return True

    def unlock(self, target: TargetId) -> None:
        """Let a target be changed again."""
        self.make(
            self.tr("Unlock"),
            lambda project: target_operations.set_locked(project, [target], is_locked=False),
        )

    def source(self, tool: str) -> MaskSource:
        """What is noted with a mask that the person makes now."""
        return MaskSource(tool, made_at=time.time())
