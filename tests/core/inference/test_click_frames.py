"""Clicks that are answered in larger frames than clips have, for weights that want it."""

from threading import Event

import numpy as np
import pytest
import torch

from tarvis_core.annotation.exemplar import BoxExemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.errors import ConfigError
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import ClipSettings, InferenceSettings, with_recommended
from tarvis_core.inference.target_cues import TargetCues
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.checkpoint import save_checkpoint
from tests.fakes.array_video import RED, ArrayVideo, painted
from tests.fakes.tiny_model import tiny_model

CLIP = ClipSettings(4, 2, 64)
SIDE = 192
CLICK = PointExemplar(3, 1, 20.5, 14.5)


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture
def video():
    return ArrayVideo(painted(9, (45, 83), lambda f: [(RED, 4 + 3 * f, 8, 16)]))


def engine_of(model, click_side: int | None = SIDE, **settings) -> InferenceEngine:
    chosen = InferenceSettings(clip=CLIP, click_side=click_side, **settings)
    return InferenceEngine(model, torch.device("cpu"), chosen)


def square() -> Mask:
    pixels = np.zeros((45, 83), np.bool_)
    pixels[10:30, 20:40] = True
    return Mask.from_array(pixels)


def test_that_a_click_is_answered_in_the_larger_frame(model, video):
    larger = ClipSettings(CLIP.length, CLIP.overlap, SIDE)
    alone = InferenceEngine(model, torch.device("cpu"), InferenceSettings(clip=larger))

    draft = engine_of(model).preview(video, 3, [CLICK])

    assert draft == alone.preview(video, 3, [CLICK])
    assert draft != engine_of(model, click_side=0).preview(video, 3, [CLICK])


def test_that_a_run_carries_the_mask_that_the_click_showed(model, video):
    engine = engine_of(model)
    draft = engine.preview(video, 3, [CLICK])[1].mask

    clicked = list(engine.track(video, TrackRequest((CLICK,), 0, 8)))
    drawn = list(engine.track(video, TrackRequest((MaskExemplar(3, 1, draft),), 0, 8)))

    assert clicked == drawn
    assert any(clip.masks[1][3].mask == draft for clip in clicked if 3 in clip.masks[1])


def test_that_drawn_masks_stay_as_they_are_beside_clicks(model, video):
    drawn = MaskExemplar(3, 2, square())

    clips = list(engine_of(model).track(video, TrackRequest((CLICK, drawn), 3, 5)))

    assert clips[0].masks[2][3].mask == square()


def test_that_only_frames_of_the_run_are_looked_at_more_closely(model, video):
    engine = engine_of(model)
    far = PointExemplar(8, 1, 20.5, 14.5)

    list(engine.track(video, TrackRequest((CLICK, far), 3, 4)))

    assert video.read.count(8) == 0


def test_that_the_playheads_frame_is_prepared_for_clicks_first(model, video):
    engine = engine_of(model)
    filling = engine.fill(video, 5, Event())
    next(filling)
    video.read.clear()

    engine.preview(video, 5, [PointExemplar(5, 1, 25.5, 14.5)])

    assert video.read == []


def test_that_larger_frames_need_a_size_that_is_larger(model):
    assert engine_of(model, click_side=None).clips.for_clicks == ()
    small = InferenceSettings(clip=ClipSettings(4, 2, 256), click_side=SIDE)
    assert InferenceEngine(model, torch.device("cpu"), small).clips.for_clicks == ()
    assert engine_of(model, behaviour=Behaviour.PUBLISHED).clips.for_clicks == ()


def test_that_weights_say_what_clicks_want_and_a_person_may_overrule_them():
    assert with_recommended(None, {"click_side": 416}).click_side == 416
    assert with_recommended(None, {}).click_side == 0
    assert with_recommended(InferenceSettings(click_side=0), {"click_side": 416}).click_side == 0
    with pytest.raises(ConfigError, match="click_side is 20"):
        InferenceSettings(click_side=20)


def test_that_saving_memory_gives_up_larger_frames(model, tmp_path):
    path = tmp_path / "weights.safetensors"
    save_checkpoint(model, path, {"click_side": 1000})

    assert InferenceEngine.load(path, "cpu").clips.for_clicks[0].shorter_side == 1000
    assert InferenceEngine.load(path, "cpu", reduction=1).clips.for_clicks == ()


def test_that_a_mask_takes_the_place_of_what_led_to_it():
    rival = PointExemplar(3, 1, 60.5, 20.5, is_positive=False)
    cues = TargetCues([CLICK, rival, BoxExemplar(3, 2, (0, 0, 9, 9)), CLICK], (45, 83))

    drafted = cues.with_masks(3, {1: square()})

    assert drafted.at(3).masks == {1: square()}
    assert set(drafted.at(3).points) == {-1}
    assert set(drafted.at(3).boxes) == {2}
    assert cues.at(3).masks == {}
    assert drafted.starts(1) == (3,)
