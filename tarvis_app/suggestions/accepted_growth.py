"""What is accepted while its search goes on still gets the frames that are found afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Qt, Slot

from tarvis_app.document.document import Document
from tarvis_app.suggestions.suggestion import Number, Suggestion, growth
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.target import TargetId


@dataclass
class Acceptance:
    """A target that was a suggestion."""

    target: TargetId
    gesture: int
    """Of the step that made it."""
    frames: set[int] = field(default_factory=set)
    """Whose masks were written, or left to what had been done there meanwhile."""


class AcceptedGrowth(QObject):
    """Writes later finds into the step that accepted: one undo takes the whole target back.

    What a person did to the target since stays as it is. Where somebody said meanwhile who is who,
    the search is not asked any more.
    """

    def __init__(
        self, document: Document, view_state: ViewState, found: Mapping[Number, Suggestion]
    ) -> None:
        """Know what was found so far.

        Args:
            document: Is written to.
            view_state: Says whether targets get pixels that others have.
            found: Everything found, which its owner changes.
        """
        super().__init__(document)
        self._document = document
        self._view_state = view_state
        self._found = found
        self._accepted: dict[Number, Acceptance] = {}
        # a step that is made again is still in work when it tells of its targets
        document.targets_changed.connect(self.catch_up, Qt.ConnectionType.QueuedConnection)

    def clear(self) -> None:
        """Forget everything: another project is open."""
        self._accepted.clear()

    def note(self, held: Suggestion, target: TargetId, gesture: int) -> None:
        """Be told that a suggestion was accepted, with what was found of it so far."""
        self._accepted[held.number] = Acceptance(target, gesture, set(held.masks))

    @Slot(object)
    def forget(self, targets: tuple[TargetId, ...]) -> None:
        """Let these be: somebody said who they are from some frame on."""
        for number, accepted in list(self._accepted.items()):
            if accepted.target in targets:
                del self._accepted[number]

    @Slot()
    def catch_up(self) -> None:
        """Give every accepted target what was found of it and is not written yet."""
        for number, accepted in self._accepted.items():
            held = self._found.get(number)
            if held is not None:
                self._grow(accepted, held)

    def _grow(self, accepted: Acceptance, held: Suggestion) -> None:
        frames = held.masks.keys() - accepted.frames
        project = self._document.project
        if not frames or project is None or not self._document.is_done(accepted.gesture):
            return
        target = project.targets.get(accepted.target)
        if target is None or target.is_locked:
            return
        accepted.frames |= frames
        is_exclusive = self._view_state.brush.is_exclusive
        changes = growth(project, held, accepted.target, frames, is_exclusive=is_exclusive)
        self._document.grow(accepted.gesture, changes)
