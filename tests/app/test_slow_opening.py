"""A video that takes long to open is said to be on its way, and can be given up."""

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMainWindow

from tarvis_app.canvas.canvas_commands import CanvasCommands
from tarvis_app.dialogs.file_dialogs import FileDialogs
from tarvis_app.opening import Opening
from tarvis_app.opening_work import OpeningProgress, Stage
from tarvis_app.panels import opening_status
from tarvis_app.panels.opening_status import OpeningStatus
from tarvis_app.playback.frame_provider import FrameProvider
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.target_operations import create_target
from tarvis_core.errors import VideoError
from tarvis_core.video.video_reader import open_video
from tests.fakes.numbered_video import Recipe, write_numbered_video

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


class SlowDisk:
    """Gives one frame of a video at a time while it is slow; knows which readers are open."""

    def __init__(self):
        self.is_slow = True
        self._may_read = threading.Event()
        self.counted = threading.Event()
        self.open = []
        self.num_ended = 0

    def hurry(self):
        self._may_read.set()

    def __call__(self, path, watch):
        try:
            if self.is_slow:
                watch(3, 40)
                self.counted.set()
                while not self._may_read.wait(0.005):
                    watch(3, 40)
            if not path.exists():
                raise VideoError(f"there is no file {path}")
            reader = Tracked(open_video(path, watch), self.open)
        finally:
            self.num_ended += 1
        return reader


class Tracked:
    def __init__(self, reader, held):
        self._reader, self._held = reader, held
        held.append(self)

    def __getattr__(self, name):
        return getattr(self._reader, name)

    def close(self):
        self._held.remove(self)
        self._reader.close()


@pytest.fixture
def disk():
    return SlowDisk()


@pytest.fixture
def opening(qtbot, document, view_state, settings, notifications, disk, monkeypatch):
    monkeypatch.setattr(opening_status, "SHOWN_AFTER_MS", 20)
    document.open(None)
    provider = FrameProvider()
    opening = Opening(document, view_state, provider, settings, notifications, disk)
    window = QMainWindow()
    qtbot.addWidget(window)
    opening.status = OpeningStatus(opening.opener)
    opening.status.cancel_wanted.connect(opening.cancel)
    qtbot.addWidget(opening.status)
    opening.dialogs = FileDialogs(window, opening, settings, notifications)
    opening.frames = provider
    yield opening
    disk.hurry()
    opening.shut_down()
    provider.stop()


@pytest.fixture
def other_video(tmp_path):
    return write_numbered_video(tmp_path, Recipe("other.mp4", num_frames=6))


def open_at_once(qtbot, opening, disk, path):
    disk.is_slow = False
    with qtbot.waitSignal(opening.opened):
        opening.open(path)
    disk.is_slow = True


def test_that_slow_opening_is_said_until_the_video_is_there(qtbot, opening, disk, numbered_video):
    opening.open(numbered_video)
    qtbot.waitUntil(lambda: "3 of 40 frames" in opening.status.text.text())
    assert not opening.status.isHidden()
    with qtbot.waitSignal(opening.opened):
        disk.hurry()
    assert opening.status.isHidden()


def test_that_quick_opening_needs_no_word(qtbot, opening, disk, numbered_video):
    disk.is_slow = False
    opening.status._delay.setInterval(60000)
    with qtbot.waitSignal(opening.opened):
        opening.open(numbered_video)
        assert opening.status.isHidden()
    assert not opening.status._delay.isActive()


def test_that_cancel_returns_to_what_was_open_with_nothing_lost(
    qtbot, opening, disk, document, view_state, numbered_video, other_video, settings
):
    open_at_once(qtbot, opening, disk, numbered_video)
    document.opened.apply(create_target(document.opened, "Dog")[1])
    view_state.show_frame(7)
    file, project, recent = opening.file, document.opened, settings.recent
    opening.open(other_video)
    assert disk.counted.wait(20)
    qtbot.waitUntil(opening.status.cancel_button.isVisible)
    qtbot.mouseClick(opening.status.cancel_button, Qt.MouseButton.LeftButton)

    assert opening.status.isHidden()
    qtbot.waitUntil(lambda: disk.num_ended == 2)
    assert (opening.file, document.opened, settings.recent) == (file, project, recent)
    assert [target.name for target in project.targets.values()] == ["Dog"]
    assert view_state.frame == 7
    assert len(disk.open) == 1, "only what is shown"
    assert sorted(path.name for path in settings.folders.projects.glob("*.tarvis")) == [
        file.path.name
    ]
    with qtbot.waitSignal(opening.frames.frame_ready):
        opening.frames.want(20)


def test_that_the_open_video_goes_on_while_another_is_opened(
    qtbot, opening, disk, document, numbered_video, other_video
):
    open_at_once(qtbot, opening, disk, numbered_video)
    opening.open(other_video)
    assert disk.counted.wait(20)
    with qtbot.waitSignal(opening.frames.frame_ready) as ready:
        opening.frames.want(20)
    assert ready.args[0].frame == 20
    assert document.project is opening.file.project


