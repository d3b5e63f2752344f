"""Exemplars sorted by frame and target: what starts a target, and what is passed over."""

import numpy as np
import pytest

from tarvis_core.annotation.exemplar import BoxExemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.inference.target_cues import TargetCues, ellipse_in_box

SIZE = (20, 30)


def mask(*corners):
    pixels = np.zeros(SIZE, np.bool_)
    for x, y in corners:
        pixels[y : y + 4, x : x + 4] = True
    return Mask.from_array(pixels)


def test_that_every_kind_of_exemplar_starts_its_target():
    cues = TargetCues(
        [
            PointExemplar(3, 7, 1.0, 2.0),
            MaskExemplar(1, 5, mask((0, 0))),
            BoxExemplar(1, 6, (2, 2, 8, 8)),
            PointExemplar(9, 7, 4.0, 4.0),
        ],
        SIZE,
    )

    assert cues.targets == (5, 6, 7)
    assert cues.starts(7) == (3, 9)
    assert cues.at(1).starters == (5, 6)
    assert cues.frames == (1, 3, 9)
    assert cues.at(2).starters == ()


def test_that_an_empty_mask_is_a_rule_but_starts_nothing():
    cues = TargetCues([MaskExemplar(4, 1, Mask.empty(*SIZE))], SIZE)

    assert cues.targets == ()
    assert cues.at(4).rules.masks[1].is_empty


def test_that_negative_clicks_belong_to_a_hidden_distractor():
    cues = TargetCues(
        [PointExemplar(0, 1, 5, 5), PointExemplar(0, 1, 15, 5, is_positive=False)], SIZE
    )

    assert cues.targets == (1,)
    assert cues.at(0).points == {1: ((5, 5),), -1: ((15, 5),)}


def test_that_a_drawn_mask_replaces_the_clicks_that_led_to_it():
    cues = TargetCues(
        [
            PointExemplar(2, 1, 5, 5),
            BoxExemplar(2, 1, (0, 0, 9, 9)),
            PointExemplar(2, 1, 15, 5, is_positive=False),
            PointExemplar(2, 8, 9, 9),
            MaskExemplar(2, 1, mask((3, 3))),
        ],
        SIZE,
    )

    assert cues.at(2).boxes == {}
    assert cues.at(2).points == {-1: ((15, 5),), 8: ((9, 9),)}


def test_that_a_mask_of_another_frame_size_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        TargetCues([MaskExemplar(0, 1, Mask.empty(5, 5))], SIZE)


def test_that_an_ellipse_touches_its_box_and_leaves_the_corners():
    ellipse = ellipse_in_box((4, 2, 24, 18), SIZE)

    assert ellipse.box == (4, 2, 24, 18)
    assert ellipse.area == pytest.approx(np.pi / 4 * 20 * 16, rel=0.03)
    assert not ellipse.to_array()[2, 4]


@pytest.mark.parametrize(
    "box", [(3.2, 3.2, 3.4, 3.4), (29.9, 19.9, 30.0, 20.0), (-5, -5, 0.1, 0.1), (28, 18, 50, 50)]
)
def test_that_small_boxes_and_boxes_at_the_edge_keep_a_pixel(box):
    assert ellipse_in_box(box, SIZE).area >= 1
