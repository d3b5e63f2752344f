"""What rows of the window's lists have in common: a ground, one height, and buttons to click."""

from collections.abc import Mapping
from enum import Enum

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
)
from PySide6.QtGui import QColor, QMouseEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from tarvis_app.theme import Theme

Index = QModelIndex | QPersistentModelIndex

WIDTH = 160
MARK_WIDTH = 3
"""Of the stripe beside the selected row."""


class RowDelegate(QStyledItemDelegate):
    """The frame of a row; what stands in it is painted by the classes of each list."""

    def __init__(self, theme: Theme, height: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._height = height

    def button_rects(self, row: QRect) -> Mapping[Enum, QRect]:
        """Where the buttons of a row are; none, if a list has none."""
        return {}

    def press(self, button: Enum, index: Index) -> None:
        """Do what a button of a row is for."""

    def button_at(self, row: QRect, place: QPoint) -> Enum | None:
        """The button of a row at a place; None beside them."""
        rects = self.button_rects(row)
        return next((button for button, rect in rects.items() if rect.contains(place)), None)

    def paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> QRect:
        """Paint what says that a row is selected or pointed at.

        Returns:
            The row's place.
        """
        rect: QRect = option.rect  # type: ignore[attr-defined]  # missing in the stubs
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        colours = self._theme.colours
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(colours.raised))
            mark = QRect(rect.left(), rect.top(), MARK_WIDTH, rect.height())
            painter.fillRect(mark, QColor(colours.accent))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(colours.panel))
        return rect

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Every row is as high as the next."""
        return QSize(WIDTH, self._height)

    @override
    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Let the buttons be clicked without selecting the row."""
        if not isinstance(event, QMouseEvent):
            return super().editorEvent(event, model, option, index)
        place = event.position().toPoint()
        button = self.button_at(option.rect, place)  # type: ignore[attr-defined]
        if button is None:
            return super().editorEvent(event, model, option, index)
        if event.type() == QEvent.Type.MouseButtonRelease:
            self.press(button, index)
        return True
