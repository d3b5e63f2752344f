"""What is known of every frame of every target, as codes that are binned to pixels at once."""

from collections.abc import Iterable, Sequence
from enum import IntEnum

import numpy as np

from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState, FrameSummary


class StripCode(IntEnum):
    """What one frame of one target is; where several share a pixel the highest shows."""

    NOTHING = 0
    ABSENT = 1
    SURE = 2
    """Predicted, and both clips agree."""
    LIKELY = 3
    DOUBTFUL = 4
    UNSURE = 5
    VERIFIED = 6
    KEYFRAME = 7


DOUBT_LIMITS = (0.15, 0.35, 0.6)
"""Doubt from which a predicted mask is likely, doubtful, unsure."""


def doubt_of(summary: FrameSummary) -> float:
    """How far a predicted mask is to be mistrusted, 0…1: disagreement of clips, or low score."""
    disagreement = summary.disagreement or 0.0
    return float(max(disagreement, 1.0 - summary.score))


def strip_code(summary: FrameSummary | None) -> StripCode:
    """The code of one frame."""
    if summary is None:
        return StripCode.NOTHING
    if summary.state is FrameState.KEYFRAME:
        return StripCode.KEYFRAME
    if summary.state is FrameState.VERIFIED:
        return StripCode.VERIFIED
    if summary.is_empty:
        return StripCode.ABSENT
    level = sum(doubt_of(summary) >= limit for limit in DOUBT_LIMITS)
    return StripCode(StripCode.SURE + level)


class TrackStrips:
    """Codes and doubts of all targets, kept in step with the project change by change."""

    def __init__(self) -> None:
        self._num_frames = 0
        self._codes: dict[TargetId, np.ndarray] = {}
        self._doubts: dict[TargetId, np.ndarray] = {}

    def read(self, project: Project | None) -> None:
        """Start over with a project."""
        self._codes, self._doubts = {}, {}
        self._num_frames = 0 if project is None else project.video.num_frames
        if project is None:
            return
        for target, track in project.masks.tracks.items():
            for frame, summary in track.summaries.items():
                self._put(target, frame, summary)

    def follow(self, changes: Iterable[MaskChange]) -> None:
        """Take in changes of masks."""
        for change in changes:
            summary = None if change.after is None else change.after.summary()
            self._put(change.target, change.frame, summary)

    def _put(self, target: TargetId, frame: int, summary: FrameSummary | None) -> None:
        if not 0 <= frame < self._num_frames:
            return
        codes = self._codes.get(target)
        if codes is None:
            codes = self._codes[target] = np.zeros(self._num_frames, dtype=np.uint8)
            self._doubts[target] = np.zeros(self._num_frames, dtype=np.float32)
        codes[frame] = strip_code(summary)
        is_predicted = summary is not None and not summary.state.is_law
        self._doubts[target][frame] = doubt_of(summary) if summary and is_predicted else 0.0

    def codes(self, target: TargetId) -> np.ndarray | None:
        """Code of each frame, (num_frames,) uint8; None where nothing is known of the target."""
        return self._codes.get(target)

    def binned_codes(
        self, targets: Sequence[TargetId], first: float, last: float, width: int
    ) -> np.ndarray:
        """Codes per pixel.

        Args:
            targets: One row each.
            first: Frame at the left edge (fractions allowed).
            last: Frame at the right edge, exclusive.
            width: Number of pixels.

        Returns:
            (num_targets, width) uint8; the highest code of the frames that share a pixel.
        """
        rows = np.zeros((len(targets), width), dtype=np.uint8)
        if self._num_frames == 0 or width == 0:
            return rows
        for row, target in enumerate(targets):
            codes = self._codes.get(target)
            if codes is not None:
                rows[row] = binned_max(codes, first, last, width)
        return rows

    def binned_doubt(
        self, targets: Sequence[TargetId], first: float, last: float, width: int
    ) -> np.ndarray:
        """The largest doubt about any of the targets per pixel, (width,) float32, 0…1."""
        doubts = [self._doubts[target] for target in targets if target in self._doubts]
        if not doubts or width == 0:
            return np.zeros(width, dtype=np.float32)
        rows = [binned_max(doubt, first, last, width) for doubt in doubts]
        return np.maximum.reduce(rows)

    def edges(self, target: TargetId, code: StripCode, first: int, last: int) -> np.ndarray:
        """Frames from `first` to `last` inclusive that have this code, in order."""
        codes = self._codes.get(target)
        if codes is None:
            return np.zeros(0, dtype=np.int64)
        first = max(0, first)
        return np.flatnonzero(codes[first : last + 1] == code) + first


def binned_max(values: np.ndarray, first: float, last: float, width: int) -> np.ndarray:
    """The largest value of the frames under each pixel.

    Args:
        values: One value per frame, (num_frames,).
        first: Frame at the left edge; frames outside the video count as 0.
        last: Frame at the right edge, exclusive.
        width: Number of pixels.

    Returns:
        (width,) of the type of `values`.
    """
    edges = np.linspace(first, last, width + 1)
    starts = np.floor(edges[:-1]).astype(np.int64)
    stops = np.maximum(np.ceil(edges[1:] - 1e-9).astype(np.int64), starts + 1)
    inside = (stops > 0) & (starts < values.size)
    starts, stops = starts.clip(0, values.size - 1), stops.clip(1, values.size)
    if (last - first) <= width:  # each frame is at least a pixel wide
        centres = np.floor((edges[:-1] + edges[1:]) / 2).astype(np.int64)
        inside = (centres >= 0) & (centres < values.size)
        binned = values[centres.clip(0, values.size - 1)]
    else:
        indices = np.stack([starts, np.minimum(stops, values.size - 1)], axis=1).ravel()
        indices = np.maximum.accumulate(indices)
        binned = np.maximum.reduceat(values, indices)[::2]
        binned = np.maximum(binned, values[starts])
    return np.where(inside, binned, 0).astype(values.dtype)
