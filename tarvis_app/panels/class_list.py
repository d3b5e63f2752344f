"""A searchable list of classes with boxes to tick; what is ticked is always listed."""

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QLineEdit, QListView, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from tarvis_core.annotation.label_set import Category
from tarvis_core.annotation.target import CategoryId, TargetKind

CATEGORY_ROLE = Qt.ItemDataRole.UserRole + 1
MIN_ROWS, GOOD_ROWS = 4, 8
"""So many classes are seen at least, and where there is room."""

Index = QModelIndex | QPersistentModelIndex


class ShownClasses(QSortFilterProxyModel):
    """The classes that a search finds, after those that are ticked.

    What is ticked while a search stands keeps its place under the pointer until the next one.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._kept: frozenset[CategoryId] = frozenset()
        self.sort(0)

    def search(self, text: str, kept: tuple[CategoryId, ...]) -> None:
        """List the kept classes, then those with the text in their names."""
        self._text, self._kept = text.casefold(), frozenset(kept)
        self.invalidate()

    @override
    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        """Whether a class is listed."""
        index = self.sourceModel().index(row, 0, parent)
        is_ticked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked.value
        is_kept = is_ticked or index.data(CATEGORY_ROLE) in self._kept
        return is_kept or self._text in str(index.data()).casefold()

    @override
    def lessThan(self, left: Index, right: Index) -> bool:
        """Whether a class stands above another."""
        left_key, right_key = (
            (index.data(CATEGORY_ROLE) not in self._kept, index.row()) for index in (left, right)
        )
        return left_key < right_key


class ClassView(QListView):
    """The list itself, high enough to choose from."""

    @override
    def minimumSizeHint(self) -> QSize:
        """Room for a few classes."""
        return self._size_of(MIN_ROWS)

    @override
    def sizeHint(self) -> QSize:
        """Room to look round in."""
        return self._size_of(GOOD_ROWS)

    def _size_of(self, num_rows: int) -> QSize:
        row = max(self.sizeHintForRow(0), self.fontMetrics().height() + 6)
        return QSize(super().minimumSizeHint().width(), num_rows * row + 2 * self.frameWidth())


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
        self._shown = ShownClasses(self)
        self._shown.setSourceModel(self.model)
        self.view = ClassView(self)
        self.view.setModel(self._shown)
        self.view.setUniformItemSizes(True)
        self.view.setAccessibleName(self.tr("Classes"))
        self.view.setToolTip(self.tr("Space or a double-click ticks; without a tick all are meant"))
        self.search.setToolTip(self.tr("Enter ticks the first class that is listed"))
        self.view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.search)
        layout.addWidget(self.view, stretch=1)
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self._tick_first)
        self.view.doubleClicked.connect(self._tick)
        self.model.itemChanged.connect(self.ticked_changed)

    def show_classes(self, categories: tuple[Category, ...]) -> None:
        """List these classes; those stay ticked that were ticked under the same name."""
        names = {item.text() for item in self._ticked_items()}
        self.model.clear()
        for category in categories:
            item = self._item(category)
            if item.text() in names:
                item.setCheckState(Qt.CheckState.Checked)
            self.model.appendRow(item)
        self._search()
        self.ticked_changed.emit()

    @Slot()
    def list_all(self) -> None:
        """End the search; what is ticked is seen at the top."""
        self.search.clear()
        self._search()

    @Slot()
    def _search(self) -> None:
        self._shown.search(self.search.text(), self.ticked)
        self.view.scrollToTop()

    @property
    def ticked(self) -> tuple[CategoryId, ...]:
        """The ticked classes, in the list's order."""
        return tuple(item.data(CATEGORY_ROLE) for item in self._ticked_items())

    def _ticked_items(self) -> list[QStandardItem]:
        items = (self.model.item(row) for row in range(self.model.rowCount()))
        return [item for item in items if item.checkState() is Qt.CheckState.Checked]

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
        """Tick the first that the search finds; what is listed for its tick alone is not meant."""
        wanted = self.search.text().casefold()
        if not wanted:
            return
        rows = (self._shown.index(row, 0) for row in range(self._shown.rowCount()))
        found = (index for index in rows if wanted in str(index.data()).casefold())
        self._tick(next(found, QModelIndex()))

    @Slot(QModelIndex)
    def _tick(self, index: QModelIndex) -> None:
        item = self.model.itemFromIndex(self._shown.mapToSource(index))
        if item is not None:
            is_ticked = item.checkState() is Qt.CheckState.Checked
            item.setCheckState(Qt.CheckState.Unchecked if is_ticked else Qt.CheckState.Checked)
