from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tarvis_core.annotation.formats.annotated_video import TargetMask
from tarvis_core.annotation.formats.fitting import boxes_touch, fit_video, flatten
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.loss import LossCounter, LossKind
from tarvis_core.annotation.mask import Mask
from tests.core.annotation.formats.scenes import box_mask, collection, l_mask, scene_video

PIXELS = arrays.arrays(np.bool_, (5, 6))
MASKS = st.dictionaries(
    st.integers(1, 6), st.tuples(PIXELS, st.integers(0, 2)), min_size=1, max_size=4
)


@settings(max_examples=80, deadline=None)
@given(drawn=MASKS, void=PIXELS)
def test_that_each_pixel_goes_to_the_topmost_target(drawn, void):
    masks = {
        target: TargetMask(Mask.from_array(pixels), z_order=order)
        for target, (pixels, order) in drawn.items()
        if pixels.any()
    }
    if not masks:
        return
    losses = LossCounter()

    flat, rest = flatten(masks, Mask.from_array(void), "here", losses)

    expected = np.zeros((5, 6), int)
    for target in sorted(masks, key=lambda t: (masks[t].z_order, t)):
        expected[masks[target].mask.to_array()] = target
    for target in masks:
        shown = flat[target].mask.to_array() if target in flat else np.zeros((5, 6), bool)
        assert np.array_equal(shown, expected == target)
    assert np.array_equal(rest.to_array(), void & (expected == 0))
    counts = {loss.kind: loss.count for loss in losses.losses}
    smaller = sum(flat[t].mask != masks[t].mask for t in flat) + len(masks) - len(flat)
    assert counts.get(LossKind.OVERLAPS, 0) == smaller
    assert counts.get(LossKind.HIDDEN_TARGETS, 0) == len(masks) - len(flat)
    assert not any(a.mask.intersection_area(b.mask) for a, b in combinations(flat.values(), 2))


def test_that_boxes_apart_do_not_touch():
    assert not boxes_touch([box_mask(0, 0, 2, 2), box_mask(2, 0, 4, 2), Mask.empty(6, 8)])
    assert boxes_touch([box_mask(0, 0, 3, 2), box_mask(2, 1, 4, 2)])
    assert not boxes_touch([])


def test_that_crowds_become_void_where_there_is_void():
    video = scene_video([{1: l_mask()}], attributes={"is_crowd": True})
    losses = LossCounter()

    frame = fit_video(video, FormatCapabilities(void=True), losses).load_frame(0)

    assert frame.masks == {}
    assert frame.void == l_mask()
    assert LossKind.CROWD in {loss.kind for loss in losses.losses}


def test_that_nothing_is_counted_where_everything_fits():
    losses = LossCounter()
    can = FormatCapabilities(overlaps=True, categories=True)

    video = fit_video(scene_video(), can, losses)

    assert [frame.masks for frame in video.frames()] == [
        frame.masks for frame in scene_video().frames()
    ]
    assert losses.losses == ()


def test_that_counts_add_up_and_the_first_place_is_named():
    losses = LossCounter()
    video = scene_video(attributes={"score": 0.5})

    for frame in fit_video(video, FormatCapabilities(categories=True), losses).frames():
        assert all(mask.score is None for mask in frame.masks.values())

    (loss,) = losses.losses
    assert (loss.kind, loss.count) == (LossKind.SCORES, 5)
    assert str(loss.message) == "5 scores left out (first: clip, frame 0: 0.5)"


@pytest.mark.parametrize(
    ("name", "number", "said"),
    [("00016.jpg", 16, "16"), ("00016.jpg", 3, "00016.jpg"), ("left/cow.png", 3, "left/cow.png")],
)
def test_that_a_frame_is_named_by_its_number_where_its_name_says_no_more(name, number, said):
    losses = LossCounter()
    video = scene_video(attributes={"score": 0.5})
    frame = replace(video.load_frame(0), name=name)
    video = replace(video, frame_names=(name,), frame_numbers=(number,), load_frame=lambda _: frame)
    list(fit_video(video, FormatCapabilities(categories=True), losses).frames())
    assert f"(first: clip, frame {said}: 0.5)" in str(losses.losses[-1].message)


def test_that_a_collection_is_read_again_from_the_start():
    videos = collection(scene_video(name="a"), scene_video(name="b"))

    assert [video.name for video in videos] == [video.name for video in videos] == ["a", "b"]


@pytest.mark.parametrize(("name", "num_lost"), [("Target 1", 0), ("target 1", 0), ("Berta", 1)])
def test_that_a_name_that_nobody_gave_is_no_loss(name, num_lost):
    losses = LossCounter()
    video = scene_video([{1: box_mask(1, 1, 3, 3)}])
    target = replace(video.targets[0], name=name, category=None)
    fit_video(replace(video, load_targets=lambda: (target,)), FormatCapabilities(), losses)
    assert [loss.kind for loss in losses.losses].count(LossKind.TARGET_NAMES) == num_lost
