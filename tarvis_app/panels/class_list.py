"""A searchable list of classes with boxes to tick."""

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QLineEdit, QListView, QSizePolicy, QVBoxLayout, QWidget

from tarvis_core.annotation.label_set import Category
from tarvis_core.annotation.target import CategoryId, TargetKind

CATEGORY_ROLE = Qt.ItemDataRole.UserRole + 1
MIN_LIST_HEIGHT = 56
"""Two classes and a half: all of the panel is seen on a screen of 1280×720."""


class ClassList(QWidget):
    """Shows classes, narrows them as one types, and knows which are ticked.

    Signals:
        ticked_changed: Other classes are ticked, or there are others.
    """

    ticked_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search classes"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(self.tr("Search classes"))
        self.model = QStandardItemModel(self)
        self._shown = QSortFilterProxyModel(self)
        self._shown.setSourceModel(self.model)
        self._shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.view = QListView(self)
        self.view.setModel(self._shown)
        self.view.setUniformItemSizes(True)
        self.view.setMinimumHeight(MIN_LIST_HEIGHT)
        self.view.setAccessibleName(self.tr("Classes"))
        self.view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.search)
        layout.addWidget(self.view, stretch=1)
        self.search.textChanged.connect(self._shown.setFilterFixedString)
        self.search.returnPressed.connect(self._tick_first)
        self.view.doubleClicked.connect(self._tick)
        self.model.itemChanged.connect(self.ticked_changed)

    def show_classes(self, categories: tuple[Category, ...]) -> None:
        """List these classes, none of them ticked."""
        self.model.clear()
        for category in categories:
            self.model.appendRow(self._item(category))
        self.ticked_changed.emit()

    @property
    def ticked(self) -> tuple[CategoryId, ...]:
        """The ticked classes, in the list's order."""
        items = (self.model.item(row) for row in range(self.model.rowCount()))
        return tuple(
            item.data(CATEGORY_ROLE) for item in items if item.checkState() is Qt.CheckState.Checked
        )

    def _item(self, category: Category) -> QStandardItem:
        name = category.words
        is_marked = category.kind is TargetKind.STUFF and not name.endswith("(stuff)")
        item = QStandardItem(self.tr("{name} (stuff)").format(name=name) if is_marked else name)
        item.setCheckable(True)
        item.setEditable(False)
        item.setData(category.id, CATEGORY_ROLE)
        return item

    @Slot()
    def _tick_first(self) -> None:
        self._tick(self._shown.index(0, 0))

    @Slot(QModelIndex)
    def _tick(self, index: QModelIndex) -> None:
        item = self.model.itemFromIndex(self._shown.mapToSource(index))
        if item is not None:
            is_ticked = item.checkState() is Qt.CheckState.Checked
            item.setCheckState(Qt.CheckState.Unchecked if is_ticked else Qt.CheckState.Checked)
