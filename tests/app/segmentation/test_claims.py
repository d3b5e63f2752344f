"""Claims: asked in the network's thread when nothing else is, and forgotten when nobody waits."""

import threading

import numpy as np
import pytest

from tarvis_app.playback.frame_motion import small_size
from tarvis_app.segmentation.requests import TrackStep
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.annotation.segmentation_changes import Span
from tarvis_core.errors import DeviceMemoryError
from tests.fakes.fake_engine import FakeEngine
from tests.fakes.projects import COW, GRASS

PLACES = ((20.0, 20.0), (60.0, 40.0), (40.0, 30.0))
SMALL = (32, 48)


class HeldEngine(FakeEngine):
    """Waits before each preview while it is shut."""

    def __init__(self):
        super().__init__()
        self.open = threading.Event()
        self.open.set()
        self.reached = threading.Semaphore(0)
        self.error = None

    def preview(self, video, frame, exemplars, *, is_quick=False):
        self.reached.release()
        assert self.open.wait(10)
        if self.error is not None:
            raise self.error
        return super().preview(video, frame, exemplars, is_quick=is_quick)

    @property
    def clicks(self):
        """(x, y) of the previews so far, in their order."""
        given = [request[2] for request in self.requests if isinstance(request, tuple)]
        return [(exemplars[0].x, exemplars[0].y) for exemplars in given]


@pytest.fixture
def engine():
    return HeldEngine()


@pytest.fixture
def service(qtbot, engine, numbered_video):
    service = SegmentationService(load=lambda _: (engine, numbered_video))
    service.set_video(numbered_video)
    yield service
    engine.open.set()
    service.shut_down()


@pytest.fixture
def heard(service):
    heard = []
    service.claims_answered.connect(heard.append)
    return heard


def test_that_each_place_is_asked_as_a_first_click_and_answered_small(qtbot, service, engine):
    with qtbot.waitSignal(service.claims_answered) as told:
        request = service.ask_claims(3, PLACES, SMALL)
    answer = told.args[0]
    assert answer.request is request
    assert engine.clicks == list(PLACES)
    assert answer.claims.shape == (3, *SMALL)
    assert answer.claims.dtype == bool
    for (x, y), claimed in zip(PLACES, answer.claims, strict=True):
        rows, columns = np.nonzero(claimed)
        assert columns.mean() + 0.5 == pytest.approx(x / 2, abs=1)
        assert rows.mean() + 0.5 == pytest.approx(y / 2, abs=1)


def test_that_a_click_is_answered_between_two_places(qtbot, service, engine, heard):
    engine.open.clear()
    service.ask_claims(3, PLACES, SMALL)
    assert engine.reached.acquire(timeout=20)
    service.preview(3, (PointExemplar(3, GRASS, 5, 5),), GRASS, gesture=1)
    with qtbot.waitSignals([service.preview_answered, service.claims_answered], order="strict"):
        engine.open.set()
    assert engine.clicks == [PLACES[0], (5, 5), *PLACES[1:]]
    assert len(heard) == 1


def test_that_a_run_comes_before_the_places_that_are_left(qtbot, service, engine):
    engine.open.clear()
    service.ask_claims(3, PLACES, SMALL)
    assert engine.reached.acquire(timeout=20)
    point = PointExemplar(0, COW, 30, 30)
    step = TrackStep(TrackRequest((point,), 0, 5), ((COW, (Span(0, 5, None, None),)),))
    service.track((step,))
    with qtbot.waitSignals([service.job_ended, service.claims_answered], order="strict"):
        engine.open.set()
    assert engine.clicks == list(PLACES)


def test_that_newer_questions_replace_older_ones(qtbot, service, engine, heard):
    engine.open.clear()
    service.ask_claims(3, PLACES, SMALL)
    assert engine.reached.acquire(timeout=20)
    newest = service.ask_claims(4, PLACES[:1], SMALL)
    with qtbot.waitSignal(service.claims_answered):
        engine.open.set()
    assert [answer.request for answer in heard] == [newest]
    assert engine.clicks == [PLACES[0], PLACES[0]]


def test_that_nobody_hears_what_is_not_wanted_any_more(qtbot, service, engine, heard):
    engine.open.clear()
    service.ask_claims(3, PLACES, SMALL)
    assert engine.reached.acquire(timeout=20)
    service.forget_claims()
    engine.open.set()
    with qtbot.waitSignal(service.preview_answered):
        service.preview(3, (PointExemplar(3, GRASS, 5, 5),), GRASS, gesture=1)
    assert engine.clicks == [PLACES[0], (5, 5)]
    assert heard == []


def test_that_questions_about_the_video_before_are_forgotten(
    qtbot, service, engine, heard, numbered_video
):
    engine.open.clear()
    service.ask_claims(3, PLACES, SMALL)
    assert engine.reached.acquire(timeout=20)
    service.set_video(numbered_video)
    engine.open.set()
    with qtbot.waitSignal(service.preview_answered):
        service.preview(3, (PointExemplar(3, GRASS, 5, 5),), GRASS, gesture=1)
    assert len(engine.clicks) == 2
    assert heard == []


@pytest.mark.parametrize("error", [DeviceMemoryError("no memory left"), RuntimeError("a bug")])
def test_that_a_network_that_fails_says_nothing(qtbot, service, engine, error):
    engine.error = error
    with qtbot.waitSignal(service.claims_answered) as told:
        service.ask_claims(3, PLACES, SMALL)
    assert told.args[0].claims is None
    engine.error = None
    with qtbot.waitSignal(service.claims_answered) as told:
        service.ask_claims(3, PLACES, SMALL)
    assert told.args[0].claims is not None


def test_that_without_weights_the_answer_is_nothing(qtbot, numbered_video):
    service = SegmentationService(load=lambda _: None)
    service.set_video(numbered_video)
    with qtbot.waitSignal(service.claims_answered) as told:
        service.ask_claims(3, PLACES, SMALL)
    assert told.args[0].claims is None
    service.shut_down()


def test_that_idle_work_waits_for_the_answer(qtbot, service, engine):
    with qtbot.waitSignal(service.claims_answered):
        service.ask_claims(3, PLACES, SMALL)
    engine.open.clear()
    while engine.reached.acquire(blocking=False):
        pass
    service.ask_claims(3, PLACES, SMALL)
    assert engine.reached.acquire(timeout=20)
    service.prepare(7)
    assert engine.prepared == []
    with qtbot.waitSignal(service.claims_answered):
        engine.open.set()
    qtbot.waitUntil(lambda: 7 in engine.prepared)


def test_that_the_small_frame_has_the_shape_of_the_frame():
    assert small_size((1080, 1920)) == (192, 341)
    assert small_size((640, 360)) == (341, 192)
