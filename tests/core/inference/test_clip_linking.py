"""Tracks of neighbouring clips are joined by mask IoU; class logits are averaged per track."""

import pytest
import torch

from tarvis_core.inference.clip_linking import ClassMeans, TrackNumbers, link, pairwise_iou

SIZE = (2, 6, 8)


def box(x_min, x_max, value=1.0):
    """Logits of a track that covers some columns."""
    logits = torch.full(SIZE, -1.0)
    logits[:, :, x_min:x_max] = value
    return logits


def test_that_iou_counts_one_pixel_more():
    masks = torch.tensor([[True, True, False, False], [False, False, False, False]])

    iou = pairwise_iou(masks, masks)

    assert iou.tolist() == [[1.0, pytest.approx(1 / 3)], [pytest.approx(1 / 3), 1.0]]


def test_that_tracks_are_joined_one_to_one():
    earlier = torch.stack([box(0, 4), box(4, 8)])
    later = torch.stack([box(4, 7), box(0, 3), box(0, 4)])

    assert link(earlier, later) == {0: 1, 2: 0}


def test_that_agreement_must_be_above_the_threshold():
    earlier, later = box(0, 4)[None], box(2, 6)[None]
    iou = float(pairwise_iou((earlier > 0).flatten(1), (later > 0).flatten(1)))

    assert link(earlier, later, least_iou=iou) == {}
    assert link(earlier, later, least_iou=iou - 1e-4) == {0: 0}


@pytest.mark.parametrize(("num_earlier", "num_later"), [(0, 2), (2, 0), (0, 0)])
def test_that_nothing_is_joined_where_one_clip_is_empty(num_earlier, num_later):
    assert link(torch.zeros(num_earlier, *SIZE), torch.zeros(num_later, *SIZE)) == {}


def test_that_unmatched_tracks_get_new_ids_in_their_order():
    numbers = TrackNumbers(first=5)
    assert numbers.number(None, torch.zeros(2, *SIZE), 2) == (5, 6)

    earlier = torch.stack([box(0, 4), box(4, 8)])
    later = torch.stack([box(1, 8), box(4, 8), box(1, 2)])

    assert numbers.number(earlier, later, 3) == (7, 6, 8)


def test_that_a_track_comes_back_under_a_new_id_after_a_clip_without_it():
    numbers = TrackNumbers()
    track = box(0, 4)[None]
    numbers.number(None, track, 1)
    numbers.number(track, track[:0], 0)

    assert numbers.number(track[:0], track, 1) == (2,)


def test_that_class_logits_are_the_mean_over_the_clips_of_a_track():
    means = ClassMeans()
    means.add((1, 2), torch.tensor([[0.0, 2.0], [1.0, 1.0]]))
    means.add((2, 3), torch.tensor([[3.0, 5.0], [7.0, 7.0]]))

    assert means.tracks == (1, 2, 3)
    assert means.mean(2).tolist() == [2.0, 3.0]
    assert means.probabilities(3).tolist() == [0.5, 0.5]
