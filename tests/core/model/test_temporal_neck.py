import dataclasses

import pytest
import torch

from tarvis_core.model.clip_features import FrameFeatures
from tarvis_core.model.model_config import NeckConfig, TemporalLevels
from tests.fakes.tiny_model import tiny_config, tiny_model

B, T, H, W = 2, 3, 64, 128


def neck_model(**changes):
    neck = NeckConfig(num_layers=2, feedforward_width=48, num_points=2, **changes)
    return tiny_model(tiny_config(neck=neck))


@pytest.fixture
def frames():
    torch.manual_seed(0)
    return torch.randint(0, 256, (B, T, 3, H, W), dtype=torch.uint8)


def maps_of(model, frames):
    with torch.no_grad():
        return model.encode(frames)


@pytest.mark.parametrize("levels", TemporalLevels)
def test_that_maps_have_four_strides(levels, frames):
    features = maps_of(neck_model(temporal_levels=levels), frames)
    assert [tuple(x.shape) for x in features.coarse_to_fine] == [
        (B, T, 32, H // stride, W // stride) for stride in (32, 16, 8, 4)
    ]


def test_that_the_finest_map_made_frame_by_frame_is_that_made_at_once(frames):
    model = neck_model()
    at_once = model.encode(frames)
    assert at_once.stride4.requires_grad, "with gradients all frames are fused at once"

    torch.testing.assert_close(maps_of(model, frames).stride4, at_once.stride4.detach())


@pytest.mark.parametrize("size", [(64, 64), (64, 448), (32, 96), (160, 96)])
def test_that_odd_numbers_of_cells_and_windows_are_no_special_case(size):
    frames = torch.zeros(1, 7, 3, *size, dtype=torch.uint8)
    features = maps_of(neck_model(temporal_levels=TemporalLevels.ALL), frames)
    assert features.padded_size == size
    assert features.stride4.isfinite().all()


def test_that_frames_can_be_encoded_apart_and_in_any_grouping(frames):
    model = neck_model()
    with torch.no_grad():
        whole = model.encode_frames(frames)
        parts = [model.encode_frames(frames[:, [t]]) for t in range(T)]
        joined = model.encode_clip(FrameFeatures.join(parts))
    expected = maps_of(model, frames)
    torch.testing.assert_close(FrameFeatures.join(parts).tokens_BTSC, whole.tokens_BTSC)
    for ours, theirs in zip(joined.coarse_to_fine, expected.coarse_to_fine, strict=True):
        torch.testing.assert_close(ours, theirs)


def changes_elsewhere(model, frames):
    """How much F32 and F4 of the last frame depend on the first frame."""
    changed = frames.clone()
    changed[:, 0] = 255 - changed[:, 0]
    before, after = maps_of(model, frames), maps_of(model, changed)
    return [
        float((getattr(after, name) - getattr(before, name))[:, -1].abs().max())
        for name in ("stride32", "stride4")
    ]


def test_that_frames_inform_each_other_only_through_temporal_attention(frames):
    assert changes_elsewhere(neck_model(temporal_levels=TemporalLevels.NONE), frames) == [0, 0]
    assert min(changes_elsewhere(neck_model(), frames)) > 1e-4


def test_that_stride_8_stays_out_of_temporal_attention_unless_asked_for(frames):
    one_layer = NeckConfig(num_layers=1, feedforward_width=48, num_points=2)
    for levels, is_informed in ((TemporalLevels.COARSE, False), (TemporalLevels.ALL, True)):
        neck = dataclasses.replace(one_layer, temporal_levels=levels)
        coarse, fine = changes_elsewhere(tiny_model(tiny_config(neck=neck)), frames)
        assert coarse > 1e-4
        assert (fine > 1e-4) == is_informed


def test_that_a_network_without_temporal_attention_has_no_weights_for_it():
    model = neck_model(temporal_levels=TemporalLevels.NONE)
    assert [name for name in model.state_dict() if "temporal" in name] == []


@pytest.mark.parametrize(("windows_per_side", "reaches_far"), [(None, False), (1, True)])
def test_that_a_grid_of_windows_replaces_windows_of_fixed_size(windows_per_side, reaches_far):
    model = neck_model(windows_per_side=windows_per_side)
    level_sizes = [(2, 4), (4, 8), (8, 16)]
    torch.manual_seed(0)
    tokens = torch.rand(1, T, 8 + 32 + 128, 32)
    changed = tokens.clone()
    changed[:, :, 0] += 1.0
    layer, windows = model.neck.temporal_layers[0], model.neck._windows(level_sizes[:2])
    position = windows.gather(torch.zeros(1, T, 8 + 32, 32))
    with torch.no_grad():
        before, after = (layer(x[:, :, : 8 + 32], position, windows) for x in (tokens, changed))
    far_corner = 7
    assert bool((before - after)[:, :, far_corner].abs().max() > 1e-6) == reaches_far


def test_that_stride_4_lies_token_major_in_memory(frames):
    stride4 = maps_of(neck_model(), frames).stride4
    assert stride4.stride(2) == 1
    assert stride4.movedim(2, -1).is_contiguous()


def test_that_every_weight_of_the_neck_trains(frames):
    model = neck_model(temporal_levels=TemporalLevels.ALL).train()
    features = model.encode(frames)
    sum(x.square().sum() for x in features.coarse_to_fine).backward()
    without = [name for name, p in model.neck.named_parameters() if p.grad is None]
    assert without == []


def test_that_frames_of_a_wrong_size_are_refused():
    with pytest.raises(ValueError, match="multiples of 32"):
        neck_model().encode(torch.zeros(1, 1, 3, 64, 70))


def test_that_encoding_a_clip_leaves_the_features_of_its_frames_alone(frames):
    model = neck_model()
    with torch.no_grad():
        single = model.encode_frames(frames)
        tokens, laterals = single.tokens_BTSC.clone(), torch.stack(single.laterals_BCHW)
        model.encode_clip(single)
    assert torch.equal(single.tokens_BTSC, tokens)
    assert torch.equal(torch.stack(single.laterals_BCHW), laterals)


@pytest.mark.parametrize("levels", TemporalLevels)
def test_that_maps_without_gradients_are_those_with(levels, frames):
    model = neck_model(temporal_levels=levels)
    with_gradients = model.encode(frames)
    without = maps_of(model, frames)
    for ours, theirs in zip(without.coarse_to_fine, with_gradients.coarse_to_fine, strict=True):
        torch.testing.assert_close(ours, theirs.detach(), atol=2e-5, rtol=0)
