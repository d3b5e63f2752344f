"""Batches: each video becomes a project, in the background, stopped and taken up again."""

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from tarvis_app.batch.batch import Batch
from tarvis_app.batch.batch_dialog import BatchDialog
from tarvis_app.batch.batch_plan import (
    BatchPlan,
    FindTask,
    VideoState,
    find_videos,
    task_from_frame,
)
from tarvis_app.conduct.batch_conduct import BatchNotices
from tarvis_app.document.document import Document
from tarvis_app.notifications import Notifications, Severity
from tarvis_app.segmentation.requests import ModelState, ModelStatus
from tarvis_core.annotation.exemplar import MaskExemplar, PointExemplar, ShownMask
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.segmentation import ClassTask
from tarvis_core.annotation.target import Target
from tarvis_core.annotation.track import FrameState, TrackFrame
from tests.fakes.fake_engine import FakeEngine, disc, load_nothing
from tests.fakes.numbered_video import Recipe, write_numbered_video
from tests.fakes.projects import COW, GRASS, keyframe, rectangle, video_identity

NUM_FRAMES = 14
FIND = FindTask("youtube_vis", ClassTask.INSTANCES, None)


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    for name in ("a", "b", "c"):
        write_numbered_video(folder, Recipe(f"{name}.mp4", num_frames=NUM_FRAMES))
    (folder / "broken.mp4").write_bytes(b"no video")
    (folder / "notes.txt").write_text("no video either")
    (folder / "empty").mkdir()
    return folder


@pytest.fixture
def engine():
    return FakeEngine()


@pytest.fixture
def batch(qtbot, engine, settings, tmp_path):
    batch = Batch(lambda _: (engine, tmp_path / "fake.safetensors"), settings)
    yield batch
    batch.shut_down()


def run(qtbot, batch, plan):
    with qtbot.waitSignal(batch.ended) as ended:
        batch.start(plan)
    return ended.args[0]


def test_that_videos_of_a_folder_are_found_and_nothing_else(videos, tmp_path):
    names = [path.name for path in find_videos(videos)]
    assert names == ["a.mp4", "b.mp4", "broken.mp4", "c.mp4"]
    images = tmp_path / "frames"
    images.mkdir()
    for number in range(2):
        (images / f"{number}.png").touch()
    assert find_videos(tmp_path) == (images,)
    assert find_videos(tmp_path / "nowhere") == ()


def test_that_every_video_becomes_a_project_and_a_broken_one_stops_nothing(
    qtbot, batch, videos, tmp_path
):
    plan = BatchPlan(find_videos(videos), tmp_path / "out", FIND)
    assert run(qtbot, batch, plan) == ""
    states = [batch.state(index) for index in range(4)]
    done = VideoState.DONE
    assert states == [done, done, VideoState.FAILED, done]
    assert "broken.mp4" in batch.results[2].message
    files = sorted(path.name for path in plan.folder.iterdir())
    assert files == ["a.tarvis", "b.tarvis", "c.tarvis"]
    with ProjectFile.open(plan.folder / "b.tarvis") as file:
        assert file.find_video() == videos / "b.mp4"
        assert len(file.project.targets) == batch.results[1].num_targets == 2
        assert file.project.masks.num_masks == 2 * NUM_FRAMES
        assert file.project.label_set.name == "youtube_vis"


