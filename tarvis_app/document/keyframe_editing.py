"""Edits of single frames of targets: accept, keyframe, verify, absent, clear."""

from PySide6.QtCore import QObject, Slot

from tarvis_app.document import edits
from tarvis_app.document.document import Document
from tarvis_app.document.edits import Edit
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState


class KeyframeEditing(QObject):
    """What a person says about the masks on the shown frame."""

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state

    @property
    def _project(self) -> Project | None:
        return self._document.project

    @Slot()
    def confirm(self) -> None:
        """Make keyframes of what the selected targets (all, without selection) show here."""
        self._confirm(self._selected())

    @Slot()
    def confirm_all(self) -> None:
        """Make keyframes of everything that is shown here."""
        self._confirm(())

    def _confirm(self, chosen: tuple[TargetId, ...]) -> None:
        project, frame = self._project, self._view_state.shown_frame
        if project is None:
            return
        targets = chosen or tuple(project.masks.masks_at(frame))
        unlocked = [target for target in targets if not project.target(target).is_locked]
        changes = edits.set_state(project, unlocked, frame, FrameState.KEYFRAME)
        self._document.edit(Edit(self.tr("Accept mask"), changes, frame))

    @Slot()
    def toggle_keyframe(self) -> None:
        """Make the shown frame a keyframe of the selected targets, or an ordinary frame again."""
        project, frame = self._project, self._view_state.shown_frame
        targets = self._selected()
        if project is None or not targets:
            return
        summaries = [project.masks.track(target).summary(frame) for target in targets]
        are_law = all(summary is not None and summary.state.is_law for summary in summaries)
        state = FrameState.PREDICTED if are_law else FrameState.KEYFRAME
        changes = edits.set_state(project, targets, frame, state)
        self._document.edit(Edit(self.tr("Toggle keyframe"), changes, frame))

    @Slot()
    def verify_frame(self) -> None:
        """Confirm everything that is predicted on the shown frame."""
        project, frame = self._project, self._view_state.shown_frame
        if project is None:
            return
        targets = self._selected() or tuple(project.targets)
        changes = edits.verify(project, targets, frame)
        self._document.edit(Edit(self.tr("Verify frame"), changes, frame))

    @Slot()
    def mark_absent(self) -> None:
        """Say that the active target is gone from here to its next keyframe or the range's end."""
        project, frame = self._project, self._view_state.shown_frame
        target = self._view_state.active_target
        if project is None or target is None:
            return
        after = project.masks.track(target).law_frame_after(frame)
        last = self._view_state.range[1] if after is None else after - 1
        changes = edits.mark_absent(project, target, frame, max(frame, last))
        self._document.edit(Edit(self.tr("Absent from here"), changes, frame))

    @Slot()
    def clear_frame(self) -> None:
        """Take the selected targets' masks and clicks off the shown frame."""
        project, frame = self._project, self._view_state.shown_frame
        if project is None:
            return
        changes = edits.remove_masks(project, self._selected(), [frame])
        self._document.edit(Edit(self.tr("Clear frame"), changes, frame))

    def _selected(self) -> tuple[TargetId, ...]:
        if self._project is None:
            return ()
        return tuple(t for t in self._view_state.selection if t in self._project.targets)
