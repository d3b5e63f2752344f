"""Joins the tracks of a clip to those of the clip before, by the frames they share.

Specification, 8.2: binary masks at stride 4 on all shared frames jointly, one-to-one assignment
with the largest sum of IoU, pairs above one half are the same track. No class and no score.
"""

from collections.abc import Sequence

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

LEAST_IOU = 0.5
"""Two tracks are one if they agree by more than this."""


def pairwise_iou(first_NP: Tensor, second_MP: Tensor) -> Tensor:
    """IoU of every mask of one set with every mask of another, each count larger by 1.

    Args:
        first_NP: bool, N masks of P pixels each.
        second_MP: bool, M masks of the same P pixels.

    Returns:
        (N, M) float32: (|A ∩ B| + 1) / (|A ∪ B| + 1), so that two empty masks agree.
    """
    first, second = first_NP.float(), second_MP.float()
    intersection = first @ second.T
    union = first.sum(1)[:, None] + second.sum(1)[None, :] - intersection
    return (intersection + 1) / (union + 1)


def link(earlier_NTHW: Tensor, later_MTHW: Tensor, least_iou: float = LEAST_IOU) -> dict[int, int]:
    """Which track of the later clip continues which of the earlier.

    Args:
        earlier_NTHW: Mask logits of the earlier clip on the shared frames.
        later_MTHW: Mask logits of the later clip on the same frames, in the same order.
        least_iou: Pairs must agree by more than this.

    Returns:
        Index in the later clip → index in the earlier clip.
    """
    if 0 in (*earlier_NTHW.shape[:2], later_MTHW.shape[0]):
        return {}
    iou = pairwise_iou((earlier_NTHW > 0).flatten(1), (later_MTHW > 0).flatten(1)).cpu().numpy()
    rows, columns = linear_sum_assignment(iou, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {later: earlier for earlier, later in pairs if iou[earlier, later] > least_iou}


class TrackNumbers:
    """Gives the tracks of clip after clip their ids: those of the clip before, or new ones.

    Only the clip directly before is compared: a track that one clip does not see comes back under
    a new id.
    """

    def __init__(self, first: int = 1) -> None:
        self._next = first
        self._ids: tuple[int, ...] = ()

    def number(
        self, earlier_NTHW: Tensor | None, later_NTHW: Tensor, num_tracks: int
    ) -> tuple[int, ...]:
        """The ids of a clip's tracks, in their order.

        Args:
            earlier_NTHW: Logits of the clip before on the shared frames; None without such.
            later_NTHW: Logits of this clip on the shared frames.
            num_tracks: How many tracks this clip has.
        """
        known = {} if earlier_NTHW is None else link(earlier_NTHW, later_NTHW)
        ids = []
        for index in range(num_tracks):
            if index in known:
                ids.append(self._ids[known[index]])
            else:
                ids.append(self._next)
                self._next += 1
        self._ids = tuple(ids)
        return self._ids


class ClassMeans:
    """The mean class logits of each track over the clips that see it."""

    def __init__(self) -> None:
        self._sums: dict[int, Tensor] = {}
        self._counts: dict[int, int] = {}

    def add(self, tracks: Sequence[int], class_logits_NK: Tensor) -> None:
        """Count one clip.

        Args:
            tracks: Ids of the clip's tracks.
            class_logits_NK: Their class logits, background first.
        """
        for track, logits_K in zip(tracks, class_logits_NK.float().cpu(), strict=True):
            self._sums[track] = self._sums[track] + logits_K if track in self._sums else logits_K
            self._counts[track] = self._counts.get(track, 0) + 1

    @property
    def tracks(self) -> tuple[int, ...]:
        """Every track seen so far, in the order of appearance."""
        return tuple(self._sums)

    def mean(self, track: int) -> Tensor:
        """Mean class logits (1 + C,) of a track."""
        return self._sums[track] / self._counts[track]

    def probabilities(self, track: int) -> np.ndarray:
        """Softmax of the mean class logits, (1 + C,), background first."""
        return torch.softmax(self.mean(track), dim=0).numpy()
