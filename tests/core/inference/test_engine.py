"""The engine with a small real network: loading, requests of every kind, previews, caches."""

import dataclasses

import numpy as np
import pytest
import torch

from tarvis_core.annotation.exemplar import BoxExemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import ClassRequest, ClassTask, TrackRequest
from tarvis_core.errors import CheckpointError, ConfigError
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import ClipSettings, InferenceSettings, JointPass, Precision
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.checkpoint import save_checkpoint
from tarvis_core.model.released_label_sets import KITTI_STEP, LabelSetConfig
from tests.fakes.array_video import BLUE, RED, ArrayVideo, painted
from tests.fakes.tiny_model import tiny_config, tiny_model

CPU = torch.device("cpu")
CLIP = ClipSettings(4, 2, 64)
LABEL_SETS = (KITTI_STEP, LabelSetConfig("youtube_vis", 3, (0, 1, 2)))


@pytest.fixture(scope="module")
def model():
    return tiny_model(dataclasses.replace(tiny_config(), label_sets=LABEL_SETS))


@pytest.fixture
def video():
    frames = painted(7, (45, 83), lambda f: [(RED, 4 + 3 * f, 8, 16), (BLUE, 60, 20, 14)])
    return ArrayVideo(frames)


def engine_of(model, **settings):
    return InferenceEngine(model, CPU, InferenceSettings(clip=CLIP, **settings))


def corner_mask():
    pixels = np.zeros((45, 83), np.bool_)
    pixels[20:34, 60:74] = True
    return Mask.from_array(pixels)


EXEMPLARS = (
    PointExemplar(1, 1, 14.5, 16.0),
    PointExemplar(4, 1, 20.0, 16.0),
    MaskExemplar(3, 2, corner_mask()),
    BoxExemplar(0, 3, (4, 8, 20, 24)),
    PointExemplar(3, 2, 10.0, 10.0, is_positive=False),
)


def test_that_weights_are_loaded_with_what_they_know(model, tmp_path):
    path = tmp_path / "tiny.safetensors"
    save_checkpoint(model, path)

    engine = InferenceEngine.load(path, "cpu")

    assert engine.label_sets == ("kitti_step", "youtube_vis")
    assert engine.device == CPU


def test_that_missing_weights_and_devices_are_told(tmp_path):
    with pytest.raises(CheckpointError):
        InferenceEngine.load(tmp_path / "none.safetensors", "cpu")
    with pytest.raises(ConfigError):
        InferenceEngine.load(tmp_path / "none.safetensors", "toaster")


def test_that_targets_of_every_kind_are_tracked_in_one_run(model, video):
    request = TrackRequest(EXEMPLARS, 0, 6)

    clips = list(engine_of(model).track(video, request))

    answered = {}
    for clip in clips:
        for target, masks in clip.masks.items():
            answered.setdefault(target, set()).update(clip.frames)
            for frame, predicted in masks.items():
                assert predicted.mask.size == (45, 83)
                assert 0 <= predicted.score <= 1
                if (target, frame) == (2, 3):
                    assert predicted.mask == corner_mask()
    assert answered == {1: set(range(7)), 2: set(range(7)), 3: set(range(7))}
    assert clips[-1].frames_done == clips[-1].frames_total


def test_that_frames_may_be_padded_less(model, video):
    clip = dataclasses.replace(CLIP, multiple=32)
    engine = InferenceEngine(model, CPU, InferenceSettings(clip=clip))

    clips = list(engine.track(video, TrackRequest(EXEMPLARS, 0, 6)))

    assert clips[-1].frames_done == clips[-1].frames_total
    assert {key[0].padded_size for key in engine._caches.clips} == {(64, 128)}


def test_that_a_request_has_one_answer(model, video):
    request = TrackRequest(EXEMPLARS, 0, 6)
    engine = engine_of(model)

    first = list(engine.track(video, request))
    second = list(engine.track(video, request))
    third = list(engine_of(model, cache_bytes=0).track(video, request))

    assert first == second == third


