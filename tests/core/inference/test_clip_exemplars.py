"""What the object encoder gets: reference frames, order, overwriting, and who may take part."""

import numpy as np
import pytest
import torch

from tarvis_core.annotation.exemplar import BoxExemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.inference.clip_exemplars import (
    NOTHING_HANDED_OVER,
    HandedOver,
    gather_exemplars,
    network_mask,
    remembered_exemplars,
)
from tarvis_core.inference.target_cues import TargetCues
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.video.frame_geometry import FrameGeometry

SIZE = (30, 50)
GEOMETRY = FrameGeometry(SIZE, (60, 100), (64, 128))


def mask(x=4, y=4, side=8):
    pixels = np.zeros(SIZE, np.bool_)
    pixels[y : y + side, x : x + side] = True
    return Mask.from_array(pixels)


def handed(frames, **targets):
    """t1=[frame, …] → target 1 was predicted on these frames."""
    masks = {}
    for name, visible in targets.items():
        volume = torch.zeros(len(frames), 64, 128, dtype=torch.bool)
        for frame in visible:
            volume[frames.index(frame), 8:24, 8:24] = True
        masks[int(name.replace("minus", "-").lstrip("t"))] = volume
    return HandedOver(tuple(frames), masks)


def gather(frames, exemplars, handed_over=NOTHING_HANDED_OVER, **more):
    return gather_exemplars(
        tuple(frames), TargetCues(exemplars, SIZE), handed_over, GEOMETRY, **more
    )


def test_that_masks_come_before_points_and_frames_in_order_of_time():
    found = gather(
        range(6),
        [
            PointExemplar(4, 9, 10.0, 20.0),
            MaskExemplar(3, 2, mask()),
            MaskExemplar(1, 5, mask(20)),
            PointExemplar(1, 8, 1.0, 1.0),
        ],
    )

    assert found.reference_frames == (1, 3, 4)
    assert found.targets == (5, 2, 8, 9)
    assert found.objects.masks_NTHW.flatten(2).any(-1).tolist() == [
        [True, False, False],
        [False, True, False],
    ]
    assert found.objects.points_N2.tolist() == [[2.0, 2.0], [20.0, 40.0]]
    assert found.objects.point_frames_N.tolist() == [0, 2]
    assert found.entry_frames == {5: 1, 2: 3, 8: 1, 9: 4}


def test_that_a_drawn_mask_overwrites_its_own_frame_only():
    found = gather(range(6), [MaskExemplar(1, 1, mask(30))], handed((0, 1), t1=[0, 1]))

    volume = found.objects.masks_NTHW[0]
    assert found.reference_frames == (0, 1)
    assert torch.equal(volume[1], network_mask(mask(30), GEOMETRY))
    assert volume[0, 8, 8]
    assert found.entry_frames == {}


def test_that_targets_of_the_clip_before_keep_their_order_and_lost_ones_are_left_out():
    found = gather(range(6), [MaskExemplar(4, 1, mask())], handed((0, 1), t7=[1], t3=[], t5=[0, 1]))

    assert found.targets == (7, 5, 1)
    assert found.reference_frames == (0, 1, 4)


def test_that_a_lost_target_with_a_new_mask_keeps_its_place():
    found = gather(
        range(6),
        [MaskExemplar(4, 3, mask()), MaskExemplar(2, 8, mask())],
        handed((0,), t3=[], t5=[0]),
    )

    assert found.targets == (3, 5, 8)
    assert found.entry_frames == {3: 4, 8: 2}


def test_that_a_target_whose_masks_a_person_emptied_is_left_out():
    exemplars = [MaskExemplar(frame, 1, Mask.empty(*SIZE)) for frame in (0, 1)]

    assert gather(range(6), exemplars, handed((0, 1), t1=[0, 1])) is None


@pytest.mark.parametrize(
    ("behaviour", "targets"), [(Behaviour.INTENDED, (1,)), (Behaviour.PUBLISHED, (1, 1))]
)
def test_that_a_click_is_encoded_once_unless_published(behaviour, targets):
    found = gather(
        range(6),
        [PointExemplar(1, 1, 5.0, 5.0)],
        handed((0, 1), t1=[1]),
        behaviour=behaviour,
    )

    assert found.targets == targets


def test_that_a_click_on_a_new_frame_joins_the_predicted_masks():
    found = gather(range(6), [PointExemplar(4, 1, 5.0, 5.0)], handed((0, 1), t1=[1]))

    assert found.targets == (1, 1)
    assert found.reference_frames == (0, 1, 4)


def test_that_a_click_in_a_shared_frame_brings_a_lost_target_back():
    found = gather(range(6), [PointExemplar(1, 1, 5.0, 5.0)], handed((0, 1), t1=[]))

    assert found.targets == (1,)
    assert found.entry_frames == {1: 1}


def test_that_a_box_is_encoded_as_the_ellipse_inside_it():
    found = gather(range(2), [BoxExemplar(1, 1, (10, 10, 30, 26))])

    pixels = found.objects.masks_NTHW[0, 0]
    assert pixels[36, 40]
    assert not pixels[21, 21]
    assert found.reference_frames == (1,)


def test_that_a_distractor_takes_part_only_with_its_target():
    negative = PointExemplar(1, 1, 5.0, 5.0, is_positive=False)

    assert gather(range(4), [negative]) is None
    assert gather(range(4), [negative], handed((0,), t1=[0])).targets == (1, -1)


def test_that_what_a_person_drew_is_taken_from_the_distractor():
    found = gather(
        range(4), [MaskExemplar(1, 1, mask())], handed((0, 1), t1=[0, 1], tminus1=[0, 1])
    )

    volumes = dict(zip(found.targets, found.objects.masks_NTHW, strict=True))
    assert not (volumes[1][1] & volumes[-1][1]).any()
    assert (volumes[1][0] & volumes[-1][0]).any()


def test_that_in_a_backward_run_a_target_enters_at_its_last_cue():
    exemplars = [MaskExemplar(1, 1, mask()), MaskExemplar(3, 1, mask())]

    assert gather(range(4), exemplars).entry_frames == {1: 1}
    assert gather(range(4), exemplars, is_backward=True).entry_frames == {1: 3}


def test_that_a_mask_of_one_pixel_survives_the_resize():
    small = FrameGeometry(SIZE, (15, 25), (64, 64))
    pixels = np.zeros(SIZE, np.bool_)
    pixels[29, 49] = True

    assert network_mask(Mask.from_array(pixels), small).nonzero().tolist() == [[14, 24]]


def test_that_clicks_outside_the_frame_are_moved_to_its_edge():
    found = gather(range(2), [PointExemplar(0, 1, -3.0, 99.0)])

    assert found.objects.points_N2.tolist() == [[0.0, 59.0]]


def test_that_remembered_frames_show_every_target_known_there():
    found = remembered_exemplars({9: {1: mask(), 2: mask(30)}, 4: {2: mask()}}, GEOMETRY)

    assert found.reference_frames == (4, 9)
    assert found.targets == (2, 1)
    assert found.objects.masks_NTHW.flatten(2).any(-1).tolist() == [[True, True], [False, True]]
    assert remembered_exemplars({3: {1: Mask.empty(*SIZE)}}, GEOMETRY) is None
