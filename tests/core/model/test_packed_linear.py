"""Packed layers compute what linear layers do, with the weights of now."""

import copy
import io

import pytest
import torch
from torch import nn
from torch.nn import functional

from tarvis_core.model import packed_linear
from tarvis_core.model.attention_layers import FeedForwardLayer
from tarvis_core.model.packed_linear import ROWS_AT_ONCE, PackedLayers, can_pack


def made(dtype=torch.float32):
    torch.manual_seed(0)
    return nn.Linear(24, 40).requires_grad_(requires_grad=False).to(dtype)


@pytest.fixture(params=[True, False], ids=["packed", "not packed"])
def packing(request, monkeypatch):
    if request.param and not can_pack(torch.float32):
        pytest.skip("this build of PyTorch has no oneDNN")
    if not request.param:
        monkeypatch.setattr(packed_linear, "can_pack", lambda _: False)


@pytest.mark.parametrize("rows", [1, 7, ROWS_AT_ONCE + 1])
@pytest.mark.parametrize("has_relu", [True, False])
@torch.no_grad()
def test_that_a_packed_layer_is_the_layer(packing, rows, has_relu):
    linear, x = made(), torch.randn(rows, 24)

    y = PackedLayers().layer("only", torch.float32, tuple(linear.parameters()))(
        x, has_relu=has_relu
    )

    expected = functional.relu(linear(x)) if has_relu else linear(x)
    torch.testing.assert_close(y, expected, atol=1e-5, rtol=0)


@torch.no_grad()
def test_that_half_precision_is_rounded_as_a_linear_layer_does(packing):
    linear, x = made(), torch.randn(9, 24)

    y = PackedLayers().layer("only", torch.bfloat16, tuple(linear.parameters()))(x)

    assert y.dtype is torch.bfloat16
    expected = linear.bfloat16()(x.bfloat16())
    torch.testing.assert_close(y, expected, atol=1e-2, rtol=1e-2)


@torch.no_grad()
def test_that_changed_weights_are_packed_anew():
    linear, x, layers = made(), torch.randn(3, 24), PackedLayers()
    layers.layer("only", torch.float32, tuple(linear.parameters()))

    linear.weight.mul_(2)

    y = layers.layer("only", torch.float32, tuple(linear.parameters()))(x)
    torch.testing.assert_close(y, linear(x), atol=1e-5, rtol=0)


def test_that_unchanged_weights_are_packed_once():
    linear, layers = made(), PackedLayers()
    first = layers.layer("only", torch.float32, tuple(linear.parameters()))
    assert layers.layer("only", torch.float32, tuple(linear.parameters())) is first


def test_that_copies_and_files_of_a_used_layer_are_possible_and_their_own():
    layer = FeedForwardLayer(8, 16).eval()
    x = torch.randn(4, 8)
    with torch.inference_mode():
        layer(x)
    twin = copy.deepcopy(layer)
    with torch.no_grad():
        twin.linear1.weight.zero_()
        expected = twin.norm(x + twin.linear2(functional.relu(twin.linear1(x))))
        torch.testing.assert_close(twin(x), expected, atol=1e-5, rtol=0)
    torch.save(layer, io.BytesIO())


@pytest.mark.parametrize("rows", [0, 1, ROWS_AT_ONCE + 3])
def test_that_feed_forward_is_the_same_with_and_without_gradients(rows):
    torch.manual_seed(0)
    layer = FeedForwardLayer(8, 16)
    x = torch.randn(rows, 1, 8)

    with torch.no_grad():
        packed = layer(x)

    torch.testing.assert_close(packed, layer(x).detach(), atol=1e-5, rtol=0)
