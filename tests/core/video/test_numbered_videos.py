"""Every frame of videos of many kinds is the right one, in any order of access."""

import random
from pathlib import Path

import numpy as np
import pytest

from tarvis_core.video.video_reader import VideoReader
from tests.fakes.numbered_video import Recipe, number_in, write_numbered_video

LONG_GOP = {"bf": "3", "g": "250", "keyint_min": "250", "sc_threshold": "0"}
SHORT_GOP = {"bf": "2", "g": "20"}
REALTIME = {"cpu-used": "8", "deadline": "realtime", "g": "20"}
UNEVEN_TIMES = [number + number * number // 7 for number in range(60)]
CUT = {"avoid_negative_ts": "disabled"}
SMALL_CACHE = 40_000
"""Four frames of the numbered videos: access has to go back to the file."""

RECIPES = [
    Recipe("b_frames_long_gop.mp4", options=LONG_GOP, num_frames=150),
    Recipe("b_frames.mkv", options=SHORT_GOP),
    Recipe("no_b_frames.mp4", options={"bf": "0", "g": "20"}),
    Recipe("all_intra.mp4", options={"g": "1"}),
    Recipe("open_gop.mkv", options={"x264-params": "open-gop=1:keyint=12:bframes=3"}),
    Recipe("open_gop_hevc.mp4", "libx265", {"x265-params": "keyint=12:bframes=4:log-level=none"}),
    Recipe("intra_refresh.mp4", options={"x264-params": "intra-refresh=1:keyint=15:bframes=0"}),
    Recipe("uneven_times.mp4", options=SHORT_GOP, times=UNEVEN_TIMES, rate=100),
    Recipe("uneven_times.mkv", options=SHORT_GOP, times=UNEVEN_TIMES, rate=100),
    Recipe("uneven_times.webm", "libvpx-vp9", REALTIME, times=UNEVEN_TIMES, rate=100),
    Recipe("fragmented.mp4", options=SHORT_GOP, container_options={"movflags": "frag_keyframe"}),
    Recipe("live.mkv", options=SHORT_GOP, container_options={"live": "1"}),
    Recipe("late_start.mp4", options=SHORT_GOP, shift=500),
    Recipe("late_start.mkv", options=SHORT_GOP, shift=77),
    Recipe("late_start.ts", options=SHORT_GOP, shift=1000),
    Recipe("vp8.webm", "libvpx", REALTIME),
    Recipe("vp9.webm", "libvpx-vp9", REALTIME),
    Recipe("odd_size.mp4", options=SHORT_GOP, pixel_format="yuv444p", size=(65, 97)),
    Recipe("odd_size.webm", "libvpx-vp9", REALTIME, size=(65, 97)),
    Recipe("ten_bits.mp4", options=SHORT_GOP, pixel_format="yuv420p10le"),
    Recipe("ten_bits_hevc.mp4", "libx265", {"x265-params": "log-level=none"}, "yuv420p10le"),
    Recipe("full_range.mp4", options=SHORT_GOP, pixel_format="yuvj420p"),
    Recipe("alpha.mov", "qtrle", pixel_format="argb"),
    Recipe("alpha.webm", "libvpx-vp9", REALTIME, "yuva420p"),
    Recipe("lossless.mkv", "ffv1"),
    Recipe("prores.mov", "prores_ks", pixel_format="yuv422p10le"),
    Recipe("motion_jpeg.avi", "mjpeg", pixel_format="yuvj420p"),
    Recipe("palette.gif", "gif", pixel_format="rgb8"),
    Recipe("mpeg4_b_frames.avi", "mpeg4", SHORT_GOP),
    Recipe("times_of_storage.avi", options=SHORT_GOP),
    Recipe("no_times.h264", options=SHORT_GOP),
    Recipe("mpeg2.ts", "mpeg2video", SHORT_GOP, rate=25),
    Recipe("mpeg2.mpg", "mpeg2video", SHORT_GOP, rate=25),
    Recipe("flash.flv", "flv1", {"g": "20"}),
    Recipe("windows_media.wmv", "wmv2", {"g": "20"}),
    Recipe("one_frame.mp4", num_frames=1),
    Recipe("cut_within_gop.mp4", options=SHORT_GOP, shift=-10, container_options=CUT),
    Recipe("cut_within_later_gop.mov", options=SHORT_GOP, shift=-25, container_options=CUT),
]


@pytest.fixture(scope="module", params=RECIPES, ids=lambda recipe: recipe.name)
def numbered(request, tmp_path_factory) -> tuple[Path, list[int]]:
    """A video file, and the numbers that its frames carry."""
    recipe: Recipe = request.param
    path = write_numbered_video(tmp_path_factory.mktemp("numbered"), recipe)
    return path, list(range(max(0, -recipe.shift), recipe.num_frames))


def test_that_frames_come_in_order_of_presentation(numbered):
    path, expected = numbered
    with VideoReader(path, cache_bytes=SMALL_CACHE) as video:
        found = [number_in(frame) for frame in video.frames(range(video.num_frames))]
        assert found == expected
        assert video.problems == ()


def test_that_stepping_back_meets_the_same_frames(numbered):
    path, expected = numbered
    with VideoReader(path, cache_bytes=SMALL_CACHE) as video:
        order = range(video.num_frames - 1, -1, -1)
        assert [number_in(frame) for frame in video.frames(order)] == expected[::-1]


def test_that_jumping_meets_the_same_frames(numbered):
    path, expected = numbered
    chance = random.Random(5)
    with VideoReader(path, cache_bytes=SMALL_CACHE) as video:
        order = [chance.randrange(video.num_frames) for _ in range(60)]
        found = [number_in(frame) for frame in video.frames(order)]
        assert found == [expected[number] for number in order]


def test_that_random_frames_equal_sequential_ones_to_the_pixel(numbered):
    path, _ = numbered
    with VideoReader(path) as video:
        frames = list(video.frames(range(video.num_frames)))
    order = list(range(len(frames)))
    random.Random(6).shuffle(order)
    with VideoReader(path, cache_bytes=1) as video:
        for number in order[:20]:
            np.testing.assert_array_equal(video.frame(number), frames[number])


def test_that_times_are_those_written(tmp_path):
    recipe = Recipe("uneven.mp4", options=SHORT_GOP, times=UNEVEN_TIMES, rate=100)
    with VideoReader(write_numbered_video(tmp_path, recipe)) as video:
        np.testing.assert_allclose(video.times_s, np.array(UNEVEN_TIMES) / 100, atol=1e-4)
        assert not video.index.is_constant_rate
        assert video.fps == pytest.approx(59 / (UNEVEN_TIMES[-1] / 100), rel=1e-3)


@pytest.mark.parametrize("name", ["even.mp4", "even.mkv", "even.ts", "even.avi"])
def test_that_an_even_rate_is_known_in_spite_of_rounded_times(tmp_path, name):
    recipe = Recipe(name, "mpeg4", {"g": "20"}, rate=30)
    with VideoReader(write_numbered_video(tmp_path, recipe)) as video:
        assert video.index.is_constant_rate
        assert video.fps == pytest.approx(30, rel=1e-6)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_that_rotated_videos_stand_upright(tmp_path, rotation):
    recipe = Recipe("rotated.mp4", options=SHORT_GOP, rotation=rotation)
    with VideoReader(write_numbered_video(tmp_path, recipe)) as video:
        assert video.size == ((64, 96) if rotation == 180 else (96, 64))
        stored = [np.rot90(frame, -rotation // 90) for frame in video.frames([7, 3, 50])]
        assert [number_in(frame) for frame in stored] == [7, 3, 50]


def test_that_stepping_back_decodes_windows(tmp_path, monkeypatch):
    recipe = Recipe("long.mp4", options=LONG_GOP, num_frames=200)
    with VideoReader(write_numbered_video(tmp_path, recipe), cache_bytes=500_000) as video:
        starts = []
        start_at = video._source._stream.start_at
        monkeypatch.setattr(
            video._source._stream,
            "start_at",
            lambda *arguments: starts.append(arguments) or start_at(*arguments),
        )
        for number in range(199, -1, -1):
            video.frame(number)
    assert 2 <= len(starts) <= 6


def test_that_going_forward_never_seeks(tmp_path, monkeypatch):
    recipe = Recipe("short.mp4", options=SHORT_GOP)
    with VideoReader(write_numbered_video(tmp_path, recipe)) as video:
        monkeypatch.setattr(video._source._stream, "_seek", None)
        for number in range(video.num_frames):
            video.frame(number)
