"""How a target's row is painted: picture and number, name, state and class, solo, eye and lock."""

from collections.abc import Mapping
from enum import Enum

from PySide6.QtCore import (
    QEvent,
    QObject,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)
from typing_extensions import override

from tarvis_app.colours import readable_on
from tarvis_app.counting import counted
from tarvis_app.document.target_list_model import TargetRole
from tarvis_app.panels.row_delegate import Index, RowDelegate
from tarvis_app.panels.thumbnails import Thumbnails
from tarvis_app.theme import Theme
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.target import Target
from tarvis_core.annotation.track import FrameState, FrameSummary

ROW_HEIGHT = 46
PICTURE = QSize(48, 36)
LEFT = PICTURE.width() + 16
"""Where the texts begin."""
BUTTON = 24
"""Side of a button's target area."""


class RowButton(Enum):
    """What can be clicked in a row."""

    SOLO = "solo"
    EYE = "eye"
    LOCK = "lock"


class TargetRowDelegate(RowDelegate):
    """Paints and clicks rows of the target list.

    Signals:
        clicked: A button of a row was clicked. Arguments: target id, `RowButton`.
    """

    clicked = Signal(int, object)

    def __init__(
        self,
        theme: Theme,
        view_state: ViewState,
        thumbnails: Thumbnails,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(theme, ROW_HEIGHT, parent)
        self._view_state = view_state
        self._thumbnails = thumbnails

    @override
    def button_rects(self, row: QRect) -> Mapping[Enum, QRect]:
        """Solo, eye and lock."""
        return button_rects(row)

    @override
    def press(self, button: Enum, index: Index) -> None:
        """Tell which button of which target was clicked."""
        target: Target = index.data(TargetRole.TARGET)
        self.clicked.emit(target.id, button)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        target: Target = index.data(TargetRole.TARGET)
        colours = self._theme.colours
        rect = self.paint_ground(painter, option)
        self._paint_picture(painter, rect, target)
        self._paint_texts(painter, rect, target, index)
        self._paint_buttons(painter, rect, target)
        faint = colours.border if self._theme.is_dark else "#b4bcc5"
        painter.setPen(QColor(faint))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())

    def _paint_picture(self, painter: QPainter, rect: QRect, target: Target) -> None:
        """The target's picture in a frame of its colour; its number in the corner."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(1.0 if target.is_visible else 0.35)
        top = rect.top() + (rect.height() - PICTURE.height()) // 2
        place = QRect(rect.left() + 8, top, PICTURE.width(), PICTURE.height())
        colour = QColor(*target.colour)
        picture = self._thumbnails.of(target.id)
        if picture is None:
            painter.fillRect(place, QColor(self._theme.colours.raised))
        else:
            painter.drawPixmap(place, picture)
        painter.setPen(QPen(colour, 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(place, 3, 3)
        self._paint_number(painter, place, target)
        painter.restore()

    def _paint_number(self, painter: QPainter, place: QRect, target: Target) -> None:
        font = painter.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 0.8)
        painter.setFont(font)
        width = max(15, painter.fontMetrics().horizontalAdvance(str(target.id)) + 6)
        badge = QRect(place.left(), place.top(), width, 15)
        painter.setBrush(QColor(*target.colour))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(badge, 3, 3)
        painter.setPen(QColor(*readable_on(target.colour)))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(target.id))

    def _paint_texts(self, painter: QPainter, rect: QRect, target: Target, index: Index) -> None:
        colours = self._theme.colours
        left = rect.left() + LEFT
        width = rect.width() - LEFT - len(RowButton) * BUTTON - 6
        metrics = painter.fontMetrics()
        elide = Qt.TextElideMode.ElideRight
        half = rect.height() // 2
        painter.setPen(QColor(colours.text if target.is_visible else colours.faint))
        name = QRect(left, rect.top() + 4, width, half - 3)
        painter.drawText(
            name, Qt.AlignmentFlag.AlignVCenter, metrics.elidedText(target.name, elide, width)
        )
        painter.setPen(QColor(colours.faint))
        detail = QRect(left, rect.center().y(), width, half - 3)
        text = metrics.elidedText(self.detail(index), elide, width)
        painter.drawText(detail, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_buttons(self, painter: QPainter, rect: QRect, target: Target) -> None:
        colours = self._theme.colours
        for button, place in button_rects(rect).items():
            is_on = self._is_on(button, target)
            name = {
                RowButton.SOLO: "target",
                RowButton.EYE: "eye-off-outline" if is_on else "eye-outline",
                RowButton.LOCK: "lock" if is_on else "lock-open-variant-outline",
            }[button]
            on_colour = colours.accent if button is RowButton.SOLO else colours.text
            icon = self._theme.icon(name, on_colour if is_on else colours.faint)
            icon.paint(painter, place.adjusted(3, 3, -3, -3))

    def _is_on(self, button: RowButton, target: Target) -> bool:
        """Whether a button says something out of the ordinary."""
        if button is RowButton.SOLO:
            is_solo = self._view_state.overlay.style.is_solo
            return is_solo and target.id in self._view_state.selection
        return target.is_locked if button is RowButton.LOCK else not target.is_visible

    def detail(self, index: Index) -> str:
        """State and score on the shown frame, and the class."""
        summary: FrameSummary | None = index.data(TargetRole.SUMMARY)
        if summary is None:
            is_given = index.data(TargetRole.IS_GIVEN)
            state = self.tr("no mask yet") if is_given else self.tr("not here")
        elif summary.state is FrameState.KEYFRAME:
            state = self.tr("◆ absent") if summary.is_empty else self.tr("◆ keyframe")
        elif summary.state is FrameState.VERIFIED:
            state = self.tr("✓ absent") if summary.is_empty else self.tr("✓ verified")
        elif summary.is_empty:
            state = self.tr("absent")
        else:
            state = self.tr("≈ {score} %").format(score=round(100 * summary.score))
        return " · ".join(part for part in (state, index.data(TargetRole.CATEGORY)) if part)

    @override
    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Say what a button does, or everything that the row had no room for."""
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        hit = self.button_at(option.rect, event.pos())  # type: ignore[attr-defined]
        texts: Mapping[Enum, str] = {
            RowButton.SOLO: self.tr("Show this target alone, or all again (Shift+H)"),
            RowButton.EYE: self.tr("Hide or show (H)"),
            RowButton.LOCK: self.tr("Lock or unlock: nothing changes a locked target (L)"),
        }
        text = self.whole_text(index) if hit is None else texts[hit]
        QToolTip.showText(event.globalPos(), text, view)
        return True

    def whole_text(self, index: Index) -> str:
        """Number, name, state, class, and how often the review queue lists the target."""
        target: Target = index.data(TargetRole.TARGET)
        text = f"#{target.id} {target.name} · {self.detail(index)}"
        count: int = index.data(TargetRole.NUM_PROBLEMS)
        if not count:
            return text
        one = self.tr("1 frame needs review")
        several = self.tr("{count} frames need review", None, count)
        return f"{text}\n{counted(count, one, several)}"

    @override
    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Edit the name where it stands."""
        rect: QRect = option.rect  # type: ignore[attr-defined]
        width = rect.width() - LEFT - len(RowButton) * BUTTON
        editor.setGeometry(rect.left() + LEFT - 6, rect.top() + 6, width, 32)


def button_rects(rect: QRect) -> dict[RowButton, QRect]:
    """Where the buttons of a row are."""
    top = rect.top() + (rect.height() - BUTTON) // 2
    left = rect.right() - len(RowButton) * BUTTON - 3
    return {
        button: QRect(left + place * BUTTON, top, BUTTON, BUTTON)
        for place, button in enumerate(RowButton)
    }
