"""PictureCache: decoded frames, bounded in bytes."""

from collections import OrderedDict

import av

from tarvis_core.video.picture import stored_bytes


class PictureCache:
    """Decoded frames by number; where room is short, the least recently used go first.

    Frames are kept as the decoder stores them: half as large as RGB, and converted only when shown.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._pictures: OrderedDict[int, av.VideoFrame] = OrderedDict()
        self._num_bytes = 0

    def __len__(self) -> int:
        return len(self._pictures)

    def get(self, number: int) -> av.VideoFrame | None:
        """The frame, if it is here."""
        picture = self._pictures.get(number)
        if picture is not None:
            self._pictures.move_to_end(number)
        return picture

    def put(self, number: int, picture: av.VideoFrame) -> None:
        """Keep a frame; drops others until the room suffices, but never the one just given."""
        replaced = self._pictures.pop(number, None)
        if replaced is not None:
            self._num_bytes -= stored_bytes(replaced)
        self._pictures[number] = picture
        self._num_bytes += stored_bytes(picture)
        while self._num_bytes > self._max_bytes and len(self._pictures) > 1:
            _, dropped = self._pictures.popitem(last=False)
            self._num_bytes -= stored_bytes(dropped)

    def window(self, picture: av.VideoFrame) -> int:
        """How many frames like this one have room."""
        return max(1, self._max_bytes // max(1, stored_bytes(picture)))

    def clear(self) -> None:
        """Drop everything."""
        self._pictures.clear()
        self._num_bytes = 0