def test_that_esc_cancels_opening_before_anything_else(
    qtbot, opening, disk, canvas, keyframes, notifications, numbered_video
):
    commands = CanvasCommands(canvas, keyframes, None, notifications, None, None)
    commands.also_cancels(opening.cancel)
    opening.open(numbered_video)
    commands.cancel()
    assert opening.opener.progress is None
    assert notifications.current.text == "Opening numbered.mp4 was cancelled."
    assert not opening.cancel()


def test_that_a_late_result_is_dropped(qtbot, opening, disk, document, numbered_video):
    """The opening had gone through when it was cancelled, but the window had not heard of it."""
    disk.is_slow = False
    opening.open(numbered_video)
    opening.opener._thread.join(20)
    opening.cancel()
    with qtbot.assertNotEmitted(opening.opened, wait=100):
        pass
    assert opening.file is None
    assert document.project is None
    assert disk.open == []


def test_that_what_hangs_on_a_lost_drive_holds_up_no_other(
    qtbot, opening, disk, numbered_video, other_video, monkeypatch
):
    """A thread within a call of the system cannot be ended; what it brings later is let go."""
    is_back, hangs = threading.Event(), threading.Event()

    def hang(path, _watch):
        if path == numbered_video:
            hangs.set()
            assert is_back.wait(20)
        return disk(path, _watch)

    disk.is_slow = False
    monkeypatch.setattr(opening, "_open_reader", hang)
    opening.open(numbered_video)
    assert hangs.wait(20)
    lost = opening.opener._thread
    assert opening.cancel()
    with qtbot.waitSignal(opening.opened) as opened:
        opening.open(other_video)
    assert opened.args[0].path == other_video
    is_back.set()
    lost.join(20)
    assert len(disk.open) == 1, "only what is shown"
    assert opening.frames.video.path == other_video


def test_that_a_second_opening_ends_the_first(qtbot, opening, disk, numbered_video, other_video):
    opening.open(numbered_video)
    assert disk.counted.wait(20)
    opening.open(other_video)
    qtbot.waitUntil(lambda: disk.num_ended == 1)
    with qtbot.waitSignal(opening.opened) as opened:
        disk.hurry()
    assert opened.args[0].path == other_video
    assert len(disk.open) == 1


def test_that_a_project_whose_opening_is_cancelled_is_free_again(
    qtbot, opening, disk, numbered_video, tmp_path
):
    open_at_once(qtbot, opening, disk, numbered_video)
    opening.file.export_copy(tmp_path / "mine.tarvis")
    opening.open(tmp_path / "mine.tarvis")
    assert disk.counted.wait(20)
    opening.cancel()
    qtbot.waitUntil(lambda: disk.num_ended == 2)
    opening.opener._thread.join(20)
    with ProjectFile.open(tmp_path / "mine.tarvis") as file:
        assert not file.is_read_only


def test_that_the_same_video_again_leaves_its_project_open_for_edits(
    qtbot, opening, disk, document, numbered_video
):
    open_at_once(qtbot, opening, disk, numbered_video)
    project = document.opened
    disk.is_slow = False
    with qtbot.waitSignal(opening.opener.opened):
        opening.open(numbered_video)
    assert document.opened is project
    assert not opening.file.is_read_only
    assert len(disk.open) == 1


def test_that_an_unforeseen_failure_is_told(qtbot, opening, disk, monkeypatch, caplog, tmp_path):
    monkeypatch.setattr(disk, "is_slow", None)
    monkeypatch.setattr(Path, "exists", lambda _: 1 / 0)
    with qtbot.waitSignal(opening.video_refused) as refused:
        opening.open(tmp_path / "odd.mp4")
    assert "odd.mp4 could not be opened" in refused.args[0]
    assert "ZeroDivisionError" in caplog.text
    caplog.clear()


def test_that_each_stage_is_said(qtbot, opening):
    progress = OpeningProgress(Path("/videos/farm.mp4"))
    progress.stage = Stage.PROJECT
    assert "farm.mp4: its project is being read" in opening.status.progress_text(progress)
    progress.stage = Stage.VIDEO
    assert "its video is looked for" in opening.status.progress_text(progress)
    progress.count(0, 0)
    assert "frames are being counted" in opening.status.progress_text(progress)
    progress.count(1234, 0)
    assert "1,234 frames counted · 0:0" in opening.status.progress_text(progress)


def test_that_a_video_that_fails_in_the_end_says_why(
    qtbot, opening, notifications, disk, tmp_path, numbered_video, monkeypatch
):
    opening.open(tmp_path / "gone.mp4")
    assert disk.counted.wait(20)
    with qtbot.waitSignal(notifications.notice_shown):
        disk.hurry()
    assert "there is no file" in notifications.current.text
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda *_arguments: (str(numbered_video), "")
    )
    (another,) = notifications.current.remedies
    with qtbot.waitSignal(opening.opened) as opened:
        another.call()
    assert opened.args[0].path == numbered_video
