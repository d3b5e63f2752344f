"""The suggestions' part of the target list: rows to accept or reject, and the threshold."""

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Slot
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QListView,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tarvis_app.suggestions.suggestion import Suggestion
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_app.suggestions.suggestion_list_model import SuggestionListModel, SuggestionRole
from tarvis_app.suggestions.suggestion_rows import (
    ROW_HEIGHT,
    SuggestionRowDelegate,
    SuggestionView,
)
from tarvis_app.theme import ICON_SIZE, Theme

MAX_ROWS = 6
"""So many rows are seen without scrolling where there is room."""
MIN_ROWS = 2
"""So many are seen on the smallest screen."""


class SuggestionPanel(QWidget):
    """Hidden while nothing waits, but not before the keyboard is elsewhere."""

    def __init__(
        self, suggestions: SuggestionList, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._suggestions = suggestions
        self._theme = theme
        self.model = SuggestionListModel(suggestions, self)
        self.list = SuggestionView(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.accept_button = self._button(self.tr("Accept all above the threshold (Ctrl+Enter)"))
        self.reject_button = self._button(self.tr("Reject all suggestions"))
        self._title = QLabel(self)
        self._value = QLabel(self)
        self._is_following = False
        self._set_up(theme)
        self._place()
        self._connect()
        self._set_icons()
        self._follow()

    def _button(self, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(text)
        button.setAccessibleName(text)
        button.setIconSize(ICON_SIZE)
        return button

    def _set_up(self, theme: Theme) -> None:
        delegate = SuggestionRowDelegate(theme, self.list)
        delegate.accept_clicked.connect(self._accept)
        delegate.reject_clicked.connect(self._reject)
        self.list.setModel(self.model)
        self.list.setItemDelegate(delegate)
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setAccessibleName(self.tr("Suggestions"))
        self.list.setToolTip(self.tr("Enter accepts the chosen one, Delete rejects it"))
        self.slider.setRange(0, 100)
        self.slider.setValue(round(100 * self._suggestions.threshold))
        text = self.tr("Lowest score that is shown, and accepted by Ctrl+Enter")
        self.slider.setToolTip(text)
        self.slider.setAccessibleName(text)
        self._title.setProperty("heading", True)  # noqa: FBT003 -- Qt's own signature
        self._value.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature

    def _place(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        top = QHBoxLayout()
        top.addWidget(self._title, stretch=1)
        top.addWidget(self.accept_button)
        top.addWidget(self.reject_button)
        layout.addLayout(top)
        row = QHBoxLayout()
        row.addWidget(self._value)
        row.addWidget(self.slider, stretch=1)
        layout.addLayout(row)
        layout.addWidget(self.list)

    def _connect(self) -> None:
        self._suggestions.changed.connect(self._follow)
        self._suggestions.choice.changed.connect(self._follow_current)
        self.list.selectionModel().currentChanged.connect(self._take_current)
        self.list.clicked.connect(self._show_current)
        self.list.accepted.connect(self._suggestions.accept_current)
        self.slider.valueChanged.connect(self._set_threshold)
        self.accept_button.clicked.connect(self._suggestions.accept_above)
        self.reject_button.clicked.connect(self._suggestions.reject_all)
        self._theme.changed.connect(self._set_icons)
        application = QApplication.instance()
        assert isinstance(application, QApplication), "widgets need an application"
        application.focusChanged.connect(self._follow_focus)

    @Slot()
    def _set_icons(self) -> None:
        self.accept_button.setIcon(self._theme.icon("check-all"))
        self.reject_button.setIcon(self._theme.icon("close-circle-outline"))
        self.list.viewport().update()

    @Slot()
    def _follow(self) -> None:
        waiting, above = self._suggestions.waiting, self._suggestions.above
        self.setVisible(bool(waiting) or self._suggestions.choice.has_keys)
        title = self.tr("Suggestions ({count})").format(count=len(waiting))
        self._title.setText(title)
        text = self.tr("Score ≥ {score:.2f} ({count})")
        self._value.setText(text.format(count=len(above), score=self._suggestions.threshold))
        self.accept_button.setEnabled(bool(above))
        num_rows = max(1, len(waiting))
        self.list.setMinimumHeight(min(num_rows, MIN_ROWS) * ROW_HEIGHT + 4)
        self.list.setMaximumHeight(min(num_rows, MAX_ROWS) * ROW_HEIGHT + 4)
        self._follow_current()

    @Slot(QWidget, QWidget)
    def _follow_focus(self, _before: QWidget | None, focus: QWidget | None) -> None:
        """Say whether the keys are here; an empty list goes once they are elsewhere."""
        self._suggestions.choice.set_has_keys(focus is not None and self.isAncestorOf(focus))
        has_rows = bool(self._suggestions.waiting) or self._suggestions.choice.has_keys
        if focus is not None and not has_rows:
            self.hide()

    @Slot()
    def _follow_current(self) -> None:
        """Choose the row of what is under the pointer."""
        self._is_following = True
        current = self._suggestions.choice.current
        row = None if current is None else self.model.row_of(current.number)
        flags, index = QItemSelectionModel.SelectionFlag, QModelIndex()
        if row is not None:
            index = self.model.index(row)
        self.list.selectionModel().setCurrentIndex(index, flags.ClearAndSelect)
        if row is not None:
            self.list.scrollTo(index)
        self._is_following = False

    @Slot(QModelIndex, QModelIndex)
    def _take_current(self, index: QModelIndex, _previous: QModelIndex) -> None:
        if not self._is_following and index.isValid():
            self._suggestions.choice.choose(index.data(SuggestionRole.SUGGESTION).number)
            self._show_current()

    @Slot()
    def _show_current(self) -> None:
        """Go to where the chosen one is seen; one that is decided on where it stands is not."""
        if self.list.is_choosing:
            self._suggestions.choice.show()

    @Slot(int)
    def _set_threshold(self, percent: int) -> None:
        self._suggestions.set_threshold(percent / 100)

    @Slot(object)
    def _accept(self, suggestion: Suggestion) -> None:
        self._suggestions.accept((suggestion,))

    @Slot(object)
    def _reject(self, suggestion: Suggestion) -> None:
        self._suggestions.reject((suggestion,))
