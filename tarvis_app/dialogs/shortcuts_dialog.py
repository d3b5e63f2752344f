"""Every action with its keys: the cheat sheet, and the place where they are remapped."""

from itertools import groupby

from PySide6.QtCore import QT_TRANSLATE_NOOP, QSortFilterProxyModel, Qt, Slot
from PySide6.QtGui import QKeySequence, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from tarvis_app.actions import Actions
from tarvis_app.counting import counted
from tarvis_app.settings import Settings

ID_ROLE = Qt.ItemDataRole.UserRole + 1

ROW_HEIGHT = 24
CONTEXT = "ShortcutsDialog"
_ = QT_TRANSLATE_NOOP
FAMILIES = {
    "file": _(CONTEXT, "Files"),
    "edit": _(CONTEXT, "Edit"),
    "view": _(CONTEXT, "View"),
    "video": _(CONTEXT, "Video and timeline"),
    "tool": _(CONTEXT, "Tools"),
    "cursor": _(CONTEXT, "Pointer moved by keys"),
    "target": _(CONTEXT, "Targets"),
    "track": _(CONTEXT, "Track"),
    "review": _(CONTEXT, "Review"),
    "model": _(CONTEXT, "Model"),
    "help": _(CONTEXT, "Help"),
}
"""What ids begin with, and how the part of the sheet is headed."""


