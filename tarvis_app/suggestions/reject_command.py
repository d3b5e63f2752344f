"""RejectCommand: the rejection of suggestions as a step of the history."""

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand
from typing_extensions import override

from tarvis_app.suggestions.suggestion import Number


class RejectCommand(QUndoCommand):
    """Rejects suggestions; takes the rejection back."""

    def __init__(
        self,
        text: str,
        before: frozenset[Number],
        after: frozenset[Number],
        set_rejected: Callable[[frozenset[Number]], None],
    ) -> None:
        super().__init__(text)
        self._before = before
        self._after = after
        self._set_rejected = set_rejected

    @override
    def redo(self) -> None:
        """Reject them."""
        self._set_rejected(self._after)

    @override
    def undo(self) -> None:
        """Let them wait again."""
        self._set_rejected(self._before)
