"""Average precision of tracks: YouTube-VIS and OVIS.

Defined by the evaluators of these data sets (youtubevos/cocoapi `ytvoseval.py`; qjy981010/cocoapi
`oviseval.py`): a track is found if its overlap with a true track, summed over the video, reaches a
threshold. Videos are added one by one; what is kept of a video are scores and matches.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tarvis_core.annotation.target import CategoryId
from training.metrics.average_precision import (
    Matches,
    PrecisionCurves,
    TrueTracks,
    match_greedily,
    precision_curves,
)
from training.metrics.mask_overlap import CodedMask, intersection_areas, mask_areas

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
MAX_PREDICTIONS = (1, 10, 100)
"""Predictions of a category that count in one video, for AR1, AR10 and everything else."""
AREA_RANGES = {
    "all": (0.0, 1e10),
    "small": (0.0, 128.0**2),
    "medium": (128.0**2, 256.0**2),
    "large": (256.0**2, 1e10),
}
"""Mean areas in pixels, both ends inclusive."""
OCCLUSION_RANGES = {"slight": (0.0, 0.25), "moderate": (0.25, 0.5), "heavy": (0.5, 1.0)}
"""OVIS only: occlusion scores of true tracks, both ends inclusive."""


@dataclass(frozen=True)
class TrueTrack:
    """A track that is to be found."""

    category: CategoryId
    masks: Mapping[int, CodedMask]
    """By frame; frames without an entry have no mask."""
    is_crowd: bool = False
    mean_area: float | None = None
    """Mean pixels per frame in which it is seen; None: computed from the masks."""
    occlusion: float | None = None
    """OVIS: see `occlusion_score`."""
    counts_as_match: bool = True
    """False for the annotation with id 0, which the evaluators take for "no match"."""
    num_frames: int | None = None
    """Frames that its list covers, if it is a list: two tracks are compared up to the shorter."""


@dataclass(frozen=True)
class PredictedTrack:
    """A track that was predicted. One track may be given several times with different classes."""

    category: CategoryId
    score: float
    masks: Mapping[int, CodedMask]
    num_frames: int | None = None
    """As for a true track."""


@dataclass(frozen=True)
class TrackApResult:
    """Fractions 0…1; -1 where there was nothing to find."""

    summary: Mapping[str, float]
    """AP, AP50, AP75, AR1, AR10, AR100; APs, APm, APl and ARs, ARm, ARl by area of the track; for
    OVIS also APso, APmo, APho and ARso, ARmo, ARho by occlusion."""
    ap_per_iou: Mapping[str, float]
    """By threshold, "0.50" … "0.95"."""
    ap_per_category: Mapping[CategoryId, float]


@dataclass
class TrackAp:
    """Collects videos; `result` gives the numbers of all of them together."""

    categories: Sequence[CategoryId]
    with_occlusion: bool = False
    """Whether OVIS's numbers by occlusion are wanted; every true track then needs its score."""
    _matches: dict[tuple[str, CategoryId], list[Matches]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add_video(self, true: Sequence[TrueTrack], predicted: Sequence[PredictedTrack]) -> None:
        """Match the tracks of one video.

        Args:
            true: In the order of the ground truth, which decides between equal overlaps.
            predicted: In the order of the results, which decides between equal scores.
        """
        for category in self.categories:
            own_true = [track for track in true if track.category == category]
            own_predicted = [track for track in predicted if track.category == category]
            if own_true or own_predicted:
                self._add_category(category, own_true, own_predicted)

    def _add_category(
        self, category: CategoryId, true: list[TrueTrack], predicted: list[PredictedTrack]
    ) -> None:
        ranked = sorted(predicted, key=lambda track: -track.score)[: MAX_PREDICTIONS[-1]]
        ious = track_ious(ranked, true)
        areas = np.array([mean_area(track.masks) for track in ranked])
        scores = np.array([track.score for track in ranked], dtype=float)
        for name, is_wanted, is_in_range in self._ranges(true, areas):
            tracks = TrueTracks(
                is_ignored=~is_wanted,
                is_crowd=np.array([track.is_crowd for track in true], dtype=bool),
                counts_as_match=np.array([track.counts_as_match for track in true], dtype=bool),
            )
            is_matched, is_ignored = match_greedily(ious, tracks, IOU_THRESHOLDS)
            is_ignored |= ~is_matched & ~is_in_range
            found = Matches(scores, is_matched, is_ignored, int(is_wanted.sum()))
            self._matches[name, category].append(found)

    def _ranges(
        self, true: list[TrueTrack], areas: np.ndarray
    ) -> list[tuple[str, np.ndarray, np.ndarray]]:
        """Each range of tracks: its name, which true tracks lie in it, which predictions."""
        is_real = np.array([not track.is_crowd for track in true], dtype=bool)
        true_areas = np.array([_area_of(track) for track in true])
        ranges = [
            (name, is_real & _is_within(true_areas, limits), _is_within(areas, limits))
            for name, limits in AREA_RANGES.items()
        ]
        if self.with_occlusion:
            occlusion = np.array([_occlusion_of(track) for track in true])
            everywhere = np.ones(len(areas), dtype=bool)
            ranges += [
                (name, is_real & _is_within(occlusion, limits), everywhere)
                for name, limits in OCCLUSION_RANGES.items()
            ]
        return ranges

    def result(self) -> TrackApResult:
        """The numbers of all videos added so far."""
        full = self._curves("all", MAX_PREDICTIONS[-1])
        letters = {"s": "small", "m": "medium", "l": "large"}
        if self.with_occlusion:
            letters |= {"so": "slight", "mo": "moderate", "ho": "heavy"}
        parts = {
            letter: list(self._curves(name, MAX_PREDICTIONS[-1]).values())
            for letter, name in letters.items()
        }
        summary = {"AP": _precision(list(full.values()))}
        summary |= {
            f"AP{percent}": _precision_at(list(full.values()), percent / 100)
            for percent in (50, 75)
        }
        summary |= {f"AP{letter}": _precision(curves) for letter, curves in parts.items()}
        summary |= {
            f"AR{n}": _recall(list(self._curves("all", n).values())) for n in MAX_PREDICTIONS
        }
        summary |= {f"AR{letter}": _recall(curves) for letter, curves in parts.items()}
        return TrackApResult(
            summary=summary,
            ap_per_iou={f"{t:.2f}": _precision_at(list(full.values()), t) for t in IOU_THRESHOLDS},
            ap_per_category={name: _precision([curves]) for name, curves in full.items()},
        )

    def _curves(self, range_name: str, count: int) -> dict[CategoryId, PrecisionCurves | None]:
        """The curves of each category, only the `count` best predictions of each video taken."""
        return {
            category: precision_curves(
                [found.first(count) for found in self._matches[range_name, category]]
            )
            for category in self.categories
        }


def track_ious(predicted: Sequence[PredictedTrack], true: Sequence[TrueTrack]) -> np.ndarray:
    """Overlap of tracks: shared pixels of all frames over covered pixels of all frames.

    Returns:
        Shape (D, N); 0 where neither track has a pixel.
    """
    row_ends, column_ends = _ends(predicted), _ends(true)
    shared = np.zeros((len(predicted), len(true)), dtype=np.int64)
    total = np.zeros_like(shared)
    tracks: list[TrueTrack | PredictedTrack] = [*predicted, *true]
    for frame in sorted({frame for track in tracks for frame in track.masks}):
        rows = [i for i, track in enumerate(predicted) if frame in track.masks]
        columns = [j for j, track in enumerate(true) if frame in track.masks]
        row_masks = [predicted[i].masks[frame] for i in rows]
        column_masks = [true[j].masks[frame] for j in columns]
        is_compared = (frame < row_ends)[:, None] & (frame < column_ends)[None, :]
        pairs = np.ix_(rows, columns)
        shared[pairs] += intersection_areas(row_masks, column_masks) * is_compared[pairs]
        total[rows, :] += mask_areas(row_masks)[:, None] * is_compared[rows, :]
        total[:, columns] += mask_areas(column_masks)[None, :] * is_compared[:, columns]
    return shared / np.maximum(total - shared, 1)


def _ends(tracks: Sequence[TrueTrack | PredictedTrack]) -> np.ndarray:
    return np.array(
        [math.inf if track.num_frames is None else track.num_frames for track in tracks]
    )


def mean_area(masks: Mapping[int, CodedMask]) -> float:
    """Mean pixels of the masks that have any; 0 if none has."""
    areas = mask_areas(list(masks.values()))
    return float(areas[areas > 0].mean()) if (areas > 0).any() else 0.0


def occlusion_score(levels: Sequence[float]) -> float:
    """How much a track is hidden: the mean of the worse half of its frames, rounded up.

    Args:
        levels: One number per annotated frame: 0 not hidden, 0.25 slightly, 0.75 severely.
    """
    if not levels:
        return 0.0
    worst = sorted(levels)[-math.ceil(len(levels) / 2) :]
    return sum(worst) / len(worst)


def _area_of(track: TrueTrack) -> float:
    return mean_area(track.masks) if track.mean_area is None else track.mean_area


def _occlusion_of(track: TrueTrack) -> float:
    if track.occlusion is None:
        raise ValueError("a true track has no occlusion score, which OVIS's numbers need")
    return track.occlusion


def _is_within(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    return np.asarray((values >= limits[0]) & (values <= limits[1]), dtype=bool)


def _precision(curves: Sequence[PrecisionCurves | None]) -> float:
    values = [part.precision for part in curves if part is not None]
    return float(np.mean(values)) if values else -1.0


def _precision_at(curves: Sequence[PrecisionCurves | None], threshold: float) -> float:
    row = int(np.argmin(np.abs(IOU_THRESHOLDS - threshold)))
    values = [part.precision[row] for part in curves if part is not None]
    return float(np.mean(values)) if values else -1.0


def _recall(curves: Sequence[PrecisionCurves | None]) -> float:
    values = [part.recall for part in curves if part is not None]
    return float(np.mean(values)) if values else -1.0
