"""Disjoint masks of the targets of a frame, and what a person fixed on it."""

import numpy as np
import pytest
import torch

from tarvis_core.annotation.mask import Mask
from tarvis_core.inference.decoding.objects import (
    FrameRules,
    distractor_id,
    join_by_target,
    object_masks,
    pixel_window,
)
from tarvis_core.inference.overlap_buffer import FramePrediction, FramePredictions
from tarvis_core.video.frame_geometry import FrameGeometry

SIZE = (64, 128)
GEOMETRY = FrameGeometry(SIZE, SIZE, SIZE)


def columns(first, last, value=4.0):
    """Logits of a target that covers columns of 4 pixels."""
    logits = torch.full((16, 32), -4.0)
    logits[:, first:last] = value
    return logits


def predictions(*clips):
    """Each clip: target → logits."""
    return FramePredictions(
        0,
        tuple(
            FramePrediction(
                tuple(clip),
                torch.stack(list(clip.values())) if clip else torch.zeros(0, 16, 32),
                GEOMETRY,
            )
            for clip in clips
        ),
    )


def test_that_each_pixel_goes_to_the_strongest_target():
    found = object_masks(predictions({1: columns(0, 16), 2: columns(8, 32, value=9.0)}))

    assert found[1].mask.intersection_area(found[2].mask) == 0
    assert found[2].mask.box[0] in range(28, 36)
    assert found[1].score > 0.9


def test_that_a_target_without_pixels_is_left_out():
    found = object_masks(predictions({1: columns(0, 16), 2: columns(0, 0)}))

    assert set(found) == {1}


def test_that_no_prediction_gives_no_masks():
    assert object_masks(predictions({})) == {}


def test_that_logits_of_two_clips_are_averaged():
    found = object_masks(predictions({1: columns(0, 16, 9.0)}, {1: columns(8, 24, 2.0)}))

    # columns 0…8: (9 - 4) / 2 > 0; 16…24: (2 - 4) / 2 < 0
    assert found[1].mask.box[2] in range(60, 70)
    assert found[1].mask.box[0] == 0


def test_that_disagreement_of_two_clips_is_one_minus_iou():
    found = object_masks(predictions({1: columns(0, 16)}, {1: columns(8, 24)}))

    assert found[1].disagreement == pytest.approx(1 - 8 / 24, abs=0.05)
    assert object_masks(predictions({1: columns(0, 16)}))[1].disagreement is None


def test_that_a_target_of_one_clip_only_has_no_disagreement():
    found = object_masks(predictions({1: columns(0, 16)}, {1: columns(0, 16), 2: columns(20, 30)}))

    assert found[1].disagreement == 0.0
    assert found[2].disagreement is None


def test_that_a_keyframe_is_returned_as_it_was_drawn_and_keeps_its_pixels():
    drawn = np.zeros(SIZE, np.bool_)
    drawn[3:7, 40:55] = True
    rules = FrameRules({1: Mask.from_array(drawn)})

    found = object_masks(predictions({1: columns(0, 30, 9.0), 2: columns(0, 32)}), rules)

    assert found[1].mask == Mask.from_array(drawn)
    assert found[1].score == 1.0
    assert (found[2].mask.to_array() == ~drawn).all(), "the drawn target's own logits claim nothing"


def test_that_a_keyframe_needs_no_prediction():
    mask = Mask.from_array(np.eye(64, 128, dtype=np.bool_))

    assert object_masks(predictions({}), FrameRules({5: mask}))[5].mask == mask


def test_that_an_empty_keyframe_means_absent():
    found = object_masks(predictions({1: columns(0, 32)}), FrameRules({1: Mask.empty(*SIZE)}))

    assert found == {}


def test_that_a_target_stays_inside_its_box():
    found = object_masks(predictions({1: columns(0, 32)}), FrameRules(boxes={1: (10, 5, 50, 20)}))

    assert found[1].mask.box == (10, 5, 50, 20)


def test_that_a_distractor_takes_pixels_from_its_target_only_and_is_hidden():
    rival = distractor_id(1)
    logits = {1: columns(0, 16), rival: columns(8, 32, 9.0), 2: columns(16, 32)}

    found = object_masks(predictions(logits))

    assert set(found) == {1, 2}
    assert found[1].mask.box[2] in range(28, 36)
    assert found[2].mask.box[0] in range(60, 68), "another target does not mind the distractor"


def test_that_several_exemplars_of_a_target_are_joined_by_the_maximum():
    logits = torch.arange(3.0)[:, None, None, None].expand(3, 2, 4, 4)

    targets, joined = join_by_target(logits, (7, 9, 7))

    assert targets == (7, 9)
    assert joined[:, 0, 0, 0].tolist() == [2.0, 1.0]


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((1.4, 1.6, 4.4, 5.5), (slice(2, 6), slice(1, 4))),
        ((-3, -3, 0, 0), (slice(0, 1), slice(0, 1))),
        ((200, 90, 300, 95), (slice(63, 64), slice(127, 128))),
    ],
)
def test_that_a_box_has_the_pixels_whose_centres_it_holds(box, expected):
    assert pixel_window(box, SIZE) == expected
