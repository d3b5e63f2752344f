"""Notifications: a banner over the canvas that says what happened and offers what helps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from tarvis_app.theme import Theme

INFORMATION_STAYS_MS = 6000
MARGIN = 12


class Severity(Enum):
    """How bad it is."""

    INFORMATION = "information"
    WARNING = "warning"
    ERROR = "error"


ICONS = {
    Severity.INFORMATION: "information-outline",
    Severity.WARNING: "alert-outline",
    Severity.ERROR: "alert-circle-outline",
}


@dataclass(frozen=True)
class Remedy:
    """Something the person can do about it: the button's text and what it calls."""

    text: str
    call: Callable[[], None]


@dataclass(frozen=True)
class Notice:
    """One message with its remedies."""

    severity: Severity
    text: str
    remedies: tuple[Remedy, ...] = ()


class Notifications(QObject):
    """Takes messages from anywhere in the GUI thread and shows the newest.

    Signals:
        notice_shown: Argument: the `Notice`.
        notice_cleared: Nothing is to be said any more.
    """

    notice_shown = Signal(object)
    notice_cleared = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.current: Notice | None = None

    def inform(self, text: str, remedies: Sequence[Remedy] = ()) -> None:
        """Say something that went well."""
        self._show(Notice(Severity.INFORMATION, text, tuple(remedies)))

    def warn(self, text: str, remedies: Sequence[Remedy] = ()) -> None:
        """Say that something goes on, but not as asked."""
        self._show(Notice(Severity.WARNING, text, tuple(remedies)))

    @Slot(str)
    def error(self, text: str, remedies: Sequence[Remedy] = ()) -> None:
        """Say that something was given up."""
        self._show(Notice(Severity.ERROR, text, tuple(remedies)))

    @Slot()
    def clear(self) -> None:
        """Take the message away."""
        self.current = None
        self.notice_cleared.emit()

    def _show(self, notice: Notice) -> None:
        self.current = notice
        self.notice_shown.emit(notice)


class Banner(QFrame):
    """Shows the current notice at the top of its parent; never takes the keyboard by itself."""

    def __init__(self, notifications: Notifications, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._notifications = notifications
        self._theme = theme
        self._icon = QLabel(self)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons: list[QPushButton] = []
        self._close = QToolButton(self)
        self._close.setText(self.tr("Close"))
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.setToolTip(self.tr("Close this message (Esc)"))
        self._close.clicked.connect(notifications.clear)
        self._beside, self._below = QHBoxLayout(), QHBoxLayout()
        self._place_parts()
        self._timer = QTimer(self, singleShot=True, interval=INFORMATION_STAYS_MS)
        self._timer.timeout.connect(notifications.clear)
        notifications.notice_shown.connect(self._show_notice)
        notifications.notice_cleared.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def _place_parts(self) -> None:
        """One button stands beside the text; several stand below it, so that it keeps its room."""
        text = QVBoxLayout()
        text.setSpacing(8)
        text.addWidget(self._text)
        self._below.addStretch(1)
        text.addLayout(self._below)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(12, 8, 8, 8)
        self._layout.setSpacing(10)
        top = Qt.AlignmentFlag.AlignTop
        self._layout.addWidget(self._icon, alignment=top)
        self._layout.addLayout(text, stretch=1)
        self._layout.addLayout(self._beside)
        self._layout.addWidget(self._close, alignment=top)

    @Slot(object)
    def _show_notice(self, notice: Notice) -> None:
        colours = self._theme.colours
        colour = {
            Severity.INFORMATION: colours.accent,
            Severity.WARNING: colours.warning,
            Severity.ERROR: colours.error,
        }[notice.severity]
        self._icon.setPixmap(self._theme.icon(ICONS[notice.severity], colour).pixmap(22, 22))
        self._close.setIcon(self._theme.icon("close"))
        self._text.setText(notice.text)
        self.setProperty("severity", notice.severity.value)
        self.style().unpolish(self)
        self.style().polish(self)
        self._replace_buttons(notice.remedies)
        self._timer.stop()
        if notice.severity is Severity.INFORMATION and not notice.remedies:
            self._timer.start()
        self.show()
        self._place()

    def _replace_buttons(self, remedies: Sequence[Remedy]) -> None:
        for button in self._buttons:
            self._beside.removeWidget(button)
            self._below.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
        for remedy in remedies:
            button = QPushButton(remedy.text, self)
            button.clicked.connect(self._notifications.clear)
            button.clicked.connect(remedy.call)
            if len(remedies) > 1:
                self._below.insertWidget(self._below.count() - 1, button)
            else:
                self._beside.addWidget(button)
            button.show()  # a hidden one would not count in the banner's height
            self._buttons.append(button)

    def _place(self) -> None:
        width = max(min(self.parentWidget().width() - 2 * MARGIN, 900), 200)
        self._layout.activate()
        self.setFixedSize(width, self._layout.totalHeightForWidth(width))
        self.move((self.parentWidget().width() - self.width()) // 2, MARGIN)
        self.raise_()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the place at the top when the parent is resized."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)
