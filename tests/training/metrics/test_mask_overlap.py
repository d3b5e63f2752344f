import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from training.metrics.label_counts import count_pairs
from training.metrics.mask_overlap import (
    box_ious,
    checked_code,
    intersection_areas,
    mask_areas,
    mask_ious,
)

PIXELS = hnp.arrays(bool, (5, 7))


@settings(max_examples=60, deadline=None)
@given(first=st.lists(PIXELS, max_size=3), second=st.lists(PIXELS, max_size=3))
def test_that_masks_and_codes_give_the_pixels_that_arrays_share(first, second):
    expected = np.array([[(a & b).sum() for b in second] for a in first], dtype=np.int64)
    expected = expected.reshape(len(first), len(second))
    masks = [[Mask.from_array(pixels) for pixels in part] for part in (first, second)]
    codes = [[mask.to_coco_rle() for mask in part] for part in masks]

    assert np.array_equal(intersection_areas(*masks), expected)
    assert np.array_equal(intersection_areas(*codes), expected)
    assert np.array_equal(intersection_areas(masks[0], codes[1]), expected)
    assert mask_areas(codes[0]).tolist() == [pixels.sum() for pixels in first]
    assert np.array_equal(mask_ious(*masks), mask_ious(*codes))
    assert np.array_equal(box_ious(*masks), box_ious(*codes))


def test_that_boxes_overlap_where_masks_do_not():
    a, b = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    a[[0, 2], [0, 2]] = True
    b[[0, 2], [2, 0]] = True
    masks = [Mask.from_array(a)], [Mask.from_array(b)]

    assert mask_ious(*masks).tolist() == [[0.0]]
    assert box_ious(*masks).tolist() == [[1.0]]


def test_that_masks_of_other_frames_do_not_compare():
    first, second = Mask.from_array(np.ones((2, 3))), Mask.from_array(np.ones((3, 2)))
    with pytest.raises(ValueError, match="size"):
        intersection_areas([first], [second])
    with pytest.raises(ValueError, match="size"):
        intersection_areas([first.to_coco_rle()], [second.to_coco_rle()])


def test_that_a_list_of_runs_becomes_a_compressed_code():
    assert checked_code({"size": [2, 3], "counts": [1, 2, 3]}, (2, 3), "x")["counts"] == "123"


@pytest.mark.parametrize(
    "code",
    [
        None,
        [],
        {},
        {"size": [3, 2], "counts": "123"},
        {"size": [2, 3], "counts": "12P"},
        {"size": [2, 3], "counts": [1, 2]},
        {"size": [2, 3], "counts": [-1, 7]},
        {"size": [2, 3], "counts": None},
        {"size": 5, "counts": "123"},
    ],
    ids=str,
)
def test_that_a_damaged_code_is_refused_with_its_place(code):
    with pytest.raises(FormatError, match="there"):
        checked_code(code, (2, 3), "there")


@settings(max_examples=60, deadline=None)
@given(labels=hnp.arrays(np.int64, (2, 5, 4), elements=st.sampled_from([0, 1, 2, 2**31 - 1])))
def test_that_pairs_are_counted_as_pixel_by_pixel(labels):
    pairs = list(zip(labels[0].ravel().tolist(), labels[1].ravel().tolist(), strict=True))

    assert count_pairs(*labels) == {pair: pairs.count(pair) for pair in pairs}


@pytest.mark.parametrize(
    "maps",
    [
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.full((2, 3), -1), np.zeros((2, 3))),
        (np.full((2, 3), 2**31), np.zeros((2, 3))),
        (np.zeros(3), np.zeros(3)),
    ],
    ids=["sizes", "negative", "large", "axes"],
)
def test_that_maps_that_do_not_fit_are_refused(maps):
    with pytest.raises(ValueError, match=r"compare|out of range"):
        count_pairs(*maps)


def test_that_an_empty_map_has_no_pairs():
    assert count_pairs(np.zeros((0, 3)), np.zeros((0, 3))) == {}
