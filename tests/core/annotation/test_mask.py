"""Mask against arrays and pycocotools, with every shape hypothesis can think of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco_mask

from tarvis_core.annotation.mask import Mask

PIXELS = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=13))
SIDES = st.integers(1, 40)


@st.composite
def two_masks(draw):
    first = draw(PIXELS)
    return first, draw(hnp.arrays(np.bool_, first.shape))


def coco_code(pixels: np.ndarray) -> dict:
    code = coco_mask.encode(np.asfortranarray(pixels, dtype=np.uint8))
    return {"size": list(pixels.shape), "counts": code["counts"].decode("ascii")}


def run_lengths(pixels: np.ndarray) -> list[int]:
    flat = pixels.ravel(order="F")
    edges = np.flatnonzero(np.diff(flat, prepend=False)).tolist()
    return np.diff([0, *edges, flat.size]).tolist()


@given(PIXELS)
def test_that_a_mask_gives_its_pixels_back(pixels):
    mask = Mask.from_array(pixels)

    np.testing.assert_array_equal(mask.to_array(), pixels)
    assert mask.area == pixels.sum()
    assert mask.is_empty == (not pixels.any())
    assert mask.size == pixels.shape


@given(PIXELS)
def test_that_the_full_frame_code_is_that_of_pycocotools(pixels):
    assert Mask.from_array(pixels).to_coco_rle() == coco_code(pixels)


@given(PIXELS)
def test_that_a_code_makes_the_same_mask_as_its_pixels(pixels):
    expected = Mask.from_array(pixels)
    code = coco_code(pixels)

    assert Mask.from_coco_rle(code) == expected
    assert Mask.from_coco_rle({**code, "counts": code["counts"].encode()}) == expected
    assert Mask.from_coco_rle({**code, "counts": run_lengths(pixels)}) == expected
    assert Mask.from_coco_rle({**code, "counts": np.array(run_lengths(pixels))}) == expected


@given(PIXELS, st.data())
def test_that_empty_runs_in_a_code_change_nothing(pixels, data):
    runs = run_lengths(pixels)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(runs) - 1))
        cut = data.draw(st.integers(0, runs[place]))
        runs[place : place + 1] = [cut, 0, runs[place] - cut]

    mask = Mask.from_coco_rle({"size": list(pixels.shape), "counts": runs})
    assert mask == Mask.from_array(pixels)


@given(SIDES, SIDES, st.one_of(st.binary(max_size=40), st.text(max_size=40)))
def test_that_a_damaged_text_is_a_value_error_or_a_mask(height, width, counts):
    try:
        mask = Mask.from_coco_rle({"size": [height, width], "counts": counts})
    except ValueError:
        return
    assert mask.to_array().shape == (height, width)


@given(PIXELS, st.data())
def test_that_a_mutated_code_is_a_value_error_or_a_mask(pixels, data):
    code = coco_code(pixels)
    text = list(code["counts"])
    for _ in range(data.draw(st.integers(1, 3))):
        text[data.draw(st.integers(0, len(text) - 1))] = chr(data.draw(st.integers(40, 120)))
    try:
        mask = Mask.from_coco_rle({**code, "counts": "".join(text)})
    except ValueError:
        return
    assert Mask.from_coco_rle(mask.to_coco_rle()) == mask


@given(
    st.one_of(
        st.none(),
        st.integers(),
        st.floats(),
        st.lists(st.one_of(st.integers(), st.floats(), st.text(), st.none(), st.booleans())),
        st.lists(st.lists(st.integers(), max_size=3), max_size=3),
        st.dictionaries(st.text(), st.integers()),
    )
)
def test_that_counts_of_any_type_are_a_value_error_or_a_mask(counts):
    try:
        mask = Mask.from_coco_rle({"size": [3, 4], "counts": counts})
    except ValueError:
        return
    assert mask.size == (3, 4)


@pytest.mark.parametrize(
    "size",
    [None, 3, [3], [3, 4, 5], [3.0, 4], ["3", 4], [True, 4], [0, 4], [-1, 4], [2**20, 2**20], {}],
)
def test_that_a_size_other_than_two_positive_numbers_is_refused(size):
    with pytest.raises(ValueError, match=r"size|frame"):
        Mask.from_coco_rle({"size": size, "counts": [12]})


def test_that_runs_that_do_not_fill_the_frame_are_told():
    with pytest.raises(ValueError, match="cover 11 pixels, the 3 × 4 frame has 12"):
        Mask.from_coco_rle({"size": [3, 4], "counts": [5, 6]})


def test_that_a_code_without_counts_is_refused():
    with pytest.raises(ValueError, match="counts"):
        Mask.from_coco_rle({"size": [3, 4]})


def test_that_a_huge_frame_costs_no_memory():
    mask = Mask.from_coco_rle({"size": [65_536, 65_535], "counts": [5, 3, 65_536 * 65_535 - 8]})

    assert (mask.box, mask.area) == ((0, 5, 1, 8), 3)


@given(two_masks())
def test_that_set_operations_are_those_of_the_pixels(masks):
    first, second = masks
    a, b = Mask.from_array(first), Mask.from_array(second)

    assert a.union(b) == Mask.from_array(first | second)
    assert a.intersection(b) == Mask.from_array(first & second)
    assert a.difference(b) == Mask.from_array(first & ~second)
    assert a.intersection_area(b) == (first & second).sum()


@given(two_masks())
def test_that_iou_is_symmetric_and_that_of_the_pixels(masks):
    first, second = masks
    a, b = Mask.from_array(first), Mask.from_array(second)
    union = (first | second).sum()

    assert a.iou(b) == b.iou(a)
    assert a.iou(b) == (1.0 if union == 0 else (first & second).sum() / union)


@given(PIXELS, st.integers(0, 5), st.integers(0, 5))
def test_that_a_crop_lies_where_it_is_put(pixels, x, y):
    height, width = pixels.shape[0] + y + 2, pixels.shape[1] + x + 3
    expected = np.zeros((height, width), dtype=np.bool_)
    expected[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels

    assert Mask.from_crop(height, width, (x, y), pixels) == Mask.from_array(expected)


@given(PIXELS, st.data())
def test_that_any_region_can_be_asked_for(pixels, data):
    height, width = pixels.shape
    x_min = data.draw(st.integers(0, width - 1))
    y_min = data.draw(st.integers(0, height - 1))
    region = (
        x_min,
        y_min,
        data.draw(st.integers(x_min + 1, width)),
        data.draw(st.integers(y_min + 1, height)),
    )
    found = Mask.from_array(pixels).pixels_in(region)

    np.testing.assert_array_equal(found, pixels[y_min : region[3], x_min : region[2]])


def test_that_a_crop_outside_the_frame_is_refused():
    with pytest.raises(ValueError, match="leaves"):
        Mask.from_crop(3, 3, (2, 0), np.ones((2, 2), dtype=np.bool_))


def test_that_masks_of_other_frames_do_not_compare():
    with pytest.raises(ValueError, match="do not compare"):
        Mask.empty(3, 4).iou(Mask.empty(4, 3))


def test_that_a_mask_has_two_axes():
    with pytest.raises(ValueError, match="two axes"):
        Mask.from_array(np.zeros((2, 2, 3)))


def test_that_numbers_other_than_zero_are_inside():
    assert Mask.from_array(np.array([[0.0, 0.5, -1.0]])).area == 2


def test_that_an_empty_mask_has_the_code_of_one_run():
    assert Mask.empty(6, 8).to_coco_rle() == {"size": [6, 8], "counts": "`1"}
