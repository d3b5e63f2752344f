"""Small parts of the network against the published ones."""

import numpy as np
import pytest
import torch

from tarvis_core.model.deformable_sampling import sample_by_bags, sample_by_grid
from tarvis_core.model.mask_segments import SegmentPixels, background_cells, divide_mask
from tarvis_core.model.model_config import SegmentRule
from tarvis_core.model.point_sampling import sample_pixels
from tarvis_core.model.position_encoding import (
    cell_number_positions,
    clip_positions,
    frame_positions,
)
from tarvis_core.model.temporal_attention import temporal_windows

ANYWHERE = torch.zeros(1)
ROUNDING = 2e-6


@pytest.fixture(scope="module")
def arrays(shared):
    path = shared / "tarvis-spec" / "fixtures" / "helpers.npz"
    if not path.is_file():
        pytest.skip(f"no {path}")
    loaded = np.load(path)
    return {key: loaded[key] for key in loaded.files}


def assert_close(ours, theirs, tolerance=ROUNDING):
    assert tuple(ours.shape) == theirs.shape
    assert np.abs(ours.numpy() - theirs).max() <= tolerance


def test_that_positions_are_the_published_ones(arrays):
    channels, height, width = arrays["pos_neck2d"].shape
    num_frames = len(arrays["pos_neck3d_TCHW"])
    size = (height, width)
    frame = frame_positions(size, channels, ANYWHERE)
    clip = clip_positions(num_frames, size, channels, ANYWHERE)
    numbers = cell_number_positions(size, channels, ANYWHERE)
    assert_close(frame.permute(2, 0, 1), arrays["pos_neck2d"])
    assert_close(clip.permute(0, 3, 1, 2), arrays["pos_neck3d_TCHW"])
    assert_close(clip.permute(3, 0, 1, 2), arrays["pos_decoder3d_CTHW"])
    assert_close(numbers.permute(2, 0, 1), arrays["pos_encoder2d_unnormalised"])


def test_that_temporal_windows_hold_the_published_tokens(arrays):
    sizes = tuple((int(h), int(w)) for h, w in arrays["temporal_window_level_hw"])
    windows = temporal_windows(sizes, (2, 2))
    ours = {frozenset(window) for window in windows.tokens_GL.tolist()}
    assert ours == {frozenset(window) for window in arrays["temporal_window_indices"].tolist()}


@pytest.mark.parametrize("sample", [sample_by_grid, sample_by_bags])
def test_that_deformable_sampling_reads_the_published_values(sample, arrays):
    sizes = [(int(h), int(w)) for h, w in arrays["msda_spatial_shapes"]]
    value, locations, weights = (
        torch.from_numpy(arrays[f"msda_{name}"])
        for name in ("value", "sampling_locations_xy", "attention_weights")
    )
    assert_close(sample(value, sizes, locations, weights), arrays["msda_output"])


def test_that_masks_are_divided_as_published(arrays):
    bits = arrays["divide_segment_of_pixel"]
    for mask, expected in zip(arrays["divide_masks"], bits, strict=True):
        segments = divide_mask(torch.from_numpy(mask > 0), 8, SegmentRule.WHOLE_VOLUME)
        ours = np.zeros(mask.size, np.int64)
        np.bitwise_or.at(ours, segments.pixels_P.numpy(), 1 << segments.segments_P.numpy())
        assert np.array_equal(ours.reshape(mask.shape), expected)


def test_that_the_background_is_divided_as_published(arrays):
    expected = arrays["bg_cell_of_pixel"]
    cells = background_cells(expected.shape[1:], (4, 4), torch.device("cpu")).numpy()
    is_background = expected >= 0
    assert np.array_equal(is_background, ~(arrays["divide_masks"] > 0).any(axis=0))
    assert np.array_equal(
        np.broadcast_to(cells, expected.shape)[is_background], expected[is_background]
    )


def all_segments(arrays):
    """The background's cells and the objects' segments as pixel lists."""
    expected = arrays["bg_cell_of_pixel"]
    pixels = torch.from_numpy(np.flatnonzero(expected >= 0))
    cells = torch.from_numpy(expected[expected >= 0].astype(np.int64))
    yield SegmentPixels(pixels, cells, 16)
    for mask in arrays["divide_masks"]:
        yield divide_mask(torch.from_numpy(mask > 0), 8, SegmentRule.WHOLE_VOLUME)


def test_that_features_are_sampled_as_published(arrays, monkeypatch):
    """With the published random choice of pixels, replayed."""
    chosen = iter(torch.from_numpy(arrays["sample_perm_first60"]))
    drawn_from = []

    def replay(count):
        drawn_from.append(count)
        return next(chosen)

    monkeypatch.setattr(torch, "randperm", replay)
    channels, num_frames, height, width = arrays["sample_fmap"].shape
    tokens = torch.from_numpy(arrays["sample_fmap"]).flatten(1).T[None]
    limit = int(arrays["sample_max_points"])

    sampled = sample_pixels([all_segments(arrays)], tokens, (4 * height, 4 * width), limit)

    assert drawn_from == arrays["sample_perm_sizes"].tolist()
    counts = sampled.is_point_QP.sum(dim=1)
    assert counts.tolist() == arrays["sample_counts"].tolist()
    features = sampled.values_QPC[sampled.is_point_QP]
    assert_close(features, arrays["sample_features"])
    assert_close(sampled.mean(), arrays["sample_means"])
    assert (num_frames, channels) == (2, 6)
