"""Statistics of tracks, against drawing every frame."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskStore
from tarvis_core.annotation.statistics import (
    iterate_statistics,
    presence_gaps,
    touching_targets,
    track_statistics,
)
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState, TrackFrame
from tests.fakes.projects import COW, absent, keyframe, predicted, rectangle, sample_project

VIDEOS = hnp.arrays(np.bool_, st.tuples(*(st.integers(1, 7) for _ in range(3))))


def track_of(masks):
    """A track of masks by frame."""
    store = MaskStore(next(iter(masks.values())).mask.size)
    store.apply([store.change_to(COW, frame, held) for frame, held in masks.items()])
    return store.track(COW)


@given(VIDEOS)
def test_that_statistics_are_those_of_the_pixels(video):
    track = track_of({f: predicted(Mask.from_array(pixels)) for f, pixels in enumerate(video)})
    frames = track_statistics(track).frames

    assert [s.frame for s in frames] == list(range(len(video)))
    for statistics, pixels in zip(frames, video, strict=True):
        rows, columns = np.nonzero(pixels)
        assert statistics.area == pixels.sum()
        assert statistics.is_present == pixels.any()
        count, _ = cv2.connectedComponents(pixels.astype(np.uint8), connectivity=8)
        assert statistics.num_components == count - 1
        edge = np.zeros_like(pixels)
        edge[[0, -1]] = edge[:, [0, -1]] = True
        assert statistics.touches_border == bool((pixels & edge).any())
        if pixels.any():
            assert statistics.centroid == pytest.approx((columns.mean() + 0.5, rows.mean() + 0.5))
        else:
            assert statistics.centroid is None


@given(VIDEOS)
def test_that_neighbouring_frames_are_compared_by_their_pixels(video):
    track = track_of({f: predicted(Mask.from_array(pixels)) for f, pixels in enumerate(video)})
    frames = track_statistics(track).frames

    assert frames[0].iou_with_previous is None
    for statistics, before, after in zip(frames[1:], video, video[1:], strict=False):
        union = (before | after).sum()
        expected = 1.0 if union == 0 else (before & after).sum() / union
        assert statistics.iou_with_previous == pytest.approx(expected)


def test_that_motion_and_change_are_measured_from_the_last_mask():
    track = track_of(
        {
            3: predicted(rectangle(0, 0, 4, 4)),
            4: absent(),
            5: predicted(rectangle(6, 8, 4, 2)),
            7: predicted(rectangle(6, 8, 4, 4)),
        }
    )
    frames = {s.frame: s for s in iterate_statistics(track)}

    assert (frames[3].motion, frames[3].area_change) == (None, None)
    assert (frames[4].motion, frames[4].iou_with_previous) == (None, 0.0)
    assert frames[5].motion == pytest.approx(math.hypot(6, 7) / 2)
    assert (frames[5].area_change, frames[5].iou_with_previous) == (-0.5, 0.0)
    assert (frames[7].area_change, frames[7].iou_with_previous) == (1.0, None)


def test_that_what_was_noted_is_passed_on():
    held = TrackFrame(rectangle(0, 5, 2, 2), FrameState.VERIFIED, 0.25, 0.125)
    (statistics,) = iterate_statistics(track_of({2: held}))

    assert (statistics.state, statistics.score) == (FrameState.VERIFIED, 0.25)
    assert statistics.disagreement == 0.125
    assert statistics.touches_border


def test_that_gaps_lie_between_masks_and_short_ones_flicker():
    walk = dict.fromkeys([0, 2, 3, 8, 9], predicted(rectangle(0, 0, 2, 2)))
    track = track_of({**walk, 5: absent(), 10: absent()})

    assert presence_gaps(track) == ((1, 1), (4, 7))
    assert track_statistics(track).flickers(2) == ((1, 1),)
    assert track_statistics(track).num_present == 5


def test_that_frames_by_a_person_are_counted():
    track = track_of(
        {
            0: keyframe(rectangle(0, 0, 2, 2)),
            1: predicted(rectangle(0, 0, 2, 2)),
            2: TrackFrame(Mask.empty(30, 40), FrameState.VERIFIED),
        }
    )
    assert track_statistics(track).num_by_person == 2


def test_that_an_empty_track_has_no_statistics():
    statistics = track_statistics(MaskStore((3, 4)).track(COW))

    assert (statistics.frames, statistics.gaps, statistics.num_present) == ((), (), 0)


def test_that_a_part_of_a_track_can_be_asked_for():
    track = sample_project().masks.track(COW)

    assert [s.frame for s in iterate_statistics(track, 2, 4)] == [2, 3, 4]


@pytest.mark.parametrize(
    ("x", "y", "is_touching"),
    [(9, 10, True), (8, 11, True), (10, 10, False), (4, 6, True), (13, 12, False), (20, 20, False)],
)
def test_that_targets_with_neighbouring_pixels_touch(x, y, is_touching):
    masks = {
        TargetId(1): rectangle(5, 7, 4, 4),
        TargetId(2): rectangle(x, y, 2, 2),
        TargetId(3): Mask.empty(30, 40),
    }
    assert touching_targets(masks) == (((1, 2),) if is_touching else ())


@given(hnp.arrays(np.int64, (6, 7), elements=st.integers(0, 3)))
def test_that_touching_is_that_of_the_pixels(labels):
    masks = {TargetId(t): Mask.from_array(labels == t) for t in (1, 2, 3)}
    grown = {
        t: cv2.dilate((labels == t).astype(np.uint8), np.ones((3, 3), dtype=np.uint8))
        for t in masks
    }
    expected = tuple(
        (a, b) for a in masks for b in masks if a < b and (grown[a] & (labels == b)).any()
    )
    assert touching_targets(masks) == expected


def test_that_no_frame_is_drawn(monkeypatch):
    def refuse(self):
        raise AssertionError("a mask was drawn")

    track = sample_project().masks.track(COW)
    monkeypatch.setattr(Mask, "to_array", refuse)
    monkeypatch.setattr(Mask, "crop", refuse)
    assert len(track_statistics(track).frames) == 7
