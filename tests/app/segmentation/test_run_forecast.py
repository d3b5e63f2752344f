"""What a run will take: measured, remembered, and said before it is started."""

from dataclasses import replace
from pathlib import Path

import pytest

from tarvis_app.document.document import Document
from tarvis_app.document.edits import Edit
from tarvis_app.panels.forecast_row import ForecastRow, SearchForecast, duration_text
from tarvis_app.segmentation import run_forecast
from tarvis_app.segmentation.process_memory import process_memory
from tarvis_app.segmentation.rate_book import RateBook, Setting
from tarvis_app.segmentation.rates import DecodingRate, EncodingRate
from tarvis_app.segmentation.requests import MemoryUse, ModelState, ModelStatus
from tarvis_app.segmentation.run_forecast import Cost, Forecast, RunForecast
from tarvis_app.segmentation.run_ways import Way
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.segmentation.speed_meter import SpeedMeter
from tarvis_app.settings import Settings
from tarvis_core.annotation import painting, target_operations
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import ClassRequest, ClassTask, Direction
from tarvis_core.annotation.target import Target
from tarvis_core.video.clip import ClipGrid
from tarvis_core.video.encoding_work import KeptFeatures
from tests.fakes.fake_engine import FakeEngine
from tests.fakes.projects import COW, predicted, rectangle, video_identity


@pytest.fixture
def service(qtbot, numbered_video):
    service = SegmentationService(load=lambda _: (FakeEngine(0.005), numbered_video))
    service.set_video(numbered_video)
    yield service
    service.shut_down()


@pytest.fixture
def document(qapp):
    document = Document()
    clicks = [PointExemplar(0, COW, 20.5, 20.5)]
    identity = video_identity(12, (64, 96))
    document.open(Project(identity, LabelSet("", ()), [Target(COW, "Cow")], clicks))
    return document


@pytest.fixture
def runs(document, view_state, service):
    view_state.select(COW)
    return Runs(document, view_state, service)


@pytest.fixture
def meter(runs, service, settings):
    return SpeedMeter(runs, service, settings)


def test_that_a_run_is_measured_and_remembered_for_the_next_start(
    qtbot, runs, meter, service, settings, folders
):
    whole = [Way(((0, 11),), 1)]
    assert meter.seconds(whole) is None
    with qtbot.waitSignal(meter.measured):
        runs.track_both()
    seconds = meter.seconds(whole)
    assert 0.0005 < seconds < 10.0
    assert meter.peak_bytes() > 10e6
    assert meter.peak_bytes("ovis") == 0
    settings.sync()
    again = SpeedMeter(runs, service, Settings(folders))
    assert again.seconds(whole) == pytest.approx(seconds, rel=1e-3)


def test_that_the_time_left_is_told_by_what_is_kept(qtbot, runs, meter):
    told = []
    runs.progressed.connect(lambda progress: told.append(progress.foretold_s))
    with qtbot.waitSignal(runs.ended):
        runs.track_both()
    with qtbot.waitSignal(runs.ended):
        runs.track_both()
    assert len(told) == 4
    assert None not in told[2:]
    assert told[-1] == 0.0


def test_that_a_class_search_is_measured_by_its_label_set(qtbot, runs, meter):
    whole = [Way(((0, 11),))]
    with qtbot.waitSignal(meter.measured):
        runs.find_classes(ClassRequest("youtube_vis", ClassTask.INSTANCES, 0, 11))
    assert meter.seconds(whole, "youtube_vis") is not None
    assert meter.seconds(whole, "ovis") is None


def test_that_the_forecast_counts_the_frames_of_each_direction(
    qtbot, document, view_state, runs, meter, service, settings
):
    forecast = RunForecast(document, view_state, runs, meter, service)
    with qtbot.waitSignal(forecast.changed) as changed:
        view_state.set_range(0, 9)
    told = changed.args[0]
    frames = {direction: cost.num_frames for direction, cost in told.tracking.items()}
    assert frames[Direction.BOTH] >= frames[Direction.FORWARD] > 0
    assert all(cost.seconds is None for cost in told.tracking.values())
    assert told.searching.num_frames == 10
    service.model = ModelStatus(ModelState.READY, Path("starter.safetensors"), "cpu")
    service.kept = KeptFeatures(ClipGrid(6, 3), 12, (64, 96), (64, 96))
    book, setting = RateBook(settings), Setting("starter", "cpu", 0, (64, 96), (64, 96))
    book.note_encoding(setting, EncodingRate(1.0, 10.0))
    book.note_decoding(setting, "track", DecodingRate(100.0, 1000.0))
    book.note_peak(setting, "track", 2**30)
    told = forecast.forecast()
    both = told.tracking[Direction.BOTH]
    assert (both.num_frames, both.seconds) == (10, 12 + 3 * 10 + 10 * 1100)
    assert told.needed_bytes == 2**30
    with qtbot.waitSignal(forecast.changed) as changed:
        service.kept_changed.emit(service.kept)
    service.kept = replace(service.kept, clips=(0, 3, 6))
    assert forecast.forecast().tracking[Direction.BOTH].seconds == 10 * 1100


