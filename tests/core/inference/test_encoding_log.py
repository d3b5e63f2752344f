"""What was encoded and for how long, and what is kept of it."""

from threading import Event

import pytest
import torch

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.inference.encoding_log import EncodingLog, Part
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.network import InterruptedEncodingError
from tarvis_core.inference.settings import ClipSettings, InferenceSettings
from tarvis_core.video.encoding_work import EncodingTimes, EncodingWork
from tests.fakes.array_video import RED, ArrayVideo, painted
from tests.fakes.tiny_model import tiny_model

NUM_FRAMES = 12


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self):
        self.time_s = 100.0

    def __call__(self):
        return self.time_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def log(clock):
    return EncodingLog(torch.device("cpu"), clock)


def test_that_parts_are_added_up_one_by_one(log, clock):
    for part, count, seconds in ((Part.FRAMES, 3, 6.0), (Part.CLIP, 1, 4.0), (Part.FRAMES, 1, 1.0)):
        with log.lap(part, count):
            clock.time_s += seconds
        clock.time_s += 50.0
    assert log.done == EncodingTimes(4, 7.0, 1, 4.0, 0.0)


def test_that_what_is_asked_in_between_does_not_count(log, clock):
    with log.lap(Part.CLIP):
        clock.time_s += 1.0
        with log.away():
            with log.lap(Part.FRAMES):
                clock.time_s += 30.0
            clock.time_s += 5.0
        clock.time_s += 1.0
    assert log.done == EncodingTimes(num_clips=1, clips_s=2.0)


def test_that_a_frame_alone_is_no_frame_of_a_clip(log, clock):
    with log.lap(Part.ALONE), log.lap(Part.FRAMES):
        clock.time_s += 2.0
    assert log.done == EncodingTimes(alone_s=2.0)


def test_that_what_was_interrupted_does_not_count(log, clock):
    def be_interrupted():
        with log.lap(Part.FRAMES):
            clock.time_s += 2.0
            raise InterruptedEncodingError

    with pytest.raises(InterruptedEncodingError):
        be_interrupted()
    with log.lap(Part.CLIP):
        clock.time_s += 1.0
    assert log.done == EncodingTimes(num_clips=1, clips_s=1.0)


@pytest.fixture
def video():
    return ArrayVideo(painted(NUM_FRAMES, (45, 83), lambda f: [(RED, 4 + 3 * f, 8, 16)]))


@pytest.fixture
def engine():
    torch.manual_seed(0)
    settings = InferenceSettings(clip=ClipSettings(4, 2, 64))
    return InferenceEngine(tiny_model(), torch.device("cpu"), settings)


def test_that_a_run_encodes_what_was_missing_and_keeps_it(engine, video):
    before = engine.kept(video)
    assert (before.grid, before.num_frames) == (engine.clip_grid, NUM_FRAMES)
    assert (before.frame_size, before.clips, before.clip_room) == ((45, 83), (), None)
    request = TrackRequest((PointExemplar(0, 1, 8.5, 12.5),), 0, NUM_FRAMES - 1)
    foretold = before.missing([(0, NUM_FRAMES - 1)])
    for _ in engine.track(video, request):
        pass
    done = engine.encoded
    assert EncodingWork(done.num_frames, done.num_clips) == foretold
    assert done.frames_s > 0
    assert done.clips_s > 0
    kept = engine.kept(video)
    assert kept.clips == (0, 2, 4, 6, 8)
    assert set(kept.frames) == set(range(NUM_FRAMES))
    assert kept.clip_room > 5
    assert kept.missing([(0, NUM_FRAMES - 1)]) == EncodingWork(0, 0)
    for _ in engine.track(video, request):
        pass
    assert engine.encoded.since(done) == EncodingTimes()


def test_that_what_is_filled_ahead_is_kept_and_another_video_has_its_own(engine, video):
    filling = engine.fill(video, 9, Event())
    while not engine.kept(video).clips:
        next(filling)
    assert engine.kept(video).clips == (8,)
    assert set(engine.kept(video).frames) == {8, 9, 10, 11}
    other = ArrayVideo(painted(6, (90, 60), lambda f: []))
    assert (engine.kept(other).clips, engine.kept(other).num_frames) == ((), 6)
