"""When memory runs out: what is offered, and that it sets what it says and runs on."""

import logging
from pathlib import Path

import pytest

from tarvis_app.actions import Actions
from tarvis_app.conduct.class_search import ClassSearch
from tarvis_app.conduct.engine_notices import ENGINE_LOG, EngineNotices
from tarvis_app.conduct.run_remedies import RunRemedies
from tarvis_app.panels.class_picker import ClassPicker
from tarvis_app.segmentation.requests import ModelChoice, Outcome
from tarvis_app.segmentation.run_forecast import RunForecast
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.segmentation.speed_meter import SpeedMeter
from tarvis_app.settings import MAX_REDUCTION
from tarvis_core.errors import DeviceMemoryError
from tests.fakes.fake_engine import FakeEngine
from tests.fakes.numbered_video import Recipe, write_numbered_video
from tests.fakes.projects import SIZE

SMALLER = "Shorter clips, smaller frames"


class TightMachine:
    """Loads engines that run out of memory unless clips are as small as can be."""

    def __init__(self):
        self.choices = []

    def load(self, choice):
        self.choices.append(choice)
        engine = FakeEngine()
        if choice.reduction < MAX_REDUCTION:
            engine.before_clip = self.fail
        return engine, Path("fake.safetensors")

    def fail(self, frames):
        raise DeviceMemoryError("memory ran out")


@pytest.fixture
def machine():
    return TightMachine()


@pytest.fixture
def service(qtbot, machine, tmp_path):
    service = SegmentationService(load=machine.load)
    service.set_video(write_numbered_video(tmp_path, Recipe("cow.mp4", num_frames=12, size=SIZE)))
    yield service
    service.shut_down()


@pytest.fixture
def runs(document, view_state, service):
    return Runs(document, view_state, service)


def test_that_the_smaller_setting_is_offered_set_and_runs_on(
    qtbot, runs, service, settings, theme, machine, document, view_state
):
    actions = Actions(settings, theme)
    meter = SpeedMeter(runs, service, settings)
    forecast = RunForecast(document, view_state, runs, meter, service)
    search = ClassSearch(ClassPicker(), view_state, runs, service, forecast)
    remedies = RunRemedies(runs, search, service, settings, actions)
    with qtbot.waitSignal(runs.ended) as ended:
        runs.track_forward()
    end = ended.args[0]
    assert end.is_out_of_memory
    offered = {remedy.text: remedy for remedy in remedies.for_end(end)}
    assert SMALLER in offered
    before = document.opened.masks.num_masks
    with qtbot.waitSignal(runs.ended) as ended:
        offered[SMALLER].call()
    assert ended.args[0].outcome is Outcome.FINISHED
    assert document.opened.masks.num_masks > before
    assert settings.reduction == MAX_REDUCTION
    assert [choice.reduction for choice in machine.choices] == [0, MAX_REDUCTION]
    assert SMALLER not in [remedy.text for remedy in remedies.for_end(end)]


def test_that_a_choice_holds_what_was_set_last(settings):
    settings.reduction = 7
    assert ModelChoice.of(settings).reduction == MAX_REDUCTION
    settings.reduction = 0
    assert ModelChoice.of(settings).reduction == 0


@pytest.fixture
def notices(notifications, service, settings):
    notices = EngineNotices(notifications, service, settings)
    yield notices
    notices.stop()


def test_that_the_engines_warnings_are_said_until_it_stops(qtbot, notices, notifications):
    log = logging.getLogger(f"{ENGINE_LOG}.clip_source")
    log.warning("the file is odd")
    qtbot.waitUntil(lambda: notifications.current is not None)
    assert notifications.current.text == "The file is odd."
    assert notifications.current.remedies == ()
    notifications.clear()
    log.info("nothing to say")
    notices.stop()
    log.warning("said to nobody")
    qtbot.wait(20)
    assert notifications.current is None


def test_that_smaller_clips_can_be_kept_after_the_engine_made_them(
    qtbot, notices, notifications, settings
):
    log = logging.getLogger(f"{ENGINE_LOG}.clip_source")
    log.warning("memory ran out on %s; going on with %d frames", "cpu", 4)
    qtbot.waitUntil(lambda: notifications.current is not None)
    assert notifications.current.text == "Memory ran out on cpu; going on with 4 frames."
    notifications.current.remedies[0].call()
    assert settings.reduction == 1
