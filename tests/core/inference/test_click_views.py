"""Clicks that are answered by several looks at their frame."""

from threading import Event

import numpy as np
import pytest
import torch

from tarvis_core.annotation.exemplar import MaskExemplar, PointExemplar, ShownMask
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.errors import ConfigError
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import (
    ClickView,
    ClipSettings,
    InferenceSettings,
    with_recommended,
)
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.checkpoint import save_checkpoint
from tests.fakes.array_video import RED, ArrayVideo, painted
from tests.fakes.tiny_model import tiny_model

CLIP = ClipSettings(4, 2, 64)
SIDE = 192
SIZE = (45, 84)
CLICK = PointExemplar(3, 1, 20.5, 14.5)
VIEWS = (ClickView(SIDE, is_mirrored=True), ClickView(256))


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture
def video():
    return ArrayVideo(painted(9, SIZE, lambda f: [(RED, 4 + 3 * f, 8, 16)]))


def engine_of(model, views=VIEWS, **settings) -> InferenceEngine:
    chosen = InferenceSettings(clip=CLIP, click_side=SIDE, click_views=views, **settings)
    return InferenceEngine(model, torch.device("cpu"), chosen)


def test_that_a_mirrored_look_at_a_mirrored_video_is_the_same_look(model, video):
    frames = np.stack(list(video.frames(range(9))))
    mirrored_video = ArrayVideo(frames[:, :, ::-1].copy())
    mirrored_click = PointExemplar(3, 1, SIZE[1] - CLICK.x, CLICK.y)
    clips = ClipSettings(CLIP.length, CLIP.overlap, SIDE, is_mirrored=True)
    mirrored = InferenceEngine(model, torch.device("cpu"), InferenceSettings(clip=clips))

    seen = mirrored.preview(mirrored_video, 3, [mirrored_click])[1].mask.to_array()

    expected = engine_of(model, ()).preview(video, 3, [CLICK])[1].mask.to_array()
    np.testing.assert_array_equal(seen[:, ::-1], expected)


def test_that_every_look_has_a_say(model, video):
    alone = engine_of(model, ()).preview(video, 3, [CLICK])
    mirrored = engine_of(model, VIEWS[:1]).preview(video, 3, [CLICK])

    assert mirrored != alone
    assert engine_of(model).preview(video, 3, [CLICK]) not in (alone, mirrored)


def test_that_equal_looks_change_nothing(model, video):
    same = engine_of(model, (ClickView(SIDE),) * 2).preview(video, 3, [CLICK])

    alone = engine_of(model, ()).preview(video, 3, [CLICK])
    assert same[1].mask == alone[1].mask
    assert same[1].disagreement is None


def test_that_a_quick_answer_is_the_first_look(model, video):
    quick = engine_of(model).preview(video, 3, [CLICK], is_quick=True)

    assert quick == engine_of(model, ()).preview(video, 3, [CLICK])
    assert engine_of(model).has_quick_preview
    assert not engine_of(model, ()).has_quick_preview


def test_that_a_run_carries_the_mask_that_all_looks_gave(model, video):
    engine = engine_of(model)
    draft = engine.preview(video, 3, [CLICK])[1].mask

    clicked = list(engine.track(video, TrackRequest((CLICK,), 0, 8)))

    assert clicked == list(engine.track(video, TrackRequest((MaskExemplar(3, 1, draft),), 0, 8)))


def test_that_all_looks_at_the_playheads_frame_are_prepared(model, video):
    engine = engine_of(model)
    for _ in engine.fill(video, 5, Event()):
        pass
    video.read.clear()

    engine.preview(video, 5, [PointExemplar(5, 1, 25.5, 14.5)])

    assert video.read == []


def test_that_weights_say_how_clicks_are_looked_at(model, tmp_path):
    path = tmp_path / "weights.safetensors"
    views = [{"side": 1000, "is_mirrored": True}]
    save_checkpoint(model, path, {"click_side": 900, "click_views": views})

    engine = InferenceEngine.load(path, "cpu")

    sides = [(clips.shorter_side, clips.is_mirrored) for clips in engine.clips.for_clicks]
    assert sides == [(900, False), (1000, True)]
    assert InferenceEngine.load(path, "cpu", reduction=1).clips.for_clicks == ()
    assert not InferenceEngine.load(
        path, "cpu", InferenceSettings(click_views=())
    ).has_quick_preview


def test_that_looks_without_meaning_are_told():
    with pytest.raises(ConfigError, match="click_views"):
        with_recommended(None, {"click_views": [{"width": 3}]})
    with pytest.raises(ConfigError, match="side of 20"):
        ClickView(20)


def test_that_the_published_behaviour_looks_once(model):
    assert engine_of(model, behaviour=Behaviour.PUBLISHED).clips.for_clicks == ()


def test_that_a_look_that_memory_is_too_short_for_is_left_out(model, video, monkeypatch):
    engine = engine_of(model, (ClickView(256),))
    encode = engine.network.encode_frames

    def short(images, *rest):
        if images[0].shape[0] >= 256:
            raise MemoryError("out of memory")
        return encode(images, *rest)

    monkeypatch.setattr(engine.network, "encode_frames", short)
    alone = engine_of(model, ()).preview(video, 3, [CLICK])

    assert [engine.preview(video, 3, [CLICK]) for _ in range(3)] == [alone] * 3
    assert list(engine.fill(video, 3, Event()))[-1] == 0
    assert len(list(engine.track(video, TrackRequest((CLICK,), 0, 8)))) > 1


@pytest.mark.parametrize("x", [0.0, SIZE[1] - 0.01])
def test_that_clicks_on_the_frames_edges_are_inside_the_mirrored_frame(model, video, x):
    assert engine_of(model).preview(video, 3, [PointExemplar(3, 1, x, 14.5)]) is not None


def test_that_the_bound_of_a_correction_holds_for_the_mean_of_all_looks(model, video):
    shown = np.zeros(SIZE, np.bool_)
    shown[10:20, 20:30] = True
    given = [ShownMask(3, 1, Mask.from_array(shown)), PointExemplar(3, 1, 60.5, 30.5)]
    before = int(shown.sum())

    after = engine_of(model).preview(video, 3, given)[1].mask.to_array()

    assert after[30, 60]
    assert int((after & ~shown).sum()) <= 1.05 * before  # of pixels equally far, all
