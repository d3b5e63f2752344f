"""Opening again, in the real window: what is open stays so, what another file left is gone."""

import pytest
from PySide6.QtCore import Qt

from tests.fakes.fake_engine import FakeEngine, loader

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


def test_that_a_refusal_goes_once_another_file_is_open(run, video, tmp_path):
    text = tmp_path / "letter.mp4"
    text.write_text("Dear Sir or Madam")

    def annotate(hand):
        app = hand.app
        hand.wait(lambda: app.notifications.current is not None)
        assert "letter.mp4" in app.notifications.current.text
        app.window.path_dropped.emit(video)
        hand.wait_for_video()
        assert app.notifications.current is None

    assert run(text, annotate, loader(FakeEngine())) == 0
