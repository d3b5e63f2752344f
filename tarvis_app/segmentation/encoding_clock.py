"""EncodingClock: how long the network takes for a frame, from the clips that it encodes ahead."""

from statistics import median

from tarvis_core.video.clip import ClipGrid

NUM_SKIPPED = 2
"""Beside the first two clips, frames that are clicked on are looked at in other sizes."""
NEW_PART = 0.5
"""A frame that was there already takes less than this part of the longest one of its clip."""
LEAST_PART = 0.1
"""What frames take, against what joins them, where at least one of them was new."""


class EncodingClock:
    """Adds up the slices of each clip; see `Engine.fill`.

    Encoding is nearly all that tracking a few targets takes, so that this foretells a run on a
    machine on which none was measured yet. A run meets each frame once, and joins a clip for as
    many frames as it does not share with the one before; how many of a clip's frames were there
    already when it was filled does not matter.
    """

    def __init__(self, grid: ClipGrid) -> None:
        self._grid = grid
        self._left: int | None = None
        self._num_ended = 0
        self._slices: list[float] = []

    def note_slice(self, seconds: float, left: int) -> float | None:
        """Be told of one slice.

        Args:
            seconds: What it took.
            left: How many clips are left after it.

        Returns:
            Seconds per frame, if a clip ended with it of which a frame was encoded and which was
            joined.
        """
        self._slices.append(seconds)
        if self._left is None:
            self._left = left
        if left == self._left:
            return None
        slices, self._slices = self._slices, []
        self._left = left
        self._num_ended += 1
        return self._per_frame(slices) if self._num_ended > NUM_SKIPPED else None

    def _per_frame(self, slices: list[float]) -> float | None:
        frames, joining = slices[: self._grid.length], sum(slices[self._grid.length :])
        if len(slices) <= self._grid.length:
            return None
        longest = max(frames)
        if longest < LEAST_PART * joining / self._grid.length:
            return None
        frame = median(each for each in frames if each >= NEW_PART * longest)
        return frame + joining / (self._grid.length - self._grid.overlap)