def test_that_targets_of_a_frame_are_followed_in_every_video(qtbot, batch, videos, tmp_path):
    size = (64, 96)
    project = Project(
        video_identity(20, size),
        LabelSet("", ()),
        [Target(COW, "Cow", is_locked=True), Target(GRASS, "Grass")],
        [PointExemplar(3, GRASS, 70.5, 20.5)],
    )
    mask = disc(size, 30, 30, 9)
    project.apply([project.masks.change_to(COW, 3, keyframe(mask))])
    task = task_from_frame(project, 3)
    assert task_from_frame(project, 9) is None
    plan = BatchPlan((videos / "a.mp4",), tmp_path / "out", task)
    assert run(qtbot, batch, plan) == ""
    with ProjectFile.open(plan.folder / "a.tarvis") as file:
        made = file.project
        assert [target.name for target in made.targets.values()] == ["Cow", "Grass"]
        first = made.masks.get(COW, 0)
        assert (first.state, first.mask) == (FrameState.KEYFRAME, mask)
        assert len(made.masks.track(COW)) == len(made.masks.track(GRASS)) == NUM_FRAMES
        assert made.exemplars_at(GRASS, 0) == (PointExemplar(0, GRASS, 70.5, 20.5),)
        assert not made.target(COW).is_locked


def test_that_a_corrected_mask_goes_to_other_videos_as_it_came_out(project):
    shown, answer = (rectangle(x, 3, 8, 6) for x in (4, 6))
    clicks = [ShownMask(5, COW, shown), PointExemplar(5, COW, 12.5, 5.5)]
    project = Project(project.video, LabelSet("", ()), [Target(COW, "Cow")], clicks)
    corrected = TrackFrame(answer, FrameState.PREDICTED, 0.9)
    project.apply([project.masks.change_to(COW, 5, corrected)])

    task = task_from_frame(project, 5)

    assert task.exemplars == (MaskExemplar(0, COW, answer),)


def test_that_videos_of_another_size_are_refused(qtbot, batch, videos, tmp_path, project):
    plan = BatchPlan((videos / "a.mp4",), tmp_path / "out", task_from_frame(project, 0))
    run(qtbot, batch, plan)
    assert batch.state(0) is VideoState.FAILED
    assert "40 × 30" in batch.results[0].message


def test_that_a_stopped_batch_keeps_what_is_done_and_goes_on_from_there(
    qtbot, batch, engine, videos, tmp_path
):
    goes_on, has_begun = threading.Event(), threading.Event()
    count = iter(range(100))

    def hold(frames):
        if next(count) == 4:  # in the second video
            has_begun.set()
            assert goes_on.wait(20)

    engine.before_clip = hold
    names = ("a.mp4", "b.mp4", "c.mp4")
    plan = BatchPlan(tuple(videos / name for name in names), tmp_path / "out", FIND)
    with qtbot.waitSignal(batch.ended):
        batch.start(plan)
        assert has_begun.wait(20)
        batch.stop()
        goes_on.set()
    assert [p.name for p in plan.folder.iterdir()] == ["a.tarvis"]
    assert batch.state(1) is VideoState.STOPPED
    assert batch.state(2) is VideoState.WAITING
    engine.before_clip = None
    run(qtbot, batch, plan)
    assert [batch.state(index) for index in range(3)] == [
        VideoState.KEPT,
        VideoState.DONE,
        VideoState.DONE,
    ]
    assert batch.num_done == 3


def test_that_a_machine_without_weights_says_so(qtbot, settings, videos, tmp_path):
    batch = Batch(load_nothing, settings)
    plan = BatchPlan((videos / "a.mp4",), tmp_path / "out", FIND)
    assert "no model weights" in run(qtbot, batch, plan)
    batch.shut_down()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_that_the_dialog_starts_a_batch_and_opens_its_results(
    qtbot, batch, videos, view_state, tmp_path
):
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = BatchDialog(batch, Document(), view_state, parent)
    dialog.ask()
    assert not dialog.start_button.isEnabled()
    dialog.form.folder.setText(str(videos))
    dialog.form.destination.setText(str(tmp_path / "out"))
    assert dialog.table.rowCount() == 4
    assert dialog._state_text((videos / "a.mp4",)).startswith("1 video. ")
    dialog.form.follows.setChecked(True)
    assert not dialog.start_button.isEnabled()
    dialog.form.finds.setChecked(True)
    assert not dialog.start_button.isEnabled()
    assert dialog.form.picker.count.text() == "Classes are listed when the model is loaded."
    dialog.follow_model(ModelStatus(ModelState.READY, label_sets=("youtube_vis",)))
    with qtbot.waitSignal(batch.ended):
        qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
        assert not dialog.form.folder.isEnabled()
    assert dialog.table.item(0, 1).text() == "done: 2 targets"
    assert dialog.table.item(2, 1).text().startswith("failed")
    assert "broken.mp4" in dialog.table.item(2, 1).toolTip()
    with qtbot.waitSignal(dialog.project_wanted) as wanted:
        dialog.table.itemActivated.emit(dialog.table.item(0, 0))
    assert wanted.args[0] == tmp_path / "out" / "a.tarvis"
    dialog.close()


