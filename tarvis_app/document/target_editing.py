"""Edits of the list of targets: make, rename, class, colour, hide, lock, remove, select."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Slot

from tarvis_app.document import edits
from tarvis_app.document.document import Document
from tarvis_app.document.edits import Edit
from tarvis_app.notifications import Notifications
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.project import Change, Project
from tarvis_core.annotation.target import CategoryId, TargetId


class TargetEditing(QObject):
    """What panels and shortcuts do to targets as a whole."""

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        notifications: Notifications,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self._notifications = notifications

    @property
    def _project(self) -> Project | None:
        return self._document.project

    @Slot()
    def add_target(self) -> None:
        """Make a new, empty target and select it."""
        if self._project is None:
            return
        new = edits.new_target(self._project)
        self._document.edit(Edit(self.tr("New target"), new.changes))
        self._view_state.select(new.target.id)

    @Slot()
    def start_new_target(self) -> None:
        """Let go of the selection: the next click or stroke makes a new target."""
        self._view_state.select()

    @Slot(int, str)
    def rename(self, target: TargetId, name: str) -> None:
        """Call a target something else."""
        if self._project is not None:
            after = replace(self._project.target(target), name=name)
            changes = edits.change_target(self._project, after)
            self._document.edit(Edit(self.tr("Rename"), changes))

    def set_category(self, targets: Sequence[TargetId], category: CategoryId | None) -> None:
        """Give targets a class of the project's label set; None for no class."""
        if self._project is None:
            return
        changes: tuple[Change, ...] = ()
        for target_id in targets:
            target = self._project.target(target_id)
            kind = target.kind
            if category is not None and category in self._project.label_set:
                kind = self._project.label_set.category(category).kind
            after = replace(target, category=category, kind=kind)
            changes += edits.change_target(self._project, after)
        self._document.edit(Edit(self.tr("Set class"), changes))

    def set_colour(self, target: TargetId, colour: tuple[int, int, int]) -> None:
        """Draw a target in another colour (RGB)."""
        if self._project is not None:
            after = replace(self._project.target(target), colour=colour)
            changes = edits.change_target(self._project, after)
            self._document.edit(Edit(self.tr("Set colour"), changes))

    def set_visible(self, targets: Sequence[TargetId], *, is_visible: bool) -> None:
        """Show or hide targets."""
        text = self.tr("Show") if is_visible else self.tr("Hide")
        self._change_each(targets, text, is_visible=is_visible)

    def set_locked(self, targets: Sequence[TargetId], *, is_locked: bool) -> None:
        """Keep targets from being changed, or allow it again."""
        text = self.tr("Lock") if is_locked else self.tr("Unlock")
        self._change_each(targets, text, is_locked=is_locked)

    def _change_each(
        self,
        targets: Sequence[TargetId],
        text: str,
        *,
        is_visible: bool | None = None,
        is_locked: bool | None = None,
    ) -> None:
        if self._project is None:
            return
        changes: tuple[Change, ...] = ()
        for target_id in targets:
            target = self._project.target(target_id)
            after = replace(
                target,
                is_visible=target.is_visible if is_visible is None else is_visible,
                is_locked=target.is_locked if is_locked is None else is_locked,
            )
            changes += edits.change_target(self._project, after)
        self._document.edit(Edit(text, changes))

    @Slot()
    def toggle_visible(self) -> None:
        """Hide the selected targets, or show them if all are hidden."""
        targets = self._selected()
        if self._project is not None and targets:
            is_any_shown = any(self._project.target(target).is_visible for target in targets)
            self.set_visible(targets, is_visible=not is_any_shown)

    @Slot()
    def toggle_locked(self) -> None:
        """Lock the selected targets, or unlock them if all are locked."""
        targets = self._selected()
        if self._project is not None and targets:
            are_locked = all(self._project.target(target).is_locked for target in targets)
            self.set_locked(targets, is_locked=not are_locked)

    @Slot()
    def remove_selected(self) -> None:
        """Remove the selected targets with everything that belongs to them."""
        targets = self._selected()
        if self._project is None or not targets:
            return
        locked = [t for t in targets if self._project.target(t).is_locked]
        if locked:
            self._notifications.warn(self.tr("Locked targets are not removed; unlock them first."))
        doomed = [target for target in targets if target not in locked]
        self._view_state.select()
        changes = edits.remove_targets(self._project, doomed)
        self._document.edit(Edit(self.tr("Remove target"), changes))

    @Slot(int, bool)
    def click_row(self, target: TargetId, adds: bool) -> None:  # noqa: FBT001 -- a signal's slot
        """Select a target, or add it to the selection (take it out if it was in)."""
        others = tuple(t for t in self._view_state.selection if t != target)
        if not adds:
            self._view_state.select(target)
        elif target in self._view_state.selection:
            self._view_state.select(*others)
        else:
            self._view_state.select(target, *others)

    @Slot(int)
    def isolate(self, target: TargetId) -> None:
        """Show this target alone, or all again if it was alone."""
        is_alone = self._view_state.style.is_solo and self._view_state.selection == (target,)
        self._view_state.select(target)
        self._view_state.set_solo(not is_alone)

    @Slot()
    def select_next(self) -> None:
        """Select the next target in the list."""
        self._select_by_step(1)

    @Slot()
    def select_previous(self) -> None:
        """Select the previous target in the list."""
        self._select_by_step(-1)

    def select_number(self, number: int) -> None:
        """Select the n-th target of the list, from 1; 0 selects none."""
        if self._project is None:
            return
        targets = tuple(self._project.targets)
        if number == 0:
            self._view_state.select()
        elif number <= len(targets):
            self._view_state.select(targets[number - 1])

    def _select_by_step(self, step: int) -> None:
        targets = () if self._project is None else tuple(self._project.targets)
        if not targets:
            return
        active = self._view_state.active_target
        if active not in targets:
            self._view_state.select(targets[0 if step > 0 else -1])
            return
        self._view_state.select(targets[(targets.index(active) + step) % len(targets)])

    def _selected(self) -> tuple[TargetId, ...]:
        if self._project is None:
            return ()
        return tuple(t for t in self._view_state.selection if t in self._project.targets)
