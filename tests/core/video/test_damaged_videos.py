"""What can be read of damaged videos is read; the rest is told."""

import random
import re
import socket
from pathlib import Path

import pytest

from tarvis_core.errors import VideoError
from tarvis_core.video.video_reader import VideoReader
from tests.fakes.numbered_video import Recipe, number_in, write_numbered_video

SHORT_GOP = {"bf": "2", "g": "20"}
REALTIME = {"cpu-used": "8", "deadline": "realtime", "g": "20"}
FASTSTART = {"movflags": "faststart"}

TRUNCATED = [
    Recipe("index_first.mp4", options={"g": "20", "bf": "0"}, container_options=FASTSTART),
    Recipe("matroska.mkv", options={"g": "20", "bf": "0"}),
    Recipe("web.webm", "libvpx-vp9", REALTIME),
    Recipe("flash.flv", "flv1", {"g": "20"}),
    Recipe("old.avi", "mpeg4", {"g": "20"}),
]


@pytest.mark.parametrize("recipe", TRUNCATED, ids=lambda recipe: recipe.name)
def test_that_a_truncated_file_is_read_up_to_its_end(tmp_path, recipe):
    path = write_numbered_video(tmp_path, recipe)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 7 // 10])
    with VideoReader(path, cache_bytes=40_000) as video:
        assert 5 < video.num_frames < 60
        whole = range(video.num_frames - 1)  # the last frame may be a part
        assert [number_in(frame) for frame in video.frames(whole)] == list(whole)
        assert [number_in(frame) for frame in video.frames(whole[::-1])] == list(whole[::-1])
        assert any("cut off" in str(problem) for problem in video.problems)


def test_that_a_recording_without_index_is_refused_with_its_name(tmp_path):
    path = write_numbered_video(tmp_path, Recipe("index_last.mp4", options=SHORT_GOP))
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(VideoError, match=re.escape(str(path))):
        VideoReader(path)


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"frames\n" * 100, b"\x1aE\xdf\xa3" * 50])
def test_that_a_file_of_another_kind_is_refused(tmp_path, content):
    path = tmp_path / "notes.mp4"
    path.write_bytes(content)
    with pytest.raises(VideoError, match="cannot be opened as a video"):
        VideoReader(path)


def test_that_frames_without_data_show_the_frame_before(tmp_path):
    """The file is too large to be checked completely when it is opened."""
    recipe = Recipe("large.mp4", "mjpeg", {}, "yuvj420p", num_frames=30, size=(1088, 1920))
    path = write_numbered_video(tmp_path, recipe)
    data = bytearray(path.read_bytes())
    starts = [match.start() for match in re.finditer(b"\xff\xd8\xff", bytes(data))]
    assert len(starts) == 30
    for number in (20, 21):
        data[starts[number] : starts[number + 1]] = bytes(starts[number + 1] - starts[number])
    path.write_bytes(data)
    expected = [19 if number in (20, 21) else number for number in range(30)]
    with VideoReader(path) as video:
        assert video.num_frames == 30
        assert [number_in(frame) for frame in video.frames(range(30))] == expected
        assert tuple(map(str, video.problems)) == (
            "frames that cannot be decoded show the frame before them: 20–21",
        )
    with VideoReader(path, cache_bytes=1) as video:
        for number in (21, 25, 20, 19, 21, 29):
            assert number_in(video.frame(number)) == expected[number]


def _without_first_key_frame(folder: Path) -> Path:
    """A transport stream cut within a group of pictures, as recorders make them."""
    path = write_numbered_video(folder, Recipe("cut.ts", "mpeg2video", {"g": "20"}, rate=25))
    packets = path.read_bytes()
    packets = [packets[start : start + 188] for start in range(0, len(packets), 188)]
    video_packets = [i for i, p in enumerate(packets) if p[1] & 0x1F == 1 and p[2] == 0]
    starts = [i for i in video_packets if packets[i][1] & 0x40]
    tables = [p for i, p in enumerate(packets[: starts[0]]) if i not in video_packets]
    path.write_bytes(b"".join(tables + packets[starts[5] :]))
    return path


def test_that_frames_before_the_first_key_frame_are_left_out(tmp_path):
    with VideoReader(_without_first_key_frame(tmp_path), cache_bytes=40_000) as video:
        expected = list(range(20, 60))
        assert [number_in(frame) for frame in video.frames(range(video.num_frames))] == expected
        order = range(video.num_frames - 1, -1, -1)
        assert [number_in(frame) for frame in video.frames(order)] == expected[::-1]


@pytest.mark.parametrize("seed", range(12))
def test_that_random_damage_ends_in_frames_or_an_error(tmp_path, seed):
    chance = random.Random(seed)
    recipe = chance.choice(TRUNCATED)
    path = write_numbered_video(tmp_path, recipe)
    data = bytearray(path.read_bytes())
    for _ in range(10):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data)
    message = str(path)
    try:
        with VideoReader(path, cache_bytes=100_000) as video:
            count = video.num_frames
            shapes = {frame.shape for frame in video.frames(range(count))}
            assert shapes == {(*video.size, 3)}
            assert video.frame(chance.randrange(count)).shape in shapes
    except VideoError as error:
        message = str(error)
    assert str(path) in message


def test_that_a_playlist_fetches_nothing_from_the_net(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        path = tmp_path / "list.m3u8"
        path.write_text(
            f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:{port}/a.ts\n"
            "#EXT-X-ENDLIST\n"
        )
        with pytest.raises(VideoError, match=re.escape(str(path))):
            VideoReader(path)
        with pytest.raises(TimeoutError):
            server.accept()
