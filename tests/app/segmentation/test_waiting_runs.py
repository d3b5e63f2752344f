"""A run that was asked for while a click is answered: what becomes of it until it starts."""

import threading

import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_core.annotation import target_operations
from tests.fakes.fake_engine import FakeEngine
from tests.fakes.projects import COW, GRASS


@pytest.fixture
def may_load():
    """Lets the network load, and so answer."""
    return threading.Event()


@pytest.fixture
def service(qtbot, may_load, numbered_video):
    def load(_choice):
        assert may_load.wait(20)
        return FakeEngine(0.2), numbered_video

    service = SegmentationService(load=load)
    service.set_video(numbered_video)
    yield service
    may_load.set()
    service.shut_down()


@pytest.fixture
def runs(document, view_state, service):
    """One run waits, for the cow and the grass."""
    runs = Runs(document, view_state, service)
    view_state.select(COW, GRASS)
    service.preview(0, document.opened.exemplars_at(COW, 0), COW, gesture=1)
    runs.track_forward()
    return runs


@pytest.fixture
def told(runs):
    """What was said so far."""
    messages = []
    runs.nothing_to_do.connect(messages.append)
    return messages


def delete(document, *targets):
    document.edit(Edit("Delete", target_operations.delete_targets(document.opened, targets)))


def test_that_a_waiting_run_goes_without_a_target_that_is_gone(
    qtbot, document, service, runs, may_load
):
    delete(document, COW)
    with qtbot.waitSignal(runs.started):
        may_load.set()

    (step,) = service.job.steps
    assert [target for target, _ in step.wanted] == [GRASS]


def test_that_a_waiting_run_of_targets_that_are_all_gone_is_dropped(
    qtbot, document, service, runs, told, may_load
):
    delete(document, COW, GRASS)
    with qtbot.waitSignal(service.clicks_answered):
        may_load.set()

    assert not runs.is_running
    assert told == []
