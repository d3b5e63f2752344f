"""Clicks as people make them."""

import cv2
import numpy as np
import pytest

from tests.conftest import shared_folder
from training.clicks import (
    ClickPlace,
    click_inside,
    disturbed_mask,
    most_inside,
    next_click,
    scribble_inside,
    spoiled_mask,
)

HELPERS = sorted((shared_folder() / "tarvis-spec/fixtures").glob("helpers*.npz"))


def disk(size=(40, 60), centre=(20, 30), radius=12) -> np.ndarray:
    rows, columns = np.indices(size)
    return (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 <= radius**2


@pytest.mark.parametrize("place", ClickPlace)
def test_that_every_click_lies_inside(place):
    mask = disk()
    random = np.random.default_rng(0)

    for _ in range(20):
        x, y = click_inside(mask, place, random)
        assert mask[int(y), int(x)]
        assert (x % 1, y % 1) == (0.5, 0.5)


def test_that_a_click_near_the_edge_is_near_the_edge():
    mask = disk(radius=15)
    random = np.random.default_rng(0)

    distances = [
        np.hypot(x - 30.5, y - 20.5)
        for x, y in (click_inside(mask, ClickPlace.EDGE, random) for _ in range(20))
    ]

    assert min(distances) > 10


def test_that_the_point_most_inside_a_disk_is_its_centre():
    assert most_inside(disk()) == (30.5, 20.5)


def test_that_nobody_clicks_on_nothing():
    with pytest.raises(ValueError, match="empty"):
        most_inside(np.zeros((4, 4), bool))


def test_that_the_next_click_adds_what_is_missing_and_removes_what_is_too_much():
    truth = disk()
    shifted = np.roll(truth, 30, axis=1)
    too_much = truth | disk(centre=(20, 50), radius=8)

    missing, surplus = next_click(shifted & truth, truth), next_click(too_much, truth)

    assert not missing.is_negative
    assert truth[int(missing.y), int(missing.x)]
    assert surplus.is_negative
    assert not truth[int(surplus.y), int(surplus.x)]


def test_that_nothing_is_clicked_where_nothing_is_wrong_or_judged():
    truth = disk()

    assert next_click(truth, truth) is None
    assert next_click(np.zeros_like(truth), truth, ignored=truth) is None


def test_that_a_disturbed_mask_still_shows_the_object():
    random = np.random.default_rng(1)
    mask = disk()

    for _ in range(20):
        changed = disturbed_mask(mask, random)
        assert (changed & mask).any()


@pytest.mark.skipif(not HELPERS, reason="no stored helper values in the reference material")
def test_that_the_point_of_a_mask_is_the_published_one():
    with np.load(HELPERS[0]) as stored:
        names = [name for name in stored.files if name.startswith("mask2point")]
        masks = next(stored[name] for name in names if stored[name].ndim == 3)
        points = next(stored[name] for name in names if stored[name].ndim == 2)

    height, width = masks.shape[-2:]
    found = [most_inside(mask.astype(bool)) for mask in masks]
    np.testing.assert_allclose([(y / height, x / width) for x, y in found], points, atol=1e-6)


def test_that_a_scribble_stays_inside_the_mask():
    mask = np.zeros((60, 80), bool)
    mask[10:50, 20:60] = True

    stroke = scribble_inside(mask, np.random.default_rng(3))

    assert stroke.any()
    assert not (stroke & ~mask).any()
    assert stroke.sum() < mask.sum()


def test_that_a_spoiled_mask_is_wrong_in_one_large_piece_either_way():
    truth = disk()
    grown, shrunk = 0, 0

    for seed in range(30):
        spoiled = spoiled_mask(truth, np.random.default_rng(seed))
        wrong = spoiled != truth
        assert spoiled.any()
        assert 0.05 * truth.sum() < wrong.sum() < 1.5 * truth.sum()
        assert cv2.connectedComponents(wrong.astype(np.uint8))[0] == 2
        grown += bool((spoiled & ~truth).any())
        shrunk += bool((truth & ~spoiled).any())

    assert grown > 5
    assert shrunk > 5


def test_that_nothing_cannot_be_spoiled():
    nothing = np.zeros((4, 4), bool)

    assert not spoiled_mask(nothing, np.random.default_rng(0)).any()