@pytest.mark.parametrize(
    ("direction", "written"),
    [(Direction.FORWARD, ((0, 11),)), (Direction.BACKWARD, ()), (Direction.BOTH, ((0, 11),))],
)
def test_that_the_forecast_is_about_what_the_run_then_does(
    qtbot, document, view_state, runs, meter, service, direction, written
):
    view_state.note_shown_frame(4)
    told = RunForecast(document, view_state, runs, meter, service).forecast().tracking[direction]
    assert told.written == written
    refusals, totals = [], []
    runs.nothing_to_do.connect(refusals.append)
    runs.progressed.connect(lambda progress: totals.append(progress.frames_total))
    start = {
        Direction.FORWARD: runs.track_forward,
        Direction.BACKWARD: runs.track_backward,
        Direction.BOTH: runs.track_both,
    }[direction]
    if not written:
        start()
        assert refusals == [told.why_nothing]
        return
    with qtbot.waitSignal(runs.ended):
        start()
    frames = list(document.opened.masks.track(COW))
    assert frames == [f for first, last in written for f in range(first, last + 1)]
    assert set(totals) == {told.num_frames}


def test_that_the_row_says_which_frames_change_and_why_none_do(qtbot):
    row = ForecastRow()
    qtbot.addWidget(row)
    nothing = Cost(0, None, why_nothing="Click first.")
    both = Cost(12, None, ((4, 11), (13, 13)), names=("ball", "dog"))
    forward = Cost(99, None, ((0, 9),) * 5)
    row.show_forecast(
        Forecast({Direction.BACKWARD: nothing, Direction.BOTH: both, Direction.FORWARD: forward})
    )
    tips = [label.toolTip() for label in row._costs.values()]
    assert tips[0] == "Click first."
    assert "of ball, dog on frames 4–11, 13;" in tips[1]
    assert tips[2].count("0–9") == 4
    assert "…" in tips[2]


def test_that_the_forecast_names_the_stretches_that_change(
    document, view_state, runs, meter, service
):
    masks = document.opened.masks
    held = predicted(rectangle(2, 2, 9, 9, (64, 96)))
    frames = (0, 3, 4, 5, 6, 7, 8)
    document.edit(Edit("Track", tuple(masks.change_to(COW, f, held) for f in frames)))
    view_state.note_shown_frame(8)
    told = RunForecast(document, view_state, runs, meter, service).forecast()
    assert told.tracking[Direction.FORWARD].written == ((1, 2), (8, 11))


def test_that_the_forecast_names_whom_the_run_takes(document, view_state, runs, meter, service):
    number, changes = target_operations.create_target(document.opened, "Dog")
    document.edit(Edit("Dog", changes))
    forecast = RunForecast(document, view_state, runs, meter, service)
    both = forecast.forecast().tracking[Direction.BOTH]
    assert (both.names, both.left_out) == (("Cow",), ("Dog (nothing to carry from here)",))
    clicks = (PointExemplar(0, number, 5.5, 5.5),)
    document.edit(Edit("Click", painting.set_exemplars(document.opened, number, 0, clicks)))
    both = forecast.forecast().tracking[Direction.BOTH]
    assert (both.names, both.left_out) == (("Cow", "Dog"), ())


def test_that_frames_of_targets_that_start_elsewhere_are_counted_once(
    qtbot, document, view_state, runs, meter, service
):
    number, changes = target_operations.create_target(document.opened, "Dog")
    document.edit(Edit("Dog", changes))
    clicks = (PointExemplar(4, number, 5.5, 5.5),)
    document.edit(Edit("Click", painting.set_exemplars(document.opened, number, 4, clicks)))
    view_state.note_shown_frame(4)
    told = RunForecast(document, view_state, runs, meter, service).forecast()
    forward = told.tracking[Direction.FORWARD]
    assert forward.num_frames == 12
    row = ForecastRow()
    qtbot.addWidget(row)
    row.show_forecast(told)
    label = row._costs[Direction.FORWARD]
    assert label.text().startswith("12 frames")


