"""Fused activations compute what they did, and nothing is fused that something else needs."""

import copy

import pytest
import torch
from torch import nn

from tarvis_core.model.backbone import Backbone
from tarvis_core.model.fused_convolution import FusedConvolution, fuse_activations
from tarvis_core.model.model_config import BackboneConfig
from tarvis_core.model.norm_folding import prepare_trunk

EXAMPLE = torch.linspace(-1, 1, 192).view(1, 3, 8, 8)


def fused_in(network):
    return sum(isinstance(module, FusedConvolution) for module in network.modules())


@pytest.mark.parametrize("act", [nn.ReLU(inplace=True), nn.GELU()])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_that_a_fused_pair_computes_the_same(act, dtype):
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, stride=2), act, nn.Conv2d(8, 4, 1)).eval()
    fused = copy.deepcopy(plain)

    assert fuse_activations(fused, EXAMPLE) == 1

    picture = torch.randn(2, 3, 9, 12)
    with torch.inference_mode(), torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
        ours, expected = fused(picture), plain(picture)
    assert ours.dtype == expected.dtype == dtype
    tolerance = 1e-5 if dtype is torch.float32 else 2e-2
    torch.testing.assert_close(ours, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("name", "at_least"), [("test_resnet", 5), ("tiny_vit_5m_224", 10)])
def test_that_trunks_have_fused_activations(name, at_least):
    trunk = Backbone(BackboneConfig(name)).eval()

    prepare_trunk(trunk, torch.device("cpu"))

    assert fused_in(trunk) >= at_least


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
    assert fuse_activations(Residual().eval(), EXAMPLE) == 0


def test_that_a_convolution_used_twice_stays():
    shared = nn.Conv2d(3, 3, 1)

    assert fuse_activations(nn.Sequential(shared, nn.ReLU(), shared, nn.ReLU()), EXAMPLE) == 0
