"""Counting the operations of a network, and what the machine could do at most."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from tarvis_core.inference.matrix_peak import count_operations, packed_peak_rate, peak_rate
from tarvis_core.model.attention_layers import FeedForwardLayer
from tarvis_core.model.packed_convolution import PackedConvolution


@torch.inference_mode()
def test_that_products_and_convolutions_are_counted():
    x, weight = torch.ones(3, 5), torch.ones(7, 5)
    assert count_operations(lambda: functional.linear(x, weight)) == 2 * 3 * 5 * 7
    picture, kernel = torch.ones(2, 3, 8, 8), torch.ones(4, 3, 3, 3)
    made = count_operations(lambda: functional.conv2d(picture, kernel))
    assert made == 2 * (2 * 4 * 6 * 6) * (3 * 3 * 3)


@torch.inference_mode()
def test_that_packed_layers_count_as_plain_ones():
    layer = FeedForwardLayer(8, 32)
    assert count_operations(lambda: layer(torch.ones(6, 8))) == 2 * 2 * 6 * 8 * 32


@torch.inference_mode()
def test_that_packed_convolutions_count_as_plain_ones():
    layer = PackedConvolution(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU())
    made = count_operations(lambda: layer(torch.ones(1, 3, 8, 8)))
    assert made == 2 * (4 * 8 * 8) * (3 * 3 * 3)


@torch.inference_mode()
def test_that_attention_is_counted():
    query, key, value = torch.ones(2, 3, 5, 8), torch.ones(2, 3, 7, 8), torch.ones(2, 3, 7, 8)
    made = count_operations(lambda: functional.scaled_dot_product_attention(query, key, value))
    assert made == 2 * (2 * 3 * 5 * 7) * (8 + 8)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_that_the_peak_is_a_rate(dtype):
    for rate in (peak_rate, packed_peak_rate):
        assert 1e8 < rate(torch.device("cpu"), dtype) < 1e14