@pytest.mark.parametrize("bound", ["MAX_TARGETS", "MAX_MASKS"])
def test_that_a_large_project_is_told_the_frames_of_its_range(
    document, view_state, runs, meter, service, monkeypatch, bound
):
    held = predicted(rectangle(2, 2, 9, 9, (64, 96)))
    change = document.opened.masks.change_to(COW, 0, held)
    document.edit(Edit("Track", (change,)))
    view_state.set_range(2, 8)
    monkeypatch.setattr(run_forecast, bound, 0)
    told = RunForecast(document, view_state, runs, meter, service).forecast()
    both = told.tracking[Direction.BOTH]
    assert (both.num_frames, both.names, both.written) == (7, (), ())


def test_that_the_row_says_frames_time_and_memory(qtbot):
    row, search = ForecastRow(), SearchForecast()
    qtbot.addWidget(row)
    qtbot.addWidget(search)
    cost = Cost(96, 8.2)
    told = Forecast(
        {Direction.BOTH: cost, Direction.FORWARD: Cost(0, 0.0)}, cost, 2**30, MemoryUse(1, 2**33)
    )
    row.show_forecast(told)
    search.show_forecast(told)
    texts = [label.text() for label in row._costs.values()]
    assert texts == ["–\n", "96 frames\n≈ 8 s", "–\n"]
    assert row._memory.text() == "Memory: about 1.0 of 8 GB"
    assert search.text() == "96 frames, ≈ 8 s"
    row.show_forecast(Forecast({Direction.BOTH: Cost(96, None)}))
    assert "after the first run" in row._memory.text()
    row.show_forecast(Forecast({Direction.BOTH: Cost(96, None)}, is_model_awaited=True))
    assert "known with the model" in row._memory.text()
    search.show_forecast(Forecast(searching=Cost(1, None)))
    assert search.text() == "1 frame"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.2, "≈ 1 s"), (59.2, "≈ 59 s"), (150, "≈ 2 min"), (4860, "≈ 1 h 21")],
)
def test_that_durations_are_said_as_one_says_them(seconds, text):
    assert duration_text(seconds) == text


def test_that_the_process_knows_its_memory():
    memory = process_memory()
    assert memory is None or 10e6 < memory.used_bytes < memory.total_bytes


def test_that_outside_the_range_every_run_is_said_to_be_so(
    document, view_state, runs, meter, service
):
    forecast = RunForecast(document, view_state, runs, meter, service)
    view_state.set_range(2, 4)
    view_state.note_shown_frame(9)
    costs = forecast.forecast().tracking.values()
    assert all(cost.is_outside and "outside the range 2–4" in cost.why_nothing for cost in costs)
    view_state.note_shown_frame(3)
    assert not any(cost.is_outside for cost in forecast.forecast().tracking.values())


def test_that_features_prepared_ahead_change_the_times_without_another_plan(
    qtbot, document, view_state, runs, meter, service, settings, monkeypatch
):
    plans, plan = [], runs.wishes.everyone
    monkeypatch.setattr(runs.wishes, "everyone", lambda *a: plans.append(a) or plan(*a))
    forecast = RunForecast(document, view_state, runs, meter, service)
    service.model = ModelStatus(ModelState.READY, Path("starter.safetensors"), "cpu")
    service.kept = KeptFeatures(ClipGrid(6, 3), 12, (64, 96), (64, 96))
    book, setting = RateBook(settings), Setting("starter", "cpu", 0, (64, 96), (64, 96))
    book.note_encoding(setting, EncodingRate(1.0, 10.0))
    book.note_decoding(setting, "track", DecodingRate(100.0, 1000.0))
    before = forecast.forecast().tracking[Direction.BOTH]
    num_plans = len(plans)
    service.kept = replace(service.kept, clips=(0, 3, 6))
    with qtbot.waitSignal(forecast.changed) as changed:
        service.kept_changed.emit(service.kept)
    both = changed.args[0].tracking[Direction.BOTH]
    assert (both.seconds, len(plans)) == (before.seconds - 12 - 3 * 10, num_plans)
    assert replace(both, seconds=None) == replace(before, seconds=None)
    with qtbot.waitSignal(forecast.changed):
        view_state.set_range(0, 5)
    assert len(plans) > num_plans
