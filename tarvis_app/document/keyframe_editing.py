"""Edits of single frames of targets: accept, keyframe, verify, absent, clear."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Slot

from tarvis_app.document.editor import Editor
from tarvis_core.annotation import painting, track_operations
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState

MIN_PIECE = 40
"""Loose pieces of fewer pixels are specks."""


class KeyframeEditing(QObject):
    """What a person says about the masks on the shown frame."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor

    @property
    def _frame(self) -> int:
        return self._editor.view_state.shown_frame

    @Slot()
    def confirm(self) -> None:
        """Make keyframes of what the selected targets (all, without selection) show here."""
        self._confirm(self._editor.selected())

    @Slot()
    def confirm_all(self) -> None:
        """Make keyframes of everything that is shown here."""
        self._confirm(())

    def _confirm(self, chosen: tuple[TargetId, ...]) -> None:
        project = self._editor.project
        if project is None:
            return
        targets = chosen or tuple(project.masks.masks_at(self._frame))
        unlocked = [target for target in targets if not project.target(target).is_locked]
        self._set_state(self.tr("Accept mask"), unlocked, FrameState.KEYFRAME)

    def _set_state(self, text: str, targets: Iterable[TargetId], state: FrameState) -> None:
        frame = self._frame

        def change(project: Project) -> list[Change]:
            return [
                change
                for target in targets
                for change in painting.set_state(project, target, [frame], state)
            ]

        self._editor.make(text, change, frame)

    @Slot()
    def toggle_keyframe(self) -> None:
        """Make the shown frame a keyframe of the selected targets, or an ordinary frame again."""
        project, targets = self._editor.project, self._editor.selected()
        if project is None or not targets:
            return
        summaries = [project.masks.track(target).summary(self._frame) for target in targets]
        are_law = all(summary is not None and summary.state.is_law for summary in summaries)
        state = FrameState.PREDICTED if are_law else FrameState.KEYFRAME
        self._set_state(self.tr("Toggle keyframe"), targets, state)

    @Slot()
    def verify_frame(self) -> None:
        """Confirm what is predicted on the shown frame for the selected targets, or for all."""
        frame = self._frame
        chosen = self._editor.selected()
        self._editor.make(
            self.tr("Verify frame"),
            lambda project: painting.verify(project, chosen or tuple(project.targets), frame),
            frame,
        )

    @Slot()
    def mark_absent(self) -> None:
        """Say that the active target is gone from here to its next keyframe or the end."""
        frame, targets = self._frame, self._editor.selected()
        if not targets or self._editor.refuse_locked(targets[0]):
            return
        source = self._editor.source("absent")
        self._editor.make(
            self.tr("Absent from here"),
            lambda project: track_operations.mark_absent_from(project, targets[0], frame, source),
            frame,
        )

    @Slot()
    def clear_frame(self) -> None:
        """Take the selected targets' masks and clicks off the shown frame."""
        frame, targets = self._frame, self._editor.selected()
        if any(self._editor.refuse_locked(target) for target in targets):
            return

        def change(project: Project) -> list[Change]:
            return [
                change
                for target in targets
                for change in track_operations.delete_range(project, target, frame, frame)
            ]

        self._editor.make(self.tr("Clear frame"), change, frame)

    @Slot()
    def interpolate(self) -> None:
        """Fill the frames between the keyframes on both sides with shapes in between."""
        frame, targets = self._frame, self._editor.selected()
        source = self._editor.source("interpolate")

        def change(project: Project) -> list[Change]:
            return [
                change
                for target in targets
                for change in track_operations.interpolate(project, target, frame, source)
            ]

        self._editor.make(self.tr("Interpolate"), change, frame)

    @Slot()
    def fill_holes(self) -> None:
        """Fill what the selected targets' masks enclose on the shown frame."""
        self._reshape(self.tr("Fill holes"), painting.fill_holes_on)

    @Slot()
    def remove_specks(self) -> None:
        """Take away small loose pieces of the selected targets' masks on the shown frame."""

        def remove(project: Project, target: TargetId, frames: list[int]) -> tuple[Change, ...]:
            return painting.remove_specks_on(project, target, frames, MIN_PIECE)

        self._reshape(self.tr("Remove specks"), remove)

    def _reshape(
        self,
        text: str,
        reshape: Callable[[Project, TargetId, list[int]], tuple[Change, ...]],
    ) -> None:
        frame, targets = self._frame, self._editor.selected()
        if any(self._editor.refuse_locked(target) for target in targets):
            return

        def change(project: Project) -> list[Change]:
            return [c for target in targets for c in reshape(project, target, [frame])]

        if not self._editor.make(text, change, frame):
            self._editor.notifications.inform(self.tr("There is nothing of this kind here."))
