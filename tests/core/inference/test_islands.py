"""Pieces of a mask that hang together with nothing known are left out."""

import numpy as np
import torch

from tarvis_core.inference.decoding.islands import connected, without_islands
from tarvis_core.inference.settings import InferenceSettings, with_recommended
from tarvis_core.model.object_encoder import ObjectExemplars

SIZE = (16, 24)


def box(top: int, left: int, side: int = 4) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[top : top + side, left : left + side] = True
    return mask


def test_that_a_piece_far_from_everything_known_is_dropped_in_all_frames():
    target = [box(2, 2), box(2, 4), box(3, 6)]
    inside = np.stack([each | box(10, 18) for each in target])

    kept = connected(inside, {0: box(3, 3, 1)})

    np.testing.assert_array_equal(kept, np.stack(target))


def test_that_what_is_known_late_counts_backwards_too():
    inside = np.stack([box(2, 2) | box(10, 18), box(2, 4), box(3, 6)])

    kept = connected(inside, {2: box(3, 6)})

    np.testing.assert_array_equal(kept[0], box(2, 2))


def test_that_a_target_that_jumped_stays():
    inside = np.stack([box(2, 2), box(11, 18)])

    np.testing.assert_array_equal(connected(inside, {0: box(2, 2)}), inside)


def test_that_without_anything_known_all_stays():
    inside = np.stack([box(2, 2) | box(10, 18)])

    np.testing.assert_array_equal(connected(inside, {}), inside)


def test_that_only_islands_change_and_distractors_keep_theirs():
    wanted, island = box(2, 2), box(10, 18)
    logits = torch.where(torch.from_numpy(wanted | island), 2.0, -3.0)
    both = torch.stack([logits, logits])[:, None]
    point = ObjectExemplars.from_points(
        torch.tensor([[14.0, 14.0], [74.0, 46.0]]), torch.zeros(2, dtype=torch.int64), 1, (64, 96)
    )

    changed = without_islands(both, (1, -1), (1, -1), point, [0])

    np.testing.assert_array_equal((changed[0, 0] > 0).numpy(), wanted)
    assert torch.equal(changed[0, 0][torch.from_numpy(island)], torch.full((16,), -2.0))
    assert torch.equal(changed[1], both[1])


def test_that_a_mask_of_the_clip_before_tells_islands_apart():
    wanted, island = box(2, 2), box(10, 18)
    logits = torch.where(torch.from_numpy(wanted | island), 2.0, -3.0)[None, None]
    given = torch.from_numpy(np.kron(wanted, np.ones((4, 4), bool)))[None, None]

    changed = without_islands(logits, (1,), (1,), ObjectExemplars.from_masks(given), [0])

    np.testing.assert_array_equal((changed[0, 0] > 0).numpy(), wanted)


def test_that_weights_say_whether_islands_are_dropped_unless_a_person_does():
    assert with_recommended(None, {"drops_islands": True}).drops_islands
    assert not with_recommended(None, {}).drops_islands
    asked = InferenceSettings(drops_islands=False)
    assert not with_recommended(asked, {"drops_islands": True}).drops_islands
