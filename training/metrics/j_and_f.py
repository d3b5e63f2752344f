"""Region similarity J and contour accuracy F: DAVIS 2017, semi-supervised and unsupervised.

Defined by davisvideochallenge/davis2017-evaluation (Perazzi et al., CVPR 2016). J is the IoU of
two masks; F the harmonic mean of precision and recall of their contours, within a tolerance.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from tarvis_core.annotation.mask import Mask

CONTOUR_TOLERANCE = 0.008
"""Of the frame's diagonal, rounded up to whole pixels."""
MAX_PROPOSALS = 20
"""Tracks that an unsupervised result may hold for one sequence."""
_NUM_DECAY_BINS = 4


class ScoredFrames(Enum):
    """Which frames of a sequence are scored."""

    ALL = "all"
    INNER = "inner"
    """Not the first, whose masks are given, and not the last: DAVIS's semi-supervised task."""
    AFTER_FIRST = "after first"


class ProposalMatch(Enum):
    """What decides which proposal is scored for which object, in the unsupervised task."""

    J_AND_F = "J and F"
    """DAVIS's own evaluation."""
    J = "J"
    """TrackEval's."""


class Region:
    """One mask with what its comparisons need, computed once however many masks it meets."""

    def __init__(self, pixels: np.ndarray) -> None:
        """Keep the mask.

        Args:
            pixels: (H, W) bool.
        """
        self.pixels = pixels

    @cached_property
    def contour(self) -> np.ndarray:
        """(H, W) bool: see `contour_of`."""
        return contour_of(self.pixels)

    @cached_property
    def contour_length(self) -> int:
        """Number of the contour's pixels."""
        return int(np.count_nonzero(self.contour))

    @cached_property
    def near_contour(self) -> np.ndarray:
        """(H, W) bool: pixels within the tolerance of the contour."""
        height, width = self.pixels.shape
        radius = math.ceil(CONTOUR_TOLERANCE * float(np.linalg.norm(self.pixels.shape)))
        near = np.zeros((height, width), dtype=bool)
        rows, columns = np.nonzero(self.contour)
        if rows.size:
            part = (
                slice(max(0, rows.min() - radius), rows.max() + radius + 1),
                slice(max(0, columns.min() - radius), columns.max() + radius + 1),
            )
            near[part] = cv2.dilate(self.contour[part].astype(np.uint8), _disk(radius)) != 0
        return near


def region_similarity(predicted: Region, true: Region) -> float:
    """J: intersection over union; 1 if both masks are empty."""
    union = int(np.count_nonzero(predicted.pixels | true.pixels))
    shared = int(np.count_nonzero(predicted.pixels & true.pixels))
    return 1.0 if union == 0 else shared / union


def contour_accuracy(predicted: Region, true: Region) -> float:
    """F: how much of each mask's contour lies near the other's; 1 if neither has a contour."""
    if predicted.contour_length == 0 or true.contour_length == 0:
        return 1.0 if predicted.contour_length == true.contour_length else 0.0
    num_right = int(np.count_nonzero(predicted.contour & true.near_contour))
    num_found = int(np.count_nonzero(true.contour & predicted.near_contour))
    precision, recall = num_right / predicted.contour_length, num_found / true.contour_length
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def contour_of(mask: np.ndarray) -> np.ndarray:
    """Pixels that differ from the neighbour to the right, below, or right below; (H, W) bool."""
    right, below, corner = mask.copy(), mask.copy(), mask.copy()
    right[:, :-1] = mask[:, 1:]
    below[:-1, :] = mask[1:, :]
    corner[:-1, :-1] = mask[1:, 1:]
    # on the last row and column only the neighbour along the border is compared
    return (mask ^ right) | (mask ^ below) | (mask ^ corner)


def _disk(radius: int) -> np.ndarray:
    offsets = np.arange(-radius, radius + 1)
    return (offsets[:, None] ** 2 + offsets[None, :] ** 2 <= radius**2).astype(np.uint8)


@dataclass(frozen=True)
class ObjectScore:
    """J and F of one object on each scored frame."""

    name: str
    j: np.ndarray
    """Shape (T,)."""
    f: np.ndarray
    """Shape (T,)."""


@dataclass(frozen=True)
class Statistics:
    """What is reported of one measure; fractions."""

    mean: float
    recall: float
    """Share of frames above one half."""
    decay: float
    """Mean of the first quarter of the frames minus that of the last."""

    @classmethod
    def of_frames(cls, values: np.ndarray, *, margin: float = 0.0) -> "Statistics":
        """The statistics of one object.

        Args:
            values: Shape (T,), at least one frame.
            margin: Frames must exceed one half by more than this to count for recall.
        """
        quarter_ends = np.round(np.linspace(1, len(values), _NUM_DECAY_BINS + 1) + 1e-10) - 1
        ends = quarter_ends.astype(np.int64)
        first, last = values[ends[0] : ends[1] + 1], values[ends[-2] : ends[-1] + 1]
        return cls(
            mean=float(values.mean()),
            recall=float((values > 0.5 + margin).mean()),
            decay=float(first.mean() - last.mean()),
        )

    @classmethod
    def mean_of(cls, parts: Sequence["Statistics"]) -> "Statistics":
        """Mean over objects; not a number throughout if there are none."""
        if not parts:
            return cls(math.nan, math.nan, math.nan)
        return cls(
            mean=sum(part.mean for part in parts) / len(parts),
            recall=sum(part.recall for part in parts) / len(parts),
            decay=sum(part.decay for part in parts) / len(parts),
        )


