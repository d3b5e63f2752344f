import pytest
import timm
import torch
from safetensors.torch import save_file

from tarvis_core.model.backbone import Backbone, load_backbone_weights
from tarvis_core.model.model_config import BackboneConfig
from tarvis_core.model.swin_transformer import (
    SHIFT_PENALTY,
    SwinSize,
    SwinTransformer,
    WindowAttention,
    relative_position_index,
    shift_penalty,
)

SMALL = SwinSize(width=8, depths=(2, 1, 2, 1), heads=(1, 2, 2, 4), window=3)


@pytest.mark.parametrize("size", [(64, 96), (96, 32), (32, 160)])
def test_that_maps_have_four_strides_for_sizes_that_no_window_divides(size):
    trunk = SwinTransformer(SMALL).eval()
    with torch.no_grad():
        maps = trunk(torch.rand(2, 3, *size))
    assert [tuple(x.shape) for x in maps] == [
        (2, 8 * 2**stage, size[0] // 4 // 2**stage, size[1] // 4 // 2**stage) for stage in range(4)
    ]


def test_that_images_do_not_see_each_other():
    torch.manual_seed(0)
    trunk = SwinTransformer(SMALL).eval()
    images = torch.rand(3, 3, 32, 64)
    with torch.no_grad():
        together, alone = trunk(images), trunk(images[1:2])
    for both, single in zip(together, alone, strict=True):
        torch.testing.assert_close(both[1:2], single)


def test_that_a_cell_of_a_shifted_window_does_not_see_across_the_border():
    torch.manual_seed(0)
    attention = WindowAttention(width=4, num_heads=2, window=4, shift=2).eval()
    cells = torch.rand(1, 8, 8, 4)
    changed = cells.clone()
    changed[0, 7, 7] += 1.0
    with torch.no_grad():
        difference = (attention(changed) - attention(cells)).abs().sum(dim=-1)[0]
    # the last two rows and columns form a window of their own
    assert (difference[6:, 6:] > 0).all()
    assert difference[:6].max() < 1e-6
    assert difference[:, :6].max() < 1e-6


def test_that_an_unshifted_window_keeps_to_itself():
    torch.manual_seed(0)
    attention = WindowAttention(width=4, num_heads=2, window=4, shift=0).eval()
    cells = torch.rand(1, 8, 8, 4)
    changed = cells.clone()
    changed[0, 0, 0] += 1.0
    with torch.no_grad():
        difference = (attention(changed) - attention(cells)).abs().sum(dim=-1)[0]
    assert (difference[:4, :4] > 0).all()
    assert difference[4:].max() == 0
    assert difference[:, 4:].max() == 0


def test_that_only_windows_at_the_far_borders_carry_a_penalty():
    penalty = shift_penalty(num_rows=2, num_columns=3, window=4, shift=2)
    assert penalty.shape == (6, 16, 16)
    assert set(penalty.unique().tolist()) == {SHIFT_PENALTY, 0.0}
    has_penalty = (penalty < 0).flatten(1).any(dim=1)
    assert has_penalty.tolist() == [False, False, True, True, True, True]
    assert torch.equal(penalty, penalty.transpose(1, 2))


def test_that_relative_positions_depend_on_the_step_only():
    index = relative_position_index(3)
    assert index.shape == (9, 9)
    assert set(index.diag().tolist()) == {12}  # no step
    assert index[1, 0] == index[5, 4] == 13  # one column to the right
    assert index[3, 0] == index[8, 5] == 17  # one row down
    assert (int(index.min()), int(index.max())) == (0, 24)


def test_that_blocks_are_dropped_at_random_only_while_training():
    torch.manual_seed(0)
    trunk = SwinTransformer(SMALL, drop_path_rate=0.5)
    images = torch.rand(4, 3, 32, 32)
    with torch.no_grad():
        first, second = trunk.eval()(images)[-1], trunk(images)[-1]
        third, fourth = trunk.train()(images)[-1], trunk(images)[-1]
    assert torch.equal(first, second)
    assert not torch.equal(third, fourth)


def test_that_the_drop_rate_rises_from_zero_over_all_blocks():
    trunk = SwinTransformer(SMALL, drop_path_rate=0.5)
    blocks = [block for stage in trunk.layers for block in stage.blocks]
    rates = [getattr(block.drop_path, "drop_prob", 0.0) for block in blocks]
    assert rates == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5])


def test_that_timms_swin_weights_load_by_name(tmp_path):
    published = timm.create_model("swin_tiny_patch4_window7_224", pretrained=False)
    save_file(published.state_dict(), tmp_path / "swin.safetensors")
    backbone = Backbone(BackboneConfig("swin_tiny"))
    load_backbone_weights(backbone, tmp_path / "swin.safetensors")
    for name in ("layers.3.blocks.1.attn.qkv.weight", "layers.1.downsample.reduction.weight"):
        assert torch.equal(backbone.trunk.state_dict()[name], published.state_dict()[name])
