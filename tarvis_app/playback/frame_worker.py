"""Decodes frames in a thread of its own: the newest wish first, then what will be wished next."""

import logging
import threading

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.playback.frame_cache import FrameCache, FrameImage, frame_image
from tarvis_app.playback.frame_motion import measure_motion, small_picture
from tarvis_app.playback.video_info import Reader, VideoInfo
from tarvis_app.playback.wishes import MotionWish, Wish, WishBox
from tarvis_app.translated import translated
from tarvis_core.errors import VideoError

log = logging.getLogger(__name__)

FRAMES_AHEAD = 24
"""How many frames are decoded before they are asked for, in the direction of travel."""


class FrameWorker(QObject):
    """Decodes in its own thread.

    Signals:
        video_taken: Frames are those of another video from now on. Argument: `VideoInfo`.
        frame_decoded: Argument: `FrameImage`.
        frame_failed: Arguments: frame number, message.
        motion_measured: Arguments: `MotionWish`, `FrameMotion`.
    """

    video_taken = Signal(object)
    frame_decoded = Signal(object)
    frame_failed = Signal(int, str)
    motion_measured = Signal(object, object)

    def __init__(
        self,
        cache: FrameCache,
        wishes: WishBox[Wish],
        motion_wishes: WishBox[MotionWish],
    ) -> None:
        super().__init__()
        self._cache = cache
        self._wishes = wishes
        self._motion_wishes = motion_wishes
        self._reader: Reader | None = None
        self.leaving = threading.Event()
        """Set from any thread: no more of this video is needed."""

    @Slot(object, object)
    def use(self, reader: Reader, video: VideoInfo) -> None:
        """Decode another video from now on; the one before is closed."""
        self.close()
        self._reader = reader
        self.video_taken.emit(video)

    @Slot()
    def close(self) -> None:
        """Let the video go."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self._cache.clear()
        self.leaving.clear()

    @Slot()
    def serve(self) -> None:
        """Decode the newest wish, then what will probably be wished next."""
        wish = self._wishes.take()
        if wish is None or self._reader is None or wish.frame >= self._reader.num_frames:
            return  # nothing is wished, or of the video before
        try:
            found = self._cache.get(wish.frame) or self._decode(self._reader, wish.frame)
        except VideoError as error:
            self.frame_failed.emit(wish.frame, translated(error))
            return
        self.frame_decoded.emit(found)
        self._look_ahead(self._reader, wish)

    @Slot()
    def serve_motion(self) -> None:
        """Compare the newest frame wanted with others; given up where a frame is wished."""
        wish = self._motion_wishes.take()
        if wish is None or self._reader is None:
            return
        pictures: dict[int, np.ndarray] = {}
        frames = sorted((wish.frame, *wish.others))
        try:
            for frame, rgb in zip(frames, self._reader.frames(frames), strict=True):
                pictures[frame] = small_picture(rgb)
                if self._wishes.is_full:
                    return
        except VideoError as error:  # said when the frame itself is wished
            log.info("motion about frame %d is not known: %s", wish.frame, error)
            return
        motion = measure_motion(wish.frame, self._reader.size, pictures)
        self.motion_measured.emit(wish, motion)

    def _decode(self, reader: Reader, frame: int) -> FrameImage:
        found = frame_image(frame, reader.frame(frame))
        self._cache.put(found)
        return found

    def _look_ahead(self, reader: Reader, wish: Wish) -> None:
        """Fill the cache in the direction of travel until somebody wishes something else."""
        height, width = reader.size
        ahead = min(FRAMES_AHEAD, self._cache.capacity(height * width * 4) // 2)
        if wish.step >= 0:
            window = range(wish.frame + 1, min(wish.frame + 1 + ahead, reader.num_frames))
        else:  # decoders only run forwards: the whole window behind the playhead at once
            window = range(max(0, wish.frame - ahead), wish.frame)
        missing = [frame for frame in window if frame not in self._cache]
        try:
            for frame, rgb in zip(missing, reader.frames(missing), strict=False):
                self._cache.put(frame_image(frame, rgb))
                if self._wishes.is_full or self.leaving.is_set():
                    return
        except VideoError as error:  # said when the frame itself is wished
            log.info("looking ahead stopped: %s", error)
