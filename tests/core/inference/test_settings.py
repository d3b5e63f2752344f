"""Settings: the published values, what has no meaning, and the way down when memory runs out."""

import pytest

from tarvis_core.errors import ConfigError
from tarvis_core.inference.settings import (
    LEAST_SHORTER_SIDE,
    OBJECT_CLIPS,
    POINT_CLIPS,
    ClipSettings,
    InferenceSettings,
    search_settings,
)


@pytest.mark.parametrize(
    ("name", "length", "overlap", "side", "most", "threshold"),
    [
        ("youtube_vis", 12, 6, 448, 10, 0.0),
        ("ovis", 12, 6, 576, 10, 0.0),
        ("kitti_step", 6, 3, None, 1000, 0.5),
        ("cityscapes_vps", 10, 5, None, 1000, 0.5),
        ("vipseg", 12, 6, 576, 1000, 0.5),
    ],
)
def test_that_class_search_has_the_published_settings(name, length, overlap, side, most, threshold):
    settings = search_settings(name)

    assert settings.clip == ClipSettings(length, overlap, side, 1333)
    assert (settings.most_per_clip, settings.score_threshold) == (most, threshold)


def test_that_tracking_has_the_published_settings():
    assert ClipSettings(12, 6, None) == OBJECT_CLIPS
    assert ClipSettings(8, 4, 512) == POINT_CLIPS


@pytest.mark.parametrize(
    ("frame_size", "side"),
    [((480, 854), 352), ((320, 568), 320), ((568, 320), 320), ((144, 256), 288)],
)
def test_that_small_videos_are_enlarged_no_more_than_needed(frame_size, side):
    clip = ClipSettings(8, 4, 352, least_side=288)

    assert clip.side_for(frame_size) == side
    assert clip.reduced(2).side_for(frame_size) <= side


def test_that_all_videos_get_the_same_size_where_no_least_one_is_named():
    assert ClipSettings(8, 4, 352).side_for((144, 256)) == 352
    assert ClipSettings(8, 4).side_for((144, 256)) is None


@pytest.mark.parametrize(("length", "overlap"), [(1, 1), (4, 0), (4, 3), (2, 2), (0, 0)])
def test_that_clips_that_cannot_hand_over_are_refused(length, overlap):
    with pytest.raises(ConfigError):
        ClipSettings(length, overlap)


@pytest.mark.parametrize(
    "wrong",
    [
        {"queries_per_object": 0},
        {"cache_bytes": -1},
        {"scratch_bytes": -1},
        {"reacquire_score": 1.5},
    ],
)
def test_that_values_without_meaning_are_refused(wrong):
    with pytest.raises(ConfigError):
        InferenceSettings(**wrong)


@pytest.mark.parametrize("start", [ClipSettings(12, 6), ClipSettings(12, 3, 720), POINT_CLIPS])
def test_that_shrinking_ends_at_two_small_frames(start):
    steps = [start]
    while (smaller := steps[-1].smaller((1080, 1920))) is not None:
        steps.append(smaller)
        assert len(steps) < 20

    lengths = [step.length for step in steps]
    assert lengths == sorted(lengths, reverse=True)
    assert steps[-1].length == 2
    assert steps[-1].shorter_side == LEAST_SHORTER_SIDE
    assert len(set(steps)) == len(steps)


def test_that_shrinking_never_enlarges_a_small_video():
    assert ClipSettings(4, 2, 480).smaller((120, 160)) == ClipSettings(2, 1, 480)


def test_that_clips_are_reduced_by_steps_and_never_grow():
    steps = [ClipSettings(8, 4, 480).reduced(step) for step in range(4)]
    assert [(clip.length, clip.overlap, clip.shorter_side) for clip in steps] == [
        (8, 4, 480),
        (4, 2, 480),
        (4, 2, 360),
        (2, 1, 240),
    ]
    assert ClipSettings(2, 1, 200).reduced(2) == ClipSettings(2, 1, LEAST_SHORTER_SIDE)
    assert ClipSettings(12, 6, None).reduced(1).shorter_side is None
    assert ClipSettings(12, 6, None).reduced(2).shorter_side == 360
