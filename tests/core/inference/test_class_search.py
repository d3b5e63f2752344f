"""Classes found in videos by a network that segments by colour, alone and beside targets."""

import numpy as np
import pytest
import torch

from tarvis_core.annotation.exemplar import MaskExemplar, PointExemplar
from tarvis_core.annotation.label_set import Category, LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import ClassRequest, ClassTask, Direction, TrackRequest
from tarvis_core.annotation.target import TargetKind
from tarvis_core.errors import ConfigError
from tarvis_core.inference.caches import Caches
from tarvis_core.inference.class_clips import plan_search
from tarvis_core.inference.clip_source import ClipSource
from tarvis_core.inference.network import Network
from tarvis_core.inference.propagation import find_classes, propagate_and_find
from tarvis_core.inference.settings import ClipSettings, InferenceSettings, JointPass
from tarvis_core.inference.video_results import search_video
from tarvis_core.model.behaviour import Behaviour
from tests.fakes.array_video import BLUE, GREEN, GREY, RED, ArrayVideo, painted, pixels_of
from tests.fakes.colour_network import ColourNetwork

THING, STUFF = TargetKind.THING, TargetKind.STUFF
LABELS = LabelSet(
    "paints",
    (
        Category(11, "red", THING),
        Category(12, "blue", THING),
        Category(15, "grey", STUFF),
        Category(20, "green", STUFF),
    ),
)
COLOURS = {11: RED, 12: BLUE, 15: GREY, 20: GREEN}
NETWORK_LABELS = {"paints": ([RED, BLUE, GREY, GREEN], (0, 1))}


def scene(frame):
    squares = [(RED, 4 + 4 * frame, 8, 16), (GREEN, 0, 40, 24)]
    return [*squares, (BLUE, 60, 40, 16)] if frame >= 5 else squares


def source_of(frames, network=None):
    network = network or ColourNetwork(NETWORK_LABELS)
    cpu = torch.device("cpu")
    clip = ClipSettings(4, 2)
    return ClipSource(ArrayVideo(frames), Network(network, cpu), Caches.of(2**26), clip)


def request(task=ClassTask.INSTANCES, first=0, last=11, categories=None, threshold=None):
    return ClassRequest("paints", task, first, last, categories, threshold)


def find(source, asked, options=None, stop=None):
    plan = plan_search(asked, LABELS)
    return list(find_classes(source, plan, asked, options or InferenceSettings(), stop))


def category_of(clips):
    return {found.target: found.category for found in clips[-1].found}


def masks_of(clips):
    """(frame, category) → mask."""
    categories = category_of(clips)
    return {
        (frame, categories[target]): predicted.mask.to_array()
        for clip in clips
        for target, by_frame in clip.masks.items()
        for frame, predicted in by_frame.items()
    }


def test_that_every_thing_is_found_and_keeps_its_id():
    frames = painted(12, squares=scene)

    clips = find(source_of(frames), request())

    assert sorted(category_of(clips).values()) == [11, 12]
    masks = masks_of(clips)
    assert {frame for frame, category in masks if category == 11} == set(range(12))
    # blue appears in frame 5, which the clip 4…7 is the first to see
    assert {frame for frame, category in masks if category == 12} >= set(range(6, 12))
    for (frame, category), mask in masks.items():
        assert not (mask & ~pixels_of(frames, frame, COLOURS[category])).any()
    assert all(each.kind is THING for each in clips[-1].found)
    assert all(0.9 < each.score <= 1 for each in clips[-1].found)


def test_that_all_frames_are_answered_even_where_nothing_is_found():
    clips = find(source_of(painted(7)), request(last=6))

    assert [frame for clip in clips for frame in clip.frames] == list(range(7))
    assert clips[-1].found == ()
    assert (clips[-1].frames_done, clips[-1].frames_total) == (7, 7)


def test_that_only_the_wanted_range_and_classes_are_answered():
    frames = painted(12, squares=scene)

    clips = find(source_of(frames), request(first=6, last=9, categories=(12,)))

    assert [frame for clip in clips for frame in clip.frames] == [6, 7, 8, 9]
    assert set(category_of(clips).values()) == {12}


def test_that_every_pixel_of_a_panoptic_frame_has_one_owner():
    frames = painted(9, squares=scene)

    clips = find(source_of(frames), request(ClassTask.PANOPTIC, last=8))

    masks = masks_of(clips)
    for frame in range(9):
        total = sum(mask.astype(int) for (number, _), mask in masks.items() if number == frame)
        assert (total == 1).all()
    kinds = {each.category: each.kind for each in clips[-1].found}
    assert kinds == {11: THING, 12: THING, 15: STUFF, 20: STUFF}
    for (frame, category), mask in masks.items():
        overlap = (mask & pixels_of(frames, frame, COLOURS[category])).sum() / mask.sum()
        assert overlap > 0.8


