"""What a reader says of how a video is stored."""

import cv2
import numpy as np
import pytest

from tarvis_core.video.video_facts import PictureFacts, VideoFacts
from tarvis_core.video.video_reader import open_video
from tests.conftest import shared_folder
from tests.fakes.numbered_video import Recipe, write_numbered_video

FORMATS = shared_folder() / "data" / "videos" / "formats"


def test_that_a_file_says_codec_container_and_key_frames(tmp_path):
    recipe = Recipe("numbered.mp4", options={"g": "20", "sc_threshold": "0"})
    path = write_numbered_video(tmp_path, recipe)
    with open_video(path) as video:
        facts = video.facts
    assert (facts.codec, facts.num_bytes, facts.num_key_frames) == ("h264", path.stat().st_size, 3)
    assert "mp4" in facts.container.split(",")
    assert facts.is_constant_rate
    assert facts.picture == PictureFacts("yuv420p", 8, False, (64, 96), 0, False)


def test_that_frames_of_different_length_are_a_variable_rate(tmp_path):
    times = [number + (number > 7) * 5 for number in range(20)]
    recipe = Recipe("uneven.mkv", num_frames=20, times=times)
    with open_video(write_numbered_video(tmp_path, recipe)) as video:
        assert not video.facts.is_constant_rate


def test_that_a_turned_video_says_how_it_is_stored(tmp_path):
    with open_video(write_numbered_video(tmp_path, Recipe("turned.mp4", rotation=90))) as video:
        assert video.size == (96, 64)
        assert video.facts.picture.stored_size == (64, 96)
        assert video.facts.picture.turn_degrees == 270


def test_that_images_have_no_codec(tmp_path):
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.zeros((4, 6, 3), np.uint8))
    with open_video(tmp_path) as video:
        assert video.facts == VideoFacts("images", num_key_frames=3)


@pytest.mark.parametrize(
    ("name", "num_bits", "is_hdr"),
    [
        ("hdr10-video-with-sdr-container.mp4", 10, True),
        ("dolbyVision-hdr.MOV", 10, True),
        ("h264_10bits.mp4", 10, False),
        ("bt709_full_range.mp4", 8, False),
    ],
)
def test_that_deep_and_hdr_colours_are_told(name, num_bits, is_hdr):
    path = FORMATS / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    with open_video(path) as video:
        assert (video.facts.picture.num_bits, video.facts.picture.is_hdr) == (num_bits, is_hdr)
