"""Which targets the list shows: those that match what was typed, and what was chosen."""

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel
from typing_extensions import override

from tarvis_app.document.target_list_model import TargetRole
from tarvis_core.annotation.target import CategoryId, Target, TargetKind
from tarvis_core.annotation.track import FrameState, FrameSummary

Index = QModelIndex | QPersistentModelIndex


class Shown(Enum):
    """Of which kind the listed targets are."""

    ALL = "all"
    HERE = "here"
    """A mask on the shown frame."""
    TO_REVIEW = "to review"
    """Frames of it are in the review queue."""
    WITHOUT_KEYFRAME = "without keyframe"
    HIDDEN = "hidden"
    LOCKED = "locked"
    THINGS = "things"
    STUFF = "stuff"


class AnyCategory(Enum):
    """Stands for a class where none was chosen; None says that a target has no class."""

    ANY = "any"


ANY = AnyCategory.ANY


@dataclass(frozen=True)
class Narrowing:
    """What was chosen; a target has to fit all of it."""

    shown: Shown = Shown.ALL
    category: CategoryId | AnyCategory | None = ANY
    score_below_percent: int | None = None
    """Of the network's mask on the shown frame, as the row says it; what a person stands behind
    has no score."""

    @property
    def is_open(self) -> bool:
        """Whether every target fits."""
        return self == Narrowing()


class TargetFilter(QSortFilterProxyModel):
    """Rows whose name, class or number holds the text, and that fit what was chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self.narrowing = Narrowing()

    def search(self, text: str) -> None:
        """Show rows that hold this text; all if it is empty."""
        self._text = text.strip().casefold()
        self.invalidate()

    def narrow(self, narrowing: Narrowing) -> None:
        """Show rows that fit."""
        self.narrowing = narrowing
        self.invalidate()

    @override
    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Whether a row is shown."""
        index = self.sourceModel().index(source_row, 0, source_parent)
        target: Target = index.data(TargetRole.TARGET)
        is_found = self._is_found(target, index) and self._is_of_kind(target, index)
        return is_found and self._is_of_category(target) and self._is_of_score(index)

    def _is_found(self, target: Target, index: Index) -> bool:
        category: str = index.data(TargetRole.CATEGORY) or ""
        texts = (target.name.casefold(), category.casefold(), f"#{target.id}")
        return any(self._text in text for text in texts)

    def _is_of_kind(self, target: Target, index: Index) -> bool:
        summary: FrameSummary | None = index.data(TargetRole.SUMMARY)
        match self.narrowing.shown:
            case Shown.HERE:
                return summary is not None and not summary.is_empty
            case Shown.TO_REVIEW:
                return bool(index.data(TargetRole.NUM_PROBLEMS))
            case Shown.WITHOUT_KEYFRAME:
                return not index.data(TargetRole.NUM_KEYFRAMES)
            case Shown.HIDDEN:
                return not target.is_visible
            case Shown.LOCKED:
                return target.is_locked
            case Shown.THINGS:
                return target.kind is TargetKind.THING
            case Shown.STUFF:
                return target.kind is TargetKind.STUFF
        return True

    def _is_of_category(self, target: Target) -> bool:
        return self.narrowing.category in (ANY, target.category)

    def _is_of_score(self, index: Index) -> bool:
        limit = self.narrowing.score_below_percent
        if limit is None:
            return True
        summary: FrameSummary | None = index.data(TargetRole.SUMMARY)
        if summary is None or summary.state is not FrameState.PREDICTED:
            return False
        return round(100 * summary.score) < limit
