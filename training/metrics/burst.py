"""BURST's tasks: HOTA, OWTA and AP, averaged over its common and uncommon classes.

Defined by Ali2500/BURST-benchmark `burstapi/eval/run.py` and the copy of TrackEval in it.
Exemplar-guided and class-guided scores are means over classes; the open world is one class.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from tarvis_core.annotation.target import CategoryId
from training.metrics.average_precision import (
    Matches,
    TrueTracks,
    match_greedily,
    precision_curves,
)
from training.metrics.detections import (
    OverlapOf,
    tracked_frame,
    unmatched_predictions,
    without_predictions,
)
from training.metrics.hota import (
    Hota,
    TrackedFrame,
    average_classes,
    combine_sequences,
    hota_of_sequence,
)
from training.metrics.mask_overlap import CodedMask
from training.metrics.track_ap import PredictedTrack, TrueTrack, track_ious

DISTRACTORS = frozenset(
    {20, 63, 108, 180, 188, 204, 212, 247, 303, 403, 407, 415, 490, 504, 507, 513, 529, 567, 569}
    | {588, 672, 691, 702, 708, 711, 720, 736, 737, 798, 813, 815, 827, 831, 851, 877, 883, 912}
    | {971, 976, 1130, 1133, 1134, 1169, 1184, 1220}
)
"""TAO's classes that are left out of every score."""
COMMON_CLASSES = frozenset(
    {4, 13, 34, 35, 36, 41, 45, 58, 60, 78, 79, 81, 91, 95, 99, 118, 126, 133, 139, 154, 174, 185}
    | {211, 221, 229, 235, 237, 276, 299, 347, 371, 382, 392, 428, 429, 452, 475, 480, 502, 544}
    | {579, 621, 625, 642, 699, 714, 717, 729, 747, 779, 805, 829, 852, 896, 926, 937, 961, 979}
    | {980, 982, 993, 1001, 1018, 1038, 1057, 1091, 1097, 1099, 1115, 1117, 1122, 1132, 1135, 1144}
    | {1155, 1162, 1215, 1229}
)
"""TAO's classes that correspond to COCO's; all others are uncommon."""
MERGED_CLASSES = {504: 347, 720: 347, 912: 529, 967: 529, 207: 554, 153: 943, 201: 1175}
"""TAO's classes that count as another one."""
MAX_DETECTIONS = 300
"""Detections of a frame that count."""
AP_THRESHOLDS = np.arange(0.5, 0.96, 0.05)
_EPSILON = float(np.finfo(float).eps)
_OPEN_WORLD_CLASS = 1


class BurstTask(Enum):
    """What was given to whoever made the predictions."""

    EXEMPLAR_GUIDED = "exemplar_guided"
    CLASS_GUIDED = "class_guided"
    OPEN_WORLD = "open_world"


@dataclass(frozen=True)
class BurstTruth:
    """The annotated frames of one sequence."""

    name: str
    """Split, data set and sequence, joined by `-`; sequences are ranked in this order."""
    frames: Sequence[Mapping[int, CodedMask]]
    """Masks by track for each annotated frame."""
    categories: Mapping[int, int]
    """Class of each track."""
    negative: Set[int] = frozenset()
    """Classes that are surely not in the sequence."""
    not_exhaustive: Set[int] = frozenset()
    """Classes of which only some objects are annotated."""


@dataclass(frozen=True)
class BurstDetection:
    """One predicted mask."""

    track: int
    category: int
    mask: CodedMask
    score: float = 1.0


@dataclass(frozen=True)
class ClassScores:
    """The scores of one class, or of classes together; fractions."""

    hota: Hota
    ap: float | None
    """None in the open world, where it is not defined."""


