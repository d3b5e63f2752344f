"""The suggestions' part of the target list: rows to accept or reject, and the threshold."""

from collections.abc import Mapping
from enum import Enum

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QRect,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QListView,
    QSlider,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from tarvis_app.panels.row_delegate import Index, RowDelegate
from tarvis_app.suggestions.suggestion import Suggestion
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_app.suggestions.suggestion_list_model import (
    SuggestionListModel,
    SuggestionRole,
)
from tarvis_app.theme import ICON_SIZE, Theme

TABBING = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
ROW_HEIGHT = 30
BUTTON = 26
MAX_ROWS = 6
"""So many rows are seen without scrolling where there is room."""
MIN_ROWS = 3
"""So many are seen on the smallest screen."""


class RowButton(Enum):
    """What can be clicked in a row."""

    ACCEPT = "check"
    REJECT = "close"


class SuggestionRowDelegate(RowDelegate):
    """Paints and clicks rows of suggestions.

    Signals:
        accept_clicked: Argument: the `Suggestion`.
        reject_clicked: Argument: the `Suggestion`.
    """

    accept_clicked = Signal(object)
    reject_clicked = Signal(object)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(theme, ROW_HEIGHT, parent)

    @override
    def button_rects(self, row: QRect) -> Mapping[Enum, QRect]:
        """Accept and reject."""
        return dict(zip(RowButton, button_rects(row), strict=True))

    @override
    def press(self, button: Enum, index: Index) -> None:
        """Tell which suggestion was decided on."""
        signal = self.accept_clicked if button is RowButton.ACCEPT else self.reject_clicked
        signal.emit(index.data(SuggestionRole.SUGGESTION))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row; below the threshold it is faint."""
        suggestion: Suggestion = index.data(SuggestionRole.SUGGESTION)
        rect = self.paint_ground(painter, option)
        is_above = index.data(SuggestionRole.IS_ABOVE)
        painter.save()
        painter.setOpacity(1.0 if is_above else 0.45)
        pen = QPen(QColor(*(suggestion.colour or (0, 0, 0))), 2.0, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRect(QRect(rect.left() + 9, rect.top() + 8, 14, 14))
        self._paint_texts(painter, rect, suggestion)
        for button, place in self.button_rects(rect).items():
            self._theme.icon(button.value).paint(painter, place.adjusted(4, 4, -4, -4))
        painter.restore()

    def _paint_texts(self, painter: QPainter, rect: QRect, suggestion: Suggestion) -> None:
        colours, metrics = self._theme.colours, painter.fontMetrics()
        score = f"{suggestion.score:.2f}"
        score_width = metrics.horizontalAdvance("0.00") + 6
        left = rect.left() + 32
        width = rect.width() - 32 - 2 * BUTTON - 8 - score_width
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(colours.text))
        name = metrics.elidedText(suggestion.name, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRect(left, rect.top(), width, rect.height()), middle, name)
        painter.setPen(QColor(colours.faint))
        place = QRect(left + width, rect.top(), score_width, rect.height())
        painter.drawText(place, middle, score)


def button_rects(rect: QRect) -> tuple[QRect, QRect]:
    """Where a row is clicked to accept and to reject."""
    top = rect.top() + (rect.height() - BUTTON) // 2
    reject = QRect(rect.right() - BUTTON - 4, top, BUTTON, BUTTON)
    return reject.translated(-BUTTON, 0), reject


class SuggestionView(QListView):
    """The list, which takes Enter where it has the keys for itself.

    Signals:
        accepted: The chosen row is to become a target.
    """

    accepted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_choosing = False

    @property
    def is_choosing(self) -> bool:
        """Whether a row or a key was pressed last: what changes then is what a person chose."""
        return self._is_choosing

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Qt makes a row the current one; chosen it is only where keys lead here."""
        self._is_choosing = event.reason() in TABBING
        super().focusInEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell buttons from rows before Qt makes a pressed row the current one."""
        place, delegate = event.position().toPoint(), self.itemDelegate()
        rect = self.visualRect(self.indexAt(place))
        assert isinstance(delegate, RowDelegate), "the panel set it"
        self._is_choosing = delegate.button_at(rect, place) is None
        super().mousePressEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Accept the chosen row, or go to another."""
        self._is_choosing = True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accepted.emit()
        else:
            super().keyPressEvent(event)


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
        layout.setContentsMargins(0, 4, 0, 4)
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
        self._suggestions.current_changed.connect(self._follow_current)
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
        self.setVisible(bool(waiting) or self._suggestions.has_keys)
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
        self._suggestions.set_has_keys(focus is not None and self.isAncestorOf(focus))
        if focus is not None and not self._suggestions.waiting and not self._suggestions.has_keys:
            self.hide()

    @Slot()
    def _follow_current(self) -> None:
        """Choose the row of what is under the pointer."""
        self._is_following = True
        current = self._suggestions.current
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
            self._suggestions.set_current(index.data(SuggestionRole.SUGGESTION).number)
            self._show_current()

    @Slot()
    def _show_current(self) -> None:
        """Go to where the chosen one is seen; one that is decided on where it stands is not."""
        if self.list.is_choosing:
            self._suggestions.show_current()

    @Slot(int)
    def _set_threshold(self, percent: int) -> None:
        self._suggestions.set_threshold(percent / 100)

    @Slot(object)
    def _accept(self, suggestion: Suggestion) -> None:
        self._suggestions.accept((suggestion,))

    @Slot(object)
    def _reject(self, suggestion: Suggestion) -> None:
        self._suggestions.reject((suggestion,))
