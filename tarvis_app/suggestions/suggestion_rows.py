"""The list of suggestions: how a row looks, and what mouse and keys do in it."""

from collections.abc import Mapping
from enum import Enum

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyleOptionViewItem, QWidget
from typing_extensions import override

from tarvis_app.panels.row_delegate import Index, RowDelegate
from tarvis_app.suggestions.suggestion import Suggestion
from tarvis_app.suggestions.suggestion_list_model import SuggestionRole
from tarvis_app.theme import Theme

BY_KEYS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
ROW_HEIGHT = 30
BUTTON = 26


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
        self._is_choosing = event.reason() in BY_KEYS
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
