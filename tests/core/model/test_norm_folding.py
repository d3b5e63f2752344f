import copy

import pytest
import torch
from torch import nn

from tarvis_core.model.backbone import Backbone
from tarvis_core.model.model_config import BackboneConfig
from tarvis_core.model.norm_folding import NORMS, fold_norms, prepare_trunk

CPU = torch.device("cpu")


def shaken(network):
    """Statistics and weights that change something."""
    torch.manual_seed(0)
    for module in network.modules():
        if isinstance(module, NORMS):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.3)
    return network.eval()


@pytest.mark.parametrize("is_norm_frozen", [True, False])
@pytest.mark.parametrize("name", ["test_efficientnet", "test_resnet", "tiny_vit_5m_224"])
@torch.inference_mode()
def test_that_a_prepared_trunk_computes_the_same(name, is_norm_frozen):
    plain = shaken(Backbone(BackboneConfig(name, is_norm_frozen=is_norm_frozen)))
    prepared = copy.deepcopy(plain)

    prepare_trunk(prepared, CPU)

    frames = torch.randint(0, 256, (1, 2, 3, 64, 96), dtype=torch.uint8)
    for ours, expected in zip(prepared(frames), plain(frames), strict=True):
        assert (ours - expected).abs().max() <= 1e-5 * expected.abs().max().clamp(min=1)


def test_that_every_norm_of_a_residual_trunk_is_folded():
    trunk = shaken(Backbone(BackboneConfig("test_resnet")))
    num_norms = sum(isinstance(module, NORMS) for module in trunk.modules())

    assert fold_norms(trunk, torch.zeros(1, 1, 3, 64, 64)) == num_norms > 0
    assert not any(isinstance(module, NORMS) for module in trunk.modules())


def test_that_norms_elsewhere_and_norms_that_train_stay():
    shared = nn.Conv2d(3, 3, 1)
    alone = nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 3, 1), nn.ReLU(), nn.BatchNorm2d(3))
    twice = nn.Sequential(shared, nn.BatchNorm2d(3), shared, nn.BatchNorm2d(3))
    example = torch.randn(2, 3, 4, 4)

    assert fold_norms(alone.eval(), example) == 0
    assert fold_norms(twice.eval(), example) == 0
    assert fold_norms(nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)).train(), example) == 0
