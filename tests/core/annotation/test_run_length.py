"""Run arithmetic against pycocotools and against drawing the pixels."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco_mask

from tarvis_core.annotation.run_length import (
    MAX_PIXELS,
    Segments,
    code_from_segments,
    intersection_length,
    num_components,
    runs_from_segments,
    runs_from_text,
    segments_from_code,
    segments_from_runs,
    text_from_runs,
)

PIXELS = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=13))


def coco_text(pixels: np.ndarray) -> bytes:
    return coco_mask.encode(np.asfortranarray(pixels, dtype=np.uint8))["counts"]


def drawn(segments: Segments, height: int, width: int) -> np.ndarray:
    pixels = np.zeros((height, width), dtype=np.bool_)
    for column, top, bottom in zip(*segments, strict=True):
        assert not pixels[top:bottom, column].any()
        pixels[top:bottom, column] = True
    return pixels


@given(PIXELS)
def test_that_text_is_read_and_written_as_pycocotools_does(pixels):
    runs = runs_from_text(coco_text(pixels))

    assert runs.sum() == pixels.size
    assert text_from_runs(runs) == coco_text(pixels)


@given(st.lists(st.integers(0, MAX_PIXELS), min_size=1, max_size=30))
def test_that_runs_of_any_length_survive_as_text(runs):
    assert runs_from_text(text_from_runs(np.array(runs, dtype=np.int64))).tolist() == runs


@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=30))
def test_that_text_of_long_runs_is_that_of_pycocotools(runs):
    total = sum(runs)
    expected = coco_mask.frPyObjects({"counts": runs, "size": [total, 1]}, total, 1)["counts"]

    assert text_from_runs(np.array(runs, dtype=np.int64)) == expected


@given(PIXELS)
def test_that_segments_are_the_pixels(pixels):
    height, width = pixels.shape
    segments = segments_from_runs(runs_from_text(coco_text(pixels)), height)

    np.testing.assert_array_equal(drawn(segments, height, width), pixels)
    assert text_from_runs(runs_from_segments(segments, height, width)) == coco_text(pixels)


@given(PIXELS)
def test_that_segments_never_touch_the_next(pixels):
    segments = segments_from_runs(runs_from_text(coco_text(pixels)), pixels.shape[0])
    same_column = segments.columns[1:] == segments.columns[:-1]

    assert (segments.tops[1:] > segments.bottoms[:-1])[same_column].all()
    assert (np.diff(segments.columns) >= 0).all()


@given(PIXELS)
def test_that_the_code_of_a_box_is_the_code_of_its_crop(pixels):
    height, width = pixels.shape
    segments = segments_from_runs(runs_from_text(coco_text(pixels)), height)
    box, counts = code_from_segments(segments)

    if not pixels.any():
        assert (box, counts) == ((0, 0, 0, 0), b"")
        return
    rows, columns = np.nonzero(pixels)
    assert box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert counts == coco_text(pixels[box[1] : box[3], box[0] : box[2]])
    np.testing.assert_array_equal(drawn(segments_from_code(counts, box), height, width), pixels)


@given(hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=25)))
def test_that_pieces_are_counted_without_drawing(pixels):
    segments = segments_from_runs(runs_from_text(coco_text(pixels)), pixels.shape[0])
    expected, _ = cv2.connectedComponents(pixels.astype(np.uint8), connectivity=8)

    assert num_components(segments) == expected - 1


@given(st.data())
def test_that_intersections_are_counted_without_drawing(data):
    first = data.draw(PIXELS)
    second = data.draw(hnp.arrays(np.bool_, first.shape))
    intervals = [
        segments_from_runs(runs_from_text(coco_text(p)), first.shape[0]).intervals(first.shape[0])
        for p in (first, second)
    ]

    assert intersection_length(*intervals[0], *intervals[1]) == (first & second).sum()


def test_that_runs_with_empty_ones_between_are_joined():
    segments = segments_from_runs(np.array([1, 2, 0, 3, 0, 0, 4], dtype=np.int64), 10)

    assert [part.tolist() for part in segments] == [[0], [1], [6]]


def test_that_a_frame_of_four_billion_pixels_is_read_at_once():
    runs = np.array([0, 65_536 * 65_535], dtype=np.int64)
    segments = segments_from_runs(runs, 65_536)

    assert segments.columns.size == 65_535
    assert runs_from_segments(segments, 65_536, 65_535).tolist() == runs.tolist()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "empty"),
        ("", "empty"),
        (b"\x00", "no code has"),
        ("é", "no code has"),
        (b"p", "no code has"),
        (b"P", "cut off"),
        (b"0P", "cut off"),
        (b"P" * 40 + b"0", "longer than any frame"),
        (b"ooooooo?", "longer than any frame"),
    ],
)
def test_that_a_damaged_text_is_told(text, message):
    with pytest.raises(ValueError, match=message):
        runs_from_text(text)
