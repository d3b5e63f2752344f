import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tarvis_core.model.attention_layers import MultiHeadAttention
from tarvis_core.model.mask_segments import segments_of_objects
from tarvis_core.model.model_config import ObjectEncoderConfig
from tarvis_core.model.object_exemplars import ObjectExemplars
from tarvis_core.model.point_sampling import sample_pixels
from tarvis_core.model.weighted_cells import weigh_cells

CONFIG = ObjectEncoderConfig()
C = 32


def attention():
    torch.manual_seed(0)
    layer = MultiHeadAttention(C, num_heads=4)
    torch.nn.init.normal_(layer.in_proj.weight, std=0.4)
    torch.nn.init.normal_(layer.in_proj.bias)
    return layer


def exemplars(seed, num_objects, num_frames, size):
    """Random rectangles, thin and large, that may overlap or cover whole background cells."""
    generator = torch.Generator().manual_seed(seed)
    masks = torch.zeros(num_objects, num_frames, *size, dtype=torch.bool)
    for mask in masks:
        for frame in range(num_frames):
            top, left, height, width = (
                int(torch.randint(0, side, (1,), generator=generator)) for side in (*size, *size)
            )
            mask[frame, top : top + height + 1, left : left + width + 1] = True
    return ObjectExemplars.from_masks(masks)


def both(samples, tokens, num_segments, size):
    weighed = weigh_cells(samples, num_segments, CONFIG, tokens)
    sampled = sample_pixels(
        [segments_of_objects(one, num_segments, CONFIG) for one in samples], tokens, size, None
    )
    return weighed, sampled


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    batch=st.integers(1, 2),
    num_objects=st.integers(1, 3),
    num_frames=st.integers(1, 3),
    num_segments=st.integers(1, 8),
    size=st.sampled_from([(32, 64), (96, 32), (32, 32), (32, 160)]),
)
def test_that_weighted_cells_equal_all_pixels(
    seed, batch, num_objects, num_frames, num_segments, size
):
    samples = [exemplars(seed + sample, num_objects, num_frames, size) for sample in range(batch)]
    layer = attention()
    tokens = torch.randn(batch, num_frames * size[0] * size[1] // 16, C)
    weighed, sampled = both(samples, tokens, num_segments, size)
    query = torch.randn(batch * (16 + num_objects * num_segments), C)
    with torch.no_grad():
        torch.testing.assert_close(weighed.mean(), sampled.mean(), rtol=1e-4, atol=1e-5)
        ours, theirs = weighed.attend(layer, query), sampled.attend(layer, query)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("grid", [(4, 4), (3, 5), (7, 1)])
def test_that_borders_of_background_cells_within_a_map_cell_are_exact(grid):
    config = dataclasses.replace(CONFIG, background_grid=grid)
    samples, tokens = [exemplars(1, 1, 2, (64, 96))], torch.randn(1, 2 * 16 * 24, C)
    segments = segments_of_objects(samples[0], 4, config)

    weighed = weigh_cells(samples, 4, config, tokens)

    sampled = sample_pixels([segments], tokens, (64, 96), None)
    torch.testing.assert_close(weighed.mean(), sampled.mean(), rtol=1e-4, atol=1e-5)


def test_that_a_background_cell_without_pixels_reads_nothing():
    size = (32, 32)
    masks = torch.zeros(1, 1, *size, dtype=torch.bool)
    masks[0, 0, :8, :8] = True  # exactly the first background cell
    samples = [ObjectExemplars.from_masks(masks)]
    tokens = torch.randn(1, 64, C)
    weighed, sampled = both(samples, tokens, 4, size)
    layer, query = attention(), torch.randn(20, C)
    assert weighed.mean()[0].abs().sum() == 0
    with torch.no_grad():
        torch.testing.assert_close(weighed.attend(layer, query), sampled.attend(layer, query))


def test_that_both_readings_have_the_same_gradients():
    size = (32, 32)
    samples = [exemplars(3, 2, 1, size)]
    tokens, query = torch.randn(1, 64, C), torch.randn(16 + 8, C)
    gradients = []
    for keys in both(samples, tokens, 4, size):
        layer = attention()
        keys.attend(layer, query).square().sum().backward()
        gradients.append([parameter.grad for parameter in layer.parameters()])
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_that_half_precision_stays_close(kind):
    size = (32, 64)
    samples = [exemplars(5, 2, 2, size)]
    tokens, query = torch.randn(1, 256, C), torch.randn(16 + 8, C)
    layer = attention()
    exact, _ = both(samples, tokens, 4, size)
    rounded, _ = both(samples, tokens.to(kind), 4, size)
    with torch.no_grad():
        expected = exact.attend(layer, query)
        answer = rounded.attend(layer.to(kind), query.to(kind))
    assert answer.dtype == kind
    assert (answer.float() - expected).abs().max() < 0.05 * expected.abs().max()
