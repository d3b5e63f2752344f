"""A video that takes long to open is said to be on its way."""

import threading

import pytest
from PySide6.QtWidgets import QFileDialog, QMainWindow, QWidget

from tarvis_app.banner import INFORMATION_STAYS_MS, Banner
from tarvis_app.conduct import video_conduct
from tarvis_app.conduct.video_conduct import VideoNotices
from tarvis_app.dialogs.file_dialogs import FileDialogs
from tarvis_app.opening import Opening
from tarvis_app.panels.status_widgets import SavedButton
from tarvis_app.playback.frame_provider import FrameProvider
from tarvis_core.errors import VideoError
from tarvis_core.video.video_reader import open_video


@pytest.fixture
def may_open():
    return threading.Event()


@pytest.fixture
def opening(qtbot, document, view_state, settings, notifications, may_open, monkeypatch):
    monkeypatch.setattr(video_conduct, "OPENING_SAID_AFTER_MS", 20)

    def read_slowly(path):
        assert may_open.wait(20)
        if not path.exists():
            raise VideoError(f"there is no file {path}")
        return open_video(path)

    provider = FrameProvider(open_reader=read_slowly)
    opening = Opening(document, view_state, provider, settings, notifications)
    window, button = QMainWindow(), SavedButton()
    qtbot.addWidget(window)
    qtbot.addWidget(button)
    opening.kept = (window, button)
    opening.dialogs = FileDialogs(window, opening, settings, notifications)
    VideoNotices(opening, provider, window, button, notifications)
    yield opening
    may_open.set()
    opening.close()
    provider.stop()


def test_that_slow_opening_is_said_until_the_video_is_there(
    qtbot, opening, notifications, may_open, numbered_video
):
    opening.open(numbered_video)
    qtbot.waitUntil(lambda: notifications.current is not None)
    assert notifications.current.text.startswith("Opening numbered.mp4")
    with qtbot.waitSignal(opening.opened, timeout=5000):
        may_open.set()
    assert notifications.current is None


def test_that_a_video_that_fails_in_the_end_says_why(
    qtbot, opening, notifications, may_open, tmp_path, numbered_video, monkeypatch
):
    opening.open(tmp_path / "gone.mp4")
    qtbot.waitUntil(lambda: notifications.current is not None)
    may_open.set()
    qtbot.waitUntil(lambda: "there is no file" in notifications.current.text)
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda *_arguments: (str(numbered_video), "")
    )
    (another,) = notifications.current.remedies
    with qtbot.waitSignal(opening.opened, timeout=5000) as opened:
        another.call()
    assert opened.args[0].path == numbered_video


def test_that_what_lasts_is_not_taken_away_by_time(qtbot, notifications, theme):
    parent = QWidget()
    qtbot.addWidget(parent)
    banner = Banner(notifications, theme, parent)
    notifications.inform("done")
    assert banner._timer.isActive()
    assert banner._timer.interval() == INFORMATION_STAYS_MS
    told = notifications.inform("still opening", lasts=True)
    assert not banner._timer.isActive()
    assert not told.is_passing
