"""Selecting targets by keys and rows; selecting is no edit and has no undo."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Slot

from tarvis_app.document.document import Document
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.project_changes import TargetChange, TargetOrderChange
from tarvis_core.annotation.target import TargetId


class TargetSelection(QObject):
    """Moves the selection through the list of targets."""

    def __init__(self, document: Document, view_state: ViewState) -> None:
        super().__init__(view_state)
        self._document = document
        self._view_state = view_state
        document.targets_changed.connect(self._follow_targets)

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the actions that select call."""
        calls: dict[str, Callable[[], None]] = {
            "target.new": self.select_none,
            "target.next": self.select_next,
            "target.previous": self.select_previous,
        }
        for number in range(10):
            calls[f"target.select_{number}"] = partial(self.select_number, number)
        return calls

    def _targets(self) -> tuple[TargetId, ...]:
        project = self._document.project
        return () if project is None else tuple(project.targets)

    @Slot()
    def select_none(self) -> None:
        """Let go of the selection: the next click or stroke makes a new target."""
        self._view_state.select()

    @Slot()
    def select_next(self) -> None:
        """Select the next target in the list."""
        self._select_by_step(1)

    @Slot()
    def select_previous(self) -> None:
        """Select the previous target in the list."""
        self._select_by_step(-1)

    def select_number(self, number: int) -> None:
        """Select the target that has this number wherever it is shown; 0 selects none."""
        if number == 0:
            self._view_state.select()
        elif number in self._targets():
            self._view_state.select(TargetId(number))

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
        is_alone = self._view_state.overlay.style.is_solo and self._view_state.selection == (
            target,
        )
        self._view_state.select(target)
        self._view_state.overlay.set_solo(not is_alone)

    def _select_by_step(self, step: int) -> None:
        targets = self._targets()
        if not targets:
            return
        active = self._view_state.active_target
        if active not in targets:
            self._view_state.select(targets[0 if step > 0 else -1])
            return
        self._view_state.select(targets[(targets.index(active) + step) % len(targets)])

    @Slot(object)
    def _follow_targets(self, changes: tuple[TargetChange | TargetOrderChange, ...]) -> None:
        """What is gone cannot stay selected; the one that comes back is what is worked on again."""
        kept = tuple(t for t in self._view_state.selection if t in self._targets())
        come = [
            change.after.id
            for change in changes
            if isinstance(change, TargetChange) and change.before is None and change.after
        ]
        if not kept and len(come) == 1 and self._document.undo_stack.canRedo():
            kept = (come[0],)
        self._view_state.select(*kept)
