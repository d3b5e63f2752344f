"""Opening again, in the real window: what is open stays so, what another file left is gone."""

import time

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.errors import DeviceMemoryError
from tarvis_core.video.sample_clip import sample_clip_path
from tests.fakes.fake_engine import FakeEngine, loader
from tests.fakes.numbered_video import Recipe, write_numbered_video

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def test_that_what_is_open_can_be_opened_in_every_way_and_edited_on(run, video, monkeypatch):
    def annotate(hand):
        app = hand.app
        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: bool(hand.content()))
        project = app.document.project
        by_hand = app.opening.file.path
        monkeypatch.setattr(
            "tarvis_app.dialogs.file_dialogs.QFileDialog.getOpenFileName",
            lambda *_arguments: (str(video), ""),
        )
        ways = (
            app.window.recent_menu.actions()[0].trigger,
            app.actions["file.open"].trigger,
            lambda: app.window.path_dropped.emit(video),
            lambda: app.window.path_dropped.emit(by_hand),
        )
        for way in ways:
            app.notifications.clear()
            way()
            hand.wait(lambda: app.notifications.current is not None)
            assert "is open already" in app.notifications.current.text
        assert app.document.project is project
        num_steps = app.document.undo_stack.count()
        hand.press(Qt.Key.Key_N)
        hand.click(60, 20)
        hand.wait(lambda: len(project.targets) == 2)
        assert app.document.undo_stack.count() > num_steps
        assert "already" in app.notifications.current.text, "no edit was refused"

    assert run(video, annotate, loader(FakeEngine())) == 0


def test_that_a_refusal_goes_once_another_file_is_open(run, video, letter):
    def annotate(hand):
        app = hand.app
        hand.wait(lambda: app.notifications.current is not None)
        assert "letter.mp4" in app.notifications.current.text
        app.window.path_dropped.emit(video)
        hand.wait_for_video()
        assert app.notifications.current is None

    assert run(letter, annotate, loader(FakeEngine())) == 0


@pytest.fixture
def letter(tmp_path):
    """A file that is no video."""
    letter = tmp_path / "letter.mp4"
    letter.write_text("Dear Sir or Madam")
    return letter


def test_that_a_project_in_another_window_is_said_to_be_read_only(run, video):
    other = []

    def note(hand):
        hand.wait_for_video()
        other.append(hand.app.opening.file.path)

    def look(hand):
        hand.wait_for_video()
        assert hand.app.saved_button.text() == "Read only"
        other.pop().close()
        assert offered(hand) == "Open for edits"
        hand.app.notifications.current.remedies[0].call()
        hand.wait(lambda: hand.app.saved_button.text() == "All changes saved")

    assert run(video, note, loader(FakeEngine())) == 0
    other.append(ProjectFile.open(other.pop()))
    assert run(video, look, loader(FakeEngine())) == 0


def test_that_an_empty_window_offers_what_can_be_opened(run, video, letter, monkeypatch):
    def annotate(hand):
        app, page = hand.app, hand.app.start_page
        hand.wait(page.isVisible)
        assert page.open_button.hasFocus()
        assert "Ctrl+O" in page.open_button.text()
        assert not page.last_button.isVisible()
        assert page.sample_button.isVisible()
        assert page.size() == app.canvas.size()
        assert "Click an object" not in app.target_panel._empty.text()
        assert app.task_panel.run_targets.text() == ""
        assert not app.saved_button.isVisible()

        def choose(*_arguments):
            dialog = QDialog(app.window)
            QTimer.singleShot(50, dialog.accept)
            dialog.exec()
            QTimer.singleShot(0, dialog.deleteLater)
            return str(video), ""

        monkeypatch.setattr("tarvis_app.dialogs.file_dialogs.QFileDialog.getOpenFileName", choose)
        QTest.keyClick(page.open_button, Qt.Key.Key_Return)
        hand.wait_for_video()
        assert not page.isVisible()
        assert app.window.focusWidget() is app.canvas
        assert app.saved_button.isVisible()
        assert "Click an object" in app.target_panel._empty.text()
        app.window.path_dropped.emit(letter)
        hand.wait(lambda: app.notifications.current is not None)
        assert not page.isVisible(), "a video is open"

    assert run(letter, annotate, loader(FakeEngine())) == 0


