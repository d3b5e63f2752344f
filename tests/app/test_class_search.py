"""Class search asked too early waits for the network; asked again, it asks what is picked now."""

import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tarvis_app.actions import Actions
from tarvis_app.conduct.availability import Availability
from tarvis_app.conduct.class_search import ClassSearch
from tarvis_app.conduct.model_conduct import ModelNotices
from tarvis_app.conduct.run_remedies import RunRemedies
from tarvis_app.panels.task_panel import TaskPanel
from tarvis_app.segmentation.requests import ModelState, Outcome
from tarvis_app.segmentation.run_forecast import RunForecast
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.segmentation.speed_meter import SpeedMeter
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.segmentation import ClassRequest
from tarvis_core.errors import TarvisError
from tests.fakes.fake_engine import FakeEngine
from tests.fakes.numbered_video import Recipe, write_numbered_video
from tests.fakes.projects import SIZE


class SlowShelf:
    """Loads its engine when it is let; None stands for no weights on the machine."""

    def __init__(self):
        self.engine = FakeEngine()
        self.may_load = threading.Event()

    def load(self, choice):
        assert self.may_load.wait(20)
        return None if self.engine is None else (self.engine, Path("fake.safetensors"))


@pytest.fixture
def shelf():
    return SlowShelf()


@pytest.fixture
def service(qtbot, shelf, tmp_path):
    service = SegmentationService(load=shelf.load)
    service.set_video(write_numbered_video(tmp_path, Recipe("cow.mp4", num_frames=12, size=SIZE)))
    yield service
    shelf.may_load.set()
    service.shut_down()


@pytest.fixture
def runs(document, view_state, service):
    return Runs(document, view_state, service)


@pytest.fixture
def actions(settings, theme):
    return Actions(settings, theme)


@pytest.fixture
def panel(qtbot, actions, view_state):
    panel = TaskPanel(actions, view_state)
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def search(document, view_state, runs, service, panel, notifications, actions, settings):
    picker = panel.class_picker
    ModelNotices(service, picker, notifications, actions)
    Availability(actions, document, runs, panel)
    meter = SpeedMeter(runs, service, settings)
    forecast = RunForecast(document, view_state, runs, meter, service)
    search = ClassSearch(picker, view_state, runs, service, forecast)
    search.follow(document)
    panel.find_wanted.connect(search.start)
    return search


def searches(engine):
    return [request for request in engine.requests if isinstance(request, ClassRequest)]


def test_that_before_the_model_is_there_no_class_is_offered_and_it_says_why(
    qtbot, search, panel, service
):
    picker = panel.class_picker
    assert not picker.knows_classes
    assert not picker._sets.isEnabled()
    assert "when the model is loaded" in picker.count.text()
    service.warm_up()
    qtbot.waitUntil(lambda: service.model.state is ModelState.LOADING)
    assert picker.count.text() == "The model is loading…"


def test_that_a_search_asked_while_the_model_loads_runs_when_it_is_there(
    qtbot, search, panel, runs, shelf
):
    panel.find_button.click()
    assert search.is_waiting
    assert not runs.is_running
    assert not panel.find_button.isEnabled()
    assert "Starts when" in panel.class_picker.count.text()
    with qtbot.waitSignal(runs.ended) as ended:
        shelf.may_load.set()
    assert ended.args[0].outcome is Outcome.FINISHED
    assert [request.label_set for request in searches(shelf.engine)] == ["youtube_vis"]
    assert not search.is_waiting
    assert panel.find_button.isEnabled()


def test_that_a_search_without_weights_says_so(qtbot, search, panel, runs, shelf):
    shelf.engine = None
    shelf.may_load.set()
    with qtbot.waitSignal(search.weights_missing):
        panel.find_button.click()
    assert not search.is_waiting
    assert panel.find_button.isEnabled()


def test_that_another_project_takes_a_waiting_search_back(
    qtbot, search, panel, service, shelf, document
):
    panel.find_button.click()
    document.open(document.project)
    assert not search.is_waiting
    shelf.may_load.set()
    qtbot.waitUntil(lambda: service.model.state is ModelState.READY)
    QApplication.sendPostedEvents()
    assert not searches(shelf.engine)


def test_that_a_search_that_waited_while_a_run_began_is_told_of(
    qtbot, search, panel, runs, service, shelf, document
):
    panel.find_button.click()
    runs.track_both()
    assert runs.is_running
    with qtbot.waitSignal(runs.nothing_to_do) as told:
        shelf.may_load.set()
    assert "A run is going on" in told.args[0]
    assert not search.is_waiting
    runs.stop()
    qtbot.waitUntil(lambda: not runs.is_running)


def test_that_try_again_asks_for_what_is_picked_now(
    qtbot, search, panel, runs, service, shelf, settings, actions
):
    picker, engine = panel.class_picker, shelf.engine
    shelf.may_load.set()
    engine.before_clip = refuse
    with qtbot.waitSignal(runs.ended) as ended:
        panel.find_button.click()
    remedies = RunRemedies(runs, search, service, settings, actions)
    (again,) = remedies.for_end(ended.args[0])
    dog = load_label_set("youtube_vis").by_name("dog")
    picker.classes.search.setText("dog")
    picker.classes._tick_first()
    engine.before_clip = None
    with qtbot.waitSignal(runs.ended) as ended:
        again.call()
    assert ended.args[0].outcome is Outcome.FINISHED
    assert searches(engine)[-1].categories == (dog.id,)


def refuse(frames):
    raise TarvisError("not now")


def test_that_ticks_outlast_another_loading_of_the_same_model(search, panel):
    picker = panel.class_picker
    picker.offer_label_sets(("youtube_vis", "kitti_step"))
    picker.classes.search.setText("dog")
    picker.classes._tick_first()
    ticked = picker.categories
    picker.await_model("loading")
    assert not picker.knows_classes
    picker.offer_label_sets(("youtube_vis",))
    assert picker.categories == ticked
    assert picker.count.text().startswith("1 of")


def test_that_what_is_ticked_is_seen_with_the_next_video(search, panel, document, project):
    picker = panel.class_picker
    search.follow(document)
    picker.offer_label_sets(("youtube_vis",))
    picker.classes.search.setText("zebra")
    picker.classes._tick_first()
    picker.classes.search.setText("cat")
    document.open(project)
    assert not picker.classes.search.text()
    assert picker.classes.view.model().index(0, 0).data() == "zebra"
    assert picker.count.text().startswith("1 of")
