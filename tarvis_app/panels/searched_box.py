"""A box of choices that opens with a field to search in: any part of a name finds it."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, QSortFilterProxyModel, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFrame,
    QLabel,
    QListView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from tarvis_app.panels.search_field import SearchField

WIDTH, NUM_ROWS = 220, 14
"""Of the opened list, at least and at most."""
MOVING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
"""Keys that the list takes while somebody types."""


class SearchedBox(QComboBox):
    """Its list is narrowed as one types; Enter or a click takes a row, Esc leaves all as it was."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.search = SearchField()
        self.search.setPlaceholderText(self.tr("Any part of a name"))
        self.search.setAccessibleName(self.tr("Any part of a name"))
        self.search.setToolTip(self.tr("Enter takes the marked row, arrows mark another"))
        self.list = QListView()
        """What the search finds."""
        self.list.setAccessibleName(self.tr("What the search finds"))
        self.list.setToolTip(self.tr("A click takes a row"))
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setFocusProxy(self.search)
        self._nothing = QLabel(self.tr("No name has this."))
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self.model())
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.list.setModel(self._found)
        self._popup = QFrame(self, Qt.WindowType.Popup)
        self._popup.setObjectName("panel")
        self._popup.setFrameShape(QFrame.Shape.StyledPanel)
        self._popup.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)  # a click on the box closes
        self._popup.setFocusProxy(self.search)
        layout = QVBoxLayout(self._popup)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(4)
        layout.addWidget(self.search)
        layout.addWidget(self.list, stretch=1)
        layout.addWidget(self._nothing, stretch=1)
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._narrow)
        self.search.taken.connect(self._take_marked)
        self.search.left.connect(self.hidePopup)
        self.list.clicked.connect(self._take)

    @override
    def showPopup(self) -> None:
        """Open the list at what is chosen, with nothing typed."""
        self.search.clear()
        self._narrow("")
        self._popup.setGeometry(self._place())
        self._popup.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)
        self.list.scrollTo(self.list.currentIndex(), QListView.ScrollHint.PositionAtCenter)

    @override
    def hidePopup(self) -> None:
        """Close the list; nothing is chosen."""
        self._popup.hide()
        super().hidePopup()

    def _place(self) -> QRect:
        """Below the box, or above it where the screen ends."""
        row = max(self.list.sizeHintForRow(0), self.fontMetrics().height() + 4)
        rows = min(self.count(), NUM_ROWS) * row + 2 * self.list.frameWidth()
        width = max(self.width(), WIDTH)
        height = rows + self.search.sizeHint().height() + 14
        screen = self.screen().availableGeometry()
        corner = self.mapToGlobal(self.rect().bottomLeft())
        if corner.y() + height > screen.bottom():
            corner.setY(max(screen.top(), corner.y() - self.height() - height))
        corner.setX(max(screen.left(), min(corner.x(), screen.right() - width)))
        return QRect(corner.x(), corner.y(), width, height)

    @Slot(str)
    def _narrow(self, text: str) -> None:
        """List what has the text; mark what begins with it, else the first of the rest."""
        wanted = text.strip()
        self._found.setFilterFixedString(wanted)
        is_found = self._found.rowCount() > 0
        self.list.setVisible(is_found)
        self._nothing.setVisible(not is_found)
        if not wanted:
            self.list.setCurrentIndex(self._found.mapFromSource(self._index(self.currentIndex())))
            return
        rows = [self._found.index(row, 0) for row in range(self._found.rowCount())]
        starts = (row for row in rows if str(row.data()).casefold().startswith(wanted.casefold()))
        self.list.setCurrentIndex(next(starts, rows[0] if rows else QModelIndex()))

    def _index(self, row: int) -> QModelIndex:
        return self.model().index(row, 0)

    @Slot()
    def _take_marked(self) -> None:
        self._take(self.list.currentIndex())

    @Slot(QModelIndex)
    def _take(self, found: QModelIndex) -> None:
        """Choose a row, if there is one."""
        if not found.isValid():
            return
        row = self._found.mapToSource(found).row()
        self.hidePopup()
        self.setCurrentIndex(row)
        self.activated.emit(row)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows mark rows while the field has the keys."""
        is_pressed = watched is self.search and event.type() == QEvent.Type.KeyPress
        if is_pressed and isinstance(event, QKeyEvent) and event.key() in MOVING:
            QApplication.sendEvent(self.list, event)
            return True
        return super().eventFilter(watched, event)
