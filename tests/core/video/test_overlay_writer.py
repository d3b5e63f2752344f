import threading
from fractions import Fraction

import av
import numpy as np
import pytest

from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import VideoError
from tarvis_core.video.overlay import OverlayStyle
from tarvis_core.video.overlay_writer import CODECS, OverlayWriter, write_overlay
from tarvis_core.video.video_reader import VideoReader
from tests.fakes.numbered_video import Recipe, number_in, numbered_frame, write_numbered_video

SIZE = (64, 96)
TWENTIETHS = Fraction(1, 20)
UNEVEN_TIMES = [number + number * number // 7 for number in range(30)]


@pytest.fixture
def video(tmp_path):
    recipe = Recipe("video.mkv", num_frames=30, times=UNEVEN_TIMES, rate=100)
    with VideoReader(write_numbered_video(tmp_path, recipe)) as reader:
        yield reader


def low_box(_number):
    pixels = np.zeros(SIZE, dtype=np.bool_)
    pixels[32:60, 10:80] = True
    return {1: Mask.from_array(pixels)}


def test_that_the_overlay_has_the_frames_and_times_of_the_video(video, tmp_path):
    path = tmp_path / "overlay.mp4"
    style = OverlayStyle(opacity=1, outline_px=0, colours={1: (30, 200, 60)})
    assert write_overlay(video, low_box, path, style=style) == 30
    with VideoReader(path) as overlay:
        assert overlay.codec == "h264"
        assert [number_in(frame) for frame in overlay.frames(range(30))] == list(range(30))
        np.testing.assert_allclose(overlay.times_s, video.times_s, atol=1e-3)
        inside = overlay.frame(11)[38:54, 18:72].astype(int)
        assert np.abs(inside - (30, 200, 60)).max() <= 6
    assert [entry.name for entry in tmp_path.iterdir() if "part" in entry.name] == []


def test_that_a_range_starts_at_time_zero(video, tmp_path):
    path = tmp_path / "overlay.mp4"
    assert write_overlay(video, low_box, path, frames=range(7, 12)) == 5
    with VideoReader(path) as overlay:
        assert [number_in(frame) for frame in overlay.frames(range(5))] == [7, 8, 9, 10, 11]
        expected = video.times_s[7:12] - video.times_s[7]
        np.testing.assert_allclose(overlay.times_s, expected, atol=1e-3)


def test_that_a_stopped_run_leaves_a_whole_file(video, tmp_path):
    path, stop = tmp_path / "overlay.mp4", threading.Event()

    def masks_until_four(number):
        if number == 4:
            stop.set()
        return low_box(number)

    assert write_overlay(video, masks_until_four, path, stop=stop) == 5
    with VideoReader(path) as overlay:
        assert (overlay.num_frames, overlay.problems) == (5, ())


def test_that_an_error_leaves_what_was_written(video, tmp_path):
    path = tmp_path / "overlay.mp4"

    def masks_until_four(number):
        if number == 4:
            raise KeyError(number)
        return low_box(number)

    with pytest.raises(KeyError):
        write_overlay(video, masks_until_four, path)
    with VideoReader(path) as overlay:
        assert overlay.num_frames == 4


def test_that_nothing_written_leaves_the_old_file(video, tmp_path):
    path, stop = tmp_path / "overlay.mp4", threading.Event()
    path.write_bytes(b"old")
    stop.set()
    assert write_overlay(video, low_box, path, stop=stop) == 0
    assert path.read_bytes() == b"old"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["overlay.mp4", "video.mkv"]


@pytest.mark.parametrize("codec", [codec for codec in CODECS if codec in av.codecs_available])
def test_that_each_encoder_writes_odd_sizes(tmp_path, codec, caplog):
    path = tmp_path / "odd.mp4"
    with OverlayWriter(path, (65, 97), 20.0, TWENTIETHS, ["no_such_codec", codec]) as writer:
        for number in range(5):
            writer.write(numbered_frame(number, 65, 97), number)
    with VideoReader(path) as overlay:
        assert overlay.size == (66, 98)
        assert overlay.fps == pytest.approx(20)
        assert [number_in(frame) for frame in overlay.frames(range(5))] == list(range(5))
    assert ("no H.264" in caplog.text) == (codec != "libx264")


def test_that_a_build_without_encoder_is_told(tmp_path):
    with pytest.raises(VideoError, match="no_such_codec"):
        OverlayWriter(tmp_path / "a.mp4", SIZE, 20.0, TWENTIETHS, ["no_such_codec"])


def test_that_a_missing_folder_is_told(tmp_path):
    with pytest.raises(VideoError, match="cannot be written"):
        OverlayWriter(tmp_path / "missing" / "a.mp4", SIZE, 20.0, TWENTIETHS)


def test_that_other_containers_are_refused(tmp_path):
    with pytest.raises(VideoError, match=r"\.mp4"):
        OverlayWriter(tmp_path / "a.avi", SIZE, 20.0, TWENTIETHS)


def test_that_misuse_of_a_writer_is_told(tmp_path):
    writer = OverlayWriter(tmp_path / "a.mp4", SIZE, 20.0, TWENTIETHS)
    writer.write(numbered_frame(0), 3)
    with pytest.raises(ValueError, match="not later"):
        writer.write(numbered_frame(1), 3)
    with pytest.raises(ValueError, match="frames of this video"):
        writer.write(numbered_frame(1, 65, 97), 4)
    writer.close()
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write(numbered_frame(1), 4)
    with VideoReader(tmp_path / "a.mp4") as overlay:
        assert (overlay.num_frames, number_in(overlay.frame(0))) == (1, 0)
