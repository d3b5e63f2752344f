"""What is kept between calls, and when it is made anew."""

import copy

import torch

from tarvis_core.model.kept_tensor import KeptTensor


class Maker:
    """Counts how often it was asked."""

    def __init__(self, weights):
        self.weights, self.calls = weights, 0

    def __call__(self):
        self.calls += 1
        return 2 * self.weights


@torch.no_grad()
def test_that_the_same_question_is_answered_once():
    weights = torch.ones(3)
    kept, maker = KeptTensor(), Maker(weights)
    first = kept.get((1,), (weights,), maker)
    assert kept.get((1,), (weights,), maker) is first
    assert maker.calls == 1


@torch.no_grad()
def test_that_another_question_or_changed_weights_count():
    weights = torch.ones(3)
    kept, maker = KeptTensor(), Maker(weights)
    kept.get((1,), (weights,), maker)
    kept.get((2,), (weights,), maker)
    weights.add_(1)
    assert kept.get((2,), (weights,), maker).tolist() == [4, 4, 4]
    assert maker.calls == 3


def test_that_nothing_is_kept_where_gradients_flow():
    weights = torch.ones(3, requires_grad=True)
    kept, maker = KeptTensor(), Maker(weights)
    for _ in range(2):
        kept.get((1,), (weights,), maker).sum().backward()
    assert weights.grad.tolist() == [4, 4, 4]


@torch.no_grad()
def test_that_copies_keep_nothing():
    weights = torch.ones(3)
    kept, maker = KeptTensor(), Maker(weights)
    kept.get((1,), (weights,), maker)
    copy.deepcopy(kept).get((1,), (weights,), maker)
    assert maker.calls == 2
