"""Segmentation and tracking quality (STQ): KITTI-STEP and VIPSeg.

Defined by google-research/deeplab2 `evaluation/numpy/segmentation_and_tracking_quality.py`
(Weber et al., arXiv:2102.11859). Counts are whole numbers here, so that long tubes stay exact.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np

from training.metrics.label_counts import PairCounts, count_pairs

INSTANCE_BITS = 16
"""A label is (class << 16) + instance."""
_INSTANCE_MASK = (1 << INSTANCE_BITS) - 1


@dataclass(frozen=True)
class StqResult:
    """Fractions 0…1."""

    stq: float
    aq: float
    """Association quality: how well things keep their identity."""
    sq: float
    """Segmentation quality: mean IoU of the classes."""


@dataclass(frozen=True)
class StqTable:
    """All sequences together, and each on its own (the former is not their mean)."""

    total: StqResult
    per_sequence: dict[str, StqResult]
    lengths: dict[str, int]
    """Frames of each sequence."""


@dataclass
class _Sequence:
    confusion: np.ndarray
    true_sizes: Counter[int] = field(default_factory=Counter)
    predicted_sizes: Counter[int] = field(default_factory=Counter)
    shared: PairCounts = field(default_factory=Counter)
    length: int = 0

    def association(self) -> float:
        """Sum over true tubes of their association quality."""
        total = 0.0
        for (true_label, predicted_label), shared in self.shared.items():
            size = self.true_sizes[true_label]
            union = self.predicted_sizes[predicted_label] + size - shared
            total += shared * (shared / union) / size
        return total


class SegmentationTrackingQuality:
    """Collects frames by sequence; `result` gives the numbers."""

    def __init__(self, num_classes: int, things: Collection[int], ignore_label: int = 255) -> None:
        """Start at zero.

        Args:
            num_classes: Classes are 0 … num_classes - 1.
            things: Classes whose instances are tracked.
            ignore_label: Class of pixels that nobody labelled, not below `num_classes`.
        """
        if ignore_label < num_classes:
            raise ValueError(f"the ignore label {ignore_label} must lie above the classes")
        self._num_classes = num_classes
        self._things = frozenset(things)
        self._ignore_label = ignore_label
        self._sequences: dict[str, _Sequence] = {}

    def add_frame(self, true: np.ndarray, predicted: np.ndarray, sequence: str) -> None:
        """Score one frame.

        Args:
            true: (H, W) of (class << 16) + instance. A thing with instance 0 is a crowd region,
                which takes no part in association.
            predicted: The same for the prediction; class and instance together name a tube.
            sequence: Name of the video that the frame belongs to.

        Raises:
            ValueError: A class is unknown, or the maps differ in size.
        """
        size = self._num_classes + 1
        state = self._sequences.setdefault(sequence, _Sequence(np.zeros((size, size), np.int64)))
        state.length += 1
        for (true_label, predicted_label), count in count_pairs(true, predicted).items():
            true_class, predicted_class = self._row(true_label), self._row(predicted_label)
            state.confusion[true_class, predicted_class] += count
            is_tracked = true_class in self._things
            if is_tracked and true_label & _INSTANCE_MASK == 0:
                continue  # crowd
            if is_tracked:
                state.true_sizes[true_label] += count
            if predicted_class in self._things:
                state.predicted_sizes[predicted_label] += count
                if is_tracked:
                    state.shared[true_label, predicted_label] += count

    def _row(self, label: int) -> int:
        number = label >> INSTANCE_BITS
        if number == self._ignore_label:
            return self._num_classes
        if number >= self._num_classes:
            raise ValueError(
                f"class {number} is neither below {self._num_classes} nor {self._ignore_label}"
            )
        return number

    def result(self) -> StqTable:
        """The numbers of all frames added so far."""
        states = self._sequences
        return StqTable(
            total=self._score(states.values()),
            per_sequence={name: self._score([state]) for name, state in states.items()},
            lengths={name: state.length for name, state in states.items()},
        )

    def _score(self, states: Iterable[_Sequence]) -> StqResult:
        states = list(states)
        num_tubes = sum(len(state.true_sizes) for state in states)
        aq = sum(state.association() for state in states) / num_tubes if num_tubes else 0.0
        sq = (
            _mean_iou(np.sum([state.confusion for state in states], axis=0)) if states else math.nan
        )
        return StqResult(math.sqrt(aq * sq), aq, sq)


def _mean_iou(confusion: np.ndarray) -> float:
    """Mean IoU of the classes that occur; rows are true, the last row and column are void.

    True void is left out. Void that was predicted for a labelled pixel takes part as one more
    class, with IoU 0, as in the reference.
    """
    counted = confusion.copy()
    counted[-1, :] = 0
    shared = np.diagonal(counted)
    unions = counted.sum(axis=0) + counted.sum(axis=1) - shared
    occurs = unions > 0
    return float((shared[occurs] / unions[occurs]).mean()) if occurs.any() else math.nan
