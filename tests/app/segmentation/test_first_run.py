"""A first run says what it does before its first masks come, and can be stopped in all of it."""

import threading

import pytest
from PIL import Image

from tarvis_app.actions import Actions
from tarvis_app.conduct.run_conduct import RunNotices
from tarvis_app.panels.run_status import RunStatus
from tarvis_app.segmentation.inbox import Inbox, QueuedJob
from tarvis_app.segmentation.requests import Outcome, RunRequest
from tarvis_app.segmentation.run_progress import Preparation, RunStep
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.segmentation.segmentation_worker import SegmentationWorker
from tarvis_app.timeline.timeline_view import TimelineView
from tarvis_core.annotation.segmentation import ClipWork
from tarvis_core.video.video_reader import open_video
from tests.fakes.fake_engine import CLIP_LENGTH, PARTS, FakeEngine
from tests.fakes.projects import COW, GRASS, SIZE

NUM_FRAMES = 12


@pytest.fixture
def may_load():
    """Lets the network load."""
    return threading.Event()


@pytest.fixture
def engine():
    return FakeEngine()


@pytest.fixture
def service(qtbot, may_load, engine, tmp_path):
    video = tmp_path / "frames"
    video.mkdir()
    for number in range(NUM_FRAMES):
        Image.new("RGB", SIZE[::-1]).save(video / f"{number:02d}.png")

    def load(_choice):
        assert may_load.wait(20)
        return engine, video

    service = SegmentationService(load=load)
    service.set_video(video)
    yield service
    may_load.set()
    service.shut_down()


@pytest.fixture
def runs(document, view_state, service):
    runs = Runs(document, view_state, service)
    view_state.select(COW, GRASS)
    return runs


def test_that_each_step_before_the_first_masks_is_told(qtbot, engine, runs, may_load):
    steps, done = [], []
    engine.delay_s = 0.001
    runs.step_begun.connect(steps.append)
    runs.progressed.connect(lambda progress: done.append(len(steps)))
    may_load.set()
    with qtbot.waitSignal(runs.ended):
        runs.track_forward()

    assert [step.what for step in steps[:3]] == [
        Preparation.MODEL,
        Preparation.VIDEO,
        Preparation.CLIP,
    ]
    clips = [step.clip for step in steps[2:]]
    assert {(clip.first_frame, clip.num_frames) for clip in clips} == {(0, CLIP_LENGTH)}
    assert [clip.num_seen for clip in clips] == [
        *(part * CLIP_LENGTH // PARTS for part in range(PARTS)),
        CLIP_LENGTH,
    ]
    assert clips[-1].is_encoded
    assert done[0] == len(steps), "the first masks have come"


def test_that_the_time_of_loading_counts_for_no_frame(qtbot, runs, may_load):
    """A run over hours was foretold after the first clip, of which most was the model's loading."""
    told = []
    runs.progressed.connect(told.append)
    runs.track_forward()
    runs._answers._started_at -= 600
    with qtbot.waitSignal(runs.ended):
        may_load.set()
    assert 0 < told[0].elapsed_s < 300


def test_that_stop_while_the_model_loads_ends_the_run_at_once(qtbot, service, runs, may_load):
    runs.track_forward()
    qtbot.waitUntil(lambda: service.model.state.value == "loading")
    with qtbot.waitSignal(runs.ended) as ended:
        runs.stop()
    assert ended.args[0].outcome is Outcome.STOPPED
    assert not runs.is_running
    assert not may_load.is_set()

    runs.track_forward()
    with qtbot.waitSignal(runs.ended) as ended:
        may_load.set()
    assert ended.args[0].outcome is Outcome.FINISHED
    assert ended.args[0].job.number == 2


def test_that_a_run_begun_while_the_model_loads_says_so(qtbot, service, runs):
    service.warm_up()
    qtbot.waitUntil(lambda: service.model.state.value == "loading")
    steps = []
    runs.step_begun.connect(steps.append)
    runs.track_forward()
    assert [step.what for step in steps] == [Preparation.MODEL]


def test_that_stop_while_the_network_opens_the_video_ends_the_run(qapp, numbered_video, engine):
    """Counting the frames of a long video takes a while in the network's thread, too."""
    stop, ends = threading.Event(), []

    def read_slowly(path, watch):
        watch(1, 40)
        stop.set()
        watch(2, 40)
        return open_video(path)

    inbox = Inbox()
    worker = SegmentationWorker(inbox, lambda _: (engine, numbered_video), read_slowly)
    inbox.move()
    worker.set_video(numbered_video)
    worker.job_ended.connect(ends.append)
    inbox.put_job(QueuedJob(RunRequest(1, ()), stop))
    worker.serve()
    assert [end.outcome for end in ends] == [Outcome.STOPPED]


def test_that_a_video_that_was_left_is_not_counted_to_its_end(qapp, numbered_video, engine):
    counted = []

    def read_slowly(path, watch):
        inbox.move()
        watch(1, 40)
        counted.append(path)
        return open_video(path)

    inbox = Inbox()
    worker = SegmentationWorker(inbox, lambda _: (engine, numbered_video), read_slowly)
    inbox.move()
    worker.set_video(numbered_video)
    worker.warm_up()
    worker.prepare(0)
    assert counted == []


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_that_the_status_bar_says_each_step_and_that_time_passes(
    qtbot, document, view_state, notifications, settings, theme, runs, may_load, monkeypatch
):
    status = RunStatus(Actions(settings, theme))
    timeline = TimelineView(document, view_state, theme)
    qtbot.addWidget(status)
    qtbot.addWidget(timeline)
    RunNotices(runs, timeline, status, notifications, None)
    runs.track_forward()
    qtbot.waitUntil(lambda: status._text.text().startswith("Loading the model…"))
    status._began_at -= 12
    qtbot.waitUntil(lambda: "Loading the model… · 0:1" in status._text.text())
    assert status._stop.isEnabled()
    for clip, said in (
        (ClipWork(0, 7, 8, 3), "Looking at frames 0–7: 3 of 8"),
        (ClipWork(4, 4, 1, 1), "Looking at frame 4…"),
        (ClipWork(0, 7, 8, 8, is_encoded=True), "Making the first masks…"),
    ):
        status.show_step(RunStep(Preparation.CLIP, clip))
        assert status._text.text().startswith(said)
    status.show_stopping()
    status.show_step(RunStep(Preparation.VIDEO))
    assert status._text.text().startswith("Stopping…")
    runs.stop()
    assert status.isHidden()
    assert not status._clock.isActive()
