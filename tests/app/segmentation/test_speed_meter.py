"""How long a run takes, and how long one still takes: with times that are told, not measured."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal

from tarvis_app.segmentation.answer_clock import AnswerTimes
from tarvis_app.segmentation.rates import DecodingRate, EncodingRate
from tarvis_app.segmentation.requests import (
    ClipAnswer,
    FindRequest,
    JobEnd,
    ModelState,
    ModelStatus,
    Outcome,
    RequestNumber,
    RunRequest,
    TrackStep,
)
from tarvis_app.segmentation.run_progress import RunProgress
from tarvis_app.segmentation.run_ways import Way, WayAhead
from tarvis_app.segmentation.speed_meter import SpeedMeter
from tarvis_app.settings import Settings
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.segmentation import (
    ClassRequest,
    ClassTask,
    ClipMasks,
    Direction,
    TrackRequest,
)
from tarvis_core.annotation.target import TargetId
from tarvis_core.video.clip import ClipGrid
from tarvis_core.video.encoding_work import EncodingTimes, KeptFeatures
from tests.fakes.work import lines_run

STRIDE, LENGTH = 5, 8
GRID = ClipGrid(LENGTH, LENGTH - STRIDE)
NUM_FRAMES = 103
"""Twenty clips."""
HD = KeptFeatures(GRID, NUM_FRAMES, (720, 1280), (352, 640))
SMALL = replace(HD, frame_size=(360, 640), input_size=(176, 320))
WHOLE = ((0, NUM_FRAMES - 1),)
TRUTH = EncodingRate(0.5, 1.0)
MASKS = DecodingRate(0.1, 0.1)


class Service(QObject):
    """The network as it is told to be."""

    memory_measured = Signal(object)
    encoding_measured = Signal(object)

    def __init__(self):
        super().__init__()
        self.model = ModelStatus(ModelState.READY, Path("starter.safetensors"), "cpu", clips=GRID)
        self.kept = HD
        self.job = None


class Runs(QObject):
    """Runs that are told to begin and to end."""

    started = Signal()
    ended = Signal(object)

    def foretell_with(self, seconds_left):
        self.seconds_left = seconds_left


@pytest.fixture
def service(qapp):
    return Service()


@pytest.fixture
def runs(qapp):
    return Runs()


@pytest.fixture
def meter(runs, service, settings):
    return SpeedMeter(runs, service, settings)


def kept_after(kept, clips):
    """The same with some clips and their frames kept, the oldest first."""
    frames = sorted({f for first in clips for f in range(first, min(first + LENGTH, NUM_FRAMES))})
    return replace(kept, clips=tuple(clips), frames=tuple(frames))


def step(first=0, last=NUM_FRAMES - 1, targets=1, direction=Direction.FORWARD):
    clicks = tuple(PointExemplar(first, TargetId(n + 1), 5.5, 5.5) for n in range(targets))
    return TrackStep(TrackRequest(clicks, first, last, direction), ())


def run(runs, service, *steps, encoding=TRUTH, masks=MASKS, job=None):
    """Go through a run as the engine would; returns (seconds foretold, seconds it then took)."""
    service.job = job or RunRequest(RequestNumber(1), steps)
    runs.started.emit()
    told, took = [], []
    for number, each in enumerate(steps):
        request = each.request
        firsts = range(0, NUM_FRAMES - LENGTH + 1, STRIDE)
        known = set(service.kept.clips)
        for first in firsts:
            if first + LENGTH <= request.first_frame or first > request.last_frame:
                continue
            times = EncodingTimes()
            if first not in known:
                new = [f for f in range(first, first + LENGTH) if f not in service.kept.frames]
                times = EncodingTimes(len(new), len(new) * encoding.frame_s, 1, encoding.clip_s)
                known.add(first)
                service.kept = kept_after(service.kept, sorted(known))
            is_last = first + LENGTH > request.last_frame
            end = request.last_frame + 1 if is_last else first + STRIDE
            frames = tuple(range(max(first, request.first_frame), end))
            decoding_s = masks.seconds(len(frames), each.num_targets if job is None else 0)
            answer = ClipAnswer(
                service.job,
                number,
                ClipMasks(frames, {}),
                "starter",
                AnswerTimes(times, decoding_s),
            )
            told.append(runs.seconds_left(answer))
            took.append(times.total_s + decoding_s)
    runs.ended.emit(JobEnd(service.job, Outcome.FINISHED))
    return [(left, sum(took[place + 1 :])) for place, left in enumerate(told)]


def track(runs, service, num_targets=1, **options):
    return run(runs, service, step(targets=num_targets), **options)


def all_kept(kept=HD):
    return kept_after(kept, range(0, NUM_FRAMES - LENGTH + 1, STRIDE))


FIRST_RUN_S = NUM_FRAMES * 0.5 + 20 * 1.0 + NUM_FRAMES * 0.2
AGAIN_S = NUM_FRAMES * 0.2


def test_that_a_run_over_kept_features_is_foretold_apart_from_one_that_computes_them(
    runs, service, meter
):
    assert meter.seconds([Way(WHOLE, 1)]) is None
    track(runs, service)
    assert meter.seconds([Way(WHOLE, 1)]) == pytest.approx(AGAIN_S)
    for _ in range(5):
        track(runs, service)
    service.kept = HD  # the same video opened again: nothing is kept
    assert meter.seconds([Way(WHOLE, 1)]) == pytest.approx(FIRST_RUN_S)
    service.kept = kept_after(HD, range(0, 50, STRIDE))
    assert AGAIN_S < meter.seconds([Way(WHOLE, 1)]) < FIRST_RUN_S
    assert meter.seconds([Way(((0, 40),), 1)]) == pytest.approx(41 * 0.2)


def test_that_more_targets_take_longer(runs, service, meter):
    service.kept = all_kept()
    track(runs, service, 1)
    assert meter.seconds([Way(WHOLE, 9)]) == pytest.approx(NUM_FRAMES * 1.0)
    assert meter.seconds([Way(((0, 9),), 1), Way(((0, 9),), 3)]) == pytest.approx(10 * 0.6)


def test_that_each_setting_has_its_own_rates(runs, service, meter, settings):
    track(runs, service)
    service.kept = SMALL
    quarter = meter.seconds([Way(WHOLE, 1)])
    assert quarter == pytest.approx(FIRST_RUN_S / 4), "in proportion to the pixels"
    track(runs, service, encoding=EncodingRate(0.2, 0.2), masks=DecodingRate(0.01, 0.01))
    service.kept = SMALL
    measured = NUM_FRAMES * 0.2 + 20 * 0.2 + NUM_FRAMES * 0.02
    assert meter.seconds([Way(WHOLE, 1)]) == pytest.approx(measured, rel=0.01)
    service.kept = HD
    assert meter.seconds([Way(WHOLE, 1)]) == pytest.approx(FIRST_RUN_S)
    settings.reduction = 2
    assert meter.seconds([Way(WHOLE, 1)]) is None
    settings.reduction = 0
    for other in (
        replace(service.model, device="cuda"),
        replace(service.model, weights=Path("large.safetensors")),
        ModelStatus(ModelState.LOADING),
    ):
        service.model = other
        assert meter.seconds([Way(WHOLE, 1)]) is None


def test_that_rates_outlast_the_program(runs, service, meter, settings, folders):
    track(runs, service)
    settings.sync()
    service.kept = HD
    again = SpeedMeter(runs, service, Settings(folders))
    assert again.seconds([Way(WHOLE, 1)]) == pytest.approx(FIRST_RUN_S)


def test_that_before_the_first_run_the_time_is_that_of_encoding_ahead(qtbot, runs, service, meter):
    with qtbot.waitSignal(meter.measured):
        service.encoding_measured.emit(EncodingRate(1.0, 1.0))
    service.encoding_measured.emit(EncodingRate(0.5, 1.0))
    service.encoding_measured.emit(EncodingRate(2.0, 1.0))  # the machine was busy elsewhere
    encoding = NUM_FRAMES * 0.5 + 20 * 1.0
    assert encoding < meter.seconds([Way(WHOLE, 1)]) < 1.2 * encoding
    assert meter.seconds_per_frame() == pytest.approx(0.7 * (1 + 2 * 0.08))
    assert meter.seconds([Way(WHOLE)], "ovis") is None
    service.kept = replace(HD, frame_size=(1080, 1920))
    assert meter.seconds([Way(WHOLE, 1)]) is None, "of another video it says nothing"
    service.kept = HD
    track(runs, service, encoding=EncodingRate(0.1, 0.2))
    service.kept = HD
    assert meter.seconds([Way(WHOLE, 1)]) < encoding / 2, "what a run took says more"


def test_that_the_time_left_does_not_jump_where_kept_features_end(runs, service, meter):
    track(runs, service)
    service.kept = kept_after(HD, range(0, 50, STRIDE))
    progress = track(runs, service)
    assert progress[0][0] > 40
    for told, real in progress:
        assert told == pytest.approx(real, rel=0.02, abs=0.5)


def test_that_the_time_left_follows_a_machine_that_is_slower_today(runs, service, meter):
    track(runs, service)
    service.kept = HD
    slow = track(runs, service, encoding=EncodingRate(1.5, 3.0), masks=DecodingRate(0.3, 0.3))
    assert slow[0][0] == pytest.approx(slow[0][1] / 3, rel=0.1)
    for told, real in slow[8:]:
        assert told == pytest.approx(real, rel=0.2, abs=0.5)
    for (told, real), (next_told, next_real) in itertools.pairwise(slow):
        assert next_told - told < 0.25 * real, "it goes up by little at a time"
        assert next_real < real


def test_that_the_time_left_counts_what_later_passes_find_kept(runs, service, meter):
    track(runs, service)
    service.kept = HD
    for told, real in run(runs, service, step(targets=1), step(10, 60, targets=4)):
        assert told == pytest.approx(real, rel=0.02, abs=0.5)


def test_that_a_first_run_is_not_foretold_before_it_was_measured(runs, service, meter):
    progress = track(runs, service)
    assert progress[0][0] is None
    told, real = progress[-5]
    assert told == pytest.approx(real, rel=0.05)


def test_that_a_run_is_measured_from_its_first_clip_on(runs, service, meter):
    """The first clip may wait for the video, and for masks of what was clicked."""
    service.kept = all_kept()
    service.job = RunRequest(RequestNumber(1), (step(),))
    runs.started.emit()
    for number in range(4):
        frames = tuple(range(5 * number, 5 * number + 5))
        times = AnswerTimes(EncodingTimes(), 1.0 if number else 60.0)
        runs.seconds_left(ClipAnswer(service.job, 0, ClipMasks(frames, {}), "starter", times))
    runs.ended.emit(JobEnd(service.job, Outcome.STOPPED))
    assert meter.seconds([Way(WHOLE, 1)]) == pytest.approx(NUM_FRAMES * 0.2)


def test_that_a_run_whose_frames_became_smaller_teaches_nothing(qtbot, runs, service, meter):
    service.job = RunRequest(RequestNumber(1), (step(),))
    runs.started.emit()
    service.kept = SMALL
    times = AnswerTimes(EncodingTimes(5, 2.5, 1, 1.0), 1.0)
    for number in range(4):
        frames = tuple(range(5 * number, 5 * number + 5))
        runs.seconds_left(ClipAnswer(service.job, 0, ClipMasks(frames, {}), "starter", times))
    with qtbot.assertNotEmitted(meter.measured):
        runs.ended.emit(JobEnd(service.job, Outcome.FAILED, is_out_of_memory=True))
    assert meter.seconds([Way(WHOLE, 1)]) is None


def test_that_a_class_search_is_measured_by_its_label_set(runs, service, meter):
    request = ClassRequest("youtube_vis", ClassTask.INSTANCES, 0, NUM_FRAMES - 1)
    run(runs, service, step(), job=FindRequest(RequestNumber(1), request))
    service.kept = HD
    searching = NUM_FRAMES * 0.5 + 20 * 1.0 + NUM_FRAMES * 0.1
    assert meter.seconds([Way(WHOLE)], "youtube_vis") == pytest.approx(searching)
    assert meter.seconds([Way(WHOLE)], "ovis") is None


def test_that_what_is_foretold_goes_before_the_average_speed():
    progress = RunProgress(10, 40, 5.0)
    assert progress.seconds_left == 15.0
    assert replace(progress, foretold_s=60.0).seconds_left == 60.0


@pytest.mark.parametrize("gap", [0, 2])
def test_that_the_time_left_of_a_long_run_is_no_more_work_to_tell(runs, service, meter, gap):
    track(runs, service)

    def telling(num_frames):
        half = num_frames // 2
        spans = ((0, half), (half + gap, num_frames - 1))
        request = TrackRequest(
            (), 0, num_frames - 1, Direction.BOTH, {TargetId(n): spans for n in range(1, 51)}
        )
        service.kept = replace(all_kept(), num_frames=num_frames, clip_room=30, frame_room=150)
        service.job = RunRequest(RequestNumber(1), (TrackStep(request, ()),))
        runs.started.emit()
        answer = ClipAnswer(service.job, 0, ClipMasks(tuple(range(8, 13)), {}), "starter")
        return lambda: runs.seconds_left(answer)

    short, long = (lines_run(telling(num_frames)) for num_frames in (1000, 100_000))
    assert long <= 1.2 * short


def test_that_frames_answered_anywhere_are_not_ahead_any_more():
    request = TrackRequest(
        (),
        0,
        40,
        Direction.BOTH,
        {TargetId(1): ((20, 30), (0, 9)), TargetId(2): ((5, 12), (31, 31))},
    )
    way = WayAhead(RunRequest(RequestNumber(1), (TrackStep(request, ()), step(3, 7, targets=2))), 0)
    later = Way(((3, 7),), 2)
    assert way.ways == (Way(((0, 12), (20, 31))), later)
    way.leave_out((12, 13, 20, 14))
    assert way.ways == (Way(((0, 11), (21, 31))), later)
    way.leave_out(range(25, 28))
    way.leave_out(range(27, 24, -1))
    assert way.ways == (Way(((0, 11), (21, 24), (28, 31))), later)
    way.leave_out(range(5, 29))
    assert way.ways == (Way(((0, 4), (29, 31))), later)
    way.leave_out(range(41))
    assert way.ways == (Way(()), later)
