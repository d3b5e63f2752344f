"""What a way through a video has to encode, given what is kept."""

from functools import partial

import pytest

from tarvis_core.video.clip import ClipGrid
from tarvis_core.video.encoding_work import EncodingTimes, EncodingWork, KeptFeatures
from tests.fakes.work import lines_run

GRID = ClipGrid(8, 3)
"""Clips begin at 0, 5, 10, 15, ….  """


def kept(clips=(), frames=(), num_frames=28, **room):
    return KeptFeatures(GRID, num_frames, (90, 160), (96, 160), tuple(clips), tuple(frames), **room)


@pytest.mark.parametrize(
    ("spans", "clips", "frames", "work"),
    [
        ([(0, 27)], (), (), (28, 5)),
        ([(0, 27)], (0, 5, 10, 15, 20), (), (0, 0)),
        ([(0, 27)], (0, 5), range(13), (15, 3)),
        ([(0, 27)], (0, 5), (), (18, 3)),  # frames 10, 11 and 12 are gone: clip 10 needs them
        ([(0, 7)], (), (), (8, 1)),
        ([(6, 6)], (), (), (8, 1)),
        ([(27, 27)], (), (), (8, 1)),
        ([(0, 0), (27, 27)], (), (), (16, 2)),
        ([(0, 12), (3, 12)], (), (), (13, 2)),
        ([], (), (), (0, 0)),
    ],
)
def test_that_only_what_is_not_kept_is_encoded(spans, clips, frames, work):
    assert kept(clips, frames).missing(spans) == EncodingWork(*work)
    assert kept(clips, frames).missing(spans, is_backward=True) == EncodingWork(*work)


def test_that_the_last_clip_may_be_shorter():
    assert kept(num_frames=3).missing([(0, 2)]) == EncodingWork(3, 1)
    assert kept(num_frames=10).missing([(0, 9)]) == EncodingWork(10, 2)


def test_that_what_is_kept_gives_way_where_there_is_no_room():
    full = kept((10, 15, 20), range(10, 28), clip_room=3, frame_room=18)
    assert full.missing([(10, 27)]) == EncodingWork(0, 0)
    forward = full.missing([(0, 27)])
    assert forward == EncodingWork(28, 5), "the clips ahead are given up before they are met"
    assert full.missing([(0, 27)], is_backward=True) == EncodingWork(10, 2)


def test_that_times_are_told_since_a_reading():
    before = EncodingTimes(2, 1.0, 1, 0.5, 0.25)
    assert EncodingTimes(5, 4.0, 3, 1.5, 1.0).since(before) == EncodingTimes(3, 3.0, 2, 1.0, 0.75)
    assert before.plus(EncodingTimes(3, 3.0, 2, 1.0, 0.75)) == EncodingTimes(5, 4.0, 3, 1.5, 1.0)
    assert before.total_s == 1.75


@pytest.mark.parametrize("is_backward", [False, True])
def test_that_a_long_way_is_no_more_work_than_a_short_one(is_backward):
    full = kept((0, 5, 10), range(18), num_frames=10**6 + 3, clip_room=3, frame_room=18)
    assert full.missing([(0, 10**6 + 2)]) == EncodingWork(10**6 + 3 - 18, 200_000 - 3)
    short, long = (
        lines_run(partial(full.missing, [(0, last)], is_backward=is_backward))
        for last in (999, 10**6 + 2)
    )
    assert long <= 1.2 * short


@pytest.mark.parametrize(("room", "num_frames"), [(18, 103), (3, 103), (1, 103 + 2 * 19)])
def test_that_shared_frames_are_computed_twice_where_too_few_are_kept(room, num_frames):
    small = kept(num_frames=103, clip_room=1, frame_room=room)
    assert small.missing([(0, 102)]) == EncodingWork(num_frames, 20)
