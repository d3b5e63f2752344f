"""What a walk over clips asks of those who turn outputs into masks: targets, or classes."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tarvis_core.annotation.segmentation import FoundTarget, PredictedMask
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.clip_source import ClipInput
from tarvis_core.model.model_output import QuerySet, TarvisOutput


@dataclass(frozen=True)
class SettledFrame:
    """The final masks of one frame."""

    frame: int
    masks: Mapping[TargetId, PredictedMask]


@dataclass(frozen=True)
class Settled:
    """What one clip settles."""

    frames: tuple[SettledFrame, ...] = ()
    found: tuple[FoundTarget, ...] = ()
    """Class search: everything found so far."""
    lost: tuple[TargetId, ...] = field(default=())
    """Tracking: targets that this clip lost."""


class ClipStepper(Protocol):
    """Asks about each clip of a run and turns the answers into masks.

    `queries` changes nothing, so that it can be asked again after memory ran out; `accept` moves
    on to the next clip.
    """

    def wants(self, frames: tuple[int, ...]) -> bool:
        """Whether there is anything to ask about a clip; if not, it is not encoded."""

    def queries(self, clip: ClipInput) -> Sequence[QuerySet]:
        """The questions about a clip, one set per decoder pass."""

    def accept(
        self,
        frames: tuple[int, ...],
        clip: ClipInput | None,
        outputs: Sequence[TarvisOutput],
        held: Container[int],
    ) -> Settled:
        """Take the answers to the questions of the last `queries`.

        Args:
            frames: The clip's frames, in order of time.
            clip: What was passed to `queries`; None if the clip was not wanted.
            outputs: One answer per set of queries.
            held: Frames that the next clip predicts again.
        """

    def finish(self) -> Settled:
        """Settle what is still held, for when no clip follows."""
