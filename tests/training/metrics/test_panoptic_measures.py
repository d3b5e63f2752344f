import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from training.metrics.panoptic_quality import PanopticFrame, PanopticQuality, Segment
from training.metrics.stq import INSTANCE_BITS, SegmentationTrackingQuality
from training.metrics.vpq import VideoPanopticQuality, VpqResult

CATEGORIES = {0: False, 1: True}


def frame(rows, *segments):
    ids = np.array(rows)
    return PanopticFrame(ids, [Segment(*segment) for segment in segments])


WALL_AND_BALL = frame([[1, 1, 2, 2], [1, 1, 2, 2]], (1, 0), (2, 1))


def test_that_a_perfect_image_scores_one():
    measure = PanopticQuality(CATEGORIES)
    measure.add_image(WALL_AND_BALL, WALL_AND_BALL)

    table = measure.result()
    assert (table.all.pq, table.things.pq, table.stuff.pq) == (1.0, 1.0, 1.0)


def test_that_an_overlap_of_exactly_half_is_no_match():
    measure = PanopticQuality(CATEGORIES)
    true = frame([[1, 1, 1, 0]], (1, 1))
    measure.add_image(true, frame([[5, 5, 6, 6]], (5, 1), (6, 1)))

    counts = measure.result().per_class[1]
    assert (counts.num_matched, counts.iou_sum) == (1, pytest.approx(2 / 3))
    half = PanopticQuality(CATEGORIES)
    half.add_image(frame([[1, 1]], (1, 1)), frame([[5, 0]], (5, 1)))
    counts = half.result().per_class[1]
    assert (counts.num_matched, counts.num_missed, counts.num_false) == (0, 1, 1)


def test_that_predictions_mostly_on_void_or_crowd_do_not_count():
    measure = PanopticQuality(CATEGORIES)
    true = frame([[0, 0, 0, 7, 7, 7, 1, 1]], (7, 1, True), (1, 0))
    predicted = frame([[3, 3, 3, 4, 4, 4, 4, 5]], (3, 1), (4, 1), (5, 1))
    measure.add_image(true, predicted)

    counts = measure.result().per_class
    assert counts[1].num_false == 1  # id 5 alone
    assert (counts[0].num_missed, counts[1].num_missed) == (1, 0)


def test_that_nothing_at_all_has_no_quality():
    assert math.isnan(PanopticQuality(CATEGORIES).result().all.pq)


@pytest.mark.parametrize(
    "predicted",
    [
        frame([[1, 1, 2, 2]], (1, 0)),
        frame([[1, 1, 1, 1]], (1, 0), (2, 1)),
        frame([[1, 1, 1, 1]], (1, 9)),
        frame([[1, 1]], (1, 0)),
    ],
    ids=["not listed", "not drawn", "unknown class", "size"],
)
def test_that_map_and_list_must_agree(predicted):
    with pytest.raises(ValueError, match=r"only in|unknown|compare"):
        PanopticQuality(CATEGORIES).add_image(frame([[1, 1, 1, 1]], (1, 0)), predicted)


def test_that_a_tube_that_changes_its_number_matches_only_in_short_windows():
    true = [frame([[2, 2]], (2, 1))] * 4
    predicted = [frame([[8, 8]], (8, 1))] * 2 + [frame([[9, 9]], (9, 1))] * 2
    measure = VideoPanopticQuality(CATEGORIES, (1, 4))
    measure.add_video(zip(true, predicted, strict=True))

    tables = measure.result().per_window
    assert tables[1].all.pq == 1.0
    assert tables[4].all.pq == 0.0


def test_that_a_short_video_adds_nothing_to_long_windows():
    measure = VideoPanopticQuality(CATEGORIES, (1, 3))
    measure.add_video([(WALL_AND_BALL, WALL_AND_BALL)] * 2)

    assert measure.result((1,)).vpq == 100.0
    assert measure.result().per_window[3].all.num_classes == 0


def test_that_a_mean_over_some_windows_is_theirs():
    measure = VideoPanopticQuality(CATEGORIES, (1, 2))
    measure.add_video([(WALL_AND_BALL, WALL_AND_BALL)] * 2)
    tables = measure.result().per_window

    assert VpqResult.mean_over({1: tables[1]}).vpq_thing == 100.0


def label(category, instance):
    return (category << INSTANCE_BITS) + instance


def test_that_crowds_and_void_take_no_part():
    measure = SegmentationTrackingQuality(2, {1})
    true = np.array([[label(1, 0), label(1, 5), label(255, 0), label(0, 0)]])
    predicted = np.array([[label(1, 9), label(1, 5), label(0, 0), label(0, 0)]])
    measure.add_frame(true, predicted, "a")

    result = measure.result().total
    assert (result.aq, result.sq, result.stq) == (1.0, 1.0, 1.0)


def test_that_a_thing_on_void_makes_its_tube_larger():
    measure = SegmentationTrackingQuality(2, {1})
    measure.add_frame(np.array([[label(1, 5), label(255, 0)]]), np.full((1, 2), label(1, 5)), "a")

    assert measure.result().total.aq == 0.5


def test_that_predicted_void_lowers_segmentation():
    measure = SegmentationTrackingQuality(2, {1})
    measure.add_frame(np.full((1, 2), label(0, 0)), np.array([[label(0, 0), label(255, 0)]]), "a")

    assert measure.result().total.sq == pytest.approx((0.5 + 0.0) / 2)


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.int64, (3, 4, 5), elements=st.sampled_from([0, 1, 2, 255])))
def test_that_a_perfect_prediction_scores_one(classes):
    labels = np.where(classes < 2, classes << INSTANCE_BITS, (classes << INSTANCE_BITS) + 3)
    measure = SegmentationTrackingQuality(3, {2})
    for frame_labels in labels:
        measure.add_frame(frame_labels, frame_labels, "a")

    result = measure.result().total
    assert result.sq == 1.0 or (classes == 255).all()
    assert result.aq == (1.0 if (classes == 2).any() else 0.0)
    assert measure.result().lengths == {"a": 3}


def test_that_unknown_classes_are_refused():
    with pytest.raises(ValueError, match="class 7"):
        SegmentationTrackingQuality(2, {1}).add_frame(
            np.full((1, 1), label(7, 0)), np.full((1, 1), label(0, 0)), "a"
        )
    with pytest.raises(ValueError, match="ignore"):
        SegmentationTrackingQuality(300, {1})


def test_that_no_frame_at_all_has_no_quality():
    assert math.isnan(SegmentationTrackingQuality(2, {1}).result().total.sq)
