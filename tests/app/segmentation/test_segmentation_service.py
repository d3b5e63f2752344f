"""The service and its worker's thread: newest first, stopped at once, told in the GUI's thread."""

import threading
import time

import pytest
from PySide6.QtCore import QObject, QThread, Slot

from tarvis_app.segmentation.requests import (
    ModelChoice,
    ModelState,
    Outcome,
    TrackStep,
)
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.annotation.segmentation_changes import Span
from tarvis_core.errors import CheckpointError, DeviceMemoryError
from tests.fakes.fake_engine import CLIP_LENGTH, FakeEngine
from tests.fakes.projects import COW, GRASS

LAST = 39


@pytest.fixture
def engine():
    return FakeEngine()


@pytest.fixture
def service(qtbot, engine, numbered_video):
    def load(choice):
        return engine, numbered_video.with_name("fake.safetensors")

    service = SegmentationService(load=load)
    service.set_video(numbered_video)
    yield service
    service.shut_down()


def run_over(last=LAST):
    point = PointExemplar(0, COW, 30, 30)
    request = TrackRequest((point,), 0, last)
    return (TrackStep(request, ((COW, (Span(0, last, None, None),)),)),)


class Listener(QObject):
    """Notes what comes, and in which thread."""

    def __init__(self):
        super().__init__()
        self.heard = []
        self.threads = set()

    @Slot(object)
    def hear(self, what):
        self.heard.append(what)
        self.threads.add(QThread.currentThread())


