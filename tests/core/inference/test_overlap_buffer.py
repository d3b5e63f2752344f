"""Frames leave the buffer once, with the predictions of every clip that has them."""

import numpy as np
import torch

from tarvis_core.inference.overlap_buffer import ClipLogits, OverlapBuffer
from tarvis_core.video.frame_geometry import FrameGeometry

GEOMETRY = FrameGeometry((8, 12), (8, 12), (64, 64))


def clip(frames, targets=(1, 2), value=0.0, **more):
    logits = torch.full((len(targets), len(frames), 16, 16), value)
    return ClipLogits(tuple(frames), targets, logits, GEOMETRY, **more)


def test_that_frames_that_no_later_clip_has_are_settled_at_once():
    buffer = OverlapBuffer()

    settled = buffer.push(clip(range(4)), held=(2, 3))

    assert [each.frame for each in settled] == [0, 1]


def test_that_shared_frames_carry_both_predictions_the_earlier_first():
    buffer = OverlapBuffer()
    buffer.push(clip(range(4), value=1.0), held=(2, 3))

    settled = buffer.push(clip(range(2, 6), targets=(2, 3), value=2.0), held=())

    assert [each.frame for each in settled] == [2, 3, 4, 5]
    assert [p.logits_NHW.mean().item() for p in settled[0].predictions] == [1.0, 2.0]
    assert settled[0].targets == (1, 2, 3)
    assert len(settled[2].predictions) == 1


def test_that_frames_held_in_vain_are_settled_with_the_next_clip():
    buffer = OverlapBuffer()
    buffer.push(clip(range(6)), held=(3, 4, 5))

    settled = buffer.push(clip((5, 6)), held=())

    assert [each.frame for each in settled] == [3, 4, 5, 6]


def test_that_the_end_settles_what_is_left_once():
    buffer = OverlapBuffer()
    buffer.push(clip(range(4)), held=(2, 3))

    assert [each.frame for each in buffer.finish()] == [2, 3]
    assert buffer.finish() == []


def test_that_a_target_is_missing_where_its_clip_says_nothing_of_it():
    is_predicted = np.array([[True, True], [False, True]])

    settled = OverlapBuffer().push(clip((7, 8), is_predicted_NT=is_predicted))

    assert [each.predictions[0].targets for each in settled] == [(1,), (1, 2)]


def test_that_a_clip_without_targets_settles_empty_frames():
    settled = OverlapBuffer().push(clip((0, 1), targets=()))

    assert [each.targets for each in settled] == [(), ()]
