import pytest
import torch
from safetensors.torch import save_file

from tarvis_core.errors import CheckpointError, ConfigError
from tarvis_core.model.backbone import Backbone, load_backbone_weights
from tarvis_core.model.model_config import BackboneConfig
from tests.conftest import shared_folder

TRUNKS = {
    "tiny_vit_5m_sam": BackboneConfig("tiny_vit_5m_224", last_stride=16),
    "tf_efficientnet_lite0_imagenet1k": BackboneConfig("tf_efficientnet_lite0"),
}
WEIGHTS = sorted((shared_folder() / "data" / "weights").glob("*.safetensors"))


@pytest.fixture
def frames():
    torch.manual_seed(0)
    return torch.randint(0, 256, (2, 3, 3, 64, 128), dtype=torch.uint8)


@pytest.mark.parametrize(
    ("config", "channels"),
    [
        (BackboneConfig("test_efficientnet"), (24, 32, 48, 64)),
        (BackboneConfig("tf_efficientnet_lite0"), (24, 40, 112, 320)),
        (BackboneConfig("tiny_vit_5m_224"), (64, 128, 160, 320)),
        (BackboneConfig("tiny_vit_5m_224", last_stride=16), (64, 128, 320, 320)),
    ],
    ids=lambda value: f"{value.name}-{value.last_stride}" if hasattr(value, "name") else None,
)
def test_that_a_trunk_gives_maps_at_four_strides(config, channels, frames):
    backbone = Backbone(config).eval()
    with torch.no_grad():
        maps = backbone(frames)
    assert backbone.num_channels == channels
    assert [tuple(x.shape) for x in maps] == [
        (2, 3, width, 64 // stride, 128 // stride)
        for width, stride in zip(channels, (4, 8, 16, 32), strict=True)
    ]


def test_that_the_coarsest_map_is_the_mean_of_a_last_map_at_stride_16(frames):
    backbone = Backbone(BackboneConfig("tiny_vit_5m_224", last_stride=16)).eval()
    with torch.no_grad():
        *_, stride16, stride32 = backbone(frames)
    blocks = stride16.unflatten(-1, (-1, 2)).unflatten(-3, (-1, 2))
    torch.testing.assert_close(stride32, blocks.mean(dim=(-1, -3)))


def test_that_frames_do_not_see_each_other(frames):
    backbone = Backbone(BackboneConfig("test_efficientnet")).eval()
    with torch.no_grad():
        together, alone = backbone(frames), backbone(frames[1:, 2:])
    for both, single in zip(together, alone, strict=True):
        torch.testing.assert_close(both[1:, 2:], single)


def test_that_bytes_and_numbers_mean_the_same(frames):
    backbone = Backbone(BackboneConfig("test_efficientnet")).eval()
    with torch.no_grad():
        for ours, theirs in zip(backbone(frames), backbone(frames.float()), strict=True):
            assert torch.equal(ours, theirs)


def test_that_pixels_are_normalised_by_the_configs_statistics(frames):
    config = BackboneConfig("test_efficientnet", (10.0, 20.0, 30.0), (2.0, 4.0, 8.0))
    backbone = Backbone(config).eval()
    seen = []
    backbone.trunk.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        backbone(frames)
    expected = (frames[0, 1, 2].float() - 30) / 8
    torch.testing.assert_close(seen[0][1, 2], expected)


def test_that_frozen_norms_have_no_parameters_and_do_not_follow_the_data(frames):
    backbone = Backbone(BackboneConfig("test_efficientnet")).train()
    before = {name: value.clone() for name, value in backbone.named_buffers()}
    assert any(name.endswith("running_mean") for name in before)
    backbone(frames)
    assert not any(".bn" in name for name, _ in backbone.named_parameters())
    for name, value in backbone.named_buffers():
        assert torch.equal(value, before[name]), name


def test_that_norms_train_where_they_are_not_frozen(frames):
    backbone = Backbone(BackboneConfig("test_efficientnet", is_norm_frozen=False)).train()
    before = backbone.trunk.bn1.running_mean.clone()
    backbone(frames)
    assert not torch.equal(backbone.trunk.bn1.running_mean, before)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (BackboneConfig("no_such_trunk"), "no_such_trunk"),
        (BackboneConfig("test_vit"), "no maps at strides"),
        (BackboneConfig("test_efficientnet", last_stride=16), "last_stride is 16"),
    ],
)
def test_that_an_impossible_trunk_is_a_config_error(config, message):
    with pytest.raises(ConfigError, match=message):
        Backbone(config)


@pytest.mark.parametrize("path", WEIGHTS, ids=lambda path: path.stem)
def test_that_published_trunk_weights_fill_the_trunk(path, shared):
    if path.stem not in TRUNKS:
        pytest.skip(f"{path.name}: no trunk is named for it here")
    backbone = Backbone(TRUNKS[path.stem])
    before = {name: value.clone() for name, value in backbone.trunk.state_dict().items()}
    load_backbone_weights(backbone, path)
    unchanged = [
        name
        for name, value in backbone.trunk.state_dict().items()
        if torch.equal(value, before[name]) and not name.endswith("num_batches_tracked")
    ]
    assert unchanged == []


def test_that_weights_of_another_trunk_are_refused(tmp_path):
    other = Backbone(BackboneConfig("test_byobnet")).trunk.state_dict()
    save_file(other, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match=r"missing: .*conv_stem.weight"):
        load_backbone_weights(
            Backbone(BackboneConfig("test_efficientnet")), tmp_path / "other.safetensors"
        )


def test_that_misshaped_trunk_weights_are_refused(tmp_path):
    backbone = Backbone(BackboneConfig("test_efficientnet"))
    weights = dict(backbone.trunk.state_dict())
    weights["conv_stem.weight"] = weights["conv_stem.weight"][:1].clone()
    save_file(weights, tmp_path / "short.safetensors")
    with pytest.raises(CheckpointError, match=r"of another shape: \['conv_stem.weight'\]"):
        load_backbone_weights(backbone, tmp_path / "short.safetensors")


def test_that_a_damaged_weights_file_is_a_checkpoint_error(tmp_path):
    (tmp_path / "damaged.safetensors").write_bytes(b"not a tensor in sight")
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_backbone_weights(
            Backbone(BackboneConfig("test_efficientnet")), tmp_path / "damaged.safetensors"
        )