def test_that_the_empty_window_is_worked_by_keys(run, video, letter):
    def annotate(hand):
        app, page = hand.app, hand.app.start_page
        hand.wait(page.isVisible)
        assert page.last_button.text() == f"Go on with {video.name}"
        app.canvas.setFocus()
        QTest.keyClick(app.canvas, Qt.Key.Key_F6)
        QTest.keyClick(app.window.focusWidget(), Qt.Key.Key_F6)
        assert page.open_button.hasFocus(), "after the message"
        QTest.keyClick(page.open_button, Qt.Key.Key_Tab)
        assert page.last_button.hasFocus()
        QTest.keyClick(page.last_button, Qt.Key.Key_Return)
        hand.wait_for_video()
        assert app.provider.video.path == video
        assert app.canvas.hasFocus()

    assert run(video, lambda hand: hand.wait_for_video(), loader(FakeEngine())) == 0
    assert run(letter, annotate, loader(FakeEngine())) == 0


def test_that_a_cancelled_first_opening_leaves_what_can_be_opened(run, video, letter, monkeypatch):
    def slow(_path, watch):
        while True:
            watch(1, 40)
            time.sleep(0.005)

    def annotate(hand):
        app = hand.app
        hand.wait(app.start_page.isVisible)
        monkeypatch.setattr(app.opening, "_open_reader", slow)
        app.opening.open(video)
        assert not app.start_page.isVisible()
        hand.press(Qt.Key.Key_Escape)
        assert app.start_page.isVisible()

    assert run(letter, annotate, loader(FakeEngine())) == 0


def test_that_the_sample_clip_comes_with_what_was_worked_on_last(run, video):
    def begin(hand):
        hand.wait_for_video()
        assert "Go on with" not in offered(hand)

    def go_on(hand):
        hand.wait_for_video()
        assert hand.app.provider.video.path == sample_clip_path()
        assert offered(hand) == f"Go on with {video.name}"
        hand.app.notifications.current.remedies[0].call()
        hand.wait(lambda: hand.app.opening.opener.progress is None)
        hand.wait(lambda: hand.app.provider.video.path == video)
        hand.wait(lambda: offered(hand) == "")

    def work_on_the_sample(hand):
        hand.wait_for_video()
        hand.wait(lambda: hand.app.notice_endings.is_armed)
        hand.press(Qt.Key.Key_Right)
        assert offered(hand) == ""

    assert run(None, begin, loader(FakeEngine())) == 0
    assert run(video, lambda hand: hand.wait_for_video(), loader(FakeEngine())) == 0
    assert run(None, go_on, loader(FakeEngine())) == 0
    assert run(None, work_on_the_sample, loader(FakeEngine())) == 0


def offered(hand):
    """What the first button of the message says."""
    notice = hand.app.notifications.current
    return "" if notice is None or not notice.remedies else notice.remedies[0].text


def test_that_the_end_of_a_run_is_not_said_of_another_video(run, video, tmp_path):
    other = write_numbered_video(tmp_path, Recipe("other.mp4", num_frames=6))

    def fail(_frames):
        raise DeviceMemoryError("the GPU ran out of memory")

    def annotate(hand):
        app = hand.app
        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: bool(hand.content()))
        hand.press(Qt.Key.Key_F)
        hand.wait(lambda: app.notifications.current is not None)
        assert "memory" in app.notifications.current.text
        app.window.path_dropped.emit(other)
        hand.wait(lambda: app.provider.video.path == other)
        assert app.notifications.current is None, "its remedies would start a run here"

    assert run(video, annotate, loader(FakeEngine(before_clip=fail))) == 0


def test_that_nothing_of_the_old_video_is_said_of_the_new_one(run, video, tmp_path):
    longer = write_numbered_video(tmp_path, Recipe("longer.mp4", num_frames=120))
    seen = []

    def annotate(hand):
        app = hand.app

        def look():
            seen.append(app.task_panel.run_targets.text())
            last = app.transport._last
            seen.append((last.text(), last.width() >= last.sizeHint().width()))

        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: app.task_panel.run_targets.text() == "Target 1")
        app.opening.opened.connect(look)
        app.window.path_dropped.emit(longer)
        hand.wait(lambda: bool(seen))
        hand.wait(lambda: app.task_panel.run_targets.text() == "Nothing to track yet")

    assert run(video, annotate, loader(FakeEngine())) == 0
    assert seen == ["", ("of 119", True)]
