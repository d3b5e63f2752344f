"""SuggestionChoice: the suggestion that Enter accepts and Delete rejects."""

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.suggestions.suggestion import Number, Suggestion
from tarvis_app.view_state import ViewState


class SuggestionChoice(QObject):
    """The one under the pointer, or chosen in the list; there the next one follows a decision.

    Signals:
        changed: It is another one, or none.
    """

    changed = Signal()

    def __init__(self, view_state: ViewState, parent: QObject) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self._waiting: tuple[Suggestion, ...] = ()
        self._number: Number | None = None
        self._has_keys = False

    @property
    def current(self) -> Suggestion | None:
        """The one that is chosen."""
        return next((held for held in self._waiting if held.number == self._number), None)

    def choose(self, number: Number | None) -> None:
        """Say which one is under the pointer, or chosen in the list."""
        if number != self._number:
            self._number = number
            self.changed.emit()

    @Slot()
    def show(self) -> None:
        """Go to the nearest frame that shows the current one, if the shown one does not."""
        current, frame = self.current, self._view_state.frame
        if current is not None and current.mask_at(frame) is None:
            self._view_state.show_frame(current.nearest_frame(frame))

    @property
    def has_keys(self) -> bool:
        """Whether a person works through the list by keys, which then mean no target's mask."""
        return self._has_keys

    def set_has_keys(self, has_keys: bool) -> None:  # noqa: FBT001 -- a property's setter
        """Say whether the keyboard is with the list; there, the next one follows a decision."""
        self._has_keys = has_keys

    def follow(self, waiting: tuple[Suggestion, ...]) -> None:
        """Others wait: choose what comes next, if the chosen one does not wait any more."""
        before, self._waiting = self._waiting, waiting
        if self.current is None:
            self.choose(self._following(before) if self._has_keys else None)

    def follow_decision(self, decided: Number | None) -> None:
        """Show the one that is the next to be decided on.

        Args:
            decided: The one that was chosen when the decision was made.
        """
        if self._has_keys and self._number != decided:
            self.show()

    @property
    def number(self) -> Number | None:
        """The number of the one that is, or was last, chosen."""
        return self._number

    def _following(self, before: tuple[Suggestion, ...]) -> Number | None:
        """The one that came after the current one and waits still, else the one before it."""
        numbers = [held.number for held in before]
        if self._number not in numbers:
            return None
        place, waiting = numbers.index(self._number), {held.number for held in self._waiting}
        nearest = (*numbers[place + 1 :], *reversed(numbers[:place]))
        return next((number for number in nearest if number in waiting), None)