def test_that_a_run_is_answered_clip_by_clip_in_the_gui_thread(qtbot, service):
    listener = Listener()
    service.clip_answered.connect(listener.hear)
    with qtbot.waitSignal(service.job_ended) as ended:
        service.track(run_over())

    assert ended.args[0].outcome is Outcome.FINISHED
    assert len(listener.heard) == -(-(LAST + 1) // CLIP_LENGTH)
    assert listener.threads == {QThread.currentThread()}
    assert service.job is None


def test_that_stop_ends_a_run_within_one_clip_and_keeps_what_was_answered(qtbot, service, engine):
    engine.delay_s = 0.05
    listener = Listener()
    service.clip_answered.connect(listener.hear)
    with qtbot.waitSignal(service.clip_answered):
        service.track(run_over())
    with qtbot.waitSignal(service.job_ended) as ended:
        before = len(listener.heard)
        service.stop()

    assert ended.args[0].outcome is Outcome.STOPPED
    assert before <= len(listener.heard) <= before + 1


def test_that_a_click_during_a_run_is_served_before_the_run_goes_on(qtbot, service, engine):
    asked = threading.Event()

    def hold_second_clip(frames):
        if frames[0] == CLIP_LENGTH:
            assert asked.wait(20)

    engine.before_clip = hold_second_clip
    order = []
    service.clip_answered.connect(lambda answer: order.append(answer.clip.frames[0]))
    service.preview_answered.connect(lambda answer: order.append("preview"))
    with qtbot.waitSignal(service.clip_answered):
        service.track(run_over())
    service.preview(3, (PointExemplar(3, GRASS, 5, 5),), GRASS, gesture=1)
    with qtbot.waitSignal(service.job_ended):
        asked.set()

    assert "preview" in order[1:3]


def test_that_a_click_is_served_between_the_parts_of_the_clip_in_work(qtbot, service, engine):
    engine.delay_s = 2.0
    started = threading.Event()
    engine.before_clip = lambda _frames: started.set()
    clips = Listener()
    service.clip_answered.connect(clips.hear)
    service.track(run_over(LAST))
    assert started.wait(20)
    with qtbot.waitSignal(service.preview_answered):
        service.preview(3, (PointExemplar(3, GRASS, 5, 5),), GRASS, gesture=1)
    assert clips.heard == []
    with qtbot.waitSignal(service.job_ended) as ended:
        service.stop()
    assert ended.args[0].outcome is Outcome.STOPPED
    assert len(clips.heard) == 1


def test_that_a_click_on_another_video_is_not_answered_by_the_run_that_ends(
    qtbot, service, engine, numbered_video
):
    engine.delay_s = 0.3
    started = threading.Event()
    engine.before_clip = lambda _frames: started.set()
    readers = []
    track, preview = engine.track, engine.preview
    engine.track = lambda video, *rest: readers.append(video) or track(video, *rest)
    engine.preview = lambda video, *rest, **how: (
        readers.append(video) or preview(video, *rest, **how)
    )
    service.track(run_over(LAST))
    assert started.wait(20)
    service.set_video(numbered_video)
    with qtbot.waitSignal(service.preview_answered):
        service.preview(3, (PointExemplar(3, GRASS, 5, 5),), GRASS, gesture=1)
    of_run, of_click = readers
    assert of_run is not of_click


def test_that_only_the_newest_of_several_clicks_on_a_target_is_answered(qtbot, service, engine):
    holds = threading.Event()
    started = threading.Event()

    def hold(frames):
        started.set()
        assert holds.wait(20)

    engine.before_clip = hold
    service.track(run_over(3))
    assert started.wait(20)
    answers = Listener()
    service.preview_answered.connect(answers.hear)
    numbers = [
        service.preview(0, (PointExemplar(0, COW, x, 20),), COW, gesture=x) for x in range(5, 10)
    ]
    with qtbot.waitSignal(service.job_ended):
        holds.set()

    assert [answer.request.number for answer in answers.heard] == numbers[-1:]


def test_that_hovering_does_not_lose_the_answer_to_a_click(qtbot, service, engine):
    holds, started = threading.Event(), threading.Event()

    def hold(frames):
        started.set()
        assert holds.wait(20)

    engine.before_clip = hold
    service.track(run_over(3))
    assert started.wait(20)
    answers = Listener()
    service.preview_answered.connect(answers.hear)
    click = service.preview(0, (PointExemplar(0, COW, 5, 20),), COW, gesture=1)
    service.preview(0, (PointExemplar(0, COW, 6, 20),), COW)
    hover = service.preview(0, (PointExemplar(0, COW, 7, 20),), COW)
    assert service.awaits_answer
    with qtbot.waitSignals([service.clicks_answered, service.job_ended]):
        holds.set()

    assert [answer.request.number for answer in answers.heard] == [click, hover]
    assert not service.awaits_answer


def test_that_a_second_job_is_refused_while_one_goes_on(qtbot, service):
    with qtbot.waitSignal(service.job_ended):
        service.track(run_over())
        with pytest.raises(ValueError, match="a job goes on already"):
            service.track(run_over())


def test_that_answers_for_the_video_before_are_dropped(qtbot, service, engine, numbered_video):
    engine.delay_s = 0.05
    with qtbot.waitSignal(service.clip_answered):
        service.track(run_over())
    late = Listener()
    service.clip_answered.connect(late.hear)
    service.job_ended.connect(late.hear)
    service.set_video(numbered_video)
    with qtbot.waitSignal(service.preview_answered):
        service.preview(0, (PointExemplar(0, COW, 5, 5),), COW)
    assert late.heard == []


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [(DeviceMemoryError("no memory left"), True), (CheckpointError("bad file"), False)],
)
def test_that_an_error_of_the_network_ends_the_run_with_its_message(
    qtbot, service, engine, error, is_memory
):
    def fail(frames):
        raise error

    engine.before_clip = fail
    with qtbot.waitSignal(service.job_ended) as ended:
        service.track(run_over())
    end = ended.args[0]
    assert (end.outcome, end.message) == (Outcome.FAILED, str(error))
    assert end.is_out_of_memory == is_memory


