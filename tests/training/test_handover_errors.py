"""Errors in masks that are handed over: a large piece, the same on every frame, of few kinds."""

import numpy as np
import pytest

from training import handover_errors
from training.handover_errors import HandoverError, with_handover_error

NUM_FRAMES = 3


def two_disks() -> np.ndarray:
    """(2, 3, 64, 128) bool: two disks that move to the right."""
    rows, columns = np.ogrid[:64, :128]
    return np.stack(
        [
            np.stack(
                [
                    (rows - 32) ** 2 + (columns - middle - 4 * frame) ** 2 <= 15**2
                    for frame in range(NUM_FRAMES)
                ]
            )
            for middle in (30, 75)
        ]
    )


def spoiled(masks: np.ndarray, error: HandoverError, monkeypatch, seed: int) -> np.ndarray:
    monkeypatch.setattr(handover_errors, "AMONG_SEVERAL", {error: 1.0})
    monkeypatch.setattr(handover_errors, "ALONE", {error: 1.0})
    return with_handover_error(masks, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(8))
def test_that_a_piece_that_is_taken_changes_hands_on_every_frame(monkeypatch, seed):
    masks = two_disks()

    changed = spoiled(masks, HandoverError.TAKEN, monkeypatch, seed)

    np.testing.assert_array_equal(changed.any(axis=0), masks.any(axis=0))
    assert not changed.all(axis=0).any()
    gained = (changed & ~masks).sum(axis=(2, 3))
    assert ((gained > 0).all(axis=1) == [gained[0, 0] > 0, gained[1, 0] > 0]).all()
    assert (gained > 0).any(axis=0).all()


@pytest.mark.parametrize("seed", range(8))
def test_that_a_shared_piece_is_in_both_masks(monkeypatch, seed):
    masks = two_disks()

    changed = spoiled(masks, HandoverError.SHARED, monkeypatch, seed)

    assert (changed | masks == changed).all()
    assert changed.all(axis=0).any(axis=(1, 2)).all()


@pytest.mark.parametrize("count", [1, 2])
def test_that_what_is_taken_along_belongs_to_nobody(monkeypatch, count):
    masks = two_disks()[:count]

    changed = spoiled(masks, HandoverError.TAKEN_ALONG, monkeypatch, 5)

    gained = changed & ~masks
    assert gained.any(axis=0).any(axis=(1, 2)).all()
    assert not (gained.any(axis=0) & masks.any(axis=0)).any()
    assert (changed | masks == changed).all()


def test_that_a_dropped_piece_is_in_no_mask(monkeypatch):
    masks = two_disks()

    changed = spoiled(masks, HandoverError.DROPPED, monkeypatch, 1)

    assert (changed & masks == changed).all()
    assert changed.sum() < masks.sum()


def test_that_all_kinds_of_errors_are_drawn_and_nothing_given_is_changed():
    masks = two_disks()
    before = masks.copy()

    kinds = set()
    for seed in range(40):
        changed = with_handover_error(masks, np.random.default_rng(seed))
        kinds.add((bool((changed & ~masks).any()), bool((masks & ~changed).any())))

    np.testing.assert_array_equal(masks, before)
    assert kinds == {(True, True), (True, False), (False, True)}


def test_that_empty_masks_stay_empty():
    nothing = np.zeros((2, NUM_FRAMES, 32, 32), bool)

    for seed in range(10):
        assert not with_handover_error(nothing, np.random.default_rng(seed)).any()


def test_that_the_same_draw_gives_the_same_error():
    first, second = (with_handover_error(two_disks(), np.random.default_rng(7)) for _ in range(2))

    np.testing.assert_array_equal(first, second)