class ShortcutsDialog(QDialog):
    """Shows and remaps shortcuts; two per action."""

    def __init__(self, actions: Actions, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self._settings = settings
        self.setWindowTitle(self.tr("Shortcuts"))
        self.resize(720, 620)
        self._model = QStandardItemModel(0, 3, self)
        self._model.setHorizontalHeaderLabels(
            [self.tr("Action"), self.tr("Shortcut"), self.tr("Or")]
        )
        self._shown = QSortFilterProxyModel(self)
        self._shown.setSourceModel(self._model)
        self._shown.setFilterKeyColumn(-1)
        self._shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.table = QTableView(self)
        self._search = QLineEdit(self)
        self.editor = QKeySequenceEdit(self)
        self._message = QLabel(self)
        self._apply = QPushButton(self.tr("Set"), self)
        self._reset = QPushButton(self.tr("As it came"), self)
        self.reset_all = QPushButton(self.tr("All as they came"), self)
        self._place()
        self._search.textChanged.connect(self._shown.setFilterFixedString)
        self.table.selectionModel().currentChanged.connect(self._show_current)
        self._apply.clicked.connect(self._set_shortcut)
        self._reset.clicked.connect(self._reset_shortcut)
        self.reset_all.clicked.connect(self._ask_for_reset)
        settings.shortcuts_changed.connect(self._fill)
        self._fill()

    def _place(self) -> None:
        self._search.setPlaceholderText(self.tr("Search actions and keys"))
        self._search.setAccessibleName(self.tr("Search actions and keys"))
        self.table.setModel(self._shown)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.table.setShowGrid(False)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectItems)
        self.table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.resizeSection(1, 120)
        header.resizeSection(2, 120)
        self.editor.setMaximumSequenceLength(1)
        self.editor.setAccessibleName(self.tr("New shortcut"))
        self.table.setAccessibleName(self.tr("Actions and their shortcuts"))
        for widget, text in (
            (self._search, self.tr("Narrow the list to actions and keys with this in their names")),
            (self.table, self.tr("Choose the shortcut to change: each action has two")),
            (self.editor, self.tr("Press the new keys here")),
            (
                self._apply,
                self.tr("Give the chosen action these keys; without keys it loses its shortcut"),
            ),
            (self._reset, self.tr("Give the chosen action the keys that it came with")),
            (self.reset_all, self.tr("Give every action the keys that it came with; asks first")),
        ):
            widget.setToolTip(text)
        self._message.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        self._message.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.setSpacing(10)
        layout.addWidget(self._search)
        layout.addWidget(self.table, stretch=1)
        row = QHBoxLayout()
        row.addWidget(self.editor, stretch=1)
        row.addWidget(self._apply)
        row.addWidget(self._reset)
        row.addWidget(self.reset_all)
        layout.addLayout(row)
        layout.addWidget(self._message)

    @Slot()
    def _fill(self) -> None:
        current = self.current_action()
        self._model.removeRows(0, self._model.rowCount())
        places = {family: place for place, family in enumerate(FAMILIES)}
        ordered = sorted(self._actions, key=lambda name: places[_family(name)])
        for family, action_ids in groupby(ordered, _family):
            self._model.appendRow(self._heading(family))
            for action_id in action_ids:
                self._model.appendRow(self._row(action_id))
                if action_id == current:
                    row = self._model.rowCount() - 1
                    place = self._shown.mapFromSource(self._model.index(row, 1))
                    self.table.setCurrentIndex(place)
        self.reset_all.setEnabled(bool(self._changed_actions()))
        self._show_current()

    def _heading(self, family: str) -> QStandardItem:
        item = QStandardItem(self.tr(FAMILIES[family]))
        font = item.font()
        font.setBold(True)
        item.setFont(font)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        return item

    def _row(self, action_id: str) -> list[QStandardItem]:
        keys = [*self._actions.shortcuts(action_id), "", ""][:2]
        items = [QStandardItem(self._actions.text(action_id).replace("…", ""))]
        items += [QStandardItem(_native(key)) for key in keys]
        for item in items:
            item.setData(action_id, ID_ROLE)
        return items

    def current_action(self) -> str | None:
        """The id of the action whose row is current."""
        index = self.table.currentIndex()
        return index.data(ID_ROLE) if index.isValid() else None

    @Slot()
    def _show_current(self) -> None:
        action_id = self.current_action()
        for widget in (self.editor, self._apply, self._reset):
            widget.setEnabled(action_id is not None)
        if action_id is None:
            self._message.setText(self.tr("Choose an action to give it other keys."))
            return
        place = self._place_in_row()
        keys = [*self._actions.shortcuts(action_id), "", ""]
        self.editor.setKeySequence(QKeySequence(keys[place]))
        self._message.setText(self._actions.text(action_id))

    def _place_in_row(self) -> int:
        """Which of the two shortcuts is current: 0 or 1."""
        return 1 if self.table.currentIndex().column() == 2 else 0

    @Slot()
    def _set_shortcut(self) -> None:
        action_id = self.current_action()
        if action_id is None:
            return
        wanted = self.editor.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if self._refuse_taken(wanted, action_id):
            return
        keys = [*self._actions.shortcuts(action_id), "", ""][:2]
        keys[self._place_in_row()] = wanted
        self._settings.set_shortcuts(action_id, tuple(key for key in keys if key))

    def _refuse_taken(self, wanted: str, action_id: str) -> bool:
        """Whether another action has this shortcut; that is said."""
        taken = self._user_of(wanted, action_id)
        if taken is None:
            return False
        text = self.tr("{key} already belongs to “{action}”; give that one another key first.")
        self._message.setText(text.format(key=_native(wanted), action=self._actions.text(taken)))
        return True

    def _user_of(self, wanted: str, action_id: str) -> str | None:
        """The other action that has this shortcut."""
        if not wanted:
            return None
        sequence = QKeySequence(wanted)
        for other in self._actions:
            is_same = any(QKeySequence(key) == sequence for key in self._actions.shortcuts(other))
            if other != action_id and is_same:
                return other
        return None

    @Slot()
    def _reset_shortcut(self) -> None:
        action_id = self.current_action()
        if action_id is None:
            return
        came_with = self._actions.specs[action_id].shortcuts
        if not any(self._refuse_taken(key, action_id) for key in came_with):
            self._settings.set_shortcuts(action_id, None)

    def _changed_actions(self) -> list[str]:
        return [each for each in self._actions if self._settings.shortcuts(each) is not None]

    @Slot()
    def _ask_for_reset(self) -> None:
        """Ask first: there is no undo for the keys that are lost."""
        count = len(self._changed_actions())
        what = counted(
            count,
            self.tr("1 action has keys of your own."),
            self.tr("{count} actions have keys of your own.", None, count),
        )
        text = self.tr("{what} They cannot be brought back.").format(what=what)
        box = QMessageBox(QMessageBox.Icon.Question, self.windowTitle(), text, parent=self)
        reset = box.addButton(self.reset_all.text(), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(self.tr("Keep my keys"), QMessageBox.ButtonRole.RejectRole)
        reset.clicked.connect(self._reset_everything)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    @Slot()
    def _reset_everything(self) -> None:
        for action_id in self._changed_actions():
            self._settings.set_shortcuts(action_id, None)


def _family(action_id: str) -> str:
    return action_id.partition(".")[0]


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
