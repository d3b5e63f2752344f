"""Counting how often labels of two maps meet, by runs instead of pixels."""

from collections import Counter

import numpy as np

MAX_LABEL = 2**31 - 1

PairCounts = Counter[tuple[int, int]]
"""Number of pixels by (label of the first map, label of the second)."""


def count_pairs(first: np.ndarray, second: np.ndarray) -> PairCounts:
    """Number of pixels for each pair of labels that meet.

    Args:
        first: (H, W) labels, 0 … 2^31 - 1.
        second: Labels of the same frame.

    Raises:
        ValueError: The maps differ in size, or a label is out of range.
    """
    if first.shape != second.shape or first.ndim != 2:
        raise ValueError(f"label maps of {first.shape} and {second.shape} do not compare")
    if first.size == 0:
        return Counter()
    for labels in (first, second):
        if labels.min() < 0 or labels.max() > MAX_LABEL:
            raise ValueError(f"labels {labels.min()} … {labels.max()} are out of range")
    pairs = (first.astype(np.int64) << 31 | second.astype(np.int64)).ravel()
    ends = np.append(np.flatnonzero(pairs[1:] != pairs[:-1]), pairs.size - 1)
    lengths = np.diff(ends, prepend=-1)
    values, places = np.unique(pairs[ends], return_inverse=True)
    counts = np.bincount(places, weights=lengths)
    return Counter(
        {
            (int(value >> 31), int(value & MAX_LABEL)): int(count)
            for value, count in zip(values, counts, strict=True)
        }
    )
