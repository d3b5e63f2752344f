"""What every average precision shares: greedy matching by score, and the precision curve.

As COCO defines it (cocoapi `PythonAPI/pycocotools/cocoeval.py`), with the two details in which
its descendants differ as arguments.
"""

from dataclasses import dataclass

import numpy as np

RECALL_LEVELS = np.linspace(0.0, 1.0, 101)
"""Recalls at which precision is read."""


@dataclass(frozen=True)
class Matches:
    """What became of the predictions of one category in one video, best score first.

    T thresholds, D predictions, N true tracks.
    """

    scores: np.ndarray
    """Shape (D,), falling."""
    is_matched: np.ndarray
    """Shape (T, D): the prediction found a true track."""
    is_ignored: np.ndarray
    """Shape (T, D): the prediction counts neither as right nor as wrong."""
    num_true: int
    """True tracks that are to be found (not those that are ignored)."""

    def first(self, count: int) -> "Matches":
        """The same for the `count` best predictions only."""
        return Matches(
            self.scores[:count],
            self.is_matched[:, :count],
            self.is_ignored[:, :count],
            self.num_true,
        )


@dataclass(frozen=True)
class TrueTracks:
    """The true tracks that predictions of one category are matched with, in the file's order."""

    is_ignored: np.ndarray
    """Shape (N,): finding it is neither right nor wrong."""
    is_crowd: np.ndarray
    """Shape (N,): it can be found by any number of predictions."""
    counts_as_match: np.ndarray
    """Shape (N,): False for a track whose number the evaluator takes for "no match"."""


def match_greedily(
    ious: np.ndarray, true_tracks: TrueTracks, thresholds: np.ndarray, tolerance: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Give each prediction, best score first, the free true track that overlaps most.

    A match with a track that counts is never left for an ignored one; of two equal overlaps
    the later track wins.

    Args:
        ious: Shape (D, N), rows by falling score.
        true_tracks: What the columns are.
        thresholds: Shape (T,), the least overlaps of a match.
        tolerance: How far below the threshold (or the best overlap) still counts as reaching it.

    Returns:
        `is_matched` and `meets_ignored`, both (T, D) bool; `meets_ignored`: the track found is an
        ignored one.
    """
    order = np.argsort(true_tracks.is_ignored, kind="stable")
    num_predictions = len(ious)
    is_matched = np.zeros((len(thresholds), num_predictions), dtype=bool)
    meets_ignored = np.zeros_like(is_matched)
    for row, threshold in enumerate(thresholds):
        is_free = np.ones(len(order), dtype=bool)
        for prediction in range(num_predictions):
            least = min(threshold, 1 - 1e-10)
            found = _best_match(
                ious[prediction], order[is_free[order]], true_tracks, least, tolerance
            )
            if found is None:
                continue
            is_free[found] = bool(true_tracks.is_crowd[found])
            is_matched[row, prediction] = true_tracks.counts_as_match[found]
            meets_ignored[row, prediction] = true_tracks.is_ignored[found]
    return is_matched, meets_ignored


def _best_match(
    ious: np.ndarray, free: np.ndarray, tracks: TrueTracks, least: float, tolerance: float
) -> int | None:
    """The track of `free` (those that count come first) with the greatest overlap, or None."""
    best, found = least, None
    for track in free:
        if found is not None and not tracks.is_ignored[found] and tracks.is_ignored[track]:
            break
        if ious[track] < best - tolerance:
            continue
        best, found = float(ious[track]), int(track)
    return found


@dataclass(frozen=True)
class PrecisionCurves:
    """Precision at each recall level, and the recall reached; per threshold."""

    precision: np.ndarray
    """Shape (T, 101); 0 beyond the recall that was reached."""
    recall: np.ndarray
    """Shape (T,)."""


def precision_curves(per_video: list[Matches]) -> PrecisionCurves | None:
    """Rank the predictions of all videos together and follow precision over recall.

    Returns:
        The curves, or None if nothing was to be found.
    """
    num_true = sum(matches.num_true for matches in per_video)
    if num_true == 0:
        return None
    order = np.argsort(-np.concatenate([matches.scores for matches in per_video]), kind="stable")
    is_matched = np.concatenate([matches.is_matched for matches in per_video], axis=1)[:, order]
    is_ignored = np.concatenate([matches.is_ignored for matches in per_video], axis=1)[:, order]
    num_right = np.cumsum(is_matched & ~is_ignored, axis=1).astype(float)
    num_wrong = np.cumsum(~is_matched & ~is_ignored, axis=1).astype(float)
    recalls = num_right / num_true
    precisions = num_right / (num_right + num_wrong + np.spacing(1))
    precision = np.zeros((len(is_matched), len(RECALL_LEVELS)))
    for row in range(len(is_matched)):
        falling = np.maximum.accumulate(precisions[row, ::-1])[::-1]
        places = np.searchsorted(recalls[row], RECALL_LEVELS, side="left")
        reached = places < falling.size
        precision[row, reached] = falling[places[reached]]
    recall = recalls[:, -1] if recalls.shape[1] else np.zeros(len(is_matched))
    return PrecisionCurves(precision, recall)
