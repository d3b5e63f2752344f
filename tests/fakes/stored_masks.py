"""Reads the parallel lists in which the fixtures keep masks."""

import numpy as np


def stored_masks(fixture, prefix, size):
    """(frame, id) → bool (H, W), in the order of the lists.

    Args:
        fixture: The opened npz file.
        prefix: X of `X_frame`, `X_id`, `X_bits`.
        size: (height, width) of the masks.
    """
    lists = (fixture[f"{prefix}_frame"], fixture[f"{prefix}_id"], fixture[f"{prefix}_bits"])
    height, width = size
    return {
        (int(frame), int(number)): np.unpackbits(bits)[: height * width].reshape(size) > 0
        for frame, number, bits in zip(*lists, strict=True)
    }


def share_of_differing_pixels(found, expected):
    """The largest share over all masks; a mask that only one side has differs from an empty one."""
    shares = [
        np.mean(found.get(key, False) != expected.get(key, np.False_))
        for key in {**found, **expected}
    ]
    assert shares, "no masks to compare"
    return max(shares)
