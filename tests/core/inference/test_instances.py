"""VIS: which queries count, their masks on a frame, and the results of a video."""

import pytest
import torch

from tarvis_core.annotation.mask import Mask
from tarvis_core.inference.clip_linking import ClassMeans
from tarvis_core.inference.decoding.instances import (
    InstanceRule,
    VideoTrack,
    best_pairs,
    choose_instances,
    disjoint_within_class,
    instance_masks,
)
from tarvis_core.inference.instance_tracks import InstanceTracks
from tarvis_core.inference.overlap_buffer import FramePrediction, FramePredictions
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.video.frame_geometry import FrameGeometry

SIZE = (64, 128)
GEOMETRY = FrameGeometry(SIZE, SIZE, SIZE)
CLASS_LOGITS = torch.tensor(
    [[0.0, 9.0, 0.0], [5.0, 0.0, 0.0], [0.0, 0.0, 4.0], [0.0, 2.0, 0.0]]
)  # scores 1.0, 0.01, 0.96, 0.79


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (InstanceRule(0.0, 10), (0, 1, 2, 3)),
        (InstanceRule(0.5, 10), (0, 2, 3)),
        (InstanceRule(0.0, 2), (0, 2)),
        (InstanceRule(0.999, 10), (0,)),
        (InstanceRule(1.0, 10), ()),
    ],
)
def test_that_queries_count_by_threshold_and_number(rule, expected):
    chosen = choose_instances(CLASS_LOGITS, rule)

    assert chosen.queries == expected
    assert chosen.class_logits_NK.shape == (len(expected), 3)


def test_that_only_wanted_classes_count():
    assert choose_instances(CLASS_LOGITS, InstanceRule(0.5, 10), rows=(1,)).queries == (2,)
    assert choose_instances(CLASS_LOGITS, InstanceRule(0.0, 10), rows=()).queries == ()


def columns(first, last, value=4.0):
    logits = torch.full((16, 32), -4.0)
    logits[:, first:last] = value
    return logits


def predictions(*clips):
    return FramePredictions(
        0,
        tuple(
            FramePrediction(tuple(clip), torch.stack(list(clip.values())), GEOMETRY)
            for clip in clips
        ),
    )


def test_that_tracks_may_overlap_and_carry_their_class_score():
    found = instance_masks(
        predictions({1: columns(0, 16), 2: columns(8, 24)}), {1: 0.5}, Behaviour.INTENDED
    )

    assert found[1].mask.intersection_area(found[2].mask) > 0
    assert found[1].score == pytest.approx(0.5 * found[2].score, rel=0.01)


@pytest.mark.parametrize(
    ("behaviour", "right_edge"), [(Behaviour.INTENDED, 128), (Behaviour.PUBLISHED, 64)]
)
def test_that_shared_frames_are_averaged_unless_published(behaviour, right_edge):
    both = predictions({1: columns(0, 16)}, {1: columns(0, 32, 9.0)})

    assert instance_masks(both, {}, behaviour)[1].mask.box[2] == pytest.approx(right_edge, abs=4)
    assert instance_masks(both, {}, behaviour)[1].disagreement == pytest.approx(0.5, abs=0.05)


def test_that_the_earlier_clip_decides_which_tracks_a_shared_frame_has():
    both = predictions({1: columns(0, 16)}, {1: columns(0, 16), 2: columns(20, 30)})

    assert set(instance_masks(both, {}, Behaviour.INTENDED)) == {1}


def test_that_a_clip_without_tracks_leaves_its_frames_without_tracks():
    tracks = InstanceTracks()
    logits, classes = columns(0, 16).expand(1, 4, 16, 32), torch.zeros(1, 3)
    settled = tracks.push((0, 1, 2, 3), logits, classes, GEOMETRY, held=(2, 3))
    settled += tracks.push((2, 3, 4, 5), logits[:0], classes[:0], GEOMETRY, held=(4, 5))
    settled += tracks.push((4, 5, 6, 7), logits, classes, GEOMETRY)

    found = {each.frame: set(instance_masks(each, {}, Behaviour.INTENDED)) for each in settled}

    assert found == {0: {1}, 1: {1}, 2: {1}, 3: {1}, 4: set(), 5: set(), 6: {2}, 7: {2}}


def test_that_tracks_are_linked_over_a_change_of_input_size():
    small = FrameGeometry(SIZE, (32, 64), (64, 64))
    tracks = InstanceTracks()
    tracks.push((0, 1), columns(0, 16).expand(1, 2, 16, 32), torch.zeros(1, 3), GEOMETRY, (1,))
    shrunk = torch.full((1, 2, 16, 16), -4.0)
    shrunk[:, :, :8, :8] = 4.0  # the same left half, of a frame of 32 × 64

    settled = tracks.push((1, 2), shrunk, torch.zeros(1, 3), small)

    assert [each.targets for each in settled] == [(1,), (1,)]
    found = instance_masks(settled[0], {}, Behaviour.INTENDED)
    assert found[1].mask.box[2] == pytest.approx(64, abs=4)


def test_that_the_most_probable_pairs_of_a_video_count():
    means = ClassMeans()
    means.add((1, 2), torch.tensor([[0.0, 3.0, 2.0], [0.0, 0.0, 1.0]]))

    pairs = best_pairs(means, 3)

    assert [(pair.track, pair.class_index) for pair in pairs] == [(1, 0), (2, 1), (1, 1)]
    assert best_pairs(ClassMeans(), 3) == []


def test_that_lines_of_one_class_share_no_pixel():
    def mask(first, last):
        return Mask.from_array((columns(first, last) > 0).numpy())

    lines = [VideoTrack(1, 0, 0.5), VideoTrack(2, 0, 0.9), VideoTrack(2, 1, 0.1)]
    masks = {1: mask(0, 16), 2: mask(8, 24)}

    found = disjoint_within_class(lines, masks)

    assert found == {0: mask(0, 8), 1: mask(8, 24), 2: mask(8, 24)}
    assert disjoint_within_class(lines, {1: mask(0, 4)}) == {0: mask(0, 4)}
