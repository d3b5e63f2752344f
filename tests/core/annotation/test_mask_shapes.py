"""Shapes of single masks: holes, specks, and shapes in between."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_shapes import (
    centroid,
    fill_holes,
    remove_specks,
    shapes_between,
)
from tests.fakes.projects import rectangle

PIXELS = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12))


def from_text(*rows: str) -> Mask:
    return Mask.from_array(np.array([[c == "#" for c in row] for row in rows]))


def test_that_an_enclosed_region_is_filled_and_a_bay_is_not():
    ring = from_text("#####..", "#.#.#..", "###....", "....#..")

    assert fill_holes(ring) == from_text("#####..", "###.#..", "###....", "....#..")


def test_that_a_hole_larger_than_allowed_stays():
    two_holes = from_text("########", "#.##...#", "########")

    assert fill_holes(two_holes, max_area=1) == from_text("########", "####...#", "########")
    assert fill_holes(two_holes, max_area=0) == two_holes


@given(PIXELS)
def test_that_filling_twice_is_filling_once(pixels):
    mask = Mask.from_array(pixels)
    filled = fill_holes(mask)

    assert fill_holes(filled) == filled
    assert mask.difference(filled).is_empty


def test_that_specks_go_and_the_rest_stays():
    mask = from_text("##...", "##...", "....#", ".#...")

    assert remove_specks(mask, 2) == from_text("##...", "##...", ".....", ".....")
    assert remove_specks(mask, 1) == mask
    assert remove_specks(mask, 5).is_empty


def test_that_pixels_that_meet_at_corners_are_one_piece():
    diagonal = from_text("#..", ".#.", "..#")

    assert remove_specks(diagonal, 3) == diagonal


@given(PIXELS, st.integers(1, 6))
def test_that_what_is_kept_has_pieces_of_the_least_size(pixels, min_area):
    kept = remove_specks(Mask.from_array(pixels), min_area).to_array()
    _, _, stats, _ = cv2.connectedComponentsWithStats(kept.astype(np.uint8), connectivity=8)

    assert (stats[1:, cv2.CC_STAT_AREA] >= min_area).all()
    assert not (kept & ~pixels).any()


@given(PIXELS)
def test_that_the_centroid_is_the_mean_of_the_pixels(pixels):
    mask = Mask.from_array(pixels)
    if mask.is_empty:
        with pytest.raises(ValueError, match="no centroid"):
            centroid(mask)
        return
    rows, columns = np.nonzero(pixels)
    assert centroid(mask) == pytest.approx((columns.mean() + 0.5, rows.mean() + 0.5))


def test_that_shapes_at_both_ends_are_the_shapes_given():
    first, last = rectangle(2, 3, 8, 6), rectangle(20, 12, 5, 9)

    assert list(shapes_between(first, last, [0.0, 1.0])) == [first, last]


def test_that_a_shape_that_moves_far_stays_whole():
    first, last = rectangle(0, 0, 4, 4), rectangle(30, 20, 4, 4)
    between = list(shapes_between(first, last, [0.25, 0.5, 0.75]))

    assert [mask.area for mask in between] == [16, 16, 16]
    assert centroid(between[1]) == pytest.approx((17, 12), abs=1)


def test_that_a_shape_that_grows_is_between_in_size():
    first, last = rectangle(10, 10, 4, 4), rectangle(5, 5, 14, 14)
    areas = [m.area for m in shapes_between(first, last, [0.25, 0.5, 0.75])]

    assert 16 < areas[0] < areas[1] < areas[2] < 196


def test_that_an_empty_shape_has_none_between():
    with pytest.raises(ValueError, match="no centroid"):
        list(shapes_between(Mask.empty(30, 40), rectangle(0, 0, 2, 2), [0.5]))


@given(PIXELS, st.data())
def test_that_shapes_between_lie_in_the_frame(pixels, data):
    other = data.draw(hnp.arrays(np.bool_, pixels.shape))
    first, last = Mask.from_array(pixels), Mask.from_array(other)
    if first.is_empty or last.is_empty:
        return
    for mask in shapes_between(first, last, [0.0, 0.3, 0.5, 1.0]):
        assert mask.size == pixels.shape
        assert mask == Mask.from_array(mask.to_array())
