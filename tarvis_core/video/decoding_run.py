"""DecodingRun: one stretch of decoding whose frames have numbers."""

from collections.abc import Iterator
from itertools import chain

import av
from av.video.frame import PictureType

from tarvis_core.video.frame_index import FrameIndex, Numbering
from tarvis_core.video.video_stream import Landing

_PREDICTED = {PictureType.P, PictureType.B, PictureType.S, PictureType.SP}


class DecodingRun:
    """Numbered frames, as the decoder delivers them from one place of the file on.

    Frames to be shown before the key frame where the run starts are left out: what they refer to
    may be missing.
    """

    def __init__(self, index: FrameIndex, landing: Landing, first_number: int = 0) -> None:
        """Start counting at `first_number` where the index counts frames."""
        self.is_from_start = landing.is_file_start
        """Whether it starts with the first packet of the file."""
        self.next_number = 0
        """The number after the highest delivered."""
        self._landing = landing
        self._seen = bytearray(index.num_frames)
        if index.numbering is Numbering.BY_COUNT:
            self._frames = _numbered_by_count(index, landing, first_number)
        else:
            self._frames = _numbered_by_time(index, landing)

    def __iter__(self) -> Iterator[tuple[int, av.VideoFrame]]:
        for number, picture in self._frames:
            self.next_number = max(self.next_number, number + 1)
            self._seen[number] = 1
            yield number, picture

    def first_number(self) -> int | None:
        """Number of the frame that will come first; None if none comes.

        None also if the run does not start with a whole picture, whatever the container says: one
        that refers to others, or a damaged one, whose holes the decoder fills from those before.
        """
        first = next(self._frames, None)
        if first is None:
            return None
        number, picture = first
        self._frames = chain([first], self._frames)
        if self.is_from_start or picture.pts != self._landing.pts:
            return number
        is_predicted = picture.pict_type in _PREDICTED and not picture.key_frame
        return None if is_predicted or picture.is_corrupt else number

    def last_before(self, number: int) -> int | None:
        """The last frame before `number` that it has delivered."""
        found = self._seen.rfind(b"\x01", 0, number)
        return None if found < 0 else found


def _numbered_by_time(index: FrameIndex, landing: Landing) -> Iterator[tuple[int, av.VideoFrame]]:
    for picture in landing.pictures:
        if picture.pts is None or (landing.pts is not None and picture.pts < landing.pts):
            continue
        number = index.number_of(picture.pts)
        if number is not None:
            yield number, picture


def _numbered_by_count(
    index: FrameIndex, landing: Landing, number: int
) -> Iterator[tuple[int, av.VideoFrame]]:
    has_begun = landing.is_file_start
    for picture in landing.pictures:
        has_begun = has_begun or bool(picture.key_frame)
        if has_begun and number < index.num_frames:
            yield number, picture
            number += 1
