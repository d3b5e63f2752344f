"""A ring round the control that has the keys, for whoever goes by keys through the window."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QTabBar, QWidget
from shiboken6 import isValid
from typing_extensions import override

from tarvis_app.theme import Theme

TABBING = frozenset((Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason))
"""Why a control gets the keys after Tab; Qt also says so where it moves on by itself, from a
control that is disabled or goes."""
TABS = frozenset((Qt.Key.Key_Tab, Qt.Key.Key_Backtab))
LINE = 2
"""Width of the ring, in pixels."""
GAP = 2
"""Between a control and its ring; on a control in the ring's own colour it parts both."""
RADIUS = 6.0
KEYS = frozenset((QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride))
MOVES = frozenset(
    (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Paint, QEvent.Type.ParentChange)
)
"""After these a control may be elsewhere; a tab bar only paints when another tab is chosen."""


class FocusRing(QObject):
    """Shows where the keys are, in every window that keys were led through.

    It does so until a press of the mouse, and in the dialogs that open from such a window too.
    The canvas needs no ring: the keys are there whenever they are nowhere else.
    """

    def __init__(self, window: QWidget, canvas: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self._canvas = canvas
        self._theme = theme
        self._last_key: int | None = None
        """What was pressed last; None: the mouse."""
        self._led: set[QWidget] = set()
        """The windows that keys were led through."""
        self._control: QWidget | None = None
        self._chain: tuple[QWidget, ...] = ()
        self.ring: Ring | None = None
        """What is drawn now; None while nothing is."""
        application = QApplication.instance()
        assert isinstance(application, QApplication), "widgets need an application"
        application.installEventFilter(self)
        application.focusChanged.connect(self._follow_focus)
        theme.changed.connect(self._follow_theme)

    @Slot(QWidget, QWidget)
    def _follow_focus(self, _before: QWidget | None, focus: QWidget | None) -> None:
        if focus is self._canvas:
            self._led.discard(focus.window())
        if focus is not None and focus is not self._control:
            self._end()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin where keys lead; follow a control that moves; end with a press of the mouse."""
        kind = event.type()
        if kind is QEvent.Type.FocusIn and isinstance(event, QFocusEvent):
            if isinstance(watched, QWidget) and watched is not self._canvas:
                self._follow_keys(watched, event.reason())
        elif kind in KEYS and isinstance(event, QKeyEvent):
            self._last_key = event.key()
        elif kind is QEvent.Type.MouseButtonPress:
            self._last_key = None
            self._led.clear()
            self._end()
        elif kind in MOVES and watched in self._chain:
            self._place()
        elif kind is QEvent.Type.Hide:
            if watched in self._chain:
                self._end()
            if watched in self._led and isinstance(watched, QWidget):
                self._led.discard(watched)
        return False

    def _follow_keys(self, control: QWidget, reason: Qt.FocusReason) -> None:
        """Begin at a control that has the keys now, if keys led there."""
        window = control.window()
        is_tabbed = reason in TABBING and self._last_key in TABS
        is_called = reason is Qt.FocusReason.ShortcutFocusReason and self._last_key is not None
        if is_tabbed or is_called:
            self._led.add(window)
        opener = window.parentWidget()
        if opener is not None and opener.window() in self._led:
            self._led.add(window)
        if window in self._led:
            self._begin(control)

    def _begin(self, control: QWidget) -> None:
        self._end()
        if not control.isVisible():
            return  # a window that goes away leads the keys through what is left of it
        self._control = control
        chain: list[QWidget] = [control]
        while not chain[-1].isWindow():
            chain.append(chain[-1].parentWidget())
        self._chain = tuple(chain)
        self.ring = Ring(chain[-1], self._theme.colours.accent)
        self._place()

    def _end(self) -> None:
        ring, self.ring = self.ring, None
        self._control, self._chain = None, ()
        if ring is not None and isValid(ring):  # it goes with its window
            ring.hide()
            ring.deleteLater()

    def _place(self) -> None:
        if self._control is None or self.ring is None:
            return
        control, window = self._control, self._chain[-1]
        part = control.rect()
        if isinstance(control, QTabBar):
            part = control.tabRect(control.currentIndex())
        seen = part.translated(control.mapTo(window, QPoint())) & _room(self._chain)
        margin = GAP + LINE
        around = seen.adjusted(-margin, -margin, margin, margin) & window.rect()
        if around != self.ring.geometry():
            self.ring.setGeometry(around)
        self.ring.setVisible(not seen.isEmpty())
        self.ring.raise_()

    @Slot()
    def _follow_theme(self) -> None:
        if self.ring is not None:
            self.ring.show_colour(self._theme.colours.accent)


def _room(chain: tuple[QWidget, ...]) -> QRect:
    """What of a window its nested widgets leave to the innermost one."""
    window = chain[-1]
    room = window.rect()
    for above in chain[1:]:
        room &= above.rect().translated(above.mapTo(window, QPoint()))
    return room


class Ring(QWidget):
    """The ring itself: it lies over everything and lets the mouse through."""

    def __init__(self, window: QWidget, colour: str) -> None:
        super().__init__(window)
        self._colour = colour
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_colour(self, colour: str) -> None:
        """Be drawn in another colour."""
        self._colour = colour
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._colour), LINE))
        half = LINE / 2
        place = QRectF(self.rect()).adjusted(half, half, -half, -half)
        painter.drawRoundedRect(place, RADIUS, RADIUS)
