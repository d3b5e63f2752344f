"""The history as a list: each step with a picture of what it did; a click goes there."""

from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSignalBlocker,
    Qt,
    Slot,
)
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QListView, QStyleOptionViewItem, QWidget
from typing_extensions import override

from tarvis_app.document.document import Document
from tarvis_app.document.edit_commands import EditCommand
from tarvis_app.panels.row_delegate import Index, RowDelegate
from tarvis_app.panels.step_pictures import StepPictures
from tarvis_app.theme import Theme
from tarvis_core.annotation.target import Target

STEP_ROLE = Qt.ItemDataRole.UserRole + 1
NAMES_ROLE = Qt.ItemDataRole.UserRole + 2
"""The text with the names of the targets, without the frame."""
PICTURE_ROLE = Qt.ItemDataRole.UserRole + 3
"""What the step did to masks of its frame, as a `QImage`; None where that is nothing."""
ROW_HEIGHT = 34
SWATCH = 10
MAX_SWATCHES = 4
NO_PARENT = QModelIndex()


@dataclass(frozen=True)
class Step:
    """One row of the history."""

    text: str
    targets: tuple[Target, ...]
    """Whom it changed, as they are now; those that are gone are left out."""
    frame: int | None
    """Where it can be seen; None: everywhere."""
    is_done: bool
    """False: it was taken back and can be made again."""


class HistoryModel(QAbstractListModel):
    """The steps of the document's history, after a row for its beginning."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._stack = document.undo_stack
        self._num_rows = 0
        self._pictures = StepPictures()
        self._stack.indexChanged.connect(self._follow)
        document.targets_changed.connect(self._follow_targets)
        document.masks_changed.connect(self._follow_targets)
        self._follow()

    @override
    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = NO_PARENT) -> int:
        """The beginning, and one row for each step."""
        return 0 if parent.isValid() else self._num_rows

    @override
    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """A step, or its text."""
        if not index.isValid() or index.row() > self._stack.count():
            return None
        step = self.step(index.row())
        if role == STEP_ROLE:
            return step
        if role == NAMES_ROLE:
            return self.with_names(step)
        if role == PICTURE_ROLE:
            return self._picture(index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.with_names(step) if step.frame is None else self.with_frame(step)
        return None

    def with_frame(self, step: Step) -> str:
        """Text, targets and frame in one line."""
        text = self.tr("{text}, frame {frame}")
        return text.format(text=self.with_names(step), frame=step.frame)

    def with_names(self, step: Step) -> str:
        """Text and targets: the first by name, the others counted."""
        if not step.targets:
            return step.text
        name, others = step.targets[0].name, len(step.targets) - 1
        told = f"{step.text} · {name}"
        return f"{told} +{others}" if others else told

    def step(self, row: int) -> Step:
        """What a row says."""
        is_done = row <= self._stack.index()
        if row == 0:
            return Step(self.tr("Opened"), (), None, is_done)
        text, command = self._stack.text(row - 1), self._stack.command(row - 1)
        if not isinstance(command, EditCommand):
            return Step(text, (), None, is_done)
        project = self._document.project
        known = {} if project is None else project.targets
        targets = tuple(known[target] for target in command.targets if target in known)
        return Step(text, targets, command.frame, is_done)

    def _picture(self, row: int) -> QImage | None:
        command = self._stack.command(row - 1) if row else None
        project = self._document.project
        if not isinstance(command, EditCommand) or command.frame is None or project is None:
            return None
        changes = command.on_frame(command.frame).changes
        colours = {target.id: target.colour for target in project.targets.values()}
        return self._pictures.of(tuple(changes.values()), colours)

    @Slot()
    def _follow(self) -> None:
        wanted = self._stack.count() + 1
        if wanted > self._num_rows:
            self.beginInsertRows(NO_PARENT, self._num_rows, wanted - 1)
            self._num_rows = wanted
            self.endInsertRows()
        elif wanted < self._num_rows:
            self.beginRemoveRows(NO_PARENT, wanted, self._num_rows - 1)
            self._num_rows = wanted
            self.endRemoveRows()
        self._follow_targets()

    @Slot()
    def _follow_targets(self) -> None:
        self.dataChanged.emit(self.index(0), self.index(self._num_rows - 1))


class HistoryRowDelegate(RowDelegate):
    """Paints colours, text and frame of a step; what was taken back is faint."""

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        step: Step = index.data(STEP_ROLE)
        rect = self.paint_ground(painter, option)
        painter.save()
        painter.setOpacity(1.0 if step.is_done else 0.5)
        picture: QImage | None = index.data(PICTURE_ROLE)
        if picture is None:
            left = self._paint_swatches(painter, rect, step)
        else:
            left = self._paint_picture(painter, rect, picture)
        self._paint_texts(
            painter, QRect(left, rect.top(), rect.right() - left - 8, rect.height()), index
        )
        painter.restore()

    def _paint_picture(self, painter: QPainter, rect: QRect, picture: QImage) -> int:
        """What the step did; returns where the text begins."""
        width, height = picture.width() // 2, picture.height() // 2
        place = QRect(rect.left() + 8, rect.top() + (rect.height() - height) // 2, width, height)
        painter.fillRect(place, QColor(self._theme.colours.canvas))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, picture)
        return place.right() + 8

    def _paint_swatches(self, painter: QPainter, rect: QRect, step: Step) -> int:
        """A square in the colour of each target; returns where the text begins."""
        left, top = rect.left() + 8, rect.top() + (rect.height() - SWATCH) // 2
        for target in step.targets[:MAX_SWATCHES]:
            painter.fillRect(QRect(left, top, SWATCH, SWATCH), QColor(*target.colour))
            left += SWATCH + 2
        return max(left, rect.left() + 8 + SWATCH + 2) + 4

    def _paint_texts(self, painter: QPainter, place: QRect, index: Index) -> None:
        step: Step = index.data(STEP_ROLE)
        text: str = index.data(NAMES_ROLE)
        colours, metrics = self._theme.colours, painter.fontMetrics()
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        frame = "" if step.frame is None else self.tr("frame {number}").format(number=step.frame)
        width = place.width() - metrics.horizontalAdvance(frame) - 10
        painter.setPen(QColor(colours.text))
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        painter.drawText(place, middle, text)
        painter.setPen(QColor(colours.faint))
        painter.drawText(place, middle | right, frame)


class HistoryPanel(QListView):
    """Every step since the project was opened; choosing one goes back or forth to it."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stack = document.undo_stack
        self.steps = HistoryModel(document, self)
        self.setModel(self.steps)
        self.setItemDelegate(HistoryRowDelegate(theme, ROW_HEIGHT, self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(self.tr("History"))
        self._stack.indexChanged.connect(self._follow)
        self.selectionModel().currentChanged.connect(self._go)
        theme.changed.connect(self.viewport().update)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        """Mark the step that was made last."""
        index = self.steps.index(self._stack.index())
        with QSignalBlocker(self.selectionModel()):
            self.setCurrentIndex(index)
        self.scrollTo(index)
        self.viewport().update()

    @Slot(QModelIndex)
    def _go(self, index: QModelIndex) -> None:
        if index.isValid():
            self._stack.setIndex(index.row())
