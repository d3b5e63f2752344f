"""The tour: once by itself, again when asked for; it goes on when its step was tried."""

import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.requests import (
    FindRequest,
    JobEnd,
    Outcome,
    RequestNumber,
    RunRequest,
)
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.tour import Tour
from tarvis_core.annotation import painting
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import ClassRequest, ClassTask
from tarvis_core.annotation.track import FrameState, TrackFrame
from tests.fakes.fake_engine import load_fake
from tests.fakes.projects import COW, SIZE, rectangle

FRAME = 4


@pytest.fixture
def runs(qtbot, document, view_state):
    service = SegmentationService(load=load_fake)
    yield Runs(document, view_state, service)
    service.shut_down()


@pytest.fixture
def tour(notifications, settings, document, runs):
    return Tour(notifications, settings, document, runs)


def press(notifications, index):
    """Press a button of the message, as the banner does."""
    remedy = notifications.current.remedies[index]
    notifications.clear()
    remedy.call()


def click(document):
    """Click on a frame that has no mask yet; the answer is still to come."""
    exemplars = [PointExemplar(FRAME, COW, 9.5, 9.5)]
    document.edit(Edit("click", painting.set_exemplars(document.opened, COW, FRAME, exemplars)))


def decide(document, state):
    """Accept or verify a mask."""
    document.edit(Edit("decide", painting.set_state(document.opened, COW, [FRAME], state)))


def finish_run(runs):
    runs.ended.emit(JobEnd(RunRequest(RequestNumber(1), ()), Outcome.FINISHED))


def answer(document, mask):
    """What the network says to the click."""
    held = TrackFrame(mask, FrameState.PREDICTED, 0.9)
    document.edit(Edit("click", (document.opened.masks.change_to(COW, FRAME, held),)))


def test_that_the_tour_comes_once_and_goes_step_by_step(notifications, settings, tour):
    tour.start_once()
    for step in tour.steps:
        assert notifications.current.text == step.text
        press(notifications, 0)
    assert notifications.current is None
    tour.start_once()
    assert notifications.current is None
    tour.start()
    assert notifications.current.text == tour.steps[0].text


def test_that_the_tour_is_left_with_skip(notifications, tour):
    tour.start()
    press(notifications, 1)
    assert notifications.current is None
    assert tour.position is None


def test_that_each_step_is_passed_by_doing_what_it_says(document, runs, tour):
    tour.start()
    click(document)
    assert tour.position == 0
    answer(document, Mask.empty(*SIZE))
    assert tour.position == 0
    answer(document, rectangle(25, 2, 8, 6))
    assert tour.position == 1
    search = ClassRequest("youtube_vis", ClassTask.INSTANCES, 0, 3)
    runs.ended.emit(JobEnd(FindRequest(RequestNumber(2), search), Outcome.FINISHED))
    runs.ended.emit(JobEnd(RunRequest(RequestNumber(3), ()), Outcome.FAILED, "no memory"))
    assert tour.position == 1
    finish_run(runs)
    assert tour.position == 2
    decide(document, FrameState.KEYFRAME)
    finish_run(runs)
    assert tour.position == 3
    answer(document, rectangle(25, 2, 8, 6))
    decide(document, FrameState.VERIFIED)
    assert tour.position == 4


def test_that_a_step_stays_until_the_last_key_that_it_names_was_used(
    document, runs, tour, notifications
):
    tour.start()
    answer(document, rectangle(25, 2, 8, 6))
    decide(document, FrameState.KEYFRAME)
    assert tour.position == 1, "accepting is no run"
    finish_run(runs)
    assert "Shift+T" in notifications.current.text
    finish_run(runs)
    assert tour.position == 2, "nothing was corrected yet"
    decide(document, FrameState.VERIFIED)
    assert "Shift+T" in notifications.current.text, "that is still to come"
    finish_run(runs)
    assert "Y says" in notifications.current.text
    decide(document, FrameState.KEYFRAME)
    assert tour.position == 3, "Y verifies"


def test_that_nothing_is_said_while_no_tour_goes_on(notifications, document, tour):
    click(document)
    answer(document, rectangle(25, 2, 8, 6))
    assert notifications.current is None


def test_that_a_step_comes_back_after_another_message(notifications, tour):
    tour.start()
    notifications.inform("Select the target to split.")
    notifications.clear()
    assert notifications.current.text == tour.steps[0].text
    notifications.clear()
    assert notifications.current is None


def test_that_a_step_that_was_closed_stays_closed(notifications, tour):
    tour.start()
    notifications.clear()

    notifications.inform("Select the target to split.")
    notifications.clear()

    assert notifications.current is None
