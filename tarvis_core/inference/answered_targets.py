"""Which targets of a run are answered for on which frames, and which are not there at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tarvis_core.inference.run_plan import Span
from tarvis_core.inference.target_cues import TargetCues


@dataclass(frozen=True)
class AnsweredTargets:
    """What a run wants of its targets; the others are rivals, which compete for pixels only."""

    wanted: Mapping[int, Sequence[Span]] | None = None
    """The frames wanted by target; None: all of all targets."""

    def is_carried(self, target: int) -> bool:
        """Whether something is wanted of a target; it is neither a rival nor a distractor."""
        return target > 0 and (self.wanted is None or target in self.wanted)

    def is_gone(
        self, target: int, frame: int, cues: TargetCues, *, is_backward: bool = False
    ) -> bool:
        """Whether a target was said to be gone, and nobody wants to know whether it came back.

        Args:
            target: The target; a distractor is gone with its target.
            frame: The frame.
            cues: What is known of the targets.
            is_backward: Whether the run goes back in time.
        """
        if self.wanted is None:
            return False
        spans = self.wanted.get(abs(target), ())
        if any(first <= frame <= last for first, last in spans):
            return False
        return cues.is_gone(abs(target), frame, is_backward=is_backward)


EVERYTHING = AnsweredTargets()


def predicted_frames(
    targets: Sequence[int],
    frames: Sequence[int],
    entry_frames: Mapping[int, int],
    gone: np.ndarray,
    *,
    is_backward: bool,
) -> np.ndarray:
    """On which frames of a clip targets can have masks.

    Args:
        targets: The targets.
        frames: The clip's frames, in order of time.
        entry_frames: Where targets enter, in the order of the run.
        gone: (N, T) bool: where they are gone.
        is_backward: Whether the run goes back in time.

    Returns:
        (N, T) bool.
    """
    is_predicted_NT = ~gone
    for row, target in enumerate(targets):
        entry = entry_frames.get(target)
        if entry is not None:
            is_before = [f > entry if is_backward else f < entry for f in frames]
            is_predicted_NT[row, is_before] = False
    return is_predicted_NT