@dataclass(frozen=True)
class JAndFResult:
    """The numbers of all objects together; each object weighs the same."""

    j_and_f: float
    j: Statistics
    f: Statistics
    objects: tuple[ObjectScore, ...]


class JAndF:
    """Collects sequences; keeps J and F of each object and frame."""

    def __init__(self, *, recall_margin: float = 0.0) -> None:
        """Start without sequences.

        Args:
            recall_margin: See `Statistics.of_frames`.
        """
        self._objects: list[ObjectScore] = []
        self._recall_margin = recall_margin

    def add_sequence(
        self,
        name: str,
        frames: Iterable[tuple[Mapping[int, Mask], Mapping[int, Mask]]],
        objects: Sequence[int],
        scored: ScoredFrames = ScoredFrames.INNER,
    ) -> None:
        """Score given objects by their ids.

        Args:
            name: The sequence's name; objects are called NAME_1, NAME_2, …
            frames: (true, predicted) masks by object for each frame; an absent object has no
                entry. Masks of other ids take no part.
            objects: Ids to score.
            scored: Which frames count.

        Raises:
            ValueError: No frame is left to be scored.
        """
        values = [
            [_scores_of_pair(true.get(number), predicted.get(number)) for number in objects]
            for true, predicted in _chosen(frames, scored)
        ]
        if not values:
            raise ValueError(f"sequence {name!r} has no frame to score")
        table = np.array(values, dtype=float).reshape(len(values), len(objects), 2)
        self._objects += [
            ObjectScore(f"{name}_{i + 1}", table[:, i, 0], table[:, i, 1])
            for i in range(len(objects))
        ]

    def add_proposals(
        self,
        name: str,
        frames: Sequence[tuple[Mapping[int, Mask], Mapping[int, Mask], Mask | None]],
        tracks: tuple[Sequence[int], Sequence[int]],
        match_by: ProposalMatch = ProposalMatch.J_AND_F,
    ) -> None:
        """Score the best assignment of predicted tracks to objects (the unsupervised task).

        Args:
            name: The sequence's name; objects are numbered in the order of their proposals.
            frames: (true, predicted, void) for each frame; all of them count.
            tracks: Ids of the objects and ids of the proposals.
            match_by: What the assignment maximises.

        Raises:
            ValueError: There are more proposals than are allowed, or no frames.
        """
        objects, proposals = tracks
        is_over = match_by is ProposalMatch.J_AND_F and len(proposals) > MAX_PROPOSALS
        if is_over or not frames:
            raise ValueError(
                f"sequence {name!r} has {len(frames)} frames and {len(proposals)} proposals, "
                f"of which {MAX_PROPOSALS} are allowed"
            )
        padded = [*proposals, *[None] * (len(objects) - len(proposals))]
        table = _proposal_scores(frames, objects, padded)
        weights = table.mean(axis=2)
        quality = weights[..., 0] if match_by is ProposalMatch.J else weights.mean(axis=2)
        rows, columns = linear_sum_assignment(-quality)
        self._objects += [
            ObjectScore(f"{name}_{i + 1}", table[row, column, :, 0], table[row, column, :, 1])
            for i, (row, column) in enumerate(zip(rows, columns, strict=True))
        ]

    def result(self) -> JAndFResult:
        """The numbers of all sequences added so far."""
        margin = self._recall_margin
        j = Statistics.mean_of([Statistics.of_frames(o.j, margin=margin) for o in self._objects])
        f = Statistics.mean_of([Statistics.of_frames(o.f, margin=margin) for o in self._objects])
        return JAndFResult((j.mean + f.mean) / 2, j, f, tuple(self._objects))


def _chosen(
    frames: Iterable[tuple[Mapping[int, Mask], Mapping[int, Mask]]], scored: ScoredFrames
) -> Iterable[tuple[Mapping[int, Mask], Mapping[int, Mask]]]:
    """The frames that count; one frame is held back to know which is the last."""
    held = None
    for index, frame in enumerate(frames):
        if held is not None:
            yield held
        held = None if index == 0 and scored is not ScoredFrames.ALL else frame
    if held is not None and scored is not ScoredFrames.INNER:
        yield held


def _region(mask: Mask | None, size: tuple[int, int], void: Mask | None = None) -> Region:
    """The mask as a region of a frame of `size`; an absent mask is empty."""
    if mask is None:
        return Region(np.zeros(size, dtype=bool))
    return Region((mask if void is None else mask.difference(void)).to_array())


def _scores_of_pair(true: Mask | None, predicted: Mask | None) -> tuple[float, float]:
    present = predicted if true is None else true
    if present is None:
        return 1.0, 1.0
    size = present.size
    regions = _region(predicted, size), _region(true, size)
    return region_similarity(*regions), contour_accuracy(*regions)


def _proposal_scores(
    frames: Sequence[tuple[Mapping[int, Mask], Mapping[int, Mask], Mask | None]],
    objects: Sequence[int],
    proposals: Sequence[int | None],
) -> np.ndarray:
    """J and F of every proposal with every object on every frame, (P, N, T, 2)."""
    table = np.ones((len(proposals), len(objects), len(frames), 2))
    for t, (true, predicted, void) in enumerate(frames):
        present = [*true.values(), *predicted.values()]
        if not present:
            continue
        size = present[0].size
        columns = [_region(true.get(number), size, void) for number in objects]
        for row, proposal in enumerate(proposals):
            mask = None if proposal is None else predicted.get(proposal)
            region = _region(mask, size, void)
            table[row, :, t] = [
                (region_similarity(region, column), contour_accuracy(region, column))
                for column in columns
            ]
    return table
