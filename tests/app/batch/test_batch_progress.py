"""How far a batch is: in its dialog, in the status bar, and in what is said at its end."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from tarvis_app.actions import Actions
from tarvis_app.batch import batch_worker
from tarvis_app.batch.batch import Batch
from tarvis_app.batch.batch_button import BatchButton
from tarvis_app.batch.batch_dialog import BatchDialog
from tarvis_app.batch.batch_plan import (
    BatchPlan,
    FindTask,
    VideoState,
    find_videos,
    project_paths,
)
from tarvis_app.batch.batch_worker import BatchWorker
from tarvis_app.conduct.batch_conduct import BatchNotices
from tarvis_app.notifications import Notifications
from tarvis_app.segmentation.requests import ModelState, ModelStatus
from tarvis_core.annotation.segmentation import ClassTask
from tests.fakes.desk import Gate
from tests.fakes.fake_engine import FakeEngine
from tests.fakes.numbered_video import Recipe, write_numbered_video

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

FIND = FindTask("youtube_vis", ClassTask.INSTANCES, None)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "videos"
    folder.mkdir()
    (folder / "a_broken.mp4").write_bytes(b"no video")
    for name in ("b.mp4", "c.mp4"):
        write_numbered_video(folder, Recipe(name, num_frames=14))
    return folder


@pytest.fixture
def may_load():
    """Lets the network load."""
    event = threading.Event()
    event.set()
    return event


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def engine(gate):
    return FakeEngine(before_clip=gate)


@pytest.fixture
def batch(qtbot, settings, engine, may_load, gate, tmp_path):
    def load(_choice):
        assert may_load.wait(20)
        return engine, tmp_path / "fake.safetensors"

    batch = Batch(load, settings)
    yield batch
    may_load.set()
    gate.open()
    batch.shut_down()


@pytest.fixture
def plan(folder, tmp_path):
    return BatchPlan(find_videos(folder), tmp_path / "out", FIND)


@pytest.fixture
def button(qtbot, batch, settings, theme):
    button = BatchButton(batch, Actions(settings, theme), theme)
    qtbot.addWidget(button)
    return button


@pytest.fixture
def dialog(qtbot, batch, document, view_state):
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = BatchDialog(batch, document, view_state, parent)
    dialog.ask()
    yield dialog
    dialog.close()


def test_that_the_status_bar_tells_of_a_batch_from_its_start_to_its_end(
    qtbot, batch, plan, button, may_load, gate
):
    assert button.isHidden()
    may_load.clear()
    gate.shut()
    batch.start(plan)
    qtbot.waitUntil(lambda: batch.progress is not None)
    assert not button.isHidden()
    assert button.text() == "Batch: loading the model…"
    may_load.set()
    said = "Batch: video 2 of 3, 0 %, failed: 1"
    qtbot.waitUntil(lambda: button.text() == said)
    assert "a_broken.mp4" in button.toolTip(), "what went wrong is seen while the batch goes on"
    assert button.accessibleName() == button.text()
    with qtbot.waitSignal(batch.ended):
        gate.open()
    assert button.isHidden()


def test_that_the_button_opens_the_dialog(qtbot, batch, plan, settings, theme, gate):
    actions, opened = Actions(settings, theme), []
    actions["file.batch"].triggered.connect(lambda: opened.append(True))
    button = BatchButton(batch, actions, theme)
    qtbot.addWidget(button)
    gate.shut()
    batch.start(plan)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert opened


def test_that_the_dialog_says_what_takes_time(qtbot, batch, plan, folder, dialog, may_load, gate):
    dialog.form.folder.setText(str(folder))
    may_load.clear()
    gate.shut()
    batch.start(plan)
    qtbot.waitUntil(lambda: batch.progress is not None)
    assert dialog._text.text().startswith("Loading the model… · 0:0")
    assert dialog.table.item(0, 1).text() == "waits for the model"
    batch._started_at -= 30
    qtbot.waitUntil(lambda: "· 0:3" in dialog._text.text())
    may_load.set()
    assert gate.reached.wait(20)
    qtbot.waitUntil(lambda: dialog._text.text().startswith("Video 2 of 3 · "))
    assert "You may close this window" in dialog._text.text()
    assert dialog.table.item(2, 1).text() == "waiting"


def test_that_the_work_on_a_clip_is_told_within_a_video(qtbot, monkeypatch, engine, plan):
    monkeypatch.setattr(batch_worker, "TOLD_EVERY_S", 0.0)
    engine.delay_s = 0.01
    worker, told = BatchWorker(lambda _: (engine, plan.videos[0])), []
    worker.progressed.connect(told.append)
    worker.run(plan, None, threading.Event())
    seen = [each for each in told if each.step is not None and each.step.clip is not None]
    assert {each.index for each in seen} == {1, 2}
    assert {each.frames_done for each in seen} == {0, 6, 12}, "of the frames that are done"


def test_that_a_stop_is_shown_until_it_is_done_and_told_as_such(
    qtbot, batch, plan, folder, dialog, button, gate
):
    notifications = Notifications()
    notices = BatchNotices(batch, dialog, notifications)
    dialog.form.folder.setText(str(folder))
    gate.shut()
    batch.start(plan)
    assert gate.reached.wait(20)
    batch.stop()
    assert button.text() == "Batch: stopping…"
    assert dialog._text.text().startswith("Stopping…")
    assert not dialog.stop_button.isEnabled()
    with qtbot.waitSignal(batch.ended):
        gate.open()
    assert batch.state(1) is VideoState.STOPPED
    assert dialog._text.text().endswith("Start goes on with the others.")
    assert notifications.current.text.startswith("Failed: 1 of 3 videos. With a project: 0.")
    assert notices.parent() is batch


def test_that_a_stopped_batch_without_failures_says_that_it_was_stopped(
    qtbot, batch, folder, dialog, gate, tmp_path
):
    notifications = Notifications()
    notices = BatchNotices(batch, dialog, notifications)
    gate.shut()
    batch.start(BatchPlan((folder / "b.mp4",), tmp_path / "out", FIND))
    assert gate.reached.wait(20)
    batch.stop()
    with qtbot.waitSignal(batch.ended):
        gate.open()
    assert notifications.current.text == "The batch was stopped: 0 of 1 videos have a project."
    assert notices.parent() is batch


def test_that_stop_ends_the_counting_of_a_long_videos_frames(qtbot, engine, plan):
    stop = threading.Event()

    def read_slowly(path, watch):
        watch(1, 40)
        stop.set()
        watch(2, 40)
        raise AssertionError("nobody waits for it")

    worker, ended = BatchWorker(lambda _: (engine, plan.videos[0]), read_slowly), []
    worker.video_ended.connect(ended.append)
    worker.run(plan, None, stop)
    assert [result.state for result in ended] == [VideoState.STOPPED]
    assert list(plan.folder.iterdir()) == []


def test_that_the_outcome_stays_in_the_dialog(qtbot, batch, plan, folder, dialog):
    dialog.form.folder.setText(str(folder))
    with qtbot.waitSignal(batch.ended):
        batch.start(plan)
    assert dialog._text.text() == ("Double-click a video to open its project.")
    assert dialog.failures.heading.text() == "Failed: 1 of 3 videos. With a project: 2."
    (folder / "a_broken.mp4").unlink()
    dialog.form._look()
    with qtbot.waitSignal(batch.ended):
        batch.start(BatchPlan(find_videos(folder), plan.folder, FIND))
    assert dialog._text.text().startswith("2 of 2 videos of the batch have a project. Double-")


def test_that_nothing_moves_under_the_pointer_when_a_video_fails(
    qtbot, batch, plan, folder, dialog
):
    dialog.form.folder.setText(str(folder))
    with qtbot.waitSignal(batch.ended):
        batch.start(BatchPlan(plan.videos[1:], plan.folder, FIND))
    still = (dialog, dialog._close, dialog.start_button, dialog._bar, dialog.form.picker)
    before = [part.geometry() for part in still]
    with qtbot.waitSignal(batch.ended):
        batch.start(plan)
    qtbot.waitUntil(dialog.failures.isVisible)
    QApplication.sendPostedEvents()
    assert [part.geometry() for part in still] == before
    failures, table = dialog.failures.geometry(), dialog.table.geometry()
    assert table.bottom() < failures.top()
    assert table.height() > 100, "the states of the videos are still seen"


def test_that_a_batch_that_begins_takes_back_what_was_said_of_the_last(qtbot, batch, plan, dialog):
    notifications = Notifications()
    notices = BatchNotices(batch, dialog, notifications)
    with qtbot.waitSignal(batch.ended):
        batch.start(plan)
    (_, retry) = notifications.current.remedies
    with qtbot.waitSignal(batch.ended):
        retry.call()
        assert notifications.current is None
    assert notifications.current.text.startswith("Failed: 1 of 3 videos.")
    assert notices.parent() is batch


def test_that_no_model_is_loaded_where_every_video_has_a_project(qtbot, batch, plan, may_load):
    plan.folder.mkdir()
    for path in plan.projects:
        path.touch()
    may_load.clear()
    with qtbot.waitSignal(batch.ended):
        batch.start(plan)
    assert [batch.state(index) for index in range(3)] == [VideoState.KEPT] * 3


def test_that_a_batch_that_cannot_go_on_says_why_in_the_dialog(
    qtbot, settings, plan, folder, document, view_state
):
    batch, parent = Batch(lambda _: None, settings), QWidget()
    qtbot.addWidget(parent)
    dialog = BatchDialog(batch, document, view_state, parent)
    dialog.ask()
    dialog.form.folder.setText(str(folder))
    with qtbot.waitSignal(batch.ended):
        batch.start(plan)
    assert dialog._text.text() == "There are no model weights on this machine yet."
    batch.shut_down()
    dialog.close()


def test_that_videos_with_a_project_are_known_before_the_start(dialog, folder, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "b.tarvis").touch()
    dialog.form.folder.setText(str(folder))
    assert [dialog.table.item(row, 1).text() for row in range(3)] == ["waiting"] * 3
    dialog.form.destination.setText(str(tmp_path / "mine"))
    said = "has a project already, stays as it is"
    assert [dialog.table.item(row, 1).text() for row in range(3)] == ["waiting", said, "waiting"]


def test_that_the_dialog_says_what_it_would_follow_in_which_videos(dialog, document, view_state):
    view_state.note_shown_frame(2)
    dialog.ask()
    said = dialog.form._follow_hint.text()
    assert said.startswith("1 target of frame 2 of cow.mp4: put at the same place on the first")
    assert "followed to its last" in said
    assert "40 × 30 pixels" in said
    view_state.note_shown_frame(11)
    dialog.ask()
    said = dialog.form._follow_hint.text()
    assert said == "Frame 11 of cow.mp4, which is shown, has no targets."
    document.open(None)
    dialog.ask()
    assert dialog.form._follow_hint.text() == "Open a video first, and make targets in it."


def test_that_nothing_can_be_chosen_while_a_batch_goes_on(qtbot, batch, plan, dialog, gate):
    gate.shut()
    batch.start(plan)
    assert not any(button.isEnabled() for button in dialog.form._buttons)
    dialog.follow_model(ModelStatus(ModelState.READY, label_sets=("kitti_step",)))
    assert not dialog.form.picker.knows_classes
    with qtbot.waitSignal(batch.ended):
        gate.open()
    assert all(button.isEnabled() for button in dialog.form._buttons)
    assert dialog.form.picker.knows_classes, "the model came meanwhile"


def test_that_videos_of_one_name_have_a_project_each(tmp_path):
    videos = (tmp_path / "a.avi", tmp_path / "a.mp4", tmp_path / "b.mp4")
    names = [path.name for path in project_paths(videos, tmp_path)]
    assert names == ["a.avi.tarvis", "a.mp4.tarvis", "b.tarvis"]


def test_that_folders_that_may_not_be_read_are_passed_over(tmp_path, monkeypatch):
    locked = tmp_path / "locked"
    locked.mkdir()
    (tmp_path / "a.mp4").touch()
    listing = type(tmp_path).iterdir

    def refuse(path):
        if path == locked:
            raise PermissionError
        return listing(path)

    monkeypatch.setattr(type(tmp_path), "iterdir", refuse)
    assert find_videos(tmp_path) == (tmp_path / "a.mp4",)
    assert find_videos(locked) == ()


def test_that_a_killed_batch_goes_on_where_it_was(qtbot, batch, plan, folder):
    """What a process leaves behind that was killed at any moment is no project."""
    plan.folder.mkdir()
    for ending in ("", "-wal", "-shm", ".lock"):
        (plan.folder / f".b.unfinished.tarvis{ending}").write_bytes(b"cut off in the middle")
    with qtbot.waitSignal(batch.ended):
        batch.start(plan)
    assert [batch.state(index) for index in (1, 2)] == [VideoState.DONE] * 2
    assert batch.results[1].num_targets == 2
    assert {path.name for path in plan.folder.glob("*.tarvis")} >= {"b.tarvis", "c.tarvis"}
