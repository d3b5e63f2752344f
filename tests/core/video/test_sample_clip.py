import numpy as np
import pytest

from resources.sample.random_scenes import random_scene
from resources.sample.render_sample import render_clip
from resources.sample.scenes import sample_scene
from tarvis_core.video.sample_clip import (
    SAMPLE_TARGETS,
    sample_clip_path,
    sample_label_map,
    sample_masks_folder,
)
from tarvis_core.video.video_reader import open_video

SMALL = (72, 128)


def test_that_the_sample_clip_is_a_small_video():
    with open_video(sample_clip_path()) as video:
        assert (video.num_frames, video.size, video.fps) == (96, (288, 512), 24)
        assert (video.codec, video.problems) == ("h264", ())
    masks = sorted(sample_masks_folder().glob("*.png"))
    assert len(masks) == 96
    assert sum(path.stat().st_size for path in [sample_clip_path(), *masks]) < 2_000_000
    assert sample_clip_path().stat().st_size < 1_000_000


def test_that_every_target_is_there_first_and_one_leaves_and_comes_back():
    areas = np.array(
        [np.bincount(sample_label_map(frame).ravel(), minlength=6) for frame in range(0, 96, 3)]
    )
    assert areas.shape[1] == 1 + len(SAMPLE_TARGETS)
    assert (areas[0, 1:] > 500).all()
    car = SAMPLE_TARGETS.index("car") + 1
    is_away = areas[:, car] == 0
    assert is_away.any()
    assert not is_away[0]
    assert not is_away[-1]
    ball = areas[:, SAMPLE_TARGETS.index("ball") + 1]
    assert ball.min() < 0.4 * ball[0]


def test_that_a_frame_beyond_the_clip_has_no_masks():
    with pytest.raises(ValueError, match="96"):
        sample_label_map(96)


def test_that_the_renderer_still_makes_the_clip():
    frames = render_clip(sample_scene(), num_frames=2, size=SMALL, samples=1)
    pairs = [(image, labels) for image, labels in frames]
    truth = sample_label_map(48)[2::4, 2::4]
    assert pairs[1][0].shape == (*SMALL, 3)
    assert (pairs[1][1] == truth).mean() > 0.97
    with open_video(sample_clip_path()) as video:
        clip = video.frame(48)[2::4, 2::4].astype(int)
    assert np.abs(pairs[1][0] - clip).mean() < 12


def test_that_scenes_by_chance_are_the_same_for_the_same_seed():
    first, again = (next(render_clip(random_scene(3), 1, (40, 64), samples=1)) for _ in range(2))
    other = next(render_clip(random_scene(4), 1, (40, 64), samples=1))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert (first[0] != other[0]).any()
    assert first[1].max() <= len(random_scene(3).names)
