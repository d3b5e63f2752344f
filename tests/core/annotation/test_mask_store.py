"""MaskStore and Track: what is held, what is read, and what is forgotten."""

import dataclasses

import numpy as np
import pytest

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskStore
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState, Track, TrackFrame
from tests.fakes.projects import (
    COW,
    GRASS,
    SIZE,
    absent,
    keyframe,
    predicted,
    rectangle,
)


class ListedMasks:
    """A reader that counts how often it is asked."""

    def __init__(self, masks):
        self.masks = masks
        self.num_reads = 0

    def read_mask(self, target, frame):
        self.num_reads += 1
        return self.masks[target, frame]

    def read_masks_at(self, frame):
        self.num_reads += 1
        return {t: held for (t, f), held in self.masks.items() if f == frame}

    def read_track(self, target, first, last):
        self.num_reads += 1
        for (t, frame), held in sorted(self.masks.items(), key=lambda item: item[0][1]):
            if t == target and first <= frame <= last:
                yield frame, held


@pytest.fixture
def store():
    store = MaskStore(SIZE)
    frames = {0: keyframe(rectangle(0, 0, 4, 4)), 2: predicted(rectangle(2, 2, 4, 4)), 3: absent()}
    store.apply([store.change_to(COW, f, held) for f, held in frames.items()])
    store.apply([store.change_to(GRASS, 0, keyframe(rectangle(0, 2, 40, 20)))])
    return store


def test_that_an_empty_store_has_nothing():
    store = MaskStore(SIZE)

    assert dict(store.tracks) == {}
    assert store.get(COW, 0) is None
    assert dict(store.masks_at(0)) == {}
    assert store.track(COW).frames == ()
    assert list(store.track(COW).items()) == []
    assert not store.label_map(0).any()


def test_that_masks_come_back(store):
    assert store.get(COW, 0) == keyframe(rectangle(0, 0, 4, 4))
    assert store.get(COW, 1) is None
    assert store.masks_at(0).keys() == {COW, GRASS}
    assert store.num_masks == 4


def test_that_later_targets_lie_above_earlier_ones(store):
    labels = store.label_map(0)
    assert labels.dtype == np.int32
    assert (labels[0, 0], labels[3, 3], labels[29, 39]) == (COW, GRASS, 0)


def test_that_the_order_of_drawing_can_be_given(store):
    assert store.label_map(0, [GRASS, COW])[3, 3] == COW
    assert set(store.label_map(0, [COW]).ravel()) == {0, COW}


def test_that_a_change_taken_back_leaves_no_trace(store):
    before = dict(store.track(COW).items())
    change = store.change_to(COW, 2, None)
    store.apply([change])
    assert store.get(COW, 2) is None
    store.apply([change.reversed()])

    assert dict(store.track(COW).items()) == before


def test_that_a_track_without_frames_is_gone(store):
    store.apply([store.change_to(GRASS, 0, None)])

    assert list(store.tracks) == [COW]


def test_that_an_edit_that_fails_half_way_changes_nothing(store):
    good = store.change_to(COW, 5, predicted(rectangle(0, 0, 2, 2)))
    stale = dataclasses.replace(store.change_to(COW, 0, None), before=absent())
    with pytest.raises(ValueError, match="target 1, frame 0 was changed"):
        store.apply([good, stale])

    assert store.get(COW, 5) is None
    assert store.num_masks == 4


@pytest.mark.parametrize(
    ("target", "frame", "held", "message"),
    [
        (COW, 0, keyframe(Mask.empty(3, 3)), "frames of"),
        (TargetId(0), 0, absent(), "no such place"),
        (COW, -1, absent(), "no such place"),
    ],
)
def test_that_what_does_not_fit_is_refused(store, target, frame, held, message):
    with pytest.raises(ValueError, match=message):
        store.apply([store.change_to(target, frame, held)])


def test_that_an_edit_that_cannot_be_written_is_taken_back():
    def fail(changes):
        raise OSError

    store = MaskStore(SIZE)
    store.write_through(fail)
    with pytest.raises(OSError):  # noqa: PT011 -- any will do
        store.apply([store.change_to(COW, 0, absent())])
    assert store.num_masks == 0


def test_that_an_absent_target_has_no_pixels():
    with pytest.raises(ValueError, match="absent"):
        TrackFrame(rectangle(0, 0, 1, 1), FrameState.ABSENT)


def test_that_masks_asked_for_least_recently_are_forgotten():
    masks = {(COW, frame): predicted(rectangle(frame, 0, 4, 4)) for frame in range(10)}
    summaries = {COW: {frame: held.summary() for (_, frame), held in masks.items()}}
    reader = ListedMasks(masks)
    store = MaskStore(SIZE, reader, summaries, cache_bytes=2_000)  # holds three
    for frame in (0, 1, 2, 0, 1, 2):
        assert store.get(COW, frame) == masks[COW, frame]
    assert reader.num_reads == 3
    store.get(COW, 3)
    store.get(COW, 1)
    assert reader.num_reads == 4
    store.get(COW, 0)
    assert reader.num_reads == 5


def test_that_a_frame_is_read_at_once():
    masks = {(TargetId(t), 0): predicted(rectangle(t, 0, 4, 4)) for t in range(1, 9)}
    reader = ListedMasks(masks)
    store = MaskStore(SIZE, reader, {t: {0: held.summary()} for (t, _), held in masks.items()})

    assert store.masks_at(0) == {t: held for (t, _), held in masks.items()}
    assert store.masks_at(0)
    assert reader.num_reads == 1


def test_that_an_edit_larger_than_the_cache_is_written_before_it_is_forgotten():
    written = {}
    reader = ListedMasks(written)

    def write(changes):
        assert store.get(COW, 0) == keyframe(rectangle(0, 0, 4, 4))
        written.update({(c.target, c.frame): c.after for c in changes})

    store = MaskStore(SIZE, reader, cache_bytes=0)
    store.write_through(write)
    held = keyframe(rectangle(0, 0, 4, 4))
    store.apply([store.change_to(COW, frame, held) for frame in range(20)])

    assert [store.get(COW, frame) for frame in range(20)] == [held] * 20


@pytest.fixture
def track(store):
    return store.track(COW)


def test_that_a_track_knows_its_frames_without_reading(track):
    assert track.frames == (0, 2, 3)
    assert list(track) == [0, 2, 3]
    assert len(track) == 3
    assert 2 in track
    assert track.frames_between(1, 2) == (2,)
    assert track.summary(2).area == 16
    assert track.summary(1) is None
    assert track.get(1) is None


def test_that_the_nearest_law_frames_are_found(store, track):
    store.apply([store.change_to(COW, 7, TrackFrame(Mask.empty(*SIZE), FrameState.VERIFIED))])

    assert track.law_frames == (0, 7)
    assert [track.law_frame_before(f) for f in (0, 1, 7, 8)] == [None, 0, 0, 7]
    assert [track.law_frame_after(f) for f in (0, 6, 7)] == [7, 7, None]
    store.apply([store.change_to(COW, 0, predicted(rectangle(0, 0, 4, 4)))])
    assert track.law_frames == (7,)


def test_that_a_part_of_a_track_is_read_in_order(track):
    assert [frame for frame, _ in track.items(1)] == [2, 3]
    assert [frame for frame, _ in track.items(0, 2)] == [0, 2]


def test_that_a_track_of_nothing_is_empty():
    assert Track(COW, MaskStore(SIZE)).law_frame_before(3) is None
