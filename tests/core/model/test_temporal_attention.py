import pytest
import torch

from tarvis_core.model import temporal_attention
from tarvis_core.model.temporal_attention import (
    TemporalLayer,
    split_levels,
    temporal_windows,
    window_cells,
)


def sizes(height, width, num_levels):
    return tuple((height * 2**level, width * 2**level) for level in range(num_levels))


@pytest.mark.parametrize(
    ("coarsest", "num_levels", "cells", "num_windows", "num_tokens"),
    [
        ((4, 6), 3, (2, 2), 6, 84),
        ((4, 6), 2, (2, 2), 6, 20),
        ((3, 5), 3, (2, 2), 6, 84),  # half-filled windows at the far borders
        ((5, 7), 2, (2, 3), 9, 30),
        ((1, 1), 3, (2, 2), 1, 84),
    ],
)
def test_that_windows_hold_every_token_once(coarsest, num_levels, cells, num_windows, num_tokens):
    level_sizes = sizes(*coarsest, num_levels)
    windows = temporal_windows(level_sizes, cells)
    assert windows.tokens_GL.shape == (num_windows, num_tokens)
    present = windows.tokens_GL
    if windows.is_token_GL is not None:
        present = present[windows.is_token_GL]
    everything = sum(h * w for h, w in level_sizes)
    assert sorted(present.flatten().tolist()) == list(range(everything))


def test_that_a_window_covers_the_same_place_on_all_levels():
    level_sizes = sizes(4, 6, 3)
    windows = temporal_windows(level_sizes, (2, 2))
    # places of all tokens in units of the frame
    places = torch.cat(
        [
            torch.cartesian_prod((torch.arange(h) + 0.5) / h, (torch.arange(w) + 0.5) / w)
            for h, w in level_sizes
        ]
    )
    corner = places[windows.tokens_GL[4]]  # second row, second column
    assert corner[:, 0].min() >= 2 / 4
    assert corner[:, 1].min() >= 2 / 6
    assert corner[:, 1].max() <= 4 / 6


def test_that_scattering_undoes_gathering():
    windows = temporal_windows(sizes(3, 5, 2), (2, 2))
    x = torch.rand(2, 3, 15 + 60, 4)
    gathered = windows.gather(x)
    assert gathered.shape == (2 * 6, 3 * 20, 4)
    assert torch.equal(windows.scatter(gathered, num_frames=3), x)


@pytest.mark.parametrize("coarsest", [(4, 4), (3, 3)])
def test_that_a_window_spans_all_frames_and_keeps_to_itself(coarsest):
    torch.manual_seed(0)
    level_sizes = sizes(*coarsest, 2)
    windows = temporal_windows(level_sizes, (2, 2))
    layer = TemporalLayer(8, num_heads=2, feedforward_width=16).eval()
    num_tokens = len(windows.places_S)
    x = torch.rand(2, 3, num_tokens, 8)
    position = windows.gather(torch.rand(1, 3, num_tokens, 8))
    changed = x.clone()
    changed[1, 0, 0] += 1.0  # first cell of the first frame of the second sample

    with torch.no_grad():
        difference = layer(changed, position, windows) - layer(x, position, windows)
    moved = difference.abs().sum(dim=-1) > 1e-6

    first_window = windows.tokens_GL[0]
    assert moved[1][:, first_window].all()
    outside = torch.ones(num_tokens, dtype=torch.bool)
    outside[first_window] = False
    assert not moved[1][:, outside].any()
    assert not moved[0].any()


def test_that_padding_of_windows_is_never_attended_to():
    torch.manual_seed(0)
    layer = TemporalLayer(8, num_heads=2, feedforward_width=16).eval()
    level_sizes = sizes(1, 1, 2)
    position = torch.rand(1, 3, 5, 8)
    x = torch.rand(1, 3, 5, 8)
    exact, padded = temporal_windows(level_sizes, (1, 1)), temporal_windows(level_sizes, (2, 2))
    assert exact.is_token_GL is None
    with torch.no_grad():
        torch.testing.assert_close(
            layer(x, padded.gather(position), padded), layer(x, exact.gather(position), exact)
        )


def test_that_windows_are_a_fixed_size_or_a_grid():
    assert window_cells((16, 28), 64, None) == (2, 2)
    assert window_cells((16, 28), 128, None) == (4, 4)
    assert window_cells((16, 28), 64, 8) == (2, 4)
    assert window_cells((3, 5), 64, 8) == (1, 1)


def test_that_levels_are_split_in_row_order():
    x = torch.arange(2 + 8.0).reshape(1, 1, 10, 1)
    coarse, fine = split_levels(x, ((1, 2), (2, 4)))
    assert coarse.flatten().tolist() == [0, 1]
    assert fine.shape == (1, 1, 1, 2, 4)
    assert fine[0, 0, 0, 1].tolist() == [6, 7, 8, 9]


@pytest.mark.parametrize("coarsest", [(4, 6), (3, 5), (1, 1)])
@pytest.mark.parametrize("tokens_at_once", [1, 130, 4096])
def test_that_windows_refined_in_groups_are_those_refined_at_once(
    coarsest, tokens_at_once, monkeypatch
):
    torch.manual_seed(0)
    monkeypatch.setattr(temporal_attention, "TOKENS_AT_ONCE", tokens_at_once)
    level_sizes = sizes(*coarsest, 2)
    windows = temporal_windows(level_sizes, (2, 2))
    layer = TemporalLayer(8, 2, 16).eval()
    x = torch.randn(2, 3, sum(h * w for h, w in level_sizes), 8)
    position = torch.randn(len(windows.tokens_GL), 3 * windows.tokens_GL.shape[1], 8)
    at_once = layer(x, position, windows).detach()

    with torch.inference_mode():
        layer.refine_in_groups(x, position, windows)

    torch.testing.assert_close(x, at_once, atol=1e-5, rtol=0)