def test_that_an_unforeseen_error_ends_the_run_and_the_next_one_goes_well(qtbot, service, engine):
    def fail(frames):
        raise RuntimeError("a bug")

    engine.before_clip = fail
    with qtbot.waitSignal(service.job_ended) as ended:
        service.track(run_over())
    assert ended.args[0].outcome is Outcome.FAILED
    engine.before_clip = None
    with qtbot.waitSignal(service.job_ended) as ended:
        service.track(run_over())
    assert ended.args[0].outcome is Outcome.FINISHED


def test_that_without_weights_a_click_and_a_run_say_so(qtbot, numbered_video):
    service = SegmentationService(load=lambda choice: None)
    service.set_video(numbered_video)
    with qtbot.waitSignal(service.preview_failed) as failed:
        service.preview(0, (PointExemplar(0, COW, 5, 5),), COW, gesture=1)
    assert failed.args[1] == ""
    with qtbot.waitSignal(service.job_ended):
        service.track(run_over())
    assert service.model.state is ModelState.MISSING
    service.shut_down()


def test_that_weights_that_do_not_load_are_told_with_the_reason(qtbot, numbered_video):
    def load(choice):
        raise CheckpointError("the file is damaged")

    service = SegmentationService(load=load)
    service.set_video(numbered_video)
    with qtbot.waitSignal(
        service.model_changed, check_params_cb=lambda status: status.state is ModelState.FAILED
    ) as changed:
        service.warm_up()
    assert changed.args[0].message == "the file is damaged"
    service.shut_down()


def test_that_another_choice_of_weights_is_loaded_when_next_needed(qtbot, numbered_video, tmp_path):
    chosen = []

    def load(choice):
        chosen.append(choice)
        return FakeEngine(), tmp_path / "any.safetensors"

    service = SegmentationService(load=load)
    service.set_video(numbered_video)
    other = ModelChoice(tmp_path / "other.safetensors", "cpu")
    service.choose_model(other)
    with qtbot.waitSignal(
        service.model_changed, check_params_cb=lambda status: status.state is ModelState.READY
    ):
        service.warm_up()
    assert chosen == [other]
    service.shut_down()


def test_that_shutting_down_during_a_run_takes_no_longer_than_a_clip(qtbot, engine, numbered_video):
    engine.delay_s = 0.1
    service = SegmentationService(load=lambda choice: (engine, numbered_video))
    service.set_video(numbered_video)
    with qtbot.waitSignal(service.clip_answered):
        service.track(run_over())
    start = time.monotonic()
    service.shut_down()
    assert time.monotonic() - start < 1.0


@pytest.fixture
def idle(qtbot, service, engine):
    """The service while its worker fills the cache round frame 7, which never ends by itself."""
    with qtbot.waitSignal(service.model_changed, check_params_cb=is_ready):
        service.warm_up()
    service.prepare(7)
    qtbot.waitUntil(lambda: len(engine.prepared) > 2)
    return service


def is_ready(status):
    return status.state is ModelState.READY


def test_that_a_click_is_answered_while_the_cache_is_filled_which_then_goes_on(qtbot, idle, engine):
    with qtbot.waitSignal(idle.preview_answered):
        idle.preview(3, (PointExemplar(3, GRASS, 5, 5),), GRASS)

    done = len(engine.prepared)
    qtbot.waitUntil(lambda: len(engine.prepared) > done)
    assert set(engine.prepared) == {7}


def test_that_filling_rests_when_the_frame_moves_and_goes_on_round_the_new_one(qtbot, idle, engine):
    idle.rest()
    qtbot.wait(50)
    done = len(engine.prepared)
    qtbot.wait(50)
    assert len(engine.prepared) == done

    idle.prepare(12)

    qtbot.waitUntil(lambda: engine.prepared[-1] == 12)


def test_that_another_video_ends_the_filling(qtbot, idle, engine):
    idle.set_video(None)
    qtbot.wait(50)
    done = len(engine.prepared)
    qtbot.wait(50)

    assert len(engine.prepared) == done
