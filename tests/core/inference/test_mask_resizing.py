"""Logits to pixels of the frame and back: sizes, chunks, and what the padding must not do."""

import numpy as np
import pytest
import torch

from tarvis_core.inference import mask_resizing
from tarvis_core.inference.mask_resizing import (
    reference_masks,
    refit,
    resize_to_frame,
    winner_of_resized,
)
from tarvis_core.video.frame_geometry import FrameGeometry

ODD = FrameGeometry((53, 101), (50, 96), (64, 128))


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("num_maps", [0, 1, 3])
def test_that_logits_get_the_size_of_the_frame(num_maps):
    assert resize_to_frame(noise(num_maps, 16, 32), ODD).shape == (num_maps, 53, 101)


def test_that_the_padding_is_cut_off():
    logits = torch.full((1, 16, 32), -1.0)
    logits[:, 13:] = 50.0  # rows of the padding only: the frame ends at 50 of 64 pixels

    assert (resize_to_frame(logits, ODD)[:, :-3] < 0).all()


def test_that_logits_of_another_input_size_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        resize_to_frame(noise(1, 16, 16), ODD)


def test_that_resizing_in_chunks_changes_nothing(monkeypatch):
    logits = noise(7, 16, 32)
    best, which = resize_to_frame(logits, ODD).max(dim=0)
    monkeypatch.setattr(mask_resizing, "CHUNK_BYTES", 2 * 4 * 64 * 128)

    index, value = winner_of_resized(logits, ODD)

    assert torch.equal(index, which)
    assert torch.equal(value, best)


def test_that_a_map_wins_only_above_the_least_value():
    logits = noise(3, 16, 32)

    index, _ = winner_of_resized(logits, ODD, at_least=0.0)

    assert ((index == -1) == (resize_to_frame(logits, ODD) <= 0).all(dim=0)).all()


def test_that_reference_masks_lie_at_the_padded_resolution():
    masks = reference_masks(noise(2, 3, 16, 32))

    assert masks.shape == (2, 3, 64, 128)
    assert masks.dtype == torch.bool


def test_that_refitting_to_a_smaller_input_keeps_the_mask():
    source = FrameGeometry((96, 160), (96, 160), (128, 192))
    target = FrameGeometry((96, 160), (48, 80), (64, 128))
    logits = torch.full((1, 2, 32, 48), -8.0)
    logits[:, :, 4:16, 8:24] = 8.0

    refitted = refit(logits, source, target)

    assert refitted.shape == (1, 2, 16, 32)
    before = resize_to_frame(logits[:, 0], source) > 0
    after = resize_to_frame(refitted[:, 0], target) > 0
    assert np.mean((before != after).numpy()) < 0.03
    assert refit(logits, source, source) is logits


def test_that_logits_of_a_mirrored_frame_come_back_exchanged():
    plain = FrameGeometry((96, 160), (48, 80), (64, 128))
    mirrored = FrameGeometry((96, 160), (48, 80), (64, 128), is_mirrored=True)
    logits = noise(2, 16, 32)

    frame = resize_to_frame(logits, mirrored)

    assert torch.allclose(frame.flip(-1), resize_to_frame(logits, plain), atol=1e-5)
    refitted = refit(logits[:, None], mirrored, plain)[:, 0]
    assert ((resize_to_frame(refitted, plain) > 0) == (frame > 0)).float().mean() > 0.9
