"""After a first pass, whatever else is asked costs decodes only: module calls are counted."""

import dataclasses
from collections import Counter

import pytest
import torch

from tarvis_core.annotation.exemplar import MaskExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import ClassRequest, ClassTask, Direction, TrackRequest
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import ClipSettings, InferenceSettings, JointPass
from tarvis_core.model.released_label_sets import KITTI_STEP
from tests.fakes.array_video import BLUE, RED, ArrayVideo, painted, pixels_of
from tests.fakes.tiny_model import tiny_config, tiny_model

CLIP = ClipSettings(4, 2, 64)
FIRST = TrackRequest((PointExemplar(0, 1, 8.5, 12.5),), 0, 9)


@pytest.fixture(scope="module")
def model():
    return tiny_model(dataclasses.replace(tiny_config(), label_sets=(KITTI_STEP,)))


@pytest.fixture
def video():
    frames = painted(10, (45, 83), lambda f: [(RED, 4 + 3 * f, 8, 16), (BLUE, 60, 20, 14)])
    return ArrayVideo(frames)


@pytest.fixture
def calls(model):
    """How often each part of the network ran."""
    counts = Counter()
    parts = {"backbone": model.backbone, "decoder": model.decoder}
    parts["neck"] = model.neck.deformable_layers[0]
    parts["neck, clip"] = model.neck.deformable_layers[1]
    hooks = [
        part.register_forward_hook(lambda *_, name=name: counts.update([name]))
        for name, part in parts.items()
    ]
    yield counts
    for hook in hooks:
        hook.remove()


@pytest.fixture
def engine(model, video, calls):
    """An engine that has seen the whole video, with the clips that its weights were made for."""
    engine = InferenceEngine(model, torch.device("cpu"), InferenceSettings(), CLIP)
    list(engine.track(video, FIRST))
    assert calls["backbone"] == 10, "each frame once, though clips overlap"
    calls.clear()
    video.read.clear()
    return engine


def assert_only_decoded(calls, video, at_most=100):
    assert set(calls) == {"decoder"}
    assert calls["decoder"] <= at_most
    assert video.read == []


def corrected(video):
    return MaskExemplar(5, 1, Mask.from_array(pixels_of(video._frames, 5, RED)))


def test_that_a_corrected_mask_runs_neither_backbone_nor_neck(engine, video, calls):
    request = TrackRequest((*FIRST.exemplars, corrected(video)), 2, 8)

    list(engine.track(video, request))

    assert_only_decoded(calls, video)


@pytest.mark.parametrize("direction", Direction)
def test_that_propagation_either_way_uses_the_cache(engine, video, calls, direction):
    list(engine.track(video, TrackRequest((corrected(video),), 0, 9, direction)))

    assert_only_decoded(calls, video)


def test_that_another_target_costs_one_decode_per_clip(engine, video, calls):
    request = TrackRequest((PointExemplar(0, 2, 66.5, 27.5),), 0, 9)

    list(engine.track(video, request))

    assert_only_decoded(calls, video, at_most=4)


@pytest.mark.parametrize("task", ClassTask)
def test_that_another_task_costs_decodes(engine, video, calls, task):
    list(engine.find_classes(video, ClassRequest("kitti_step", task, 0, 9)))

    assert_only_decoded(calls, video, at_most=4)


@pytest.mark.parametrize("joint_pass", JointPass)
def test_that_both_joint_passes_share_the_features(engine, video, calls, joint_pass):
    engine.settings = dataclasses.replace(engine.settings, joint_pass=joint_pass)
    classes = ClassRequest("kitti_step", ClassTask.PANOPTIC, 0, 9)

    list(engine.track_and_find(video, FIRST, classes))

    assert_only_decoded(calls, video)


def test_that_a_click_on_a_seen_frame_is_one_decode(engine, video, calls):
    engine.preview(video, 6, [PointExemplar(6, 3, 30.5, 20.5)])

    assert_only_decoded(calls, video, at_most=1)
