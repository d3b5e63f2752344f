import math

import pytest
import torch

from tarvis_core.model.deformable_attention import (
    DeformableAttention,
    sample_levels,
    token_centres,
)

LEVELS = ((2, 3), (4, 6), (8, 12))
NUM_TOKENS = 6 + 24 + 96


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


def test_that_sampling_is_a_weighted_sum_of_bilinear_reads_with_zeros_outside():
    torch.manual_seed(0)
    N, Q, H, D, P = 2, 5, 3, 4, 2
    value = torch.randn(N, NUM_TOKENS, H, D)
    locations = torch.rand(N, Q, H, len(LEVELS), P, 2) * 1.6 - 0.3
    weights = torch.rand(N, Q, H, len(LEVELS), P)

    sums = sample_levels(value, LEVELS, locations, weights)

    maps = [
        part.unflatten(1, size)
        for part, size in zip(value.split([h * w for h, w in LEVELS], dim=1), LEVELS, strict=True)
    ]
    assert sums.shape == (N, Q, H * D)
    for n, q, h in ((0, 0, 0), (1, 4, 2), (0, 3, 1)):
        expected = sum(
            weights[n, q, h, level, p]
            * bilinear(
                maps[level][n, :, :, h].movedim(-1, 0), *locations[n, q, h, level, p].tolist()
            )
            for level in range(len(LEVELS))
            for p in range(P)
        )
        torch.testing.assert_close(sums[n, q, h * D : (h + 1) * D], expected)


def test_that_centres_are_those_of_the_cells_in_row_order():
    centres = token_centres(LEVELS, torch.zeros(1))
    assert centres.shape == (NUM_TOKENS, 2)
    torch.testing.assert_close(centres[1], torch.tensor([0.5, 0.25]))
    torch.testing.assert_close(centres[6 + 6], torch.tensor([0.5 / 6, 1.5 / 4]))


def test_that_fresh_heads_look_in_evenly_spread_directions_ever_further():
    attention = DeformableAttention(16, num_heads=4, num_levels=3, num_points=2)
    offsets = attention.sampling_offsets.bias.detach().reshape(4, 3, 2, 2)
    expected = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    for level in range(3):
        torch.testing.assert_close(offsets[:, level, 0], expected, rtol=0, atol=1e-6)
        torch.testing.assert_close(offsets[:, level, 1], 2 * expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("batch", [1, 3])
def test_that_inference_and_training_compute_the_same(batch):
    torch.manual_seed(0)
    attention = DeformableAttention(16, num_heads=4, num_levels=3, num_points=2)
    torch.nn.init.normal_(attention.sampling_offsets.weight)
    x = torch.rand(batch, NUM_TOKENS, 16)
    trained = attention(x + 1, x, LEVELS)
    with torch.no_grad():
        torch.testing.assert_close(attention(x + 1, x, LEVELS), trained.detach())
    assert trained.shape == x.shape


def test_that_every_part_trains():
    torch.manual_seed(0)
    attention = DeformableAttention(16, num_heads=4, num_levels=3, num_points=2)
    torch.nn.init.normal_(attention.attention_weights.weight)
    x = torch.rand(2, NUM_TOKENS, 16, requires_grad=True)
    attention(x, x, LEVELS).square().sum().backward()
    for name, parameter in attention.named_parameters():
        assert parameter.grad.abs().sum() > 0, name
    assert x.grad.abs().sum() > 0


def test_that_half_precision_does_not_blur_where_heads_look():
    torch.manual_seed(0)
    size = ((2, 128), (4, 256), (8, 512))
    attention = DeformableAttention(16, num_heads=4, num_levels=3, num_points=2).eval()
    x = torch.rand(1, sum(h * w for h, w in size), 16)
    with torch.no_grad():
        exact = attention(x, x, size)
        rounded = attention.bfloat16()(x.bfloat16(), x.bfloat16(), size)
    assert rounded.dtype == torch.bfloat16
    assert (rounded.float() - exact).abs().max() < 0.03
