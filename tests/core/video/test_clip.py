from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarvis_core.video.clip import Clip, ClipGrid, ClipSchedule


def frames_of(*arguments, **options):
    return [clip.frames for clip in ClipSchedule(*arguments, **options)]


def test_that_clips_overlap_and_end_with_the_video():
    clips = list(ClipSchedule(0, 9, length=4, overlap=2))
    assert [clip.frames for clip in clips] == [
        (0, 1, 2, 3),
        (2, 3, 4, 5),
        (4, 5, 6, 7),
        (6, 7, 8, 9),
    ]
    assert [clip.index for clip in clips] == [0, 1, 2, 3]
    assert [clip.num_shared for clip in clips] == [0, 2, 2, 2]
    assert clips[1].new_frames == (4, 5)


def test_that_the_last_clip_may_be_shorter():
    assert frames_of(3, 8, length=4, overlap=1) == [(3, 4, 5, 6), (6, 7, 8)]


def test_that_a_backward_run_starts_at_the_end():
    assert frames_of(0, 6, length=4, overlap=2, is_backward=True) == [
        (6, 5, 4, 3),
        (4, 3, 2, 1),
        (2, 1, 0),
    ]


def test_that_a_short_range_is_one_clip():
    assert frames_of(5, 7, length=12, overlap=6) == [(5, 6, 7)]
    assert frames_of(5, 5, length=1, overlap=0) == [(5,)]
    assert frames_of(0, 11, length=12, overlap=6) == [tuple(range(12))]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((5, 4, 2, 1), "no range"),
        ((-1, 4, 2, 1), "no range"),
        ((0, 4, 0, 0), "at least 1"),
        ((0, 4, 2, 2), "cannot share"),
        ((0, 4, 2, -1), "cannot share"),
    ],
)
def test_that_impossible_schedules_are_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        ClipSchedule(*arguments)


@pytest.mark.parametrize(("frames", "num_shared"), [((), 0), ((1, 2), 2), ((1,), -1)])
def test_that_a_clip_has_a_new_frame(frames, num_shared):
    with pytest.raises(ValueError, match=r"at least one|cannot be shared"):
        Clip(0, frames, num_shared)


def test_that_a_clip_beyond_the_run_is_misuse():
    with pytest.raises(ValueError, match="clip 4"):
        ClipSchedule(0, 9, 4, 2).clip(4)


@given(
    first=st.integers(0, 50),
    count=st.integers(1, 60),
    length=st.integers(1, 15),
    overlap=st.integers(0, 14),
    is_backward=st.booleans(),
)
def test_that_clips_cover_each_frame_and_share_as_told(first, count, length, overlap, is_backward):
    overlap = min(overlap, length - 1)
    last = first + count - 1
    clips = list(ClipSchedule(first, last, length, overlap, is_backward))
    order = list(range(first, last + 1))[:: -1 if is_backward else 1]
    assert [frame for clip in clips for frame in clip.new_frames] == order
    for before, clip in pairwise(clips):
        assert len(before.frames) == length
        assert clip.frames[: clip.num_shared] == before.frames[length - overlap :]
    assert len(clips) == len(ClipSchedule(first, last, length, overlap, is_backward))
    assert clips[-1].frames[-1] == order[-1]


@given(
    num_frames=st.integers(1, 60),
    length=st.integers(1, 15),
    overlap=st.integers(0, 14),
    frame=st.integers(0, 59),
)
def test_that_the_grid_round_a_frame_is_all_clips_with_it(num_frames, length, overlap, frame):
    overlap, frame = min(overlap, length - 1), min(frame, num_frames - 1)
    clips = frames_of(0, num_frames - 1, length, overlap)
    beside = [each for clip in clips if frame in clip for each in clip]

    assert ClipGrid(length, overlap).around(frame, num_frames) == (min(beside), max(beside))


def test_that_an_impossible_grid_is_refused():
    with pytest.raises(ValueError, match="cannot share"):
        ClipGrid(4, 4)
