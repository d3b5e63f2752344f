"""Rates: what encoding and decoding take, how they are learned, remembered and carried over."""

import pytest

from tarvis_app.segmentation.answer_clock import AnswerClock, AnswerTimes
from tarvis_app.segmentation.rate_book import RateBook, Setting
from tarvis_app.segmentation.rates import DecodingRate, EncodingRate, RunTimes, guessed_decoding
from tarvis_app.settings import Settings
from tarvis_core.video.clip import ClipGrid
from tarvis_core.video.encoding_work import EncodingTimes, EncodingWork

GRID = ClipGrid(8, 3)
HD = Setting("starter", "cpu", 0, (720, 1280), (352, 640))
FULL_HD = Setting("starter", "cpu", 0, (1080, 1920), (352, 640))
SMALL = Setting("starter", "cpu", 0, (360, 640), (176, 320))


def test_that_encoding_takes_its_frames_and_its_clips():
    rate = EncodingRate(0.5, 1.0)
    assert rate.seconds(EncodingWork(13, 2)) == 8.5
    assert rate.per_frame(GRID) == pytest.approx(0.7)
    assert rate.learned(EncodingRate(1.5, 3.0), 0.5) == EncodingRate(1.0, 2.0)


def test_that_decoding_takes_more_for_more_targets_and_learns_how_much():
    rate = DecodingRate.first(0.4, 1)
    assert rate == DecodingRate(0.2, 0.2)
    truth = DecodingRate(0.1, 0.3)
    for _ in range(30):
        for num_targets in (1, 2, 8):
            rate = rate.learned(truth.seconds(1, num_targets), num_targets, 0.5)
    assert rate.frame_s == pytest.approx(truth.frame_s, rel=0.05)
    assert rate.target_s == pytest.approx(truth.target_s, rel=0.05)


def test_that_what_was_learned_is_foretold_again_and_nothing_takes_less_than_no_time():
    rate = DecodingRate(0.01, 0.5).learned(0.1, 1)
    assert rate.seconds(1, 1) == pytest.approx(0.1)
    assert min(rate.frame_s, rate.target_s) >= 0


def test_that_a_run_over_kept_features_teaches_nothing_about_encoding():
    times = RunTimes()
    for _ in range(4):
        times.add(AnswerTimes(EncodingTimes(), 1.0), 5, 1)
    known = EncodingRate(0.5, 1.0)
    assert times.encoding(known) == known
    assert times.encoding(None) is None
    assert times.decoding(None) == DecodingRate(0.1, 0.1)


def test_that_a_run_counts_the_more_the_longer_it_goes_on():
    times, known = RunTimes(), EncodingRate(0.5, 1.0)
    times.add(AnswerTimes(EncodingTimes(10, 10.0, 2, 4.0), 2.0), 10, 1)
    assert times.encoding(known) == EncodingRate(0.75, 1.5)
    assert times.encoding(known, 1.0) == EncodingRate(1.0, 2.0)
    assert times.decoding(DecodingRate(0.2, 0.2)).seconds(1, 1) == pytest.approx(0.3)
    times.add(AnswerTimes(EncodingTimes(80, 80.0, 16, 32.0), 16.0), 80, 1)
    assert times.encoding(known) == EncodingRate(0.95, 1.9)


def test_that_encoding_does_not_count_as_decoding():
    times = RunTimes()
    times.add(AnswerTimes(EncodingTimes(5, 2.5, 1, 1.0), 1.0), 5, 1)
    assert times.encoding(None) == EncodingRate(0.5, 1.0)
    assert times.decoding(None) == DecodingRate(0.1, 0.1)


def test_that_a_short_run_says_nothing():
    times = RunTimes()
    times.add(AnswerTimes(EncodingTimes(3, 2.5, 1, 1.0), 1.0), 3, 1)
    assert not times.is_enough
    assert times.encoding(None) is None
    assert times.decoding(None) is None


def test_that_decoding_is_guessed_from_encoding():
    assert guessed_decoding(EncodingRate(0.5, 2.5), GRID) == DecodingRate(
        pytest.approx(0.08), pytest.approx(0.08)
    )


class Clock:
    """A clock and an encoder that go on when they are told to."""

    def __init__(self):
        self.time_s = 50.0
        self.encoded = EncodingTimes()

    def __call__(self):
        return self.time_s


def test_that_an_answer_took_what_was_not_done_for_others():
    work = Clock()
    clock = AnswerClock(work)
    clock.begin(work)
    work.encoded = EncodingTimes(8, 4.0, 1, 2.0, alone_s=1.0)
    work.time_s += 9.0
    with clock.away():
        work.time_s += 100.0
    assert clock.read(work) == AnswerTimes(EncodingTimes(8, 4.0, 1, 2.0, 1.0), 2.0)
    clock.begin(work)
    work.time_s += 3.0
    assert clock.read(work) == AnswerTimes(EncodingTimes(), 3.0)


def test_that_rates_are_remembered_by_setting(folders):
    settings = Settings(folders)
    book = RateBook(settings)
    assert book.encoding(HD) is None
    book.note_encoding(HD, EncodingRate(0.5, 1.0))
    book.note_decoding(HD, "track", DecodingRate(0.1, 0.2))
    book.note_peak(HD, "track", 2**30)
    settings.sync()
    again = RateBook(Settings(folders))
    assert again.encoding(HD) == EncodingRate(0.5, 1.0)
    assert again.decoding(HD, "track") == DecodingRate(0.1, 0.2)
    assert again.decoding(HD, "ovis") is None
    assert again.peak_bytes(HD, "track") == 2**30
    assert again.peak_bytes(HD, "ovis") == again.peak_bytes(SMALL, "track") == 0
    for other in (
        Setting("starter", "cuda", 0, *SIZES),
        Setting("starter", "cpu", 2, *SIZES),
        Setting("large", "cpu", 0, *SIZES),
    ):
        assert again.encoding(other) is None


SIZES = (HD.frame_size, HD.input_size)


def test_that_rates_of_the_nearest_sizes_stand_for_those_that_nobody_measured(settings):
    book = RateBook(settings)
    book.note_encoding(HD, EncodingRate(0.5, 1.0))
    book.note_decoding(HD, "track", DecodingRate(0.1, 0.2))
    assert book.encoding(FULL_HD) == EncodingRate(0.5, 1.0)
    assert book.decoding(FULL_HD, "track") == DecodingRate(0.1, pytest.approx(0.45))
    assert book.encoding(SMALL) == EncodingRate(0.125, 0.25)
    assert book.encoding(SMALL, is_exact=True) is None
    assert book.decoding(SMALL, "track", is_exact=True) is None
    book.note_encoding(SMALL, EncodingRate(0.2, 0.3))
    assert book.encoding(SMALL) == EncodingRate(0.2, 0.3)
    assert book.encoding(FULL_HD) == EncodingRate(0.5, 1.0)


def test_that_a_settings_file_of_before_or_a_damaged_one_opens(folders):
    settings = Settings(folders)
    settings.store.setValue("speed/starter cpu track", ["0.5", "1073741824"])
    for name in ("encoding", "decoding track", "memory track"):
        settings.store.setValue(f"rates/{HD.family}/{HD.sizes}/{name}", ["x", "1"])
        settings.store.setValue(f"rates/{HD.family}/no sizes/{name}", ["1", "1"])
    settings.sync()
    book = RateBook(Settings(folders))
    assert book.encoding(HD) is None
    assert book.decoding(HD, "track") is None
    assert book.encoding(SMALL) is None
    assert book.peak_bytes(HD, "track") == 0
