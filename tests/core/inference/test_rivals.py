"""Negative clicks that hit the target itself."""

import torch

from tarvis_core.inference.decoding.rivals import NOWHERE, bound_rivals
from tarvis_core.model.object_encoder import ObjectExemplars

SIZE = (64, 128)


def clicked(*points: tuple[float, float]) -> ObjectExemplars:
    frames = torch.zeros(len(points), dtype=torch.int64)
    return ObjectExemplars.from_points(torch.tensor(points), frames, 1, SIZE)


def maps_of(*boxes: tuple[int, int]) -> torch.Tensor:
    """One map per exemplar, positive between two columns of cells."""
    logits = torch.full((len(boxes), 2, 16, 32), -5.0)
    for index, (first, end) in enumerate(boxes):
        logits[index, :, :, first:end] = 5.0
    return logits


def test_that_a_rival_that_is_the_target_once_more_keeps_a_disk_only():
    logits = maps_of((0, 20), (0, 20))

    bounded = bound_rivals(logits, (1, -1), clicked((8.0, 32.0), (72.0, 32.0)), [0])

    assert torch.equal(bounded[0], logits[0])
    assert bounded[1, 0, 8, 18] > logits[0, 0, 8, 18]
    assert bounded[1, 0, 8, 2] == NOWHERE
    assert (bounded[1, 1] == NOWHERE).all()


def test_that_a_rival_that_is_weaker_where_the_person_said_yes_is_left_as_it_is():
    logits = maps_of((0, 20), (0, 20))
    logits[1, :, :, :10] = 1.0

    bounded = bound_rivals(logits, (1, -1), clicked((8.0, 32.0), (72.0, 32.0)), [0])

    assert bounded is logits


def test_that_a_rival_elsewhere_is_left_as_it_is():
    logits = maps_of((0, 10), (16, 30))

    bounded = bound_rivals(logits, (1, -1), clicked((8.0, 32.0), (80.0, 32.0)), [0])

    assert bounded is logits


def test_that_a_rival_that_wins_the_given_mask_keeps_a_disk_only():
    mask = torch.zeros(1, 1, *SIZE, dtype=torch.bool)
    mask[..., :80] = True
    objects = ObjectExemplars(mask, torch.tensor([[72.0, 32.0]]), torch.zeros(1, dtype=torch.int64))
    logits = maps_of((0, 20), (0, 20))

    bounded = bound_rivals(logits, (1, -1), objects, [1])

    assert bounded[1, 1, 8, 18] > 0
    assert bounded[1, 1, 8, 2] == NOWHERE


def test_that_another_targets_rival_is_no_concern():
    logits = maps_of((0, 20), (0, 20))

    assert bound_rivals(logits, (1, -2), clicked((8.0, 32.0), (72.0, 32.0)), [0]) is logits


def test_that_the_disk_is_as_wide_as_what_the_click_lies_on():
    mask = torch.zeros(1, 1, *SIZE, dtype=torch.bool)
    mask[..., :80] = True
    mask[:, :, 20:60, 80:124] = True
    logits = maps_of((0, 31), (0, 31))

    def width(x: float) -> int:
        points = torch.tensor([[x, 40.0]])
        objects = ObjectExemplars(mask, points, torch.zeros(1, dtype=torch.int64))
        bounded = bound_rivals(logits, (1, -1), objects, [0])
        return int((bounded[1, 0, 10] > 0).sum())

    assert width(122.0) == 3
    assert width(100.0) > 3
    assert width(100.0) * 4 <= 40