def failing_batch(batch, videos, tmp_path, qtbot, *more):
    """A batch of a sound and some broken videos."""
    folder = tmp_path / "videos"
    folder.mkdir()
    (folder / "a.mp4").write_bytes((videos / "a.mp4").read_bytes())
    for name in ("broken.mp4", *more):
        (folder / name).write_bytes(b"no video")
    plan = BatchPlan(find_videos(folder), tmp_path / "out", FIND)
    run(qtbot, batch, plan)
    return plan


def test_that_failed_videos_are_tried_again_and_no_others(qtbot, batch, engine, videos, tmp_path):
    plan = failing_batch(batch, videos, tmp_path, qtbot)
    asked = []
    engine.before_clip = lambda frames: asked.append(frames)
    assert [result.index for result in batch.failed] == [1]
    (plan.folder / "a.tarvis").unlink()
    plan.videos[1].write_bytes((videos / "b.mp4").read_bytes())

    with qtbot.waitSignal(batch.ended):
        batch.retry_failed()

    assert batch.failed == ()
    assert batch.num_done == 2, "what the others came to is still known"
    assert [path.name for path in plan.folder.iterdir()] == ["broken.tarvis"]
    assert asked
    batch.retry_failed()
    assert not batch.is_running


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_that_whole_reasons_are_shown_copied_and_retried(
    qtbot, batch, videos, view_state, tmp_path
):
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = BatchDialog(batch, Document(), view_state, parent)
    dialog.ask()
    assert not dialog.failures.isVisible()
    failing_batch(batch, videos, tmp_path, qtbot, "cut.mp4")

    assert dialog.failures.isVisible()
    assert dialog.failures.heading.text() == "Failed: 2 of 3 videos. With a project: 1."
    reasons = "\n".join(
        f"{name}: {result.message}"
        for name, result in zip(("broken.mp4", "cut.mp4"), batch.failed, strict=True)
    )
    assert dialog.failures.reasons.toPlainText() == reasons
    qtbot.mouseClick(dialog.failures.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == reasons
    with qtbot.waitSignal(batch.ended):
        qtbot.mouseClick(dialog.failures.retry_button, Qt.MouseButton.LeftButton)
        assert not dialog.failures.retry_button.isEnabled()
    assert len(batch.failed) == 2
    dialog.close()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_that_failures_are_told_first_and_as_such(qtbot, batch, videos, view_state, tmp_path):
    parent = QWidget()
    qtbot.addWidget(parent)
    notifications = Notifications()
    dialog = BatchDialog(batch, Document(), view_state, parent)
    notices = BatchNotices(batch, dialog, notifications)
    failing_batch(batch, videos, tmp_path, qtbot)

    notice = notifications.current
    assert notice.severity is Severity.ERROR
    assert notice.text.startswith("Failed: 1 of 2 videos. With a project: 1. broken.mp4: ")
    assert batch.failed[0].message in notice.text
    assert [remedy.text for remedy in notice.remedies] == ["Show", "Retry failed"]

    with qtbot.waitSignal(batch.ended):
        batch.start(replace(batch.plan, videos=batch.plan.videos[:1], wanted=None))
    assert notifications.current.severity is Severity.INFORMATION
    assert notices.parent() is batch
