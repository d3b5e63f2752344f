"""The list of targets: its selected rows are the window's selection, as far as they are listed."""

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QListView, QWidget
from typing_extensions import override

from tarvis_app.document.target_list_model import TargetListModel, TargetRole
from tarvis_app.panels.target_filter import TargetFilter
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.target import TargetId

MIN_HEIGHT = 96
"""Two targets, on the smallest screen."""
Index = QModelIndex | QPersistentModelIndex
Flag = QItemSelectionModel.SelectionFlag


class ChosenRows(QItemSelectionModel):
    """Selected rows, which tells what a person chose from rows that went by themselves.

    Signals:
        chosen: A person selected rows. Argument: whether they take the place of all that
            was selected before; else they were added to it, or taken out.
    """

    chosen = Signal(bool)

    def __init__(self, rows: TargetFilter, parent: QListView) -> None:
        super().__init__(rows, parent)
        self._is_changed = False
        self.selectionChanged.connect(self._note_change)

    @override
    def select(self, rows: QItemSelection | Index, command: Flag) -> None:
        """Be told by the list what a person chose; rows that leave the list do not come here."""
        self._is_changed = False
        super().select(rows, command)
        is_whole = bool(command & Flag.Clear)
        if is_whole or self._is_changed:
            self.chosen.emit(is_whole)

    def show_rows(self, rows: QItemSelection) -> None:
        """Select these rows and no others, which nobody chose."""
        super().select(rows, Flag.ClearAndSelect)

    @Slot()
    def _note_change(self) -> None:
        self._is_changed = True


class TargetList(QListView):
    """Shows the targets that fit the filter; selecting rows selects their targets.

    A selected target stays selected while the filter hides it: only a person's choice lets it go.
    """

    def __init__(
        self, model: TargetListModel, shown: TargetFilter, view_state: ViewState, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._targets = model
        self._shown = shown
        self._view_state = view_state
        self.setModel(shown)
        self._chosen = ChosenRows(shown, self)
        self.setSelectionModel(self._chosen)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setMinimumHeight(MIN_HEIGHT)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QListView.EditTrigger.DoubleClicked | QListView.EditTrigger.EditKeyPressed
        )
        self.setAccessibleName(self.tr("Targets"))
        self.setToolTip(
            self.tr(
                "Click selects, Ctrl or Shift several; a right click offers all that can be done"
            )
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._is_scrolled = False
        self._chosen.chosen.connect(self._take_choice)
        self.verticalScrollBar().actionTriggered.connect(self._note_scrolling)

    @Slot()
    def _note_scrolling(self) -> None:
        """A person looks at other rows than the selected ones."""
        self._is_scrolled = True

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what is selected in sight: another panel may need room as soon as it is there."""
        super().resizeEvent(event)
        if not self._is_scrolled:
            self._bring_into_sight()

    def _bring_into_sight(self) -> None:
        """Scroll to the first of the selected targets that is listed."""
        rows = map(self._row_of, self._view_state.selection)
        first = next((row for row in rows if row.isValid()), None)
        if first is not None:
            self.scrollTo(first)

    @Slot()
    def follow_selection(self) -> None:
        """Show the view state's selection, as far as it is listed."""
        rows = QItemSelection()
        for target in self._view_state.selection:
            index = self._row_of(target)
            if index.isValid():
                rows.select(index, index)
        self._chosen.show_rows(rows)
        self._is_scrolled = False
        self._bring_into_sight()

    def edit_name(self, target: TargetId) -> None:
        """Type another name for a target that is listed."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.edit(self._row_of(target))

    def lists(self, target: TargetId) -> bool:
        """Whether a target has a row."""
        return self._row_of(target).isValid()

    def _row_of(self, target: TargetId) -> QModelIndex:
        row = self._targets.row_of(target)
        return QModelIndex() if row is None else self._shown.mapFromSource(self._targets.index(row))

    @Slot(bool)
    def _take_choice(self, is_whole: bool) -> None:  # noqa: FBT001 -- the argument of the signal
        """Select what the person chose; the newest is the active one."""
        targets = [index.data(TargetRole.TARGET).id for index in self._chosen.selectedIndexes()]
        current = self.currentIndex().data(TargetRole.TARGET)
        if current is not None and current.id in targets:
            targets.remove(current.id)
            targets.insert(0, current.id)
        if not is_whole:
            targets += [each for each in self._view_state.selection if not self.lists(each)]
        self._view_state.select(*targets)