@pytest.mark.parametrize("task", ClassTask)
def test_that_classes_are_searched(model, video, task):
    request = ClassRequest("kitti_step", task, 0, 6, score_threshold=0.0)

    clips = list(engine_of(model).find_classes(video, request))

    assert [frame for clip in clips for frame in clip.frames] == list(range(7))
    if task is ClassTask.PANOPTIC:
        for clip in clips:
            for frame in clip.frames:
                area = sum(m[frame].mask.area for m in clip.masks.values() if frame in m)
                assert area == 45 * 83


def test_that_classes_are_searched_in_the_clips_of_tracking_unless_as_published(model):
    usual = InferenceEngine(model, CPU, InferenceSettings(), CLIP)
    published = InferenceEngine(model, CPU, InferenceSettings(behaviour=Behaviour.PUBLISHED), CLIP)

    assert usual.clips.for_search("youtube_vis") == usual.clips.for_tracking == CLIP
    assert published.clips.for_search("youtube_vis") == ClipSettings(12, 6, 448)


@pytest.mark.parametrize("joint_pass", JointPass)
def test_that_targets_and_classes_are_answered_together(model, video, joint_pass):
    engine = engine_of(model, joint_pass=joint_pass)
    tracked = TrackRequest(EXEMPLARS, 0, 6)
    classes = ClassRequest("kitti_step", ClassTask.PANOPTIC, 0, 6)

    clips = list(engine.track_and_find(video, tracked, classes))

    assert {1, 2, 3} <= {target for clip in clips for target in clip.masks}
    assert all(found.target > 3 for clip in clips for found in clip.found)
    assert clips[-1].frames_done == clips[-1].frames_total


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (ClassRequest("ovis", ClassTask.INSTANCES, 0, 1), "do not know"),
        (ClassRequest("youtube_vis", ClassTask.INSTANCES, 0, 1), "3 classes"),
        (ClassRequest("kitti_step", ClassTask.INSTANCES, 0, 1, (999,)), "no category 999"),
    ],
)
def test_that_classes_the_weights_lack_are_told(model, video, request_, message):
    with pytest.raises(ConfigError, match=message):
        engine_of(model).find_classes(video, request_)


def test_that_a_preview_shows_the_frame_without_waiting_for_a_run(model, video):
    engine = engine_of(model)

    found = engine.preview(video, 3, EXEMPLARS)

    assert found[2].mask == corner_mask()
    assert set(found) <= {2}, "exemplars on other frames are passed over"
    assert video.read == [3]


def test_that_a_preview_uses_the_features_of_a_run(model, video):
    engine = engine_of(model)
    list(engine.track(video, TrackRequest(EXEMPLARS, 0, 6)))
    video.read.clear()

    engine.preview(video, 5, [PointExemplar(5, 1, 30, 16)])

    assert video.read == []


def test_that_a_clip_is_prepared_once(model, video):
    engine = engine_of(model)

    assert engine.prepare(video, 3)
    assert not engine.prepare(video, 3)
    video.read.clear()
    next(iter(engine.track(video, TrackRequest((PointExemplar(3, 1, 9, 9),), 3, 4))))
    assert video.read == [], "the run begins with the prepared clip"


def test_that_another_video_does_not_meet_the_features_of_the_first(model, video):
    engine = engine_of(model)
    other = ArrayVideo(painted(7, (45, 83), lambda f: [(BLUE, 30, 8, 30)]))
    request = TrackRequest((PointExemplar(1, 1, 14.5, 16.0),), 0, 6)
    list(engine.track(video, request))

    mixed = list(engine.track(other, request))

    assert mixed == list(engine_of(model).track(other, request))


def test_that_half_precision_gives_masks(model, video):
    engine = engine_of(model, precision=Precision.BFLOAT16)

    clips = list(engine.track(video, TrackRequest(EXEMPLARS, 0, 6)))
    found = list(engine.find_classes(video, ClassRequest("kitti_step", ClassTask.PANOPTIC, 0, 6)))

    assert clips[-1].frames_done == 7 + 4
    assert found[-1].frames_done == 7
