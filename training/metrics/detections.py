"""Preparing true and predicted detections of a frame for the tracking measures."""

from collections.abc import Mapping, Sequence
from enum import Enum

import numpy as np
from scipy.optimize import linear_sum_assignment

from training.metrics.hota import TrackedFrame
from training.metrics.mask_overlap import CodedMask, box_ious, mask_ious

_EPSILON = float(np.finfo(float).eps)


class OverlapOf(Enum):
    """What two detections are compared by."""

    MASKS = "masks"
    BOXES = "boxes"
    """The masks' bounding boxes."""


def tracked_frame(
    true: Mapping[int, CodedMask],
    predicted: Mapping[int, CodedMask],
    overlap_of: OverlapOf = OverlapOf.MASKS,
) -> TrackedFrame:
    """The detections of one frame by track, with their overlaps."""
    compare = mask_ious if overlap_of is OverlapOf.MASKS else box_ious
    return TrackedFrame(
        list(true), list(predicted), compare(list(true.values()), list(predicted.values()))
    )


def unmatched_predictions(similarity: np.ndarray, weight_below: float) -> np.ndarray:
    """Positions of the predictions that match no true detection with IoU 0.5 or more.

    Args:
        similarity: (true, predicted) overlaps.
        weight_below: What an overlap below one half is worth to the assignment.
    """
    is_unmatched = np.ones(similarity.shape[1], dtype=bool)
    if similarity.size:
        weights = np.where(similarity < 0.5 - _EPSILON, weight_below, similarity)
        rows, columns = linear_sum_assignment(-weights)
        is_unmatched[columns[weights[rows, columns] > _EPSILON]] = False
    return np.flatnonzero(is_unmatched)


def without_predictions(frame: TrackedFrame, positions: Sequence[int]) -> TrackedFrame:
    """The frame less the predictions at these positions."""
    dropped = {int(position) for position in positions}
    kept = [i for i in range(len(frame.predicted_ids)) if i not in dropped]
    return TrackedFrame(
        frame.true_ids, [frame.predicted_ids[i] for i in kept], frame.similarity[:, kept]
    )
