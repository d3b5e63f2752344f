"""What is known of every frame of every target, as codes that are binned to pixels at once."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum

import numpy as np

from tarvis_app.timeline.span_states import MarkedSpan, RowFacts, waiting_spans
from tarvis_core.annotation.clicking import answered_frames, is_filled
from tarvis_core.annotation.cut_masks import cut_times
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
    VERIFIED_ABSENT = 6
    """A person confirmed that it is not there."""
    KEYFRAME_ABSENT = 7
    VERIFIED = 8
    KEYFRAME = 9


VERIFIED_CODES = (StripCode.VERIFIED, StripCode.VERIFIED_ABSENT)
KEYFRAME_CODES = (StripCode.KEYFRAME, StripCode.KEYFRAME_ABSENT)


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
        return StripCode.KEYFRAME_ABSENT if summary.is_empty else StripCode.KEYFRAME
    if summary.state is FrameState.VERIFIED:
        return StripCode.VERIFIED_ABSENT if summary.is_empty else StripCode.VERIFIED
    if summary.is_empty:
        return StripCode.ABSENT
    level = sum(doubt_of(summary) >= limit for limit in DOUBT_LIMITS)
    return StripCode(StripCode.SURE + level)


class Plot(Enum):
    """What the curve above the rows shows."""

    DOUBT = "doubt"
    """Disagreement of clips or lack of score, whichever is worse."""
    DISAGREEMENT = "disagreement"
    """1 - IoU of the two clips that both predicted a frame."""
    AREA = "area"
    """Pixels of the targets, relative to the most there is."""


@dataclass(frozen=True)
class StripRow:
    """One target, a value per frame each, (num_frames,)."""

    codes: np.ndarray
    """uint8 of `StripCode`."""
    doubt: np.ndarray
    disagreement: np.ndarray
    area: np.ndarray
    made_at: np.ndarray

    @classmethod
    def blank(cls, num_frames: int) -> "StripRow":
        """A target of which nothing is known."""
        doubt, disagreement, area = np.zeros((3, num_frames), dtype=np.float32)
        made_at = np.zeros(num_frames, dtype=np.float64)
        return cls(np.zeros(num_frames, dtype=np.uint8), doubt, disagreement, area, made_at)

    @classmethod
    def of(cls, num_frames: int, summaries: Mapping[int, FrameSummary]) -> "StripRow":
        """A target of which all of this is known: as frame by frame, but at once."""
        row = cls.blank(num_frames)
        known = [(f, summary) for f, summary in summaries.items() if 0 <= f < num_frames]
        if not known:
            return row
        frames = np.array([frame for frame, _ in known])
        states = [summary.state for _, summary in known]
        is_key = np.array([state is FrameState.KEYFRAME for state in states])
        is_verified = np.array([state is FrameState.VERIFIED for state in states])
        area = np.array([summary.area for _, summary in known], dtype=np.float64)
        score = np.array([summary.score for _, summary in known], dtype=np.float64)
        disagreement = np.array([summary.disagreement or 0.0 for _, summary in known])
        doubt = np.maximum(disagreement, 1.0 - score)
        levels = sum((doubt >= limit).astype(np.uint8) for limit in DOUBT_LIMITS)
        is_empty = area == 0
        codes = np.where(is_empty, StripCode.ABSENT, StripCode.SURE + levels)
        verified = np.where(is_empty, StripCode.VERIFIED_ABSENT, StripCode.VERIFIED)
        key = np.where(is_empty, StripCode.KEYFRAME_ABSENT, StripCode.KEYFRAME)
        codes = np.where(is_verified, verified, codes)
        row.codes[frames] = np.where(is_key, key, codes)
        row.doubt[frames] = np.where(is_key | is_verified, 0.0, doubt)
        row.disagreement[frames] = disagreement
        row.area[frames] = area
        row.made_at[frames] = [summary.made_at or 0.0 for _, summary in known]
        return row

    def put(self, frame: int, summary: FrameSummary | None) -> None:
        """Note what is known of a frame."""
        is_predicted = summary is not None and not summary.state.is_law
        self.codes[frame] = strip_code(summary)
        self.doubt[frame] = doubt_of(summary) if summary and is_predicted else 0.0
        self.disagreement[frame] = (summary.disagreement or 0.0) if summary else 0.0
        self.area[frame] = summary.area if summary else 0.0
        self.made_at[frame] = (summary.made_at or 0.0) if summary else 0.0

    def curve(self, plot: Plot) -> np.ndarray:
        """The values that a plot shows."""
        return {
            Plot.DOUBT: self.doubt,
            Plot.DISAGREEMENT: self.disagreement,
            Plot.AREA: self.area,
        }[plot]

    def facts(self) -> RowFacts:
        """What says which stretches wait for a run."""
        return RowFacts(
            self.codes != StripCode.NOTHING,
            self.codes >= StripCode.VERIFIED_ABSENT,
            self.area == 0,
            self.made_at,
        )


class TrackStrips:
    """Codes and values of all targets, kept in step with the project change by change."""

    def __init__(self) -> None:
        self._num_frames = 0
        self._rows: dict[TargetId, StripRow] = {}
        self._waiting: dict[TargetId, tuple[MarkedSpan, ...]] = {}

    def read(self, project: Project | None) -> None:
        """Start over with a project."""
        self._rows, self._waiting = {}, {}
        self._num_frames = 0 if project is None else project.video.num_frames
        if project is None:
            return
        for target, track in project.masks.tracks.items():
            if len(track):
                self._rows[target] = StripRow.of(self._num_frames, track.summaries)

    def follow(self, changes: Iterable[MaskChange]) -> None:
        """Take in changes of masks."""
        for change in changes:
            summary = None if change.after is None else change.after.summary()
            self._put(change.target, change.frame, summary)

    def _put(self, target: TargetId, frame: int, summary: FrameSummary | None) -> None:
        if not 0 <= frame < self._num_frames:
            return
        row = self._rows.get(target)
        if row is None:
            row = self._rows[target] = StripRow.blank(self._num_frames)
        row.put(frame, summary)
        self._waiting.pop(target, None)

    def forget_waiting(self) -> None:
        """Look anew at what waits for a run: clicks or boxes changed."""
        self._waiting = {}

    def waiting(self, project: Project, target: TargetId) -> tuple[MarkedSpan, ...]:
        """The stretches of a row of the project that a run would bring up to date."""
        if target not in self._waiting:
            row, given = self._rows.get(target), project.exemplar_frames(target)
            if row is None and given:
                row = StripRow.blank(self._num_frames)
            found: tuple[MarkedSpan, ...] = ()
            if row is not None:
                answered = answered_frames(project, target, given)
                answered |= cut_times(project, target, range(self._num_frames))
                is_fill_at = functools.partial(_is_fill, project, target)
                found = waiting_spans(row.facts(), given, answered, is_fill_at)
            self._waiting[target] = found
        return self._waiting[target]

    def codes(self, target: TargetId) -> np.ndarray | None:
        """Code of each frame, (num_frames,) uint8; None where nothing is known of the target."""
        row = self._rows.get(target)
        return None if row is None else row.codes

    def doubt(self, target: TargetId, frame: int) -> float:
        """Doubt about a predicted mask, 0…1; 0 where there is none."""
        row = self._rows.get(target)
        return 0.0 if row is None or not 0 <= frame < self._num_frames else float(row.doubt[frame])

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
            known = self._rows.get(target)
            if known is not None:
                rows[row] = binned_max(known.codes, first, last, width)
        return rows

    def binned_plot(
        self, plot: Plot, targets: Sequence[TargetId], first: float, last: float, width: int
    ) -> np.ndarray:
        """The largest value of any of the targets per pixel, (width,) float32, 0…1."""
        rows = [self._rows[target] for target in targets if target in self._rows]
        if not rows or width == 0:
            return np.zeros(width, dtype=np.float32)
        binned = []
        for row in rows:
            curve = binned_max(row.curve(plot), first, last, width)
            scale = max(1.0, float(row.area.max())) if plot is Plot.AREA else 1.0
            binned.append(curve / scale)
        return np.maximum.reduce(binned)

    def edges(
        self, target: TargetId, codes: Sequence[StripCode], first: int, last: int
    ) -> np.ndarray:
        """Frames from `first` to `last` inclusive that have one of these codes, in order."""
        row = self._rows.get(target)
        if row is None:
            return np.zeros(0, dtype=np.int64)
        first = max(0, first)
        return np.flatnonzero(np.isin(row.codes[first : last + 1], codes)) + first


def _is_fill(project: Project, target: TargetId, frame: int) -> bool:
    return is_filled(project.masks.get(target, frame))


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
    bins = _bins(first, last, width, values.size)
    if bins.pairs is None:
        binned = values[bins.starts]
    else:
        binned = np.maximum.reduceat(values, bins.pairs)[::2]
        binned = np.maximum(binned, values[bins.starts])
        binned = np.where(bins.reaches_end, np.maximum(binned, values[-1]), binned)
    return np.where(bins.is_inside, binned, 0).astype(values.dtype)


@dataclass(frozen=True)
class _Bins:
    """Which frames lie under each pixel, each (width,); the same for all rows of a picture."""

    starts: np.ndarray
    """The first frame, or the only one."""
    pairs: np.ndarray | None
    """First frame and end of each pixel in turn, for `reduceat`; None where each shows one."""
    is_inside: np.ndarray
    """Whether any of the frames is in the video."""
    reaches_end: np.ndarray
    """Whether the video's last frame is one of them: `reduceat` cannot name that end."""


@functools.lru_cache(maxsize=2)
def _bins(first: float, last: float, width: int, num_frames: int) -> _Bins:
    edges = np.linspace(first, last, width + 1)
    starts = np.floor(edges[:-1]).astype(np.int64)
    stops = np.maximum(np.ceil(edges[1:] - 1e-9).astype(np.int64), starts + 1)
    if (last - first) <= width:  # each frame is at least a pixel wide
        centres = np.floor((edges[:-1] + edges[1:]) / 2).astype(np.int64)
        is_inside = (centres >= 0) & (centres < num_frames)
        return _Bins(centres.clip(0, num_frames - 1), None, is_inside, is_inside)
    is_inside = (stops > 0) & (starts < num_frames)
    starts, stops = starts.clip(0, num_frames - 1), stops.clip(1, num_frames)
    ends = np.minimum(stops, num_frames - 1)
    pairs = np.maximum.accumulate(np.stack([starts, ends], axis=1).ravel())
    return _Bins(starts, pairs, is_inside, stops == num_frames)
