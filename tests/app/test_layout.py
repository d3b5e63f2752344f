"""Docks: moved, remembered, put back; the log is there when it is asked for."""

import logging

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QScreen
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tarvis_app.application import Application
from tarvis_app.main_window import (
    FIRST_SIZE,
    LOW_TIMELINE_HEIGHT,
    SMALL_TIMELINE_HEIGHT,
    TIMELINE_HEIGHT,
)
from tarvis_app.notifications import Remedy
from tarvis_app.panels.log_panel import LogPanel
from tarvis_app.settings import Settings
from tarvis_app.timeline.timeline_scene import HEADER_HEIGHT, ROW_HEIGHT
from tarvis_app.window_run import delete_now
from tests.fakes.fake_engine import load_fake

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""What the offscreen platform says of itself when a dialog opens."""

LEFT, RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea


@pytest.fixture
def start(qapp, folders):
    """Starts the program as often as asked; each start ends the one before."""
    running = []

    def close():
        while running:
            application = running.pop()
            application.window.close()
            delete_now(application.window)
            delete_now(application)

    def make():
        close()
        running.append(Application(qapp, Settings(folders), load_fake))
        running[0].window.show()
        return running[0]

    yield make
    close()


def test_that_the_first_window_fills_a_screen_without_room_for_its_title_bar(start):
    window = start().window
    screen = window.screen().availableSize()
    assert screen.width() < FIRST_SIZE.width(), "of the offscreen platform"
    window.fill_small_screen()
    assert window.isMaximized()

    window.showNormal()
    window = start().window
    window.fill_small_screen()
    assert not window.isMaximized(), "a remembered window stays as it was"


@pytest.fixture
def low_screen(monkeypatch):
    """A screen of 1280×720 whose letters are enlarged to 125 %, in pixels of Qt."""
    size = QSize(1024, 576)
    monkeypatch.setattr(QScreen, "availableSize", lambda _screen: size)
    return size


def test_that_dialogs_and_their_frames_fit_a_low_screen(start, low_screen):
    application = start()
    for name in ("export", "import", "models", "shortcuts", "batch", "video"):
        dialog = getattr(application, f"{name}_dialog")
        dialog.show()
        assert dialog.width() <= low_screen.width() - 16, name
        assert dialog.height() <= low_screen.height() - 40, name
        dialog.close()


def test_that_the_timeline_is_low_at_first_on_a_low_screen(start, low_screen):
    window = start().window
    window.resize(low_screen)
    window.reset_layout()
    assert window.docks["timeline"].height() <= LOW_TIMELINE_HEIGHT
    assert window.docks["targets"].height() > low_screen.height() * 0.4


def test_that_moved_docks_are_remembered_and_put_back(start):
    window = start().window
    assert window.docks["log"].isHidden()
    window.addDockWidget(LEFT, window.docks["review"])
    window.docks["task"].hide()
    window.show_log()
    window.resize(1400, 900)

    window = start().window
    assert window.dockWidgetArea(window.docks["review"]) == LEFT
    assert window.docks["task"].isHidden()
    assert not window.docks["log"].isHidden()

    window.reset_layout()
    assert window.dockWidgetArea(window.docks["review"]) == RIGHT
    assert not window.docks["task"].isHidden()
    assert window.docks["log"].isHidden()


@pytest.mark.parametrize("is_maximized", [False, True])
def test_that_f11_fills_the_screen_and_esc_does_not_leave_it(start, qtbot, is_maximized):
    application = start()
    window, action = application.window, application.actions["view.full_screen"]
    if is_maximized:
        window.showMaximized()
    with qtbot.waitActive(window):
        window.activateWindow()
    QTest.keyClick(application.canvas, Qt.Key.Key_F11)
    assert (window.isFullScreen(), action.isChecked()) == (True, True)
    QTest.keyClick(application.canvas, Qt.Key.Key_Escape)
    assert window.isFullScreen()
    QTest.keyClick(application.canvas, Qt.Key.Key_F11)
    assert (window.isFullScreen(), window.isMaximized()) == (False, is_maximized)
    window.showFullScreen()
    assert action.isChecked(), "it shows what is, whoever wanted it"
    action.trigger()
    assert not window.isFullScreen()


def test_that_full_screen_is_not_remembered(start):
    window = start().window
    window.resize(960, 570)
    window.showFullScreen()
    again = start()
    assert not again.window.isFullScreen()
    assert not again.actions["view.full_screen"].isChecked()
    assert again.window.size() == QSize(960, 570)


def test_that_every_dock_can_be_moved_and_the_status_buttons_open_what_they_name(start, qtbot):
    application = start()
    window = application.window
    for dock in window.docks.values():
        assert dock.features() & dock.DockWidgetFeature.DockWidgetMovable
    window.docks["history"].hide()
    qtbot.mouseClick(application.saved_button, Qt.MouseButton.LeftButton)
    assert not window.docks["history"].isHidden()


def test_that_the_log_shows_what_is_noted_down_with_its_traceback(qtbot):
    panel = LogPanel()
    qtbot.addWidget(panel)
    log = logging.getLogger("tests.layout")
    log.addHandler(panel.handler)
    log.propagate = False
    try:
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            log.exception("it did not divide")
        qtbot.waitUntil(lambda: "ZeroDivisionError" in panel.toPlainText(), timeout=2000)
        assert "it did not divide" in panel.toPlainText()
    finally:
        log.removeHandler(panel.handler)
        log.propagate = True


def test_that_the_window_hears_keys_again_after_a_dialog(start, qtbot):
    application = start()
    application.window.activateWindow()
    application.canvas.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is application.canvas)
    for name in ("export", "import", "models", "shortcuts", "batch", "video"):
        dialog = getattr(application, f"{name}_dialog")
        dialog.show()
        dialog.activateWindow()
        qtbot.waitUntil(lambda shown=dialog: QApplication.activeWindow() is shown)
        dialog.close()
        qtbot.waitUntil(lambda: QApplication.focusWidget() is application.canvas, timeout=1000)


def test_that_headers_stand_over_their_columns(start):
    header = start().shortcuts_dialog.table.horizontalHeader()
    assert header.defaultAlignment() & Qt.AlignmentFlag.AlignLeft


def test_that_messages_are_seen_where_the_timeline_was_closed_the_last_time(start):
    start().window.docks["timeline"].toggleViewAction().trigger()

    application = start()

    assert application.window.docks["timeline"].isHidden()
    application.notifications.warn("odd")
    assert application.banner.isVisible()
    application.window.reset_layout()
    assert application.banner.isVisible()
    assert application.banner_place.isAncestorOf(application.banner)


def test_that_messages_have_their_row_where_the_timeline_is_open(start):
    application = start()

    assert application.banner_place.isAncestorOf(application.banner)


OUT_OF_MEMORY = (
    "cuda has too little memory even for clips of 2 small frames; close other programs, choose a "
    "smaller network or another device"
)


@pytest.mark.parametrize("height", [TIMELINE_HEIGHT, SMALL_TIMELINE_HEIGHT])
@pytest.mark.parametrize(
    ("text", "remedies"),
    [
        ("odd", ["Mend it"]),
        (OUT_OF_MEMORY, ["Shorter clips, smaller frames", "Use the CPU", "One target at a time"]),
    ],
)
def test_that_a_small_window_shows_five_rows_of_the_timeline_and_four_with_a_message(
    start, text, remedies, height
):
    application = start()
    application.window.resize(1280, 720)
    docks = [application.window.docks["timeline"]]
    application.window.resizeDocks(docks, [height], Qt.Orientation.Vertical)
    timeline, canvas = application.timeline, application.canvas

    def num_rows():
        return (timeline.viewport().height() - HEADER_HEIGHT) // ROW_HEIGHT

    QApplication.sendPostedEvents()
    assert num_rows() >= 5
    place = canvas.geometry()

    application.notifications.warn(text, [Remedy(name, lambda: None) for name in remedies])
    application.window.grab()

    assert application.banner.isVisible()
    assert num_rows() >= 4
    assert canvas.geometry() == place
