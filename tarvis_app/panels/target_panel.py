"""The list of targets, and the class and colour of the selected ones."""

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QSortFilterProxyModel, Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QColorDialog,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tarvis_app.actions import Actions
from tarvis_app.document.document import Document
from tarvis_app.document.target_editing import TargetEditing
from tarvis_app.document.target_list_model import TargetListModel, TargetRole
from tarvis_app.panels.target_row import TargetRowDelegate
from tarvis_app.theme import ICON_SIZE, Theme
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.target import Target, TargetId


class TargetPanel(QWidget):
    """Shows all targets whatever gave them; selects, renames, hides, locks and classifies them."""

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        editing: TargetEditing,
        actions: Actions,
        theme: Theme,
    ) -> None:
        super().__init__()
        self._document = document
        self._view_state = view_state
        self._editing = editing
        self._theme = theme
        self.setObjectName("panel")
        self.model = TargetListModel(document, self)
        self._shown = QSortFilterProxyModel(self)
        self._shown.setSourceModel(self.model)
        self._shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.list = QListView(self)
        self._search = QLineEdit(self)
        self._category = QComboBox(self)
        self._colour = QToolButton(self)
        self._empty = QLabel(
            self.tr("No targets yet.\nClick an object, paint one, or find classes."), self
        )
        self._below_list = QVBoxLayout()
        self._is_following = False
        self._set_up_list(theme)
        self._place(actions)
        self._connect()
        self._fill_categories()
        self._follow_selection()

    def _set_up_list(self, theme: Theme) -> None:
        delegate = TargetRowDelegate(theme, self.list)
        delegate.eye_clicked.connect(self._toggle_eye)
        delegate.lock_clicked.connect(self._toggle_lock)
        self.list.setModel(self._shown)
        self.list.setItemDelegate(delegate)
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.list.setEditTriggers(
            QListView.EditTrigger.DoubleClicked | QListView.EditTrigger.EditKeyPressed
        )
        self.list.setAccessibleName(self.tr("Targets"))
        self._search.setPlaceholderText(self.tr("Search targets"))
        self._search.setAccessibleName(self.tr("Search targets"))
        self._search.setClearButtonEnabled(True)
        self._category.setAccessibleName(self.tr("Class of the selected targets"))
        self._category.setToolTip(self.tr("Class of the selected targets"))
        self._category.setMaxVisibleItems(20)
        self._category.setSizePolicy(
            self._category.sizePolicy().Policy.Expanding, self._category.sizePolicy().Policy.Fixed
        )
        self._category.setMinimumContentsLength(8)
        self._colour.setToolTip(self.tr("Colour of the selected target"))
        self._colour.setAccessibleName(self.tr("Colour of the selected target"))
        self._colour.setText(self.tr("Colour"))
        self._colour.setIconSize(ICON_SIZE)

    def _place(self, actions: Actions) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        top = QHBoxLayout()
        top.addWidget(self._search, stretch=1)
        for action_id in ("target.new", "target.remove"):
            button = QToolButton(self)
            button.setDefaultAction(actions[action_id])
            button.setAccessibleName(actions.text(action_id))
            button.setIconSize(ICON_SIZE)
            top.addWidget(button)
        layout.addLayout(top)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        layout.addWidget(self._empty, stretch=1)
        layout.addWidget(self.list, stretch=1)
        layout.addLayout(self._below_list)
        bottom = QHBoxLayout()
        bottom.addWidget(self._category, stretch=1)
        bottom.addWidget(self._colour)
        layout.addLayout(bottom)

    def place_below_list(self, part: QWidget) -> None:
        """Be given what stands between the list and the properties."""
        self._below_list.addWidget(part)

    def _connect(self) -> None:
        self._search.textChanged.connect(self._shown.setFilterFixedString)
        self.list.selectionModel().selectionChanged.connect(self._take_selection)
        self._view_state.selection_changed.connect(self._follow_selection)
        self._view_state.shown_frame_changed.connect(self.model.show_frame)
        self.model.rename_wanted.connect(self._editing.rename)
        self.model.rowsInserted.connect(self._follow_selection)
        self.model.rowsRemoved.connect(self._follow_selection)
        self.model.modelReset.connect(self._follow_selection)
        self._document.label_set_changed.connect(self._fill_categories)
        self._document.project_opened.connect(self._fill_categories)
        self._document.targets_changed.connect(self._show_properties)
        self._category.activated.connect(self._set_category)
        self._colour.clicked.connect(self._choose_colour)
        self._theme.changed.connect(self.list.viewport().update)

    @Slot()
    def _follow_selection(self) -> None:
        """Show the view state's selection in the list."""
        self._is_following = True
        selection = QItemSelection()
        for target in self._view_state.selection:
            row = self.model.row_of(target)
            if row is not None:
                index = self._shown.mapFromSource(self.model.index(row))
                selection.select(index, index)
        flags = QItemSelectionModel.SelectionFlag
        self.list.selectionModel().select(selection, flags.ClearAndSelect)
        if selection.indexes():
            self.list.scrollTo(selection.indexes()[0])
        self._is_following = False
        self._show_properties()

    @Slot()
    def _take_selection(self) -> None:
        """Take over what the person selected in the list; the newest is the active one."""
        if self._is_following:
            return
        indexes = self.list.selectionModel().selectedIndexes()
        targets = [index.data(TargetRole.TARGET).id for index in indexes]
        current = self.list.currentIndex().data(TargetRole.TARGET)
        if current is not None and current.id in targets:
            targets.remove(current.id)
            targets.insert(0, current.id)
        self._view_state.select(*targets)

    @Slot()
    def _fill_categories(self) -> None:
        self._category.clear()
        self._category.addItem(self.tr("No class"), None)
        project = self._document.project
        if project is not None:
            for category in project.label_set.categories:
                self._category.addItem(category.name, category.id)
        self._show_properties()

    @Slot()
    def _show_properties(self) -> None:
        target = self._active()
        has_targets = self.model.rowCount() > 0
        self._empty.setVisible(not has_targets)
        self.list.setVisible(has_targets)
        self._search.setEnabled(has_targets)
        self._category.setEnabled(target is not None)
        self._colour.setEnabled(target is not None)
        category = None if target is None else target.category
        self._category.setCurrentIndex(max(0, self._category.findData(category)))
        colour = self._theme.colours.border if target is None else QColor(*target.colour).name()
        self._colour.setIcon(self._theme.icon("square-rounded", colour))

    def _active(self) -> Target | None:
        project, active = self._document.project, self._view_state.active_target
        if project is None or active is None:
            return None
        return project.targets.get(active)

    @Slot()
    def _set_category(self) -> None:
        self._editing.set_category(self._view_state.selection, self._category.currentData())

    @Slot()
    def _choose_colour(self) -> None:
        target = self._active()
        if target is None:
            return
        chosen = QColorDialog.getColor(
            QColor(*target.colour), self, self.tr("Colour of the target")
        )
        if chosen.isValid():
            self._editing.set_colour(target.id, (chosen.red(), chosen.green(), chosen.blue()))

    @Slot(int)
    def _toggle_eye(self, target: TargetId) -> None:
        is_visible = self._document.opened.target(target).is_visible
        self._editing.set_visible([target], is_visible=not is_visible)

    @Slot(int)
    def _toggle_lock(self, target: TargetId) -> None:
        is_locked = self._document.opened.target(target).is_locked
        self._editing.set_locked([target], is_locked=not is_locked)
