"""How a target's row is painted: colour and number, name, class, state here, eye and lock."""

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QMouseEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from tarvis_app.document.target_list_model import TargetRole
from tarvis_app.theme import Theme, readable_on
from tarvis_core.annotation.target import Target
from tarvis_core.annotation.track import FrameState, FrameSummary

Index = QModelIndex | QPersistentModelIndex

ROW_HEIGHT = 42
BUTTON = 26
"""Side of the eye's and the lock's target area."""


class TargetRowDelegate(QStyledItemDelegate):
    """Paints and clicks rows of the target list.

    Signals:
        eye_clicked: Argument: target id.
        lock_clicked: Argument: target id.
    """

    eye_clicked = Signal(int)
    lock_clicked = Signal(int)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Every row is as high as the next."""
        return QSize(160, ROW_HEIGHT)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        target: Target = index.data(TargetRole.TARGET)
        colours = self._theme.colours
        rect: QRect = option.rect  # type: ignore[attr-defined]  # missing in the stubs
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(colours.raised))
            painter.fillRect(
                QRect(rect.left(), rect.top(), 3, rect.height()), QColor(colours.accent)
            )
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(colours.panel))
        self._paint_badge(painter, rect, target)
        self._paint_texts(painter, rect, target, index)
        eye, lock = button_rects(rect)
        eye_name = "eye-outline" if target.is_visible else "eye-off-outline"
        lock_name = "lock" if target.is_locked else "lock-open-variant-outline"
        faint = colours.border if self._theme.is_dark else "#b4bcc5"
        for button, name, is_on in (
            (eye, eye_name, not target.is_visible),
            (lock, lock_name, target.is_locked),
        ):
            icon = self._theme.icon(name, colours.text if is_on else colours.faint)
            icon.paint(painter, button.adjusted(4, 4, -4, -4))
        painter.setPen(QColor(faint))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())

    def _paint_badge(self, painter: QPainter, rect: QRect, target: Target) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        badge = QRect(rect.left() + 10, rect.top() + 9, 24, 24)
        painter.setBrush(QColor(*target.colour))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setOpacity(1.0 if target.is_visible else 0.35)
        painter.drawRoundedRect(badge, 6, 6)
        painter.setPen(QColor(*readable_on(target.colour)))
        font = painter.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * (0.95 if target.id < 100 else 0.7))
        painter.setFont(font)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(target.id))
        painter.restore()

    def _paint_texts(self, painter: QPainter, rect: QRect, target: Target, index: Index) -> None:
        colours = self._theme.colours
        left = rect.left() + 44
        width = rect.width() - 44 - 2 * BUTTON - 8
        metrics = painter.fontMetrics()
        elide = Qt.TextElideMode.ElideRight
        painter.setPen(QColor(colours.text if target.is_visible else colours.faint))
        name = QRect(left, rect.top() + 4, width, rect.height() // 2 - 3)
        painter.drawText(
            name, Qt.AlignmentFlag.AlignVCenter, metrics.elidedText(target.name, elide, width)
        )
        painter.setPen(QColor(colours.faint))
        detail = QRect(left, rect.center().y(), width, rect.height() // 2 - 3)
        text = self._detail(index)
        painter.drawText(
            detail, Qt.AlignmentFlag.AlignVCenter, metrics.elidedText(text, elide, width)
        )

    def _detail(self, index: Index) -> str:
        parts = [index.data(TargetRole.CATEGORY)]
        summary: FrameSummary | None = index.data(TargetRole.SUMMARY)
        if summary is None:
            parts.append(self.tr("not here"))
        elif summary.state is FrameState.KEYFRAME:
            parts.append(self.tr("◆ keyframe"))
        elif summary.state is FrameState.VERIFIED:
            parts.append(self.tr("✓ verified"))
        elif summary.is_empty:
            parts.append(self.tr("absent"))
        else:
            parts.append(self.tr("predicted {score} %").format(score=round(100 * summary.score)))
        return " · ".join(part for part in parts if part)

    @override
    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Let the eye and the lock be clicked without selecting the row."""
        if not isinstance(event, QMouseEvent):
            return super().editorEvent(event, model, option, index)
        hit = self._button_at(option.rect, event.position().toPoint())  # type: ignore[attr-defined]
        if not hit:
            return super().editorEvent(event, model, option, index)
        if event.type() == QEvent.Type.MouseButtonRelease:
            target: Target = index.data(TargetRole.TARGET)
            (self.eye_clicked if hit == "eye" else self.lock_clicked).emit(target.id)
        return True

    def _button_at(self, rect: QRect, position: QPoint) -> str:
        eye, lock = button_rects(rect)
        if eye.contains(position):
            return "eye"
        return "lock" if lock.contains(position) else ""

    @override
    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Edit the name where it stands."""
        rect: QRect = option.rect  # type: ignore[attr-defined]
        editor.setGeometry(rect.left() + 40, rect.top() + 4, rect.width() - 40 - 2 * BUTTON - 8, 32)


def button_rects(rect: QRect) -> tuple[QRect, QRect]:
    """Where the eye and the lock of a row are."""
    top = rect.top() + (rect.height() - BUTTON) // 2
    lock = QRect(rect.right() - BUTTON - 4, top, BUTTON, BUTTON)
    return lock.translated(-BUTTON, 0), lock
