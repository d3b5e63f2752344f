"""TargetMemory: what a lost target looked like where a person last pointed at it."""

from collections.abc import Mapping, Sequence

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.target import TargetId

MOST_FRAMES = 4
"""Lost targets are looked for from at most this many remembered frames at a time."""


class TargetMemory:
    """The last good exemplar frame of each target, with the masks of all targets there.

    Holds run-length masks only; the features of a remembered frame are computed when needed.
    """

    def __init__(self) -> None:
        self._last: dict[int, int] = {}
        self._masks: dict[int, dict[int, Mask]] = {}

    def note(
        self, frame: int, starters: Sequence[int], masks: Mapping[TargetId, PredictedMask]
    ) -> None:
        """Remember a settled frame for those targets that a person pointed at on it.

        Args:
            frame: The frame.
            starters: Targets with a mask, box or point on it.
            masks: The final masks of all targets on it.
        """
        seen = [target for target in starters if target in masks]
        if not seen:
            return
        self._masks[frame] = {int(target): each.mask for target, each in masks.items()}
        for target in seen:
            self._last[target] = frame
        needed = set(self._last.values())
        self._masks = {held: each for held, each in self._masks.items() if held in needed}

    def knows(self, target: int) -> bool:
        """Whether a target could be looked for."""
        return target in self._last

    def recall(self, targets: Sequence[int]) -> dict[int, dict[int, Mask]]:
        """Frame → target → mask of the frames that show these targets, the latest few."""
        frames = sorted({self._last[target] for target in targets if target in self._last})
        return {frame: self._masks[frame] for frame in frames[-MOST_FRAMES:]}
