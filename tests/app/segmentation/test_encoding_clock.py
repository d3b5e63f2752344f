"""What a frame takes is known before the first run: from what is encoded ahead of need."""

import pytest

from tarvis_app.segmentation.encoding_clock import EncodingClock
from tarvis_core.video.clip import ClipGrid

GRID = ClipGrid(8, 3)


def told(*clips):
    """What a clock tells of clips: the seconds of each slice, for one clip after the other."""
    clock = EncodingClock(GRID)
    found = []
    for number, slices in enumerate(clips):
        for place, seconds in enumerate(slices, start=1):
            left = len(clips) - number - (place == len(slices))
            found.append(clock.note_slice(seconds, left))
    return [each for each in found if each is not None]


def test_that_a_frame_takes_its_part_of_a_clip_with_neighbours():
    whole = [0.1] * 5 + [0.01] * 3 + [0.5, 0.0]
    assert told([9.0] * 9, [5.0] * 9, whole) == [pytest.approx(0.2)]
    assert told([9.0] * 9, [5.0] * 9) == []


def test_that_clips_that_were_there_already_are_not_timed():
    whole = [0.1] * 10
    assert told(whole, whole, [0.0], [0.0], whole) == [pytest.approx(0.14)]


def test_that_frames_of_a_clip_that_was_interrupted_make_it_no_cheaper():
    resumed = [0.0] * 7 + [0.1] + [0.5, 0.0]
    between = [0.0] * 3 + [0.1] * 2 + [0.0] * 3 + [0.5, 0.0]
    all_there = [0.0] * 8 + [0.5, 0.0]
    assert told([9.0] * 9, [5.0] * 9, resumed) == [pytest.approx(0.2)]
    assert told([9.0] * 9, [5.0] * 9, between) == [pytest.approx(0.2)]
    assert told([9.0] * 9, [5.0] * 9, all_there) == []
