import pytest
import torch

from tarvis_core.model.deformable_attention import DeformableAttention, token_centres

LEVELS = ((2, 3), (4, 6), (8, 12))
NUM_TOKENS = 6 + 24 + 96


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
def test_that_frames_do_not_see_each_other(batch):
    torch.manual_seed(0)
    attention = DeformableAttention(16, num_heads=4, num_levels=3, num_points=2)
    torch.nn.init.normal_(attention.sampling_offsets.weight)
    x = torch.rand(batch, NUM_TOKENS, 16)
    with torch.no_grad():
        together, alone = attention(x + 1, x, LEVELS), attention(x[:1] + 1, x[:1], LEVELS)
    assert together.shape == x.shape
    torch.testing.assert_close(together[:1], alone)


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
