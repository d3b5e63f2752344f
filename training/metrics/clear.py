"""CLEAR measures (MOTA and its relatives) and identity measures (IDF1).

Defined by JonathonLuiten/TrackEval `trackeval/metrics/clear.py` and `identity.py`; sMOTA is what
MOTS calls sMOTSA.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy.optimize import linear_sum_assignment

from training.metrics.hota import TrackedFrame

MATCH_THRESHOLD = 0.5
_EPSILON = float(np.finfo(float).eps)
_CONTINUATION_BONUS = 1000.0
_IMPOSSIBLE = 1e10


@dataclass(frozen=True)
class Clear:
    """Counts of one class over one or more sequences; the measures follow from them."""

    num_matched: int = 0
    num_missed: int = 0
    num_false: int = 0
    num_switches: int = 0
    """A true track continues under another predicted track than where it was last matched."""
    num_fragments: int = 0
    """A true track is found again after it was lost."""
    num_mostly_tracked: int = 0
    """True tracks found in more than 80 % of their frames."""
    num_partly_tracked: int = 0
    num_mostly_lost: int = 0
    """True tracks found in less than 20 % of their frames."""
    num_frames: int = 0
    overlap_sum: float = 0.0
    """Of the matched pairs."""

    def __add__(self, other: "Clear") -> "Clear":
        """Both together."""
        values = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(Clear)}
        return Clear(**values)

    def as_numbers(self) -> dict[str, float]:
        """Counts and measures by the names that TrackEval gives them."""
        matched, missed, false = self.num_matched, self.num_missed, self.num_false
        num_true = max(1, matched + missed)
        num_tracks = max(
            1, self.num_mostly_tracked + self.num_partly_tracked + self.num_mostly_lost
        )
        soft_switches = math.log10(self.num_switches) if self.num_switches else 0.0
        return {
            "CLR_TP": matched,
            "CLR_FN": missed,
            "CLR_FP": false,
            "IDSW": self.num_switches,
            "MT": self.num_mostly_tracked,
            "PT": self.num_partly_tracked,
            "ML": self.num_mostly_lost,
            "Frag": self.num_fragments,
            "CLR_Frames": self.num_frames,
            "MOTP_sum": self.overlap_sum,
            "MTR": self.num_mostly_tracked / num_tracks,
            "PTR": self.num_partly_tracked / num_tracks,
            "MLR": self.num_mostly_lost / num_tracks,
            "CLR_Re": matched / num_true,
            "CLR_Pr": matched / max(1, matched + false),
            "CLR_F1": matched / max(1.0, matched + 0.5 * missed + 0.5 * false),
            "MODA": (matched - false) / num_true,
            "MOTA": (matched - false - self.num_switches) / num_true,
            "MOTAL": (matched - false - soft_switches) / num_true,
            "MOTP": self.overlap_sum / max(1, matched),
            "sMOTA": (self.overlap_sum - false - self.num_switches) / num_true,
            "FP_per_frame": false / max(1, self.num_frames),
        }


@dataclass(frozen=True)
class Identity:
    """Detections under the best assignment of whole predicted tracks to whole true ones."""

    num_matched: int = 0
    num_missed: int = 0
    num_false: int = 0

    def __add__(self, other: "Identity") -> "Identity":
        """Both together."""
        return Identity(
            self.num_matched + other.num_matched,
            self.num_missed + other.num_missed,
            self.num_false + other.num_false,
        )

    def as_numbers(self) -> dict[str, float]:
        """Counts and measures by the names that TrackEval gives them."""
        matched, missed, false = self.num_matched, self.num_missed, self.num_false
        return {
            "IDTP": matched,
            "IDFN": missed,
            "IDFP": false,
            "IDR": matched / max(1, matched + missed),
            "IDP": matched / max(1, matched + false),
            "IDF1": matched / max(1.0, matched + 0.5 * missed + 0.5 * false),
        }


def clear_of_sequence(frames: Sequence[TrackedFrame]) -> Clear:
    """CLEAR counts of one class in one sequence."""
    num_true = sum(len(frame.true_ids) for frame in frames)
    num_predicted = sum(len(frame.predicted_ids) for frame in frames)
    if num_true == 0 or num_predicted == 0:
        # frames of a sequence without one side are not counted, as in the reference
        lost = len({number for frame in frames for number in frame.true_ids})
        return Clear(num_missed=num_true, num_false=num_predicted, num_mostly_lost=lost)
    follower = _Follower()
    for frame in frames:
        follower.add(frame)
    return follower.result(num_true, num_predicted, len(frames))


class _Follower:
    """Follows which predicted track each true track was matched with, frame by frame."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}
        self._previous: dict[int, int] = {}  # matches of the frame before (with both sides present)
        self._num_frames: Counter[int] = Counter()
        self._num_matched: Counter[int] = Counter()
        self._num_starts: Counter[int] = Counter()
        self._num_switches = 0
        self._overlap_sum = 0.0

    def add(self, frame: TrackedFrame) -> None:
        """Match one frame, continuing the matches of the frame before where possible."""
        if len(frame.true_ids) == 0:
            return
        self._num_frames.update(frame.true_ids)
        if len(frame.predicted_ids) == 0:
            return
        matches = self._match(frame)
        self._num_matched.update(matches.keys())
        self._num_switches += sum(
            number in self._last and self._last[number] != predicted
            for number, predicted in matches.items()
        )
        self._num_starts.update(number for number in matches if number not in self._previous)
        self._last |= matches
        self._previous = matches

    def _match(self, frame: TrackedFrame) -> dict[int, int]:
        continues = np.array(
            [
                [self._previous.get(number) == predicted for predicted in frame.predicted_ids]
                for number in frame.true_ids
            ]
        )
        weights = _CONTINUATION_BONUS * continues + frame.similarity
        weights[frame.similarity < MATCH_THRESHOLD - _EPSILON] = 0
        rows, columns = linear_sum_assignment(-weights)
        is_match = weights[rows, columns] > _EPSILON
        rows, columns = rows[is_match], columns[is_match]
        self._overlap_sum += float(frame.similarity[rows, columns].sum())
        return {
            int(frame.true_ids[row]): int(frame.predicted_ids[column])
            for row, column in zip(rows, columns, strict=True)
        }

    def result(self, num_true: int, num_predicted: int, num_frames: int) -> Clear:
        """The counts of the frames added."""
        matched = self._num_matched.total()
        shares = [self._num_matched[n] / total for n, total in self._num_frames.items()]
        mostly = sum(share > 0.8 for share in shares)
        partly = sum(share >= 0.2 for share in shares) - mostly
        return Clear(
            num_matched=matched,
            num_missed=num_true - matched,
            num_false=num_predicted - matched,
            num_switches=self._num_switches,
            num_fragments=sum(count - 1 for count in self._num_starts.values()),
            num_mostly_tracked=mostly,
            num_partly_tracked=partly,
            num_mostly_lost=len(shares) - mostly - partly,
            num_frames=num_frames,
            overlap_sum=self._overlap_sum,
        )


def identity_of_sequence(frames: Sequence[TrackedFrame]) -> Identity:
    """Identity counts of one class in one sequence."""
    true_frames = Counter(number for frame in frames for number in frame.true_ids)
    predicted_frames = Counter(number for frame in frames for number in frame.predicted_ids)
    common: Counter[tuple[int, int]] = Counter()
    for frame in frames:
        for row, column in np.argwhere(frame.similarity >= MATCH_THRESHOLD):
            common[frame.true_ids[row], frame.predicted_ids[column]] += 1
    matched = _best_common(list(true_frames.items()), list(predicted_frames.items()), common)
    return Identity(matched, true_frames.total() - matched, predicted_frames.total() - matched)


def _best_common(
    true: Sequence[tuple[int, int]],
    predicted: Sequence[tuple[int, int]],
    common: Counter[tuple[int, int]],
) -> int:
    """Most detections that an assignment of tracks to tracks has in common."""
    if not true or not predicted:
        return 0
    table = np.array([[common[a, b] for b, _ in predicted] for a, _ in true])
    return int(table[linear_sum_assignment(-table)].sum())
