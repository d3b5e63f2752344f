"""What the masks of a track say of themselves, frame by frame: what a review ranks by.

Everything is computed from the runs of the masks; no frame is drawn. Frames are looked at in order,
each with the one before it, so a change of one mask concerns its own frame and the next known one.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.run_length import intersection_length, num_components
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState, Track, TrackFrame


@dataclass(frozen=True)
class FrameStatistics:
    """One target on one frame."""

    frame: int
    state: FrameState
    score: float
    disagreement: float | None
    """1 - IoU of the two clips that both predicted this frame; None where only one did."""
    area: int
    """Pixels inside; 0 where the target is absent."""
    box: tuple[int, int, int, int]
    """(x_min, y_min, x_max, y_max), far edges exclusive; all 0 where the target is absent."""
    centroid: tuple[float, float] | None
    """Mean (x, y) of the pixels; None where the target is absent."""
    motion: float | None
    """Pixels that the centroid moved per frame since the mask before; None without one."""
    area_change: float | None
    """Area relative to the mask before, less 1: -0.6 where 60 % went; None without one."""
    iou_with_previous: float | None
    """IoU with the frame just before; None where nothing is known of that frame."""
    num_components: int
    """Pieces that meet neither at edges nor corners."""
    touches_border: bool
    """Whether a pixel lies at the edge of the frame."""

    @property
    def is_present(self) -> bool:
        """Whether the target has a pixel on the frame."""
        return self.area > 0


@dataclass(frozen=True)
class TrackStatistics:
    """One target through time."""

    target: TargetId
    frames: tuple[FrameStatistics, ...]
    """Every known frame, in order."""
    gaps: tuple[tuple[int, int], ...]
    """Stretches (first, last) without a mask between frames with one; both ends inclusive."""

    @property
    def num_present(self) -> int:
        """On how many frames the target has a mask."""
        return sum(frame.is_present for frame in self.frames)

    @property
    def num_by_person(self) -> int:
        """How many frames a person drew or confirmed."""
        return sum(frame.state.is_law for frame in self.frames)

    def flickers(self, max_length: int = 3) -> tuple[tuple[int, int], ...]:
        """Gaps of at most `max_length` frames, which are seldom meant."""
        return tuple(gap for gap in self.gaps if gap[1] - gap[0] < max_length)


@dataclass(frozen=True)
class _Shape:
    """What of a mask is compared with that of the next frame."""

    frame: int
    area: int
    centroid: tuple[float, float]
    intervals: tuple[np.ndarray, np.ndarray]


def track_statistics(
    track: Track, first: int | None = None, last: int | None = None
) -> TrackStatistics:
    """The statistics of a track's known frames from `first` to `last` inclusive."""
    frames = tuple(iterate_statistics(track, first, last))
    return TrackStatistics(track.target, frames, presence_gaps(track))


def iterate_statistics(
    track: Track, first: int | None = None, last: int | None = None
) -> Iterator[FrameStatistics]:
    """The statistics of known frames in order, each as soon as its mask is read.

    What needs the mask before is None on the first frame, also where `first` leaves some out.
    """
    seen: _Shape | None = None
    last_known: int | None = None
    for frame, held in track.items(first, last):
        statistics, shape = _compare(frame, held, seen, last_known)
        yield statistics
        seen, last_known = shape or seen, frame


def presence_gaps(track: Track) -> tuple[tuple[int, int], ...]:
    """Stretches (first, last) without a mask between frames with one. Reads no mask."""
    summaries = track.summaries
    present = [frame for frame in track.frames if not summaries[frame].is_empty]
    return tuple(
        (before + 1, after - 1)
        for before, after in itertools.pairwise(present)
        if after - before > 1
    )


def touching_targets(masks: Mapping[TargetId, Mask]) -> tuple[tuple[TargetId, TargetId], ...]:
    """Pairs of targets of one frame whose masks overlap or have neighbouring pixels."""
    present = sorted((target, mask) for target, mask in masks.items() if not mask.is_empty)
    return tuple(
        (target, other)
        for index, (target, mask) in enumerate(present)
        for other, other_mask in present[index + 1 :]
        if _touch(mask, other_mask)
    )


def _compare(
    frame: int, held: TrackFrame, seen: _Shape | None, last_known: int | None
) -> tuple[FrameStatistics, _Shape | None]:
    """One frame's statistics, given the last mask with pixels and the last known frame."""
    shape, pieces = _shape(frame, held.mask)
    motion = area_change = None
    if shape is not None and seen is not None:
        dx, dy = np.subtract(shape.centroid, seen.centroid)
        motion = float(np.hypot(dx, dy)) / (frame - seen.frame)
        area_change = shape.area / seen.area - 1
    before = seen if seen is not None and seen.frame == frame - 1 else None
    mask = held.mask
    return (
        FrameStatistics(
            frame,
            held.state,
            held.score,
            held.disagreement,
            0 if shape is None else shape.area,
            mask.box,
            None if shape is None else shape.centroid,
            motion,
            area_change,
            _iou(shape, before) if last_known == frame - 1 else None,
            pieces,
            shape is not None and _touches_border(mask),
        ),
        shape,
    )


def _shape(frame: int, mask: Mask) -> tuple[_Shape | None, int]:
    """A mask's shape and its number of pieces; None and 0 if it is empty."""
    if mask.is_empty:
        return None, 0
    segments = mask.segments()
    lengths = segments.lengths()
    area = int(lengths.sum())
    x = float(((segments.columns + 0.5) * lengths).sum()) / area
    y = float((segments.bottoms**2 - segments.tops**2).sum()) / (2 * area)
    shape = _Shape(frame, area, (x, y), segments.intervals(mask.height))
    return shape, num_components(segments)


def _iou(shape: _Shape | None, before: _Shape | None) -> float:
    if shape is None or before is None:
        return 1.0 if shape is before else 0.0
    shared = intersection_length(*shape.intervals, *before.intervals)
    return shared / (shape.area + before.area - shared)


def _touches_border(mask: Mask) -> bool:
    x_min, y_min, x_max, y_max = mask.box
    return x_min == 0 or y_min == 0 or x_max == mask.width or y_max == mask.height


def _touch(mask: Mask, other: Mask) -> bool:
    x_min, y_min = (max(mask.box[i], other.box[i]) - 1 for i in (0, 1))
    x_max, y_max = (min(mask.box[i], other.box[i]) + 1 for i in (2, 3))
    if x_min >= x_max or y_min >= y_max:
        return False
    region = (max(x_min, 0), max(y_min, 0), min(x_max, mask.width), min(y_max, mask.height))
    grown = cv2.dilate(mask.pixels_in(region).astype(np.uint8), np.ones((3, 3), dtype=np.uint8))
    return bool((grown.astype(np.bool_) & other.pixels_in(region)).any())
