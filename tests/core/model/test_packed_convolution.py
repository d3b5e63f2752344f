"""Packed convolutions compute what they did, and take no activation that others need."""

import copy

import pytest
import torch
from torch import nn

from tarvis_core.model.backbone import Backbone
from tarvis_core.model.model_config import BackboneConfig
from tarvis_core.model.norm_folding import prepare_trunk
from tarvis_core.model.packed_convolution import PackedConvolution, pack_convolutions

EXAMPLE = torch.linspace(-1, 1, 192).view(1, 3, 8, 8)


def packed_in(network):
    return sum(isinstance(module, PackedConvolution) for module in network.modules())


@pytest.mark.parametrize("act", [nn.ReLU(inplace=True), nn.GELU()])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_that_a_packed_pair_computes_the_same(act, dtype):
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, stride=2), act, nn.Conv2d(8, 4, 1)).eval()
    packed = copy.deepcopy(plain)

    assert pack_convolutions(packed, EXAMPLE) == 1

    picture = torch.randn(2, 3, 9, 12)
    with torch.inference_mode(), torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
        ours, expected = packed(picture), plain(picture)
    assert ours.dtype == expected.dtype == dtype
    tolerance = 1e-5 if dtype is torch.float32 else 2e-2
    torch.testing.assert_close(ours, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("name", "at_least"), [("test_resnet", 5), ("tiny_vit_5m_224", 10)])
def test_that_trunks_have_packed_convolutions(name, at_least):
    trunk = Backbone(BackboneConfig(name)).eval()

    prepare_trunk(trunk, torch.device("cpu"))

    assert packed_in(trunk) >= at_least


class Residual(nn.Module):
    """Its activation takes the convolution's output after something was added to it."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 3, 1)
        self.act = nn.GELU()

    def forward(self, x):
        y = self.convolution(x)
        y += x
        return self.act(y)


def test_that_an_activation_after_a_sum_stays():
    assert pack_convolutions(Residual().eval(), EXAMPLE) == 0


def test_that_a_convolution_used_twice_stays():
    shared = nn.Conv2d(3, 3, 1)

    assert pack_convolutions(nn.Sequential(shared, nn.ReLU(), shared, nn.ReLU()), EXAMPLE) == 0


def test_that_changed_weights_are_arranged_anew_and_copies_have_their_own():
    torch.manual_seed(0)
    layer = PackedConvolution(nn.Conv2d(3, 8, 3, bias=False)).eval()
    picture = torch.randn(1, 3, 9, 12)
    with torch.inference_mode():
        before = layer(picture)
    other = copy.deepcopy(layer)
    with torch.no_grad():
        layer.convolution.weight *= 2
        torch.testing.assert_close(layer(picture), 2 * before)
        torch.testing.assert_close(other(picture), before)


def test_that_maps_of_other_sizes_meet_the_same_weights():
    torch.manual_seed(0)
    layer = PackedConvolution(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU()).eval()
    for size in ((64, 96), (7, 5), (128, 128)):
        picture = torch.randn(2, 16, *size)
        with torch.no_grad():
            ours = layer(picture)
            expected = layer.convolution(picture).relu()
        torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-5)
