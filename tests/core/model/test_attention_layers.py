import pytest
import torch
from torch import nn

from tarvis_core.model.attention_layers import (
    ROWS_AT_ONCE,
    FeedForwardLayer,
    MultiHeadAttention,
    MultiLayerPerceptron,
    SelfAttentionLayer,
)

B, Q, N, C = 2, 5, 7, 12


@pytest.fixture
def attention():
    torch.manual_seed(0)
    layer = MultiHeadAttention(C, num_heads=3)
    nn.init.normal_(layer.in_proj.bias)
    nn.init.normal_(layer.out_proj.bias)
    return layer.eval()


@pytest.fixture
def plain(attention):
    layer = nn.MultiheadAttention(C, 3, batch_first=True).eval()
    names = {"in_proj_weight": "in_proj.weight", "in_proj_bias": "in_proj.bias"}
    values = attention.state_dict()
    layer.load_state_dict({name: values[names.get(name, name)] for name in layer.state_dict()})
    return layer


@pytest.mark.parametrize("is_masked", [False, True])
def test_that_attention_is_the_textbooks(attention, plain, is_masked):
    query, key, value = torch.rand(B, Q, C), torch.rand(B, N, C), torch.rand(B, N, C)
    mask = None
    blocked = None
    if is_masked:
        mask = torch.rand(B, 1, Q, N) > 0.5
        mask[..., 0] = True
        blocked = ~mask.expand(-1, 3, -1, -1).flatten(0, 1)
    with torch.no_grad():
        ours = attention(query, key, value, mask)
        theirs, _ = plain(query, key, value, attn_mask=blocked)
    assert ours.shape == (B, Q, C)
    torch.testing.assert_close(ours, theirs)


def test_that_self_attention_adds_positions_to_queries_and_keys_only(attention, plain):
    x, position = torch.rand(B, N, C), torch.rand(N, C)
    with torch.no_grad():
        ours = attention.self_attend(x, position)
        theirs, _ = plain(x + position, x + position, x)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("count", [0, 1])
def test_that_few_queries_are_no_special_case(attention, count):
    with torch.no_grad():
        assert attention(*3 * [torch.rand(B, count, C)]).shape == (B, count, C)


def test_that_layers_normalise_after_their_skip_connection():
    torch.manual_seed(0)
    x, position = torch.rand(B, N, C), torch.rand(N, C)
    attend, forward = SelfAttentionLayer(C, 3), FeedForwardLayer(C, 20)
    with torch.no_grad():
        added = x + attend.attention.self_attend(x, position)
        torch.testing.assert_close(attend(x, position), attend.norm(added))
        added = x + forward.linear2(forward.linear1(x).relu())
        torch.testing.assert_close(forward(x), forward.norm(added))


def test_that_a_perceptron_has_no_activation_at_its_end():
    torch.manual_seed(0)
    perceptron = MultiLayerPerceptron(3, 8)
    with torch.no_grad():
        out = perceptron(torch.randn(100, 3))
    assert out.shape == (100, 8)
    assert (out < 0).any()


@pytest.mark.parametrize("shape", [(1, ROWS_AT_ONCE), (3, ROWS_AT_ONCE // 2 + 5), (0, 4)])
def test_that_many_tokens_are_refined_in_parts_without_a_difference(shape):
    torch.manual_seed(0)
    layer, x = FeedForwardLayer(C, 20).eval(), torch.randn(*shape, C)
    expected = layer(x)

    with torch.no_grad():
        in_parts = layer(x)

    assert in_parts.shape == x.shape
    torch.testing.assert_close(in_parts, expected.detach())
