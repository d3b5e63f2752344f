"""Which targets the list shows: those that match what was typed, and one kind of state."""

from enum import Enum

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel
from typing_extensions import override

from tarvis_app.document.target_list_model import TargetRole
from tarvis_core.annotation.target import Target, TargetKind
from tarvis_core.annotation.track import FrameSummary

Index = QModelIndex | QPersistentModelIndex


class Shown(Enum):
    """What the list can be narrowed to."""

    ALL = "all"
    HERE = "here"
    """A mask on the shown frame."""
    WITHOUT_KEYFRAME = "without keyframe"
    HIDDEN = "hidden"
    LOCKED = "locked"
    THINGS = "things"
    STUFF = "stuff"


class TargetFilter(QSortFilterProxyModel):
    """Rows whose name, class or number holds the text, and that are of the kind chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self.shown = Shown.ALL

    def search(self, text: str) -> None:
        """Show rows that hold this text; all if it is empty."""
        self._text = text.strip().casefold()
        self.invalidate()

    def narrow(self, shown: Shown) -> None:
        """Show rows of this kind."""
        self.shown = shown
        self.invalidate()

    @override
    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Whether a row is shown."""
        index = self.sourceModel().index(source_row, 0, source_parent)
        target: Target = index.data(TargetRole.TARGET)
        category: str = index.data(TargetRole.CATEGORY) or ""
        texts = (target.name.casefold(), category.casefold(), f"#{target.id}")
        return any(self._text in text for text in texts) and self._is_of_kind(target, index)

    def _is_of_kind(self, target: Target, index: Index) -> bool:
        summary: FrameSummary | None = index.data(TargetRole.SUMMARY)
        match self.shown:
            case Shown.HERE:
                return summary is not None and not summary.is_empty
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
