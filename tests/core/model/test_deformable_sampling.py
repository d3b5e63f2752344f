import math

import pytest
import torch

from tarvis_core.model.deformable_sampling import (
    QUERIES_AT_ONCE,
    sample_by_bags,
    sample_by_grid,
    sample_levels,
)

LEVELS = ((2, 3), (4, 6), (8, 12))
NUM_TOKENS = 6 + 24 + 96
WAYS = (sample_by_grid, sample_by_bags)


def inputs(N=2, Q=5, H=3, D=4, P=2, spread=1.6):
    """Values, and places of which some lie far outside the maps."""
    torch.manual_seed(0)
    value = torch.randn(N, NUM_TOKENS, H, D)
    locations = 0.5 + (torch.rand(N, Q, H, len(LEVELS), P, 2) - 0.5) * spread
    return value, LEVELS, locations, torch.rand(N, Q, H, len(LEVELS), P)


def pixel(map_DHW, row, column):
    height, width = map_DHW.shape[-2:]
    if 0 <= row < height and 0 <= column < width:
        return map_DHW[:, row, column]
    return torch.zeros(map_DHW.shape[0])


def bilinear(map_DHW, x, y):
    """A place in units of the map's sides, read by the book."""
    column, row = x * map_DHW.shape[-1] - 0.5, y * map_DHW.shape[-2] - 0.5
    left, top = math.floor(column), math.floor(row)
    right_share, bottom_share = column - left, row - top
    return (
        pixel(map_DHW, top, left) * (1 - right_share) * (1 - bottom_share)
        + pixel(map_DHW, top, left + 1) * right_share * (1 - bottom_share)
        + pixel(map_DHW, top + 1, left) * (1 - right_share) * bottom_share
        + pixel(map_DHW, top + 1, left + 1) * right_share * bottom_share
    )


@pytest.mark.parametrize("sample", WAYS)
def test_that_sampling_is_a_weighted_sum_of_bilinear_reads_with_zeros_outside(sample):
    value, _, locations, weights = inputs()
    D, P = value.shape[3], locations.shape[4]

    sums = sample(value, LEVELS, locations, weights)

    levels = value.split([h * w for h, w in LEVELS], dim=1)
    maps = [part.unflatten(1, size) for part, size in zip(levels, LEVELS, strict=True)]
    assert sums.shape == (2, 5, 3 * D)
    for n, q, h in ((0, 0, 0), (1, 4, 2), (0, 3, 1)):
        places = locations[n, q, h].tolist()
        expected = sum(
            weights[n, q, h, level, p]
            * bilinear(maps[level][n, :, :, h].movedim(-1, 0), *places[level][p])
            for level in range(len(LEVELS))
            for p in range(P)
        )
        torch.testing.assert_close(sums[n, q, h * D : (h + 1) * D], expected)


@pytest.mark.parametrize("spread", [1.0, 1.2, 5.0])
@pytest.mark.parametrize("num_queries", [1, 7, QUERIES_AT_ONCE + 3])
def test_that_both_ways_agree(spread, num_queries):
    values = inputs(Q=num_queries, spread=spread)
    torch.testing.assert_close(sample_by_bags(*values), sample_by_grid(*values))


@pytest.mark.parametrize("place", [0.0, 1.0, -1e9, 1e9, 1 / 24, 23 / 24])
def test_that_both_ways_agree_at_borders_and_centres(place):
    value, _, locations, weights = inputs()
    locations = torch.full_like(locations, place)
    torch.testing.assert_close(
        sample_by_bags(value, LEVELS, locations, weights),
        sample_by_grid(value, LEVELS, locations, weights),
    )


def test_that_both_ways_have_the_same_gradients():
    gradients = []
    for sample in WAYS:
        value, _, locations, weights = (
            x.requires_grad_() if isinstance(x, torch.Tensor) else x for x in inputs()
        )
        sample(value, LEVELS, locations, weights).square().sum().backward()
        gradients.append((value.grad, locations.grad, weights.grad))
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_that_half_precision_keeps_its_type_and_place(kind):
    value, _, locations, weights = inputs()
    exact = sample_levels(value, LEVELS, locations, weights)
    for sample in WAYS:
        rounded = sample(value.to(kind), LEVELS, locations, weights.to(kind))
        assert rounded.dtype == kind
        assert (rounded.float() - exact).abs().max() < 0.05


def test_that_a_place_that_is_no_number_does_not_crash():
    value, _, locations, weights = inputs()
    locations[0, 0] = torch.nan
    sums = sample_by_bags(value, LEVELS, locations, weights)
    assert sums.shape == (2, 5, 12)
