"""Edits of targets as wholes: make, rename, class, colour, hide, lock, swap, merge, remove."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.document.editor import ComputeChanges, Editor
from tarvis_core.annotation import identity_operations, target_operations
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change
from tarvis_core.annotation.target import CategoryId, TargetId, TargetKind


class TargetEditing(QObject):
    """What panels and shortcuts do to targets as a whole.

    Signals:
        identified: It was said anew who is who. Argument: a tuple of the targets concerned.
    """

    identified = Signal(object)

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the actions on whole targets call."""
        return {
            "target.hide": self.toggle_visible,
            "target.lock": self.toggle_locked,
            "target.remove": self.remove_selected,
            "target.swap": self.swap_from_here,
            "target.split": self.split_here,
            "target.swap_range": self.swap_in_range,
            "target.merge": self.merge_selected,
            "target.show_only": self.show_only_selected,
            "target.show_all": self.show_all,
            "target.raise": partial(self.move_selected, 1),
            "target.lower": partial(self.move_selected, -1),
        }

    @Slot(int, str)
    def rename(self, target: TargetId, name: str) -> None:
        """Call a target something else."""
        self._editor.make(
            self.tr("Rename"), lambda project: target_operations.rename(project, target, name)
        )

    def set_category(self, targets: Sequence[TargetId], category: CategoryId | None) -> None:
        """Give targets a class of the project's label set; None for no class."""

        def change(project: Project) -> list[Change]:
            return [
                change
                for target in targets
                for change in target_operations.set_category(project, target, category)
            ]

        self._editor.make(self.tr("Set class"), change)

    def set_kind(self, targets: Sequence[TargetId], kind: TargetKind) -> None:
        """Say whether targets are things or regions (stuff)."""
        self._editor.make(
            self.tr("Thing or stuff"),
            lambda project: target_operations.set_kind(project, targets, kind),
        )

    def set_colour(self, target: TargetId, colour: tuple[int, int, int]) -> None:
        """Draw a target in another colour (RGB)."""
        self._editor.make(
            self.tr("Set colour"),
            lambda project: target_operations.recolour(project, target, colour),
        )

    def set_visible(self, targets: Sequence[TargetId], *, is_visible: bool) -> None:
        """Show or hide targets."""
        self._editor.make(
            self.tr("Show") if is_visible else self.tr("Hide"),
            lambda project: target_operations.set_visible(project, targets, is_visible=is_visible),
        )

    def set_locked(self, targets: Sequence[TargetId], *, is_locked: bool) -> None:
        """Keep targets from being changed, or allow it again."""
        self._editor.make(
            self.tr("Lock") if is_locked else self.tr("Unlock"),
            lambda project: target_operations.set_locked(project, targets, is_locked=is_locked),
        )

    @Slot()
    def toggle_visible(self) -> None:
        """Hide the selected targets, or show them if all are hidden."""
        targets, project = self._editor.selected(), self._editor.project
        if project is not None and targets:
            is_any_shown = any(project.target(target).is_visible for target in targets)
            self.set_visible(targets, is_visible=not is_any_shown)

    @Slot()
    def toggle_locked(self) -> None:
        """Lock the selected targets, or unlock them if all are locked."""
        targets, project = self._editor.selected(), self._editor.project
        if project is not None and targets:
            are_locked = all(project.target(target).is_locked for target in targets)
            self.set_locked(targets, is_locked=not are_locked)

    @Slot()
    def remove_selected(self) -> None:
        """Remove the selected targets with everything that belongs to them."""
        targets = self._editor.selected()
        if any(self._editor.refuse_locked(target) for target in targets):
            return
        self._editor.make(
            self.tr("Remove target"),
            lambda project: target_operations.delete_targets(project, targets),
        )
        self._editor.view_state.select(*self._editor.selected())

    @Slot()
    def swap_from_here(self) -> None:
        """Exchange what two selected targets have from the shown frame on."""
        targets, frame = self._editor.selected(), self._editor.view_state.shown_frame
        if len(targets) != 2:
            self._editor.notifications.ask(self.tr("Select the two targets to swap."))
            return
        self._identify(
            targets,
            self.tr("Swap from here"),
            lambda project: identity_operations.swap_from(project, *targets, frame),
            frame,
        )

    @Slot()
    def swap_in_range(self) -> None:
        """Exchange what two selected targets have between the in and the out point."""
        targets, (first, last) = self._editor.selected(), self._editor.view_state.range
        if len(targets) != 2:
            self._editor.notifications.ask(self.tr("Select the two targets to swap."))
            return
        self._identify(
            targets,
            self.tr("Swap in the range"),
            lambda project: identity_operations.swap_from(project, *targets, first, last),
            first,
        )

    @Slot()
    def show_only_selected(self) -> None:
        """Hide all targets but the selected ones, until they are shown again."""
        targets = self._editor.selected()
        if not targets:
            self._editor.notifications.ask(self.tr("Select the targets to keep in view."))
            return
        self._editor.make(
            self.tr("Hide the others"),
            lambda project: target_operations.show_only(project, targets),
        )

    @Slot()
    def show_all(self) -> None:
        """Show every target."""
        self._editor.make(
            self.tr("Show all"),
            lambda project: target_operations.set_visible(
                project, tuple(project.targets), is_visible=True
            ),
        )

    def move_selected(self, step: int) -> None:
        """Draw the active target one place higher, or lower."""
        targets, project = self._editor.selected(), self._editor.project
        if project is not None and targets:
            self.move(targets[0], project.position(targets[0]) + step)

    @Slot()
    def split_here(self) -> None:
        """Make what the active target has from the shown frame on a target of its own."""
        targets, frame = self._editor.selected(), self._editor.view_state.shown_frame
        if not targets:
            self._editor.notifications.ask(self.tr("Select the target to split."))
            return
        self._identify(
            targets[:1],
            self.tr("Split here"),
            lambda project: identity_operations.split_at(project, targets[0], frame)[1],
            frame,
        )

    @Slot()
    def merge_selected(self) -> None:
        """Make one target of the two selected ones: the second is added to the active one."""
        targets = self._editor.selected()
        if len(targets) != 2:
            self._editor.notifications.ask(self.tr("Select the two targets to merge."))
            return
        self._editor.view_state.select(targets[0])
        self._identify(
            targets,
            self.tr("Merge targets"),
            lambda project: identity_operations.merge(project, *targets),
        )

    def _identify(
        self,
        targets: tuple[TargetId, ...],
        text: str,
        compute: ComputeChanges,
        frame: int | None = None,
    ) -> None:
        if self._editor.make(text, compute, frame):
            self.identified.emit(targets)

    def move(self, target: TargetId, position: int) -> None:
        """Put a target at another place in the order of drawing; the last is on top."""
        self._editor.make(
            self.tr("Move target"),
            lambda project: target_operations.move_target(project, target, position),
        )