@dataclass(frozen=True)
class BurstResult:
    """Scores by class, and the means that are published."""

    classes: Mapping[int, ClassScores]
    """Every class with a true track that is no distractor; the open world is class 1."""

    def mean(self, part: str = "all") -> ClassScores | None:
        """Mean over the classes of one column; None if it has no class.

        Args:
            part: "all", "common" or "uncommon".
        """
        chosen = [
            scores
            for category, scores in sorted(self.classes.items())
            if part == "all" or (part == "common") == (category in COMMON_CLASSES)
        ]
        if not chosen:
            return None
        return ClassScores(average_classes([s.hota for s in chosen]), _mean_ap(chosen))

    def pooled(self) -> ClassScores | None:
        """All classes together, each detection weighing the same; None if there is no class."""
        if not self.classes:
            return None
        scores = list(self.classes.values())
        return ClassScores(combine_sequences([s.hota for s in scores]), _mean_ap(scores))


def _mean_ap(scores: Sequence[ClassScores]) -> float | None:
    values = [part.ap for part in scores if part.ap is not None]
    return float(np.mean(values)) if values else None


@dataclass
class BurstEvaluation:
    """Collects sequences; what is kept of a sequence are counts and matches."""

    task: BurstTask
    overlap_of: OverlapOf = OverlapOf.BOXES
    """What HOTA compares. Published numbers compare the boxes of the masks (the evaluator hands
    boxes to the function that should compare masks); AP always compares masks."""
    _hota: dict[int, list[Hota]] = field(default_factory=lambda: defaultdict(list))
    _matches: dict[int, list[tuple[str, Matches]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _seen: set[int] = field(default_factory=set)

    def add_sequence(
        self, truth: BurstTruth, predicted: Sequence[Sequence[BurstDetection]]
    ) -> None:
        """Score one sequence.

        Args:
            truth: What is annotated.
            predicted: The detections on each annotated frame, in the order of the results.

        Raises:
            ValueError: The numbers of frames differ, or a track has two masks on a frame.
        """
        if len(predicted) != len(truth.frames):
            raise ValueError(f"{len(predicted)} frames for {len(truth.frames)} annotated ones")
        is_open = self.task is BurstTask.OPEN_WORLD
        truth = _evaluated(truth, is_open=is_open)
        detections = [_limited(frame, is_open=is_open) for frame in predicted]
        classes = set(truth.categories.values())
        self._seen |= classes
        classes |= {detection.category for frame in detections for detection in frame}
        for category in classes:
            self._hota[category].append(self._hota_of(category, truth, detections))
            if not is_open:
                matches = _match_tracks(category, truth, detections)
                if matches is not None:
                    self._matches[category].append((truth.name, matches))

    def _hota_of(
        self, category: int, truth: BurstTruth, detections: Sequence[Sequence[BurstDetection]]
    ) -> Hota:
        frames = []
        for true, predicted in zip(truth.frames, detections, strict=True):
            if not true:  # a frame without any true object is no frame for the reference
                continue
            frame = tracked_frame(
                {
                    track: mask
                    for track, mask in true.items()
                    if truth.categories[track] == category
                },
                _by_track([part for part in predicted if part.category == category]),
                self.overlap_of,
            )
            if self.task is not BurstTask.EXEMPLAR_GUIDED:
                frame = _without_unknown(frame, category, truth)
            frames.append(frame)
        return hota_of_sequence(frames)

    def result(self) -> BurstResult:
        """The scores of all sequences added so far."""
        classes = {}
        for category in sorted(self._seen - DISTRACTORS):
            ranked = [matches for _, matches in sorted(self._matches[category], key=lambda m: m[0])]
            curves = precision_curves(ranked)
            ap = None if curves is None else float(curves.precision.mean())
            classes[category] = ClassScores(combine_sequences(self._hota[category]), ap)
        return BurstResult(classes)


def _evaluated(truth: BurstTruth, *, is_open: bool) -> BurstTruth:
    """The truth without distractors, merged classes renamed."""
    categories = {
        track: _OPEN_WORLD_CLASS if is_open else MERGED_CLASSES.get(category, category)
        for track, category in truth.categories.items()
        if category not in DISTRACTORS
    }
    frames = [
        {track: mask for track, mask in frame.items() if track in categories}
        for frame in truth.frames
    ]
    present = {track for frame in frames for track in frame}
    return BurstTruth(
        truth.name,
        frames,
        {track: category for track, category in categories.items() if track in present},
        truth.negative,
        truth.not_exhaustive,
    )


def _limited(detections: Sequence[BurstDetection], *, is_open: bool) -> list[BurstDetection]:
    """The best detections of a frame, classes merged as in the truth."""
    kept = list(detections)
    if len(kept) > MAX_DETECTIONS:
        kept = sorted(kept, key=lambda detection: -detection.score)[:MAX_DETECTIONS]
    return [
        BurstDetection(
            detection.track,
            _OPEN_WORLD_CLASS
            if is_open
            else MERGED_CLASSES.get(detection.category, detection.category),
            detection.mask,
            detection.score,
        )
        for detection in kept
    ]


def _by_track(detections: Sequence[BurstDetection]) -> dict[int, CodedMask]:
    masks: dict[int, CodedMask] = {}
    for detection in detections:
        if detection.track in masks:
            raise ValueError(f"track {detection.track} has two masks on a frame")
        masks[detection.track] = detection.mask
    return masks


def _without_unknown(frame: TrackedFrame, category: int, truth: BurstTruth) -> TrackedFrame:
    """The frame less unmatched detections that nobody can call wrong.

    In the open world the reference looks its one class up in the sequence's lists as if it were
    TAO's class 1; so it is here.
    """
    is_unknown = not frame.true_ids and category not in truth.negative
    if not is_unknown and category not in truth.not_exhaustive:
        return frame
    return without_predictions(frame, unmatched_predictions(frame.similarity, 0.0).tolist())


def _match_tracks(
    category: int, truth: BurstTruth, detections: Sequence[Sequence[BurstDetection]]
) -> Matches | None:
    """The matches of whole tracks of one class; None if there is no track of it."""
    true = _true_tracks(category, truth)
    predicted = []
    if category in set(truth.categories.values()) | set(truth.negative):
        predicted = _predicted_tracks(category, detections)
    if not true and not predicted:
        return None
    ranked = sorted(predicted, key=lambda track: -track.score)
    nobody = np.zeros(len(true), dtype=bool)
    is_matched, is_ignored = match_greedily(
        track_ious(ranked, true),
        TrueTracks(is_ignored=nobody, is_crowd=nobody, counts_as_match=~nobody),
        AP_THRESHOLDS,
        tolerance=_EPSILON,
    )
    if category in truth.not_exhaustive:
        is_ignored |= ~is_matched
    return Matches(np.array([track.score for track in ranked]), is_matched, is_ignored, len(true))


def _true_tracks(category: int, truth: BurstTruth) -> list[TrueTrack]:
    masks: dict[int, dict[int, CodedMask]] = {}
    for index, frame in enumerate(truth.frames):
        for track, mask in frame.items():
            if truth.categories[track] == category:
                masks.setdefault(track, {})[index] = mask
    return [TrueTrack(CategoryId(category), by_frame) for by_frame in masks.values()]


def _predicted_tracks(
    category: int, detections: Sequence[Sequence[BurstDetection]]
) -> list[PredictedTrack]:
    """Tracks whose first detection has this class; a track's score is the mean of its frames."""
    tracks: dict[int, dict[int, BurstDetection]] = {}
    for index, frame in enumerate(detections):
        for detection in frame:
            tracks.setdefault(detection.track, {})[index] = detection
    return [
        PredictedTrack(
            CategoryId(category),
            float(np.mean([detection.score for detection in by_frame.values()])),
            {index: detection.mask for index, detection in by_frame.items()},
        )
        for by_frame in tracks.values()
        if next(iter(by_frame.values())).category == category
    ]
