"""Questions about objects: masks that have taken a piece of another."""

import numpy as np
import torch

from training.object_questions import (
    QuestionForm,
    QuestionSettings,
    draw_question,
    leaked_masks,
)


def two_squares() -> list[np.ndarray]:
    masks = [np.zeros((40, 80), bool) for _ in range(2)]
    masks[0][10:30, 10:30] = True
    masks[1][10:30, 40:60] = True
    return masks


def test_that_a_leaked_piece_changes_hands_and_nothing_is_lost():
    masks = two_squares()
    changes = 0

    for seed in range(30):
        leaked = leaked_masks(masks, np.random.default_rng(seed))

        assert not (leaked[0] & leaked[1]).any()
        np.testing.assert_array_equal(leaked[0] | leaked[1], masks[0] | masks[1])
        assert all(
            2 * (new & old).sum() >= old.sum() for new, old in zip(leaked, masks, strict=True)
        )
        changes += not np.array_equal(leaked[0], masks[0])

    assert changes > 15


def test_that_masks_that_are_equal_or_empty_stay_as_they_are():
    square, empty = two_squares()[0], np.zeros((40, 80), bool)
    random = np.random.default_rng(0)

    for masks in ([square, square], [empty, empty]):
        for old, new in zip(masks, leaked_masks(masks, random), strict=True):
            np.testing.assert_array_equal(new, old)


def test_that_the_truth_of_leaked_masks_is_exact():
    maps = np.zeros((1, 40, 80), np.uint8)
    for label, mask in enumerate(two_squares(), start=1):
        maps[0][mask] = label
    settings = QuestionSettings(min_pixels=20, disturbed_share=0.0, leaked_share=1.0)

    drawn = [
        draw_question(maps, 0, QuestionForm(2, 0), settings, np.random.default_rng(seed))
        for seed in range(12)
    ]

    truths = [truth.masks[:, 0].numpy() for _, truth in drawn]
    assert all({mask.sum() for mask in truth} == {400} for truth in truths)
    given = [question.exemplars.masks_NTHW[:, 0].numpy() for question, _ in drawn]
    assert any((one != other).any() for one, other in zip(given, truths, strict=True))


def test_that_a_mask_to_be_corrected_is_wrong_at_first_and_its_truth_is_exact():
    labels = np.zeros((1, 64, 96), np.uint8)
    labels[0, 10:40, 20:60] = 1
    settings = QuestionSettings(min_pixels=20, disturbed_share=0.0)
    form = QuestionForm(num_masks=1, num_points=0, num_corrections=2)

    question, targets = draw_question(labels, 0, form, settings, np.random.default_rng(0))

    truth = torch.from_numpy(labels == 1)
    assert torch.equal(targets.masks[0], truth)
    assert not torch.equal(question.exemplars.masks_NTHW[0], truth)
