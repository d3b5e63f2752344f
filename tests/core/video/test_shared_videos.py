"""Videos from many cameras and programs: all are read, and access in any order gives the same."""

import random
import re
import zlib
from pathlib import Path

import pytest

from tarvis_core.errors import VideoError
from tarvis_core.video.video_reader import VideoReader
from tests.conftest import shared_folder

VIDEOS = shared_folder() / "data" / "videos"
NUM_JUMPS = 4
NUM_STEPS_BACK = 10


def _files(kind: str) -> list[object]:
    files = sorted(path for path in (VIDEOS / kind).glob("*") if path.is_file())
    return [pytest.param(path, id=path.name) for path in files]


def _read_in_order(path: Path) -> tuple[list[int], VideoReader]:
    """Checksums of all frames, and the reader, closed."""
    with VideoReader(path) as video:
        return [zlib.crc32(frame) for frame in video.frames(range(video.num_frames))], video


def _read_out_of_order(path: Path) -> tuple[int, dict[int, int]]:
    """The number of frames, and checksums of some, read by jumping and stepping back."""
    chance = random.Random(path.name)
    with VideoReader(path, cache_bytes=40_000_000) as video:
        count = video.num_frames
        jumps = [chance.randrange(count) for _ in range(NUM_JUMPS)]
        back = range(count - 1, max(-1, count - 1 - NUM_STEPS_BACK), -1)
        return count, {number: zlib.crc32(video.frame(number)) for number in (*jumps, *back)}


@pytest.mark.parametrize("path", _files("ordinary") + _files("formats"))
def test_that_a_video_reads_the_same_in_any_order(path):
    expected, video = _read_in_order(path)
    count, found = _read_out_of_order(path)
    assert count == len(expected)
    assert found == {number: expected[number] for number in found}
    assert video.problems == ()
    assert video.times_s[0] == 0
    assert 1 <= video.fps <= 1000


@pytest.mark.parametrize("path", _files("damaged"))
def test_that_a_damaged_video_is_read_as_far_as_it_goes_or_refused(path):
    try:
        VideoReader(path).close()
    except VideoError:
        with pytest.raises(VideoError, match=re.escape(str(path))):
            VideoReader(path)
        return
    expected, video = _read_in_order(path)
    count, found = _read_out_of_order(path)
    assert count == len(expected)
    if not video.problems:  # what the decoder makes up in damaged parts is not always the same
        assert found == {number: expected[number] for number in found}


def test_that_there_are_videos_to_test_with(shared):
    assert _files("ordinary")
    assert _files("formats")
