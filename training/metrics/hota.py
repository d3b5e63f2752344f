"""HOTA and its parts, and OWTA, the measure of open worlds.

Defined by Luiten et al., IJCV 2020, and JonathonLuiten/TrackEval `trackeval/metrics/hota.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

ALPHAS = np.arange(0.05, 0.99, 0.05)
"""Least overlaps of a match, (19,); every number is a mean over them."""
_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True)
class TrackedFrame:
    """The detections of one class on one frame: true and predicted, and how they overlap."""

    true_ids: Sequence[int]
    predicted_ids: Sequence[int]
    similarity: np.ndarray
    """(number of true, number of predicted), IoU of each pair."""

    def __post_init__(self) -> None:
        if self.similarity.shape != (len(self.true_ids), len(self.predicted_ids)):
            raise ValueError(
                f"{len(self.true_ids)} true and {len(self.predicted_ids)} predicted detections "
                f"do not go with similarities of shape {self.similarity.shape}"
            )
        for ids in (self.true_ids, self.predicted_ids):
            if len(set(ids)) != len(ids):
                raise ValueError("a track has two detections on one frame")


@dataclass(frozen=True)
class Hota:
    """HOTA of a sequence, of sequences together, or of classes together; arrays over `ALPHAS`.

    Fractions but for the counts.
    """

    num_matched: np.ndarray
    num_missed: np.ndarray
    num_false: np.ndarray
    association: np.ndarray
    """AssA."""
    association_recall: np.ndarray
    association_precision: np.ndarray
    localisation: np.ndarray
    """LocA: mean overlap of matched pairs; 1 if there are none."""
    detection: np.ndarray
    """DetA."""
    detection_recall: np.ndarray
    detection_precision: np.ndarray
    hota: np.ndarray
    owta: np.ndarray

    @property
    def score(self) -> float:
        """HOTA, the one number."""
        return float(self.hota.mean())

    def as_numbers(self) -> dict[str, float]:
        """Means over alpha by the names that TrackEval gives them."""
        arrays = {
            "HOTA": self.hota,
            "DetA": self.detection,
            "AssA": self.association,
            "DetRe": self.detection_recall,
            "DetPr": self.detection_precision,
            "AssRe": self.association_recall,
            "AssPr": self.association_precision,
            "LocA": self.localisation,
            "OWTA": self.owta,
            "HOTA_TP": self.num_matched,
            "HOTA_FN": self.num_missed,
            "HOTA_FP": self.num_false,
        }
        first = {
            "HOTA(0)": float(self.hota[0]),
            "LocA(0)": float(self.localisation[0]),
            "HOTALocA(0)": float(self.hota[0] * self.localisation[0]),
        }
        return {name: float(values.mean()) for name, values in arrays.items()} | first


@dataclass
class _Counts:
    """What adds up over sequences: counts, and sums over the matches at each alpha."""

    matched: np.ndarray = field(default_factory=lambda: np.zeros(len(ALPHAS)))
    missed: np.ndarray = field(default_factory=lambda: np.zeros(len(ALPHAS)))
    false: np.ndarray = field(default_factory=lambda: np.zeros(len(ALPHAS)))
    association: np.ndarray = field(default_factory=lambda: np.zeros(len(ALPHAS)))
    association_recall: np.ndarray = field(default_factory=lambda: np.zeros(len(ALPHAS)))
    association_precision: np.ndarray = field(default_factory=lambda: np.zeros(len(ALPHAS)))
    overlap: np.ndarray = field(default_factory=lambda: np.zeros(len(ALPHAS)))


def hota_of_sequence(frames: Sequence[TrackedFrame]) -> Hota:
    """HOTA of one class in one sequence."""
    return _finish(_count(frames))


def combine_sequences(parts: Iterable[Hota]) -> Hota:
    """Sequences together, or classes together weighted by detections: counts add up."""
    parts = list(parts)
    weights = [part.num_matched for part in parts]
    return _finish(
        _Counts(
            matched=_sum(weights),
            missed=_sum([part.num_missed for part in parts]),
            false=_sum([part.num_false for part in parts]),
            association=_weighted([part.association for part in parts], weights),
            association_recall=_weighted([part.association_recall for part in parts], weights),
            association_precision=_weighted(
                [part.association_precision for part in parts], weights
            ),
            overlap=_weighted([part.localisation for part in parts], weights),
        )
    )


def average_classes(parts: Sequence[Hota]) -> Hota:
    """Classes together, each weighing the same; counts add up.

    Raises:
        ValueError: There is no class.
    """
    if not parts:
        raise ValueError("there is no class to average over")
    summed = ("num_matched", "num_missed", "num_false")
    names = list(Hota.__dataclass_fields__)
    stacked = {name: np.stack([getattr(part, name) for part in parts]) for name in names}
    return Hota(
        **{
            name: values.sum(axis=0) if name in summed else values.mean(axis=0)
            for name, values in stacked.items()
        }
    )


def _sum(arrays: Sequence[np.ndarray]) -> np.ndarray:
    return np.sum(arrays, axis=0) if arrays else np.zeros(len(ALPHAS))


def _weighted(arrays: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> np.ndarray:
    return _sum([values * weight for values, weight in zip(arrays, weights, strict=True)])


def _finish(counts: _Counts) -> Hota:
    """The ratios of the counts; a ratio of nothing is 0, but localisation 1."""
    matched = counts.matched
    weight = np.maximum(1, matched)
    association = counts.association / weight
    detection = matched / np.maximum(1, matched + counts.missed + counts.false)
    detection_recall = matched / np.maximum(1, matched + counts.missed)
    return Hota(
        num_matched=matched,
        num_missed=counts.missed,
        num_false=counts.false,
        association=association,
        association_recall=counts.association_recall / weight,
        association_precision=counts.association_precision / weight,
        localisation=np.maximum(1e-10, counts.overlap) / np.maximum(1e-10, matched),
        detection=detection,
        detection_recall=detection_recall,
        detection_precision=matched / np.maximum(1, matched + counts.false),
        hota=np.sqrt(detection * association),
        owta=np.sqrt(detection_recall * association),
    )


def _count(frames: Sequence[TrackedFrame]) -> _Counts:
    true_rows = _positions(number for frame in frames for number in frame.true_ids)
    columns = _positions(number for frame in frames for number in frame.predicted_ids)
    rows_of = [np.array([true_rows[i] for i in frame.true_ids], dtype=int) for frame in frames]
    columns_of = [
        np.array([columns[i] for i in frame.predicted_ids], dtype=int) for frame in frames
    ]
    num_true = np.bincount(np.concatenate([*rows_of, []]).astype(int), minlength=len(true_rows))
    num_predicted = np.bincount(
        np.concatenate([*columns_of, []]).astype(int), minlength=len(columns)
    )
    potential = np.zeros((len(true_rows), len(columns)))
    for frame, rows, cols in zip(frames, rows_of, columns_of, strict=True):
        potential[np.ix_(rows, cols)] += _relative_similarity(frame.similarity)
    alignment = potential / (num_true[:, None] + num_predicted[None, :] - potential)
    counts = _Counts()
    matches = np.zeros((len(ALPHAS), *potential.shape))
    for frame, rows, cols in zip(frames, rows_of, columns_of, strict=True):
        weights = alignment[np.ix_(rows, cols)] * frame.similarity
        at_row, at_column = linear_sum_assignment(-weights)
        overlaps = frame.similarity[at_row, at_column]
        reaches = overlaps[None, :] >= ALPHAS[:, None] - _EPSILON
        num_matched = reaches.sum(axis=1)
        counts.matched[:] += num_matched
        counts.missed[:] += len(rows) - num_matched
        counts.false[:] += len(cols) - num_matched
        counts.overlap[:] += (reaches * overlaps[None, :]).sum(axis=1)
        matches[:, rows[at_row], cols[at_column]] += reaches
    _add_association(counts, matches, num_true, num_predicted)
    return counts


def _positions(ids: Iterable[int]) -> dict[int, int]:
    return {number: position for position, number in enumerate(sorted(set(ids)))}


def _relative_similarity(similarity: np.ndarray) -> np.ndarray:
    """Each overlap as a share of all overlaps of its row and column."""
    total = similarity.sum(axis=0)[None, :] + similarity.sum(axis=1)[:, None] - similarity
    return np.divide(similarity, total, out=np.zeros_like(similarity), where=total > _EPSILON)


def _add_association(
    counts: _Counts, matches: np.ndarray, num_true: np.ndarray, num_predicted: np.ndarray
) -> None:
    """Sum, over all matches, how well the two tracks of the match go together.

    Args:
        counts: Receives the sums.
        matches: (19, true tracks, predicted tracks), frames on which the pair matches.
        num_true: Frames of each true track.
        num_predicted: Frames of each predicted track.
    """
    true_frames, predicted_frames = num_true[None, :, None], num_predicted[None, None, :]
    union = np.maximum(1, true_frames + predicted_frames - matches)
    counts.association[:] += (matches * matches / union).sum(axis=(1, 2))
    counts.association_recall[:] += (matches**2 / np.maximum(1, true_frames)).sum(axis=(1, 2))
    counts.association_precision[:] += (matches**2 / np.maximum(1, predicted_frames)).sum(
        axis=(1, 2)
    )
