"""The targets as Qt's views show them: one row each, in the project's order."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor
from typing_extensions import override

from tarvis_app.document.document import Document
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project_changes import TargetChange, TargetOrderChange
from tarvis_core.annotation.target import CategoryId, Target, TargetId
from tarvis_core.annotation.track import FrameState, FrameSummary

Index = QModelIndex | QPersistentModelIndex


class TargetRole(IntEnum):
    """What a row knows beside its text."""

    TARGET = Qt.ItemDataRole.UserRole + 1
    SUMMARY = Qt.ItemDataRole.UserRole + 2
    CATEGORY = Qt.ItemDataRole.UserRole + 3
    NUM_FRAMES = Qt.ItemDataRole.UserRole + 4
    NUM_KEYFRAMES = Qt.ItemDataRole.UserRole + 5
    IS_GIVEN = Qt.ItemDataRole.UserRole + 6
    """Whether clicks or a box say on the shown frame what the target is."""
    NUM_PROBLEMS = Qt.ItemDataRole.UserRole + 7
    """How often the review queue lists the target."""


class TargetListModel(QAbstractListModel):
    """Rows of targets with what is known of them on the shown frame.

    Signals:
        rename_wanted: The person typed another name. Arguments: target id, name.
    """

    rename_wanted = Signal(int, str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._frame = 0
        self._targets: list[Target] = []
        self._num_problems: Mapping[TargetId, int] = {}
        document.project_opened.connect(self._reset)
        document.label_set_changed.connect(self._refresh)
        document.targets_changed.connect(self._follow_targets)
        document.masks_changed.connect(self._follow_masks)
        document.exemplars_changed.connect(self._refresh)
        self._reset()

    def target_at(self, row: int) -> TargetId:
        """The target of a row."""
        return self._targets[row].id

    def row_of(self, target: TargetId) -> int | None:
        """The row of a target; None if it has none."""
        for row, found in enumerate(self._targets):
            if found.id == target:
                return row
        return None

    @Slot(int)
    def show_frame(self, frame: int) -> None:
        """Tell states and scores of another frame."""
        self._frame = frame
        self._refresh()

    def show_problems(self, num_problems: Mapping[TargetId, int]) -> None:
        """Tell how often the review queue lists each target that it lists."""
        self._num_problems = num_problems
        self._refresh()

    def categories(self) -> tuple[CategoryId | None, ...]:
        """The classes that targets have, in the order in which they come; None: no class."""
        return tuple(dict.fromkeys(target.category for target in self._targets))

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own default
        """Number of targets."""
        return 0 if parent.isValid() else len(self._targets)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What is known of one target."""
        if not index.isValid() or index.row() >= len(self._targets):
            return None
        target = self._targets[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return target.name
        if role == Qt.ItemDataRole.DecorationRole:
            return QColor(*target.colour)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(target)
        if role == TargetRole.TARGET:
            return target
        if role == TargetRole.CATEGORY:
            return self.category_name(target.category)
        if role == TargetRole.NUM_PROBLEMS:
            return self._num_problems.get(target.id, 0)
        return self._track_data(target.id, role)

    def _track_data(self, target: TargetId, role: int) -> Any:
        project = self._document.project
        if project is None:
            return None
        track = project.masks.track(target)
        if role == TargetRole.SUMMARY:
            return track.summary(self._frame)
        if role == TargetRole.NUM_FRAMES:
            return len(track)
        if role == TargetRole.NUM_KEYFRAMES:
            return len(track.law_frames)
        if role == TargetRole.IS_GIVEN:
            return bool(project.exemplars_at(target, self._frame))
        return None

    @override
    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for another name."""
        name = str(value).strip()
        if role != Qt.ItemDataRole.EditRole or not index.isValid() or not name:
            return False
        self.rename_wanted.emit(self._targets[index.row()].id, name)
        return True

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be selected and renamed."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.isValid() else flags

    def category_name(self, category: CategoryId | None) -> str:
        """The words for a class; none for no class."""
        project = self._document.project
        if project is None or category is None:
            return ""
        if category not in project.label_set:
            return self.tr("class {number}").format(number=category)
        return project.label_set.category(category).words

    def _state_text(self, state: FrameState) -> str:
        return {
            FrameState.KEYFRAME: self.tr("keyframe"),
            FrameState.PREDICTED: self.tr("predicted"),
            FrameState.ABSENT: self.tr("absent"),
            FrameState.VERIFIED: self.tr("verified"),
        }[state]

    def _spoken(self, target: Target) -> str:
        summary: FrameSummary | None = self._track_data(target.id, TargetRole.SUMMARY)
        state = self.tr("no mask here") if summary is None else self._state_text(summary.state)
        parts = [target.name, self.category_name(target.category), state]
        if summary is not None and summary.state is FrameState.PREDICTED:
            percent = round(100 * summary.score)
            parts.append(self.tr("score {percent} percent").format(percent=percent))
        if target.id in self._num_problems:
            parts.append(self.tr("needs review"))
        if not target.is_visible:
            parts.append(self.tr("hidden"))
        if target.is_locked:
            parts.append(self.tr("locked"))
        return ", ".join(part for part in parts if part)

    @Slot()
    def _reset(self) -> None:
        self.beginResetModel()
        project = self._document.project
        self._targets = [] if project is None else list(project.targets.values())
        self.endResetModel()

    @Slot(object)
    def _follow_targets(self, changes: tuple[TargetChange | TargetOrderChange, ...]) -> None:
        for change in changes:
            if isinstance(change, TargetOrderChange):
                self._reset()
                return
            self._follow_one(change)

    def _follow_one(self, change: TargetChange) -> None:
        row = change.position
        if change.before is None and change.after is not None:
            self.beginInsertRows(QModelIndex(), row, row)
            self._targets.insert(row, change.after)
            self.endInsertRows()
        elif change.after is None:
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._targets[row]
            self.endRemoveRows()
        else:
            self._targets[row] = change.after
            self.dataChanged.emit(self.index(row), self.index(row))

    @Slot(object)
    def _follow_masks(self, changes: tuple[MaskChange, ...]) -> None:
        if any(change.frame == self._frame for change in changes):
            self._refresh()

    @Slot()
    def _refresh(self) -> None:
        if self._targets:
            self.dataChanged.emit(self.index(0), self.index(len(self._targets) - 1))
