"""The banner: the newest message in a row of its own, where it covers nothing."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStatusBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from tarvis_app.notifications import Notice, Notifications, Remedy, Severity
from tarvis_app.theme import Theme

INFORMATION_STAYS_MS = 6000
ROOM_FOR_TEXT = 460
"""Pixels, icon and cross included; where the buttons leave less, they stand below the text."""

LEAST_PLACE = 122
"""Pixels of a place, with a message or without: three rows of the timeline, or the message."""
CLOSE_SIZE = QSize(16, 16)
ICONS = {
    Severity.INFORMATION: "information-outline",
    Severity.WARNING: "alert-outline",
    Severity.ERROR: "alert-circle-outline",
}


class Banner(QFrame):
    """Shows the current notice; never takes the keyboard by itself."""

    def __init__(
        self, notifications: Notifications, theme: Theme, parent: QWidget | None = None
    ) -> None:
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
        self._close.setIconSize(CLOSE_SIZE)
        self._close.clicked.connect(notifications.clear)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._offered = QHBoxLayout()
        self._place_parts()
        self._timer = QTimer(self, singleShot=True, interval=INFORMATION_STAYS_MS)
        self._timer.timeout.connect(notifications.clear)
        notifications.notice_shown.connect(self._show_notice)
        notifications.notice_cleared.connect(self.hide)
        theme.changed.connect(self._follow_theme)
        self.hide()

    def _place_parts(self) -> None:
        self._offered.setSpacing(6)
        self._offered.addStretch()
        self._body.setSpacing(6)
        self._body.addWidget(self._text, stretch=1)
        self._body.addLayout(self._offered)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 1, 6, 1)
        layout.setSpacing(10)
        layout.addWidget(self._icon)
        layout.addLayout(self._body, stretch=1)
        layout.addWidget(self._close)

    def buttons(self) -> list[QAbstractButton]:
        """What can be pressed: what helps, then the cross."""
        return [*self._buttons, self._close]

    @Slot(object)
    def _show_notice(self, notice: Notice) -> None:
        self._text.setText(notice.text)
        self.setProperty("severity", notice.severity.value)
        self.style().unpolish(self)
        self.style().polish(self)
        self._follow_theme()
        self._replace_buttons(notice.remedies)
        self._arrange()
        self._timer.stop()
        if notice.severity is Severity.INFORMATION and not (notice.remedies or notice.lasts):
            self._timer.start()
        self.show()

    @Slot()
    def _follow_theme(self) -> None:
        notice, colours = self._notifications.current, self._theme.colours
        if notice is None:
            return
        colour = {
            Severity.INFORMATION: colours.accent,
            Severity.WARNING: colours.warning,
            Severity.ERROR: colours.error,
        }[notice.severity]
        self._icon.setPixmap(self._theme.icon(ICONS[notice.severity], colour).pixmap(22, 22))
        self._close.setIcon(self._theme.icon("close"))

    def _replace_buttons(self, remedies: Sequence[Remedy]) -> None:
        for button in self._buttons:
            self._offered.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
        for remedy in remedies:
            button = QPushButton(remedy.text, self)
            button.setToolTip(self.tr("Does this, and the message goes"))
            button.clicked.connect(self._notifications.clear)
            button.clicked.connect(remedy.call)
            self._offered.insertWidget(self._offered.count() - 1, button)
            button.show()  # a hidden one would not count in the banner's height
            self._buttons.append(button)

    def _arrange(self) -> None:
        """Buttons beside the text if that leaves it its room, else below."""
        wanted = sum(button.sizeHint().width() + 6 for button in self._buttons)
        parent = self.parentWidget()
        # a hidden banner gets the width of its place when it is shown
        width = self.width() if self.isVisible() or parent is None else parent.width()
        has_room = width - wanted > ROOM_FOR_TEXT
        direction = QBoxLayout.Direction
        self._body.setDirection(direction.LeftToRight if has_room else direction.TopToBottom)
        self.updateGeometry()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the buttons anew."""
        self._arrange()
        super().resizeEvent(event)


class BannerPlace(QWidget):
    """A widget with the banner in a row below it, so that neither covers the other.

    Nothing but the widget's height changes when the banner comes and goes: what the person is
    about to click stays where it is.
    """

    def __init__(self, content: QWidget, banner: Banner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._banner = banner
        self._status_bar: QStatusBar | None = None
        self.setMinimumHeight(LEAST_PLACE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(content, stretch=1)
        layout.addWidget(banner)

    def follow_dock(self, dock: QDockWidget, status_bar: QStatusBar) -> None:
        """Show the banner in the status bar while the dock of this place is closed."""
        self._status_bar = status_bar
        dock.toggleViewAction().toggled.connect(self._move)
        if dock.isHidden():  # as it was left the last time
            self._move(is_here=False)

    @Slot(bool)
    def _move(self, is_here: bool) -> None:  # noqa: FBT001 -- the argument of Qt's signal
        was_shown = not self._banner.isHidden()
        layout, status_bar = self.layout(), self._status_bar
        assert layout is not None, "made with one"
        assert status_bar is not None, "called by the dock that is followed"
        if is_here:
            status_bar.removeWidget(self._banner)
            layout.addWidget(self._banner)
        else:
            layout.removeWidget(self._banner)
            status_bar.addWidget(self._banner, 1)
        self._banner.setVisible(was_shown)
