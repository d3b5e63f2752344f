"""The banner: a row of its own, in which several remedies leave the message room to be read."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from tarvis_app.banner import INFORMATION_STAYS_MS, Banner, BannerPlace
from tarvis_app.notifications import Remedy

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""What the offscreen platform says of itself when a window's size is fixed."""

LONG = (
    "cuda has too little memory even for clips of 2 small frames; close other programs, choose a "
    "smaller network or another device"
)
TEXTS = ["Shorter clips, smaller frames", "Use the CPU", "One target at a time", "Models…"]


@pytest.fixture
def banner(qtbot, notifications, theme):
    parent = QWidget()
    qtbot.addWidget(parent)
    yield Banner(notifications, theme, parent)
    parent.close()  # and lives until here


@pytest.fixture
def window(qtbot, banner):
    """A window with something above the timeline, and the banner's place as the timeline's dock."""
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(QWidget())
    window.dock = QDockWidget("Timeline")
    window.content = QWidget()
    place = BannerPlace(window.content, banner)
    window.dock.setWidget(place)
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, window.dock)
    place.follow_dock(window.dock, window.statusBar())
    window.resize(1280, 720)
    window.show()
    window.resizeDocks([window.dock], [176], Qt.Orientation.Vertical)
    return window


def nothing():
    """Be called."""


def settle(window, qtbot):
    qtbot.wait(1)
    window.grab()


@pytest.mark.parametrize("width", [960, 1280])
@pytest.mark.parametrize("num_remedies", [0, 1, 4])
def test_that_a_message_is_read_in_a_few_lines_whatever_is_offered(
    qtbot, window, banner, notifications, num_remedies, width
):
    window.resize(width, 720)
    notifications.error(LONG, [Remedy(text, nothing) for text in TEXTS[:num_remedies]])
    settle(window, qtbot)
    assert [button.text() for button in banner._buttons] == TEXTS[:num_remedies]
    assert banner._text.width() > 350
    assert banner.height() < 80
    notifications.inform("short")
    assert banner._buttons == []


def test_that_a_message_covers_nothing_and_moves_nothing(qtbot, window, banner, notifications):
    settle(window, qtbot)
    above, content = window.centralWidget().geometry(), window.content.geometry()
    dock = window.dock.geometry()
    notifications.inform(LONG, [Remedy("Next", nothing)])
    settle(window, qtbot)
    assert banner.isVisible()
    assert window.centralWidget().geometry() == above
    assert window.dock.geometry() == dock
    assert window.content.geometry().topLeft() == content.topLeft()
    assert not banner.geometry().intersects(window.content.geometry())
    notifications.clear()
    settle(window, qtbot)
    assert window.content.geometry() == content


def test_that_a_message_is_seen_where_the_timeline_is_closed(qtbot, window, banner, notifications):
    window.dock.toggleViewAction().trigger()
    notifications.inform("short", [Remedy("Next", nothing)])
    settle(window, qtbot)
    assert banner.isVisible()
    assert window.statusBar().isAncestorOf(banner)
    window.dock.toggleViewAction().trigger()
    settle(window, qtbot)
    assert banner.isVisible()
    assert window.dock.isAncestorOf(banner)


def test_that_a_remedy_is_called_and_the_message_goes(banner, notifications):
    called = []
    notifications.warn("odd", [Remedy("mend", lambda: called.append(True))])
    banner._buttons[0].click()
    assert called == [True]
    assert notifications.current is None


def test_that_one_message_after_another_is_shown_whole(qtbot, window, banner, notifications):
    for text in (LONG, LONG, "short", LONG):
        notifications.inform(text, [Remedy("Next", nothing), Remedy("Skip the tour", nothing)])
        settle(window, qtbot)
        label = banner._text
        assert label.height() >= label.heightForWidth(label.width())
        bottoms = [button.geometry().bottom() for button in banner._buttons]
        assert max(bottoms) < banner.height()


def test_that_a_shown_message_takes_the_colours_of_another_theme(banner, notifications, theme):
    notifications.warn("odd")
    before = banner._close.icon().pixmap(16, 16).toImage()
    theme.use("light")
    assert banner._close.icon().pixmap(16, 16).toImage() != before


def test_that_information_goes_by_itself_and_what_can_be_pressed_stays(notifications, banner):
    notifications.inform("done")
    assert banner._timer.isActive()
    assert banner._timer.interval() == INFORMATION_STAYS_MS
    notifications.inform("done", [Remedy("Show", nothing)])
    assert not banner._timer.isActive()
