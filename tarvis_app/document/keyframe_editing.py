"""Edits of targets at the shown frame: accept, verify, absent, copy, delete, clear."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Slot

from tarvis_app.document.editor import ComputeChanges, Editor
from tarvis_core.annotation import painting, track_operations
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState

ChangeTarget = Callable[[Project, TargetId], Iterable[Change]]
"""What an edit changes of one target."""

MIN_PIECE = 40
"""Loose pieces of fewer pixels are specks."""


class KeyframeEditing(QObject):
    """What a person says about the masks on the shown frame."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the actions on the shown frame call."""
        return {
            "target.keyframe": self.toggle_keyframe,
            "target.absent": self.mark_absent,
            "target.absent_here": self.mark_absent_here,
            "target.interpolate": self.interpolate,
            "target.copy_to_range": self.copy_to_range,
            "target.delete_from": self.delete_from_here,
            "target.delete_range": self.delete_in_range,
            "target.fill_holes": self.fill_holes,
            "target.remove_specks": self.remove_specks,
        }

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

        def change(project: Project, target: TargetId) -> Iterable[Change]:
            return painting.set_state(project, target, [frame], state)

        self._editor.make(text, _of_each(targets, change), frame)

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

    def shown_targets(self) -> tuple[TargetId, ...]:
        """The targets that are neither hidden nor locked; where several are selected, of those."""
        project = self._editor.project
        if project is None:
            return ()
        chosen = self._editor.selected()
        is_solo = self._editor.view_state.overlay.style.is_solo and bool(chosen)
        among = chosen if is_solo or len(chosen) > 1 else tuple(project.targets)
        known = [target for target in project.targets.values() if target.id in among]
        return tuple(each.id for each in known if each.is_visible and not each.is_locked)

    @Slot()
    def verify_selected(self) -> None:
        """Confirm what is predicted on the shown frame for the selected targets, or for all."""
        self._verify(self._editor.selected() or self.shown_targets())

    @Slot()
    def verify_frame(self) -> None:
        """Confirm everything that is shown on the frame: see `shown_targets`."""
        self._verify(self.shown_targets())

    def _verify(self, targets: tuple[TargetId, ...]) -> None:
        frame = self._frame
        self._editor.make(
            self.tr("Verify frame"),
            lambda project: painting.verify(project, targets, frame),
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
    def mark_absent_here(self) -> None:
        """Say that the selected targets are not on the shown frame: an empty keyframe each."""
        frame, source = self._frame, self._editor.source("absent")

        def empty(project: Project, target: TargetId) -> Iterable[Change]:
            nothing = Mask.empty(*project.video.frame_size)
            return painting.put_mask(project, target, frame, nothing, source)

        self._change_selected(self.tr("Absent on this frame"), empty)

    @Slot()
    def clear_frame(self) -> None:
        """Take the selected targets' masks and clicks off the shown frame."""
        frame = self._frame

        def delete(project: Project, target: TargetId) -> Iterable[Change]:
            return track_operations.delete_range(project, target, frame, frame)

        self._change_selected(self.tr("Clear frame"), delete)

    @Slot()
    def interpolate(self) -> None:
        """Fill the frames between the keyframes on both sides with shapes in between."""
        frame, source = self._frame, self._editor.source("interpolate")

        def interpolate(project: Project, target: TargetId) -> Iterable[Change]:
            return track_operations.interpolate(project, target, frame, source)

        self._change_selected(self.tr("Interpolate"), interpolate)

    @Slot()
    def copy_to_range(self) -> None:
        """Put the active target's mask on the other frames of the range; keyframes stay."""
        frame, targets = self._frame, self._editor.selected()
        if not targets or self._editor.refuse_locked(targets[0]):
            return
        first, last = self._editor.view_state.range
        frames, source = range(first, last + 1), self._editor.source("copy")
        self._editor.make(
            self.tr("Copy mask"),
            lambda project: track_operations.copy_to_frames(
                project, targets[0], frame, frames, source
            ),
            frame,
        )

    @Slot()
    def delete_from_here(self) -> None:
        """Take the selected targets' masks and clicks off this and all later frames."""
        frame = self._frame

        def delete(project: Project, target: TargetId) -> Iterable[Change]:
            return track_operations.delete_from(project, target, frame)

        self._change_selected(self.tr("Delete from here"), delete)

    @Slot()
    def delete_in_range(self) -> None:
        """Take the selected targets' masks and clicks off all frames of the range."""
        first, last = self._editor.view_state.range

        def delete(project: Project, target: TargetId) -> Iterable[Change]:
            return track_operations.delete_range(project, target, first, last)

        self._change_selected(self.tr("Delete in the range"), delete)

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
        frame = self._frame

        def change(project: Project, target: TargetId) -> Iterable[Change]:
            return reshape(project, target, [frame])

        if self._change_selected(text, change) is False:
            self._editor.notifications.inform(self.tr("There is nothing of this kind here."))

    def _change_selected(self, text: str, change: ChangeTarget) -> bool | None:
        """Change the selected targets; whether there was anything, None if one is locked."""
        targets = self._editor.selected()
        if any(self._editor.refuse_locked(target) for target in targets):
            return None
        return self._editor.make(text, _of_each(targets, change), self._frame)


def _of_each(targets: Iterable[TargetId], change: ChangeTarget) -> ComputeChanges:
    """The changes of every target, as one edit."""

    def compute(project: Project) -> list[Change]:
        return [made for target in targets for made in change(project, target)]

    return compute
