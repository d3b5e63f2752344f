"""TargetMemory: what a target looked like where a person last pointed at it.

Lost targets are looked for from these frames, and they are the anchors of later clips.
"""

from collections.abc import Mapping, Sequence

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.target import TargetId

MOST_FRAMES = 4
"""At most so many remembered frames are used at a time."""


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
            self._last.pop(target, None)  # so that they stay in the order of the run
            self._last[target] = frame
        needed = set(self._last.values())
        self._masks = {held: each for held, each in self._masks.items() if held in needed}

    def knows(self, target: int) -> bool:
        """Whether a target could be looked for."""
        return target in self._last

    def recall(self, targets: Sequence[int]) -> dict[int, dict[int, Mask]]:
        """Frame → target → mask of the frames that show these targets, those noted last."""
        noted = [frame for target, frame in self._last.items() if target in targets]
        latest = list(dict.fromkeys(reversed(noted)))[:MOST_FRAMES]
        return {frame: self._masks[frame] for frame in sorted(latest)}
