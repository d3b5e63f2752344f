"""A click is answered by one look at its frame at once, and by all looks when no click waits."""

import threading

import pytest

from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.errors import VideoError
from tests.fakes.fake_engine import FakeEngine
from tests.fakes.projects import COW, GRASS

AT = 3


class SlowEyes(FakeEngine):
    """Looks twice; the second look at a target waits until it is let."""

    def __init__(self):
        super().__init__()
        self.has_quick_preview = True
        self.may_look = threading.Event()
        self.may_look.set()
        self.looks = threading.Event()
        self.fails = False

    def preview(self, video, frame, exemplars, *, is_quick=False):
        if not is_quick:
            self.looks.set()
            while not self.may_look.wait(0.001):
                self.pause()
            if self.fails:
                raise VideoError("a frame cannot be read")
        return super().preview(video, frame, exemplars, is_quick=is_quick)


@pytest.fixture
def engine():
    return SlowEyes()


@pytest.fixture
def service(qtbot, engine, numbered_video):
    service = SegmentationService(load=lambda choice: (engine, numbered_video))
    service.set_video(numbered_video)
    yield service
    engine.may_look.set()
    service.shut_down()


@pytest.fixture
def heard(service):
    """The answers, in the order in which they come."""
    answers = []
    service.preview_answered.connect(answers.append)
    return answers


def ask(service, target=COW, gesture=1, x=30):
    return service.preview(AT, (PointExemplar(AT, target, x, 30),), target, gesture)


def told(answers):
    return [(each.request.number, each.is_settled) for each in answers]


def test_that_the_second_answer_is_better_and_the_click_waits_for_it(qtbot, service, engine, heard):
    engine.may_look.clear()
    number = ask(service)
    qtbot.waitUntil(lambda: bool(heard))
    assert service.awaits_answer

    with qtbot.waitSignal(service.clicks_answered):
        engine.may_look.set()

    assert told(heard) == [(number, False), (number, True)]
    assert heard[1].mask.mask.area > heard[0].mask.mask.area
    assert not service.awaits_answer


def test_that_a_click_that_comes_during_a_second_look_has_its_first_answer_at_once(
    qtbot, service, engine, heard
):
    engine.may_look.clear()
    first = ask(service)
    assert engine.looks.wait(20)
    second = ask(service, GRASS, gesture=2)
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert told(heard) == [(first, False), (second, False)]

    with qtbot.waitSignal(service.clicks_answered):
        engine.may_look.set()

    assert told(heard)[2:] == [(first, True), (second, True)]


def test_that_a_newer_click_ends_the_second_look_of_the_one_before(qtbot, service, engine, heard):
    engine.may_look.clear()
    ask(service, GRASS)
    assert engine.looks.wait(20)
    older = ask(service, COW, gesture=2)
    qtbot.waitUntil(lambda: len(heard) == 2)
    newer = ask(service, COW, gesture=3, x=40)
    with qtbot.waitSignal(service.clicks_answered):
        engine.may_look.set()

    assert (older, False) in told(heard)
    assert (older, True) not in told(heard)
    assert told(heard)[-1] == (newer, True)
    seen = [request for request in engine.requests if request[2][0].target == COW]
    assert len(seen) == 3, "nobody looks twice for a click that was replaced"


def test_that_hovering_is_answered_once(qtbot, service, engine, heard):
    number = ask(service, gesture=None)
    qtbot.waitUntil(lambda: bool(heard))
    ask(service, GRASS)
    qtbot.waitUntil(lambda: len(heard) == 3)

    assert told(heard)[0] == (number, True)
    assert [each.request.target for each in heard] == [COW, GRASS, GRASS]


def test_that_the_first_answer_stays_where_the_second_look_fails(qtbot, service, engine, heard):
    engine.fails = True
    failures = []
    service.preview_failed.connect(lambda *what: failures.append(what))
    with qtbot.waitSignal(service.clicks_answered):
        ask(service)

    assert [each.is_settled for each in heard] == [False, True]
    assert heard[0].mask == heard[1].mask
    assert failures == []


def test_that_weights_with_one_look_answer_once(qtbot, service, engine, heard):
    engine.has_quick_preview = False
    with qtbot.waitSignal(service.clicks_answered):
        ask(service)

    assert [each.is_settled for each in heard] == [True]
    assert not engine.looks.is_set()