def test_that_unwanted_things_keep_their_pixels_from_wanted_stuff():
    frames = painted(4, squares=scene)

    clips = find(source_of(frames), request(ClassTask.PANOPTIC, last=3, categories=(15, 20)))

    masks = masks_of(clips)
    assert {category for _, category in masks} == {15, 20}
    red_core = np.zeros(frames.shape[1:3], np.bool_)
    red_core[12:20, 12:16] = True
    assert not any((mask & red_core).any() for (frame, _), mask in masks.items() if frame == 0)


def test_that_one_stuff_class_is_one_target():
    clips = find(source_of(painted(9, squares=scene)), request(ClassTask.PANOPTIC, last=8))

    stuff = [each for each in clips[-1].found if each.kind is STUFF]
    assert len(stuff) == 2
    assert len({each.target for each in clips[-1].found}) == len(clips[-1].found)


@pytest.mark.parametrize("num_frames", [1, 2, 5])
def test_that_short_videos_are_searched(num_frames):
    clips = find(source_of(painted(num_frames, squares=scene)), request(last=num_frames - 1))

    assert {frame for frame, _ in masks_of(clips)} == set(range(num_frames))


def test_that_a_category_the_label_set_lacks_is_refused():
    with pytest.raises(KeyError):
        plan_search(request(categories=(99,)), LABELS)


@pytest.mark.parametrize(
    ("behaviour", "threshold", "expected"),
    [
        (Behaviour.INTENDED, None, (0.5, 1000)),
        (Behaviour.INTENDED, 0.0, (0.0, 10)),
        (Behaviour.PUBLISHED, None, (0.0, 10)),
        (Behaviour.PUBLISHED, 0.3, (0.3, 1000)),
    ],
)
def test_that_a_person_sees_certain_tracks_and_a_benchmark_the_best_ten(
    behaviour, threshold, expected
):
    asked = ClassRequest("youtube_vis", ClassTask.INSTANCES, 0, 1, None, threshold)

    rule = plan_search(asked, LABELS, behaviour).rule

    assert (rule.score_threshold, rule.most_per_clip) == expected


@pytest.mark.parametrize("joint_pass", JointPass)
def test_that_targets_and_classes_share_the_features(joint_pass):
    frames = painted(12, squares=scene)
    network = ColourNetwork(NETWORK_LABELS)
    target = PointExemplar(6, 1, 68, 48)
    tracked = TrackRequest((target,), 0, 11)
    plan = plan_search(request(), LABELS, first_id=2)
    options = InferenceSettings(joint_pass=joint_pass, reacquire_score=None)

    clips = list(propagate_and_find(source_of(frames, network), tracked, plan, options))

    forward_clips, backward_clips = 5, 3
    assert network.encoded_frames == 12
    assert network.calls["encode_clip"] == forward_clips
    # target clips: 4…7, 6…9, 8…11 ahead, and those back to frame 5, where it appears
    passes = forward_clips + (3 if joint_pass is JointPass.TWO_DECODES else 0)
    assert passes < network.calls["decode"] <= passes + backward_clips
    answered = [frame for clip in clips if 1 in clip.masks for frame in clip.frames]
    assert sorted(answered) == list(range(12))
    seen = {f for clip in clips for f in clip.masks.get(1, {})}
    assert seen == set(range(5, 12))
    assert min(each.target for clip in clips for each in clip.found) == 2


def test_that_found_classes_leave_tracked_targets_their_pixels():
    frames = painted(8, squares=scene)
    tracked = TrackRequest(
        (MaskExemplar(0, 1, Mask.from_array(pixels_of(frames, 0, RED))),), 0, 7, Direction.FORWARD
    )
    plan = plan_search(request(ClassTask.PANOPTIC), LABELS, first_id=2)

    clips = list(propagate_and_find(source_of(frames), tracked, plan, InferenceSettings()))

    for clip in clips:
        for frame in clip.frames:
            masks = [
                m[frame].mask.to_array().astype(int) for m in clip.masks.values() if frame in m
            ]
            assert (sum(masks) <= 1).all()
    assert all(clip.masks[1] for clip in clips)


def test_that_the_published_code_never_mixes_targets_and_classes():
    frames = painted(4, squares=scene)
    tracked = TrackRequest((PointExemplar(0, 1, 10, 10),), 0, 3)
    options = InferenceSettings(behaviour=Behaviour.PUBLISHED)

    with pytest.raises(ConfigError):
        list(
            propagate_and_find(source_of(frames), tracked, plan_search(request(), LABELS), options)
        )


def test_that_results_of_a_video_are_decided_at_its_end():
    frames = painted(9, squares=scene)
    asked = request(ClassTask.PANOPTIC, last=8)

    result = search_video(
        source_of(frames), plan_search(asked, LABELS), InferenceSettings(), (0, 8)
    )

    lines = result.panoptic_lines(0.5)
    assert [line.class_index for line in lines] == [0, 1]
    labels = result.panoptic(8, lines)
    assert set(np.unique(labels.class_index_HW)) == {0, 1, 2, 3}
    assert set(np.unique(labels.track_HW)) == {0, 1, 2}
    best = result.instance_lines(1)
    assert set(result.instance_masks(8, best)) == {0}
