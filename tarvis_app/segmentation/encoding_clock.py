"""EncodingClock: how long the network takes for a frame, from the clips that it encodes ahead."""

from tarvis_core.video.clip import ClipGrid

NUM_SKIPPED = 2
"""The first clip has no neighbour whose frames it shares, and beside the first two, frames that are
clicked on are looked at in other sizes."""


class EncodingClock:
    """Adds up the slices of each clip; see `Engine.fill`.

    Encoding is nearly all that tracking a few targets takes, so that this foretells a run on a
    machine on which none was measured yet.
    """

    def __init__(self, grid: ClipGrid) -> None:
        self._num_new = grid.length - grid.overlap
        self._left: int | None = None
        self._num_ended = 0
        self._num_slices = 0
        self._seconds = 0.0

    def note_slice(self, seconds: float, left: int) -> float | None:
        """Be told of one slice.

        Args:
            seconds: What it took.
            left: How many clips are left after it.

        Returns:
            Seconds per frame, if a clip ended with it that was encoded from its first slice on.
        """
        self._seconds += seconds
        self._num_slices += 1
        if self._left is None:
            self._left = left
        if left == self._left:
            return None
        per_frame = self._seconds / self._num_new
        is_whole = self._num_ended >= NUM_SKIPPED and self._num_slices > self._num_new
        self._left = left
        self._num_ended += 1
        self._num_slices, self._seconds = 0, 0.0
        return per_frame if is_whole else None
