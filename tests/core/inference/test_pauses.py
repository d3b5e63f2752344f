"""Pauses: a preview asked for between the parts of a clip changes nothing of the run."""

from threading import Event

import numpy as np
import pytest
import torch

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.segmentation import ClipWork, TrackRequest
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import ClipSettings, InferenceSettings, Precision
from tests.fakes.array_video import BLUE, RED, ArrayVideo, painted
from tests.fakes.tiny_model import tiny_model

CLICK = PointExemplar(0, TargetId(1), 12.5, 16.5)
OTHER = PointExemplar(9, TargetId(2), 40.5, 38.5)


@pytest.fixture
def video():
    return ArrayVideo(
        painted(10, (64, 96), lambda f: [(RED, 4 + 2 * f, 8, 16), (BLUE, 60 - 2 * f, 30, 16)])
    )


@pytest.fixture
def engine():
    torch.manual_seed(0)
    settings = InferenceSettings(clip=ClipSettings(4, 2), precision=Precision.FLOAT32)
    return InferenceEngine(tiny_model(), torch.device("cpu"), settings)


def masks_of_run(engine, video):
    clips = list(engine.track(video, TrackRequest((CLICK,), 0, 9)))
    return {
        (target, frame): predicted.mask.to_array()
        for clip in clips
        for target, frames in clip.masks.items()
        for frame, predicted in frames.items()
    }


def test_that_a_preview_in_a_pause_is_answered_and_changes_nothing(engine, video):
    expected = masks_of_run(engine, video)
    alone = engine.preview(video, 9, [OTHER])
    fresh = InferenceEngine(tiny_model(), torch.device("cpu"), engine.settings)
    fresh._network._model.load_state_dict(engine._network._model.state_dict())
    answers = []

    def ask():
        if len(answers) < 3:
            answers.append(fresh.preview(video, 9, [OTHER]))

    fresh.pause = ask
    found = masks_of_run(fresh, video)
    assert len(answers) == 3
    assert answers[0].keys() == alone.keys()
    assert found.keys() == expected.keys()
    for key, mask in found.items():
        assert np.array_equal(mask, expected[key])


def test_that_pauses_come_between_stages_and_layers_and_not_within_themselves(engine, video):
    depth, deepest, calls = 0, 0, 0

    def ask():
        nonlocal depth, deepest, calls
        calls += 1
        depth += 1
        deepest = max(deepest, depth)
        if calls == 2:
            engine.preview(video, 5, [OTHER])
        depth -= 1

    engine.pause = ask
    next(engine.track(video, TrackRequest((CLICK,), 0, 9)))
    num_stages = len(engine._network._model.backbone.trunk.blocks)
    assert calls > 4 * num_stages + 2
    assert deepest == 1


def test_that_a_clip_in_work_is_given_up_between_two_layers(engine, video):
    stop, calls = Event(), 0

    def stop_in_second_clip():
        nonlocal calls
        calls += 1
        if calls == num_calls_of_a_clip + 2:
            stop.set()

    num_calls_of_a_clip = calls_of_first_clip(engine, video)
    engine._caches.clear()
    engine.pause = stop_in_second_clip
    clips = list(engine.track(video, TrackRequest((CLICK,), 0, 9), stop))
    assert calls == num_calls_of_a_clip + 2
    assert [frame for clip in clips for frame in clip.frames] == [0, 1, 2, 3]


def calls_of_first_clip(engine, video):
    calls = []
    engine.pause = lambda: calls.append(1)
    next(engine.track(video, TrackRequest((CLICK,), 0, 9)))
    return len(calls)


def test_that_the_work_on_a_clip_is_told_frame_by_frame(engine, video):
    told = []
    engine.tell = told.append
    run = engine.track(video, TrackRequest((CLICK,), 0, 9))
    next(run)
    seen = [ClipWork(0, 3, 4, number) for number in range(5)]
    assert [work for work in told if work.num_frames == 4] == [
        *seen,
        ClipWork(0, 3, 4, 4, is_encoded=True),
    ]
    told.clear()
    next(run)
    assert told[0] == ClipWork(2, 5, 4, 2), "two frames were seen in the clip before"
