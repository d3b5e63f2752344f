"""RunProgress: how far a run has come, how fast, and what is left; RunStep: what comes before."""

from dataclasses import dataclass
from enum import Enum

from tarvis_core.annotation.segmentation import ClipWork


class Preparation(Enum):
    """What takes time before the first masks of a run come."""

    MODEL = "model"
    """The network is loaded."""
    VIDEO = "video"
    """The network opens the video for itself."""
    CLIP = "clip"
    """The first clip is in work."""


@dataclass(frozen=True)
class RunStep:
    """What a run is at before its first masks come."""

    what: Preparation
    clip: ClipWork | None = None
    """How far the first clip is, for `CLIP`."""


@dataclass(frozen=True)
class RunPass:
    """Where a run of several passes is: targets that start elsewhere take one of their own."""

    number: int
    """Which pass it is, from 1."""
    count: int
    frames_done: int
    """Of this pass."""
    frames_total: int
    """Of this pass."""


@dataclass(frozen=True)
class RunProgress:
    """How far a run has come, all passes together."""

    frames_done: int
    frames_total: int
    elapsed_s: float
    head: int | None = None
    """Frame that was written last; None before the first."""
    frames_first: int = 0
    """Frames of the first clip, which takes longer than those after it."""
    elapsed_first_s: float = 0.0
    """When that clip was done."""
    at: RunPass | None = None
    """The pass that goes on; None for a run of one."""
    foretold_s: float | None = None
    """Time left by what encoding and decoding take; None where nobody knows."""

    @property
    def frames_per_second(self) -> float:
        """Average speed since the first clip, before the second since the start; 0 at first."""
        has_more = self.frames_done > self.frames_first
        frames = self.frames_done - (self.frames_first if has_more else 0)
        seconds = self.elapsed_s - (self.elapsed_first_s if has_more else 0.0)
        return frames / seconds if seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Time left, if nobody foretells it at the average speed; None while nothing is known."""
        if self.foretold_s is not None:
            return self.foretold_s
        speed = self.frames_per_second
        return (self.frames_total - self.frames_done) / speed if speed > 0 else None
