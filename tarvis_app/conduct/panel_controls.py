"""Where F6 leads: the parts of the window, and what can be worked by keys in each."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QScrollArea,
    QTabBar,
    QTabWidget,
    QWidget,
)

from tarvis_app.banner import Banner

ROW_HEIGHT = 12
"""Rows of controls are at least so far apart, in pixels."""
FRAMES = (QScrollArea, QTabWidget)
"""These give the keys to what stands in them."""
COMPOUND = (QAbstractSpinBox, QComboBox)
"""What stands in these is no control of its own."""


class PanelControls:
    """Knows the controls of the message and of each panel, from the top down.

    The order of Tab is not asked: Python's objects of widgets would then belong to their neighbours
    in it, and be void as soon as one of those is deleted. It would also lead through panels that
    lie behind others.
    """

    def __init__(self, window: QWidget, banner: Banner, parts: Sequence[QWidget]) -> None:
        """Know the parts of a window.

        Args:
            window: The window.
            banner: The message, which may stand in one of the other parts.
            parts: The message and all others, in the order in which they follow.
        """
        self._window = window
        self._banner = banner
        self._parts = tuple(parts)

    def parts(self) -> list[QWidget]:
        """The parts that are seen and have something to be worked, in their order."""
        return [part for part in self._parts if self.of(part)]

    def part_of(self, widget: QWidget) -> QWidget | None:
        """The part that a widget stands in; None if it is in none."""
        for part in self._parts:
            if part is widget or part.isAncestorOf(widget):
                return part
        if isinstance(widget, QTabBar):
            return next((part for part in self._parts if self._tabs_of(part) is widget), None)
        return None

    def of(self, part: QWidget) -> list[QWidget]:
        """What can be worked in a part, from its top down; none where it is not seen.

        Where several panels share a place, the tabs that bring up the others come last.
        """
        if not part.isVisible() or part.visibleRegion().isEmpty():
            return []
        if part is self._banner:
            return list(filter(_is_worked, self._banner.buttons()))
        found = filter(_is_worked, part.findChildren(QWidget))
        own = [control for control in found if not self._banner.isAncestorOf(control)]
        tabs = self._tabs_of(part)
        return sorted(own, key=partial(_place, part)) + ([] if tabs is None else [tabs])

    def _tabs_of(self, part: QWidget) -> QTabBar | None:
        """The tabs of a panel that shares its place with others and is the one in front."""
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        for bar in self._window.findChildren(QTabBar, options=direct):
            if bar.isVisible() and bar.tabText(bar.currentIndex()) == part.windowTitle():
                return bar
        return None


def _is_worked(control: QWidget) -> bool:
    """Whether a control that is seen can be reached by Tab and does something then."""
    policy = control.focusPolicy() & Qt.FocusPolicy.TabFocus
    is_reached = policy == Qt.FocusPolicy.TabFocus and not isinstance(control, FRAMES)
    is_whole = not isinstance(control.parent(), COMPOUND)
    return is_reached and is_whole and control.isVisible() and control.isEnabled()


def _place(panel: QWidget, control: QWidget) -> tuple[int, int]:
    """Its row and its column: those in a row have their middles at about one height."""
    middle = control.mapTo(panel, control.rect().center())
    return middle.y() // ROW_HEIGHT, middle.x()
