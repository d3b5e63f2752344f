import threading
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.errors import VideoError
from tarvis_core.video.picture_cache import PictureCache
from tarvis_core.video.video_reader import open_video
from tarvis_core.video.video_stream import VideoStream
from tests.fakes.numbered_video import Recipe, number_in, write_numbered_video


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    recipe = Recipe("numbered.mp4", options={"bf": "2", "g": "20"})
    return write_numbered_video(tmp_path_factory.mktemp("reader"), recipe)


def test_that_a_reader_tells_what_the_video_is(path):
    with open_video(path) as video:
        assert (video.num_frames, video.size, video.codec) == (60, (64, 96), "h264")
        assert video.fps == 24
        assert video.frame_names[:2] == ("00000", "00001")
        assert len(video.frame_names) == video.num_frames
        assert video.frame(0).dtype == np.uint8
        assert video.frame(0).shape == (64, 96, 3)


def test_that_facts_outlive_the_file_but_frames_do_not(path):
    video = open_video(str(path))
    video.close()
    video.close()
    assert (video.num_frames, video.size, video.codec) == (60, (64, 96), "h264")
    assert (video.problems, len(video.times_s)) == ((), 60)
    with pytest.raises(ValueError, match="closed"):
        video.frame(0)


@pytest.mark.parametrize("number", [-1, 60])
def test_that_a_number_outside_the_video_is_misuse(path, number):
    with open_video(path) as video, pytest.raises(ValueError, match="0…59"):
        video.frame(number)


def test_that_numpy_numbers_are_numbers(path):
    with open_video(path) as video:
        assert number_in(video.frame(np.int64(7))) == 7
        with pytest.raises(TypeError):
            video.frame(7.0)


def test_that_frames_are_read_only_when_asked_for(path):
    with open_video(path) as video:
        frames = video.frames([3, 99])
        assert number_in(next(frames)) == 3
        with pytest.raises(ValueError, match="99"):
            next(frames)


def test_that_a_frame_is_not_touched_by_who_had_it_before(path):
    with open_video(path) as video:
        video.frame(5)[:] = 0
        assert number_in(video.frame(5)) == 5


def test_that_two_threads_at_once_are_refused(path):
    with open_video(path) as video:
        is_reading, may_end = threading.Event(), threading.Event()
        source = video._source

        class SlowSource:
            def frame(self, number):
                is_reading.set()
                may_end.wait(10)
                return source.frame(number)

            index, close = source.index, source.close

        video._source = SlowSource()
        thread = threading.Thread(target=video.frame, args=(0,))
        thread.start()
        is_reading.wait(10)
        with pytest.raises(RuntimeError, match="two threads"):
            video.frame(1)
        may_end.set()
        thread.join()
        assert number_in(video.frame(1)) == 1


@pytest.mark.parametrize("name", ["missing.mp4", "missing", "missing.png"])
def test_that_a_missing_file_is_named(tmp_path, name):
    with pytest.raises(VideoError, match=name):
        open_video(tmp_path / name)


def test_that_a_sound_is_no_video(tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000)
        sound = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono"
        )
        sound.sample_rate = 16000
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    with pytest.raises(VideoError, match="no video"):
        open_video(path)


def test_that_a_video_is_known_again(path, tmp_path):
    with open_video(path) as video:
        identity = video.identity()
    assert isinstance(identity, VideoIdentity)
    assert identity.num_frames == 60
    assert identity.frame_names == ()
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(path.read_bytes())
    assert identity.is_same_video(copy)


def test_that_names_that_look_like_patterns_are_names(path, tmp_path):
    copy = tmp_path / "100% #1 {a,b} %03d [ü].mp4"
    copy.write_bytes(path.read_bytes())
    with open_video(copy) as video:
        assert number_in(video.frame(9)) == 9


def picture(side=8):
    return av.VideoFrame(side, side, "gray")


def test_that_the_cache_drops_the_least_recently_used():
    size = picture().planes[0].buffer_size
    cache = PictureCache(2 * size)
    cache.put(1, picture())
    cache.put(2, picture())
    assert cache.get(1) is not None
    cache.put(3, picture())
    assert [cache.get(number) is not None for number in (1, 2, 3)] == [True, False, True]
    cache.put(3, picture())
    assert len(cache) == 2
    cache.clear()
    assert len(cache) == 0


def test_that_the_cache_keeps_a_frame_that_is_too_large():
    cache = PictureCache(1)
    cache.put(1, picture())
    cache.put(2, picture())
    assert (cache.get(1), len(cache)) == (None, 1)
    assert cache.window(picture()) == 1


class Watch:
    """Notes what is told, and gives up at a count."""

    def __init__(self, gives_up_at=None):
        self.told = []
        self._gives_up_at = gives_up_at

    def __call__(self, num_done, num_total):
        self.told.append((num_done, num_total))
        if num_done == self._gives_up_at:
            raise InterruptedByTestError


class InterruptedByTestError(Exception):
    pass


def test_that_opening_tells_how_far_it_is(path):
    watch = Watch()
    open_video(path, watch).close()
    assert watch.told[:60] == [(number, 60) for number in range(1, 61)], "its packets"
    assert watch.told[-1] == (60, 60), "its frames, which few pixels are decoded for"


@pytest.mark.parametrize("call", ["a packet", "a frame"])
def test_that_opening_a_file_can_be_given_up(path, monkeypatch, call):
    closed = []
    monkeypatch.setattr(VideoStream, "close", lambda _: closed.append(True))
    watch, num_calls = Watch(30), iter(range(1, 1000))

    def give_up(num_done, num_total):
        if call == "a packet" or next(num_calls) > 70:
            watch(num_done, num_total)

    with pytest.raises(InterruptedByTestError):
        open_video(path, give_up)
    assert closed


def test_that_opening_a_folder_can_be_given_up(tmp_path):
    for number in range(9):
        Image.new("RGB", (8, 6)).save(tmp_path / f"{number}.png")
    watch = Watch(4)
    with pytest.raises(InterruptedByTestError):
        open_video(tmp_path, watch)
    assert watch.told[-1] == (4, 9)
