"""The way for inference on CPUs against the plain one."""

import dataclasses

import pytest
import torch

from tarvis_core.model.deformable_attention import DeformableAttention
from tarvis_core.model.deformable_inference import QUERIES_AT_ONCE
from tarvis_core.model.deformable_sampling import sample_by_grid
from tarvis_core.model.model_config import ModelConfig
from tarvis_core.model.temporal_neck import DeformableLayer

SMALL = dataclasses.replace(ModelConfig.starter(), width=64, num_heads=4)

LEVELS = {
    "odd sizes": ((1, 3), (2, 5), (5, 9)),
    "one cell": ((1, 1), (1, 1), (1, 1)),
    "more tokens than a chunk": ((8, 12), (16, 24), (33, 49)),
}


def attention(offset_scale=3.0, logit_scale=1.0, heads=3, points=2):
    torch.manual_seed(0)
    layer = DeformableAttention(24, heads, 3, points).eval()
    torch.nn.init.normal_(layer.sampling_offsets.weight, std=offset_scale / 24**0.5)
    torch.nn.init.normal_(layer.attention_weights.weight, std=logit_scale / 24**0.5)
    return layer


def plainly(layer, query, value, sizes):
    values = layer.value_proj(value).unflatten(-1, (layer.num_heads, -1))
    places, weights = layer._samples(query, sizes)
    return layer.output_proj(sample_by_grid(values, sizes, places, weights))


def tokens(sizes, frames=2):
    torch.manual_seed(1)
    num_tokens = sum(height * width for height, width in sizes)
    return torch.randn(frames, num_tokens, 24), torch.randn(frames, num_tokens, 24)


@pytest.mark.parametrize("sizes", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("offset_scale", [0.0, 3.0, 1e4])
@torch.inference_mode()
def test_that_inference_samples_as_plainly_as_training(sizes, offset_scale):
    layer = attention(offset_scale)
    query, value = tokens(sizes)

    fast = layer(query, value, sizes)

    torch.testing.assert_close(fast, plainly(layer, query, value, sizes), atol=1e-4, rtol=0)


@torch.inference_mode()
def test_that_extreme_logits_are_weighed_as_a_softmax_does():
    sizes = LEVELS["odd sizes"]
    layer = attention(logit_scale=400)
    query, value = tokens(sizes)

    fast = layer(query, value, sizes)

    torch.testing.assert_close(fast, plainly(layer, query, value, sizes), atol=1e-4, rtol=0)


@torch.inference_mode()
@pytest.mark.parametrize("offset_scale", [3.0, 1e4])
def test_that_what_was_in_memory_before_is_never_read(offset_scale):
    sizes = LEVELS["odd sizes"]
    layer = attention(offset_scale)
    query, value = tokens(sizes)
    torch.use_deterministic_algorithms(True)  # new memory is full of what is not a number
    try:
        assert torch.empty(1).isnan()
        assert layer(query, value, sizes).isfinite().all()
    finally:
        torch.use_deterministic_algorithms(False)


def test_that_more_than_one_chunk_is_tested():
    sizes = LEVELS["more tokens than a chunk"]
    num_tokens = sum(height * width for height, width in sizes)
    assert num_tokens > QUERIES_AT_ONCE
    assert num_tokens % QUERIES_AT_ONCE


def test_that_gradients_flow_where_they_are_wanted():
    sizes = LEVELS["odd sizes"]
    layer = attention()
    query, value = tokens(sizes)

    with_gradients = layer(query, value, sizes)
    with_gradients.sum().backward()

    assert layer.sampling_offsets.weight.grad.abs().max() > 0
    with torch.no_grad():
        torch.testing.assert_close(layer(query, value, sizes), with_gradients.detach())


@torch.inference_mode()
def test_that_half_precision_stays_close():
    sizes = LEVELS["odd sizes"]
    layer = attention()
    query, value = tokens(sizes)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = layer(query, value, sizes)

    error = (rounded.float() - layer(query, value, sizes)).abs()
    assert error.mean() < 0.02


@torch.inference_mode()
def test_that_what_is_no_number_does_not_crash():
    sizes = LEVELS["odd sizes"]
    query, value = tokens(sizes)
    query[0, 3] = torch.nan

    answer = attention()(query, value, sizes)

    assert answer[0, 3].isnan().all()
    assert answer[1].isfinite().all()


def layer_of_neck(dtype=torch.float32):
    torch.manual_seed(0)
    layer = DeformableLayer(SMALL).eval()
    torch.nn.init.normal_(layer.attention.sampling_offsets.weight, std=0.2)
    torch.nn.init.normal_(layer.attention.attention_weights.weight, std=0.2)
    return layer.to(dtype)


@pytest.mark.parametrize("sizes", LEVELS.values(), ids=LEVELS)
def test_that_a_layer_in_parts_is_the_layer(sizes):
    layer = layer_of_neck()
    num_tokens = sum(height * width for height, width in sizes)
    x, position = torch.randn(2, 1, num_tokens, SMALL.width), torch.randn(num_tokens, SMALL.width)

    with torch.inference_mode():
        in_parts = layer(x, position, sizes)

    torch.testing.assert_close(in_parts, layer(x, position, sizes).detach(), atol=1e-5, rtol=0)


def test_that_a_layer_in_parts_keeps_to_double_precision():
    sizes = LEVELS["odd sizes"]
    layer = layer_of_neck(torch.float64)
    x = torch.randn(1, 1, 58, SMALL.width, dtype=torch.float64)

    with torch.inference_mode():
        answer = layer(x, torch.zeros_like(x[0, 0]), sizes)

    torch.testing.assert_close(answer, layer(x, torch.zeros_like(x[0, 0]), sizes).detach())
