"""EncodingClock: how long the network encodes, from the clips that it fills ahead of need."""

from tarvis_app.segmentation.answer_clock import Encoder
from tarvis_app.segmentation.rates import EncodingRate

NUM_SKIPPED = 1
"""The first clip takes longer than those after it."""


class EncodingClock:
    """Looks at each clip that is filled; see `Engine.fill`.

    Encoding is nearly all that tracking a few targets takes, so that this foretells a run on a
    machine on which none was measured yet.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._before = encoder.encoded
        self._left: int | None = None
        self.num_ended = 0
        """Clips that are there since it was begun."""

    def note_slice(self, left: int) -> EncodingRate | None:
        """Be told of one slice.

        Args:
            left: How many clips are left after it.

        Returns:
            What a frame and a clip take, if a clip ended with it of which a frame was encoded and
            which was joined.
        """
        if self._left is None:
            self._left = left
        if left == self._left:
            return None
        self._left = left
        self.num_ended += 1
        done, self._before = self._encoder.encoded.since(self._before), self._encoder.encoded
        if self.num_ended <= NUM_SKIPPED or not (done.num_frames and done.num_clips):
            return None
        return EncodingRate(done.frames_s / done.num_frames, done.clips_s / done.num_clips)
