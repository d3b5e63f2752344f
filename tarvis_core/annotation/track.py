"""Track: one target's masks by frame, with what is known about each."""

import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId


class FrameState(Enum):
    """How a target's mask on one frame came to be."""

    KEYFRAME = "keyframe"
    """A person drew or accepted it: no run changes it, and it is an exemplar for runs."""
    PREDICTED = "predicted"
    """The network's, not looked at."""
    ABSENT = "absent"
    """The target is not in the frame, says the network or a run of frames marked by a person."""
    VERIFIED = "verified"
    """The network's, confirmed by a person (an empty mask confirms absence): no run changes it."""

    @property
    def is_law(self) -> bool:
        """Whether a person stands behind the mask, so that no run may change it."""
        return self is FrameState.KEYFRAME or self is FrameState.VERIFIED


@dataclass(frozen=True)
class MaskSource:
    """Who or what made a mask, and when."""

    tool: str
    """The tool's or command's name, such as "brush", "track" or "import coco"."""
    weights: str = ""
    """Name of the network's weights; empty where no network was involved."""
    made_at: float = 0.0
    """Seconds since 1970, UTC."""


@dataclass(frozen=True)
class Taken:
    """A mask lost pixels to the answers to another target's clicks on its frame."""

    by: TargetId
    """Whose answers they were."""
    whole: "TrackFrame"
    """What the mask was before: what the answers leave goes back to it."""

    @property
    def depth(self) -> int:
        """To how many targets in a row the mask lost pixels."""
        return 1 + (0 if self.whole.taken is None else self.whole.taken.depth)


@dataclass(frozen=True)
class TrackFrame:
    """One target's mask on one frame."""

    mask: Mask
    state: FrameState
    score: float = 1.0
    """Confidence 0…1; 1 for what a person made."""
    disagreement: float | None = None
    """1 - IoU of the two clips that both predicted this frame; None where only one did."""
    source: MaskSource | None = None
    yields_to: frozenset[TargetId] = frozenset()
    """Targets whose clicks' answers a person let take pixels of this mask, though it is law or
    locked. Like `taken` it ends when somebody makes another mask of it."""
    taken: Taken | None = None
    """Whose answers took pixels of it last; None where they took none."""

    def __post_init__(self) -> None:
        if self.state is FrameState.ABSENT and not self.mask.is_empty:
            raise ValueError("an absent target has an empty mask")

    def summary(self) -> "FrameSummary":
        """Everything but the pixels."""
        mask = self.mask
        made_at = None if self.source is None else self.source.made_at
        return FrameSummary(self.state, self.score, self.disagreement, mask.box, mask.area, made_at)


class FrameSummary(NamedTuple):
    """What is known of one frame of a track without reading its pixels."""

    state: FrameState
    score: float
    disagreement: float | None
    box: tuple[int, int, int, int]
    area: int
    made_at: float | None = None
    """When the mask was made, in seconds since 1970; None where nobody noted it."""

    @property
    def is_empty(self) -> bool:
        """Whether the target has no pixel on the frame."""
        return self.area == 0


class FrameSource(Protocol):
    """Where a track finds the masks of its frames."""

    def get(self, target: TargetId, frame: int) -> TrackFrame | None:
        """One mask, or None."""

    def read_range(
        self, target: TargetId, first: int, last: int
    ) -> Iterator[tuple[int, TrackFrame]]:
        """A target's masks from `first` to `last` inclusive, in order of frames."""


class Track:
    """One target's frames in order. Read it freely; only its `MaskStore` changes it."""

    def __init__(
        self, target: TargetId, source: FrameSource, summaries: Mapping[int, FrameSummary] = {}
    ) -> None:
        self.target = target
        self._source = source
        self._summaries = dict(summaries)
        self._frames = sorted(self._summaries)
        self._law_frames = [f for f in self._frames if self._summaries[f].state.is_law]

    def __len__(self) -> int:
        return len(self._frames)

    def __contains__(self, frame: object) -> bool:
        return frame in self._summaries

    def __iter__(self) -> Iterator[int]:
        return iter(tuple(self._frames))

    @property
    def frames(self) -> tuple[int, ...]:
        """Frames about which something is known, in order; absent ones included."""
        return tuple(self._frames)

    @property
    def law_frames(self) -> tuple[int, ...]:
        """Frames that a person stands behind (KEYFRAME, VERIFIED), in order."""
        return tuple(self._law_frames)

    @property
    def summaries(self) -> Mapping[int, FrameSummary]:
        """Everything but the pixels, by frame, in no particular order."""
        return self._summaries

    def summary(self, frame: int) -> FrameSummary | None:
        """Everything but the pixels of one frame; None where nothing is known."""
        return self._summaries.get(frame)

    def get(self, frame: int) -> TrackFrame | None:
        """The mask of one frame; None where nothing is known."""
        return self._source.get(self.target, frame) if frame in self._summaries else None

    def items(
        self, first: int | None = None, last: int | None = None
    ) -> Iterator[tuple[int, TrackFrame]]:
        """Frames with their masks from `first` to `last` inclusive, read as they are asked for."""
        if not self._frames:
            return
        start = self._frames[0] if first is None else first
        stop = self._frames[-1] if last is None else last
        yield from self._source.read_range(self.target, start, stop)

    def frames_between(self, first: int, last: int) -> tuple[int, ...]:
        """Known frames from `first` to `last` inclusive, in order."""
        start = bisect.bisect_left(self._frames, first)
        return tuple(self._frames[start : bisect.bisect_right(self._frames, last)])

    def law_frame_before(self, frame: int) -> int | None:
        """The nearest frame before this one that a person stands behind."""
        index = bisect.bisect_left(self._law_frames, frame)
        return self._law_frames[index - 1] if index else None

    def law_frame_after(self, frame: int) -> int | None:
        """The nearest frame after this one that a person stands behind."""
        index = bisect.bisect_right(self._law_frames, frame)
        return self._law_frames[index] if index < len(self._law_frames) else None

    def set_summary(self, frame: int, summary: FrameSummary | None) -> None:
        """Note what a frame holds from now on. For the `MaskStore` alone."""
        before = self._summaries.pop(frame, None)
        if before is None and summary is not None:
            bisect.insort(self._frames, frame)
        elif before is not None and summary is None:
            del self._frames[bisect.bisect_left(self._frames, frame)]
        was_law = before is not None and before.state.is_law
        is_law = summary is not None and summary.state.is_law
        if is_law and not was_law:
            bisect.insort(self._law_frames, frame)
        elif was_law and not is_law:
            del self._law_frames[bisect.bisect_left(self._law_frames, frame)]
        if summary is not None:
            self._summaries[frame] = summary
