"""The waiting suggestions as Qt's views show them: one row each, the surest first."""

from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot
from typing_extensions import override

from tarvis_app.suggestions.suggestion import Number, Suggestion
from tarvis_app.suggestions.suggestion_list import SuggestionList

MAX_STRETCHES = 4
"""So many stretches of frames are told of a row."""

Index = QModelIndex | QPersistentModelIndex


class SuggestionRole(IntEnum):
    """What a row knows beside its text."""

    SUGGESTION = Qt.ItemDataRole.UserRole + 1
    IS_ABOVE = Qt.ItemDataRole.UserRole + 2


class SuggestionListModel(QAbstractListModel):
    """Rows of suggestions."""

    def __init__(self, suggestions: SuggestionList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._suggestions = suggestions
        self._rows: tuple[Suggestion, ...] = suggestions.waiting
        suggestions.changed.connect(self._follow)

    def row_of(self, number: Number) -> int | None:
        """The row of a suggestion; None if it has none."""
        return next((row for row, held in enumerate(self._rows) if held.number == number), None)

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own default
        """Number of suggestions that wait."""
        return 0 if parent.isValid() else len(self._rows)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What is known of one suggestion."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        suggestion = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return suggestion.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            percent = round(100 * suggestion.score)
            text = self.tr("suggestion: {name}, score {percent} percent, frames {frames}")
            frames = frames_text(suggestion)
            return text.format(name=suggestion.name, percent=percent, frames=frames)
        if role == Qt.ItemDataRole.ToolTipRole:
            text = self.tr("On frames {frames}\nEnter accepts the chosen one, Delete rejects it")
            return text.format(frames=frames_text(suggestion))
        if role == SuggestionRole.SUGGESTION:
            return suggestion
        if role == SuggestionRole.IS_ABOVE:
            return suggestion.score >= self._suggestions.threshold
        return None

    @Slot()
    def _follow(self) -> None:
        after = self._suggestions.waiting
        if [held.number for held in after] == [held.number for held in self._rows]:
            self._rows = after
            if after:
                self.dataChanged.emit(self.index(0), self.index(len(after) - 1))
            return
        self.beginResetModel()
        self._rows = after
        self.endResetModel()


def frames_text(suggestion: Suggestion) -> str:
    """The frames on which a suggestion is seen, such as `3–9, 20`; of many stretches the first."""
    stretches = suggestion.stretches
    texts = [
        f"{first}–{last}" if last > first else f"{first}"
        for first, last in stretches[:MAX_STRETCHES]
    ]
    return ", ".join((*texts, "…") if len(stretches) > MAX_STRETCHES else texts)
