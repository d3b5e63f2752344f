"""Filling the cache around the playhead while nothing else is asked."""

from threading import Event

import pytest
import torch

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import ClipSettings, InferenceSettings
from tests.fakes.array_video import RED, ArrayVideo, painted
from tests.fakes.tiny_model import tiny_model

CLIP = ClipSettings(4, 2, 64)
REQUEST = TrackRequest((PointExemplar(0, 1, 8.5, 12.5),), 0, 11)


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture
def video():
    return ArrayVideo(painted(12, (45, 83), lambda f: [(RED, 4 + 3 * f, 8, 16)]))


def engine_of(model, **settings):
    return InferenceEngine(model, torch.device("cpu"), InferenceSettings(clip=CLIP, **settings))


def test_that_the_clips_nearest_to_the_playhead_come_first(model, video):
    left = list(engine_of(model).fill(video, 9, Event()))

    assert video.read[:4] == [8, 9, 10, 11]
    assert sorted(video.read) == list(range(12)), "each frame once, though clips overlap"
    assert left[-1] == 0
    assert left == sorted(left, reverse=True)


def test_that_a_run_over_a_filled_cache_reads_nothing_and_answers_the_same(model, video):
    engine = engine_of(model)
    for _ in engine.fill(video, 5, Event()):
        pass
    video.read.clear()

    filled = list(engine.track(video, REQUEST))

    assert video.read == []
    assert filled == list(engine_of(model).track(video, REQUEST))


def test_that_it_ends_with_the_slice_in_which_something_else_is_asked(model, video):
    stop = Event()
    filling = engine_of(model).fill(video, 0, stop)
    next(filling)
    assert video.read == [0]

    stop.set()

    assert list(filling) == []
    assert video.read == [0]


def test_that_it_ends_within_a_clip_between_two_layers(model, video):
    engine, stop = engine_of(model), Event()
    layer = model.neck.deformable_layers[1]
    hook = layer.register_forward_hook(lambda *_: stop.set())
    try:
        left = list(engine.fill(video, 0, stop))
    finally:
        hook.remove()

    assert left == [5] * 4, "four frames, but not their clip"
    stop.clear()
    assert list(engine.fill(video, 0, stop))[-1] == 0
    assert len(model.neck.deformable_layers[1]._forward_pre_hooks) == 0


@pytest.mark.parametrize(("shown", "finished"), [(0, [0]), (1, [0, 1])])
def test_that_it_ends_within_a_frame_unless_it_is_the_shown_one(model, video, shown, finished):
    stop, last_stages = Event(), []

    def note_begin(*_):
        if len(video.read) == 2:
            stop.set()

    blocks = model.backbone.trunk.blocks
    hooks = [
        blocks[0].register_forward_pre_hook(note_begin),
        blocks[-1].register_forward_hook(lambda *_: last_stages.append(video.read[-1])),
    ]
    try:
        list(engine_of(model).fill(video, shown, stop))
    finally:
        for hook in hooks:
            hook.remove()

    assert video.read == [0, 1]
    assert last_stages == finished


def test_that_a_click_on_a_filled_clip_derives_nothing(model, video, monkeypatch):
    engine = engine_of(model)
    for _ in engine.fill(video, 5, Event()):
        pass
    expected = engine_of(model).preview(video, 5, [])
    monkeypatch.setattr(model, "decoder_memory", None)  # a call would fail

    assert engine.preview(video, 5, [PointExemplar(5, 1, 20.5, 12.5)])
    assert engine.preview(video, 5, []) == expected


def test_that_a_small_cache_is_not_filled_over_and_over(model, video):
    whole = engine_of(model)
    next(iter(whole.track(video, TrackRequest(REQUEST.exemplars, 0, 1))))
    of_one_clip = whole._caches.clips.num_bytes
    engine = engine_of(model, cache_bytes=int(2.5 * of_one_clip / 0.625))

    for _ in engine.fill(video, 0, Event()):
        pass

    assert max(video.read) == 5, "two clips fit"
    assert engine._caches.clips.num_bytes == 2 * of_one_clip


def test_that_lack_of_memory_ends_it_quietly(model, video, monkeypatch):
    engine = engine_of(model)

    def fail(*_):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(model, "encode_clip", fail)

    assert list(engine.fill(video, 0, Event())) == [5] * 4
