"""Frames in the background: one thread owns the decoder, the newest wish is served first."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from PySide6.QtCore import QObject, QThread, Signal, Slot

from tarvis_app.playback.frame_cache import FrameCache, FrameImage, frame_image
from tarvis_app.playback.frame_motion import FrameMotion, measure_motion, small_picture
from tarvis_app.playback.wishes import MotionWish, Wish, WishBox
from tarvis_app.translated import translated
from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.errors import VideoError
from tarvis_core.sentence import Sentence
from tarvis_core.video.video_facts import VideoFacts
from tarvis_core.video.video_reader import open_video

log = logging.getLogger(__name__)

FRAMES_AHEAD = 24
"""How many frames are decoded before they are asked for, in the direction of travel."""


class Reader(Protocol):
    """What the provider needs of a video reader."""

    @property
    def num_frames(self) -> int:
        """Number of frames."""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""

    @property
    def fps(self) -> float:
        """Average frames per second."""

    @property
    def times_s(self) -> np.ndarray:
        """Presentation time of each frame in seconds."""

    @property
    def problems(self) -> tuple[Sentence, ...]:
        """What could not be read."""

    @property
    def facts(self) -> VideoFacts:
        """How the frames are stored."""

    def identity(self) -> VideoIdentity:
        """How a project knows the video again."""

    def frame(self, number: int) -> np.ndarray:
        """One frame, (height, width, 3) uint8 RGB."""

    def frames(self, numbers: Iterable[int]) -> Iterator[np.ndarray]:
        """Several frames, in the order asked."""

    def close(self) -> None:
        """Let the file go."""


OpenReader = Callable[[Path], Reader]


@dataclass(frozen=True)
class VideoInfo:
    """What the window knows of the open video."""

    path: Path
    num_frames: int
    size: tuple[int, int]
    """(height, width) in pixels."""
    fps: float
    identity: VideoIdentity
    """How a project knows it again."""
    times_s: np.ndarray
    """Presentation time of each frame in seconds, (num_frames,)."""
    facts: VideoFacts
    """How the frames are stored."""
    problems: tuple[Sentence, ...] = ()


class FrameWorker(QObject):
    """Decodes in its own thread.

    Signals:
        video_opened: Argument: `VideoInfo`.
        video_failed: The file cannot be read. Arguments: path, message.
        frame_decoded: Argument: `FrameImage`.
        frame_failed: Arguments: frame number, message.
        motion_measured: Arguments: `MotionWish`, `FrameMotion`.
    """

    video_opened = Signal(object)
    video_failed = Signal(object, str)
    frame_decoded = Signal(object)
    frame_failed = Signal(int, str)
    motion_measured = Signal(object, object)

    def __init__(
        self,
        cache: FrameCache,
        wishes: WishBox[Wish],
        motion_wishes: WishBox[MotionWish],
        open_reader: OpenReader,
    ) -> None:
        super().__init__()
        self._cache = cache
        self._wishes = wishes
        self._motion_wishes = motion_wishes
        self._open_reader = open_reader
        self._reader: Reader | None = None

    @Slot(object)
    def open(self, path: Path) -> None:
        """Open this video; the one before is closed if that goes well."""
        try:
            reader = self._open_reader(path)
            identity = reader.identity()
        except VideoError as error:
            self.video_failed.emit(path, translated(error))
            return
        self.close()
        self._reader = reader
        log.info(
            "%s: %d frames of %s at %.3f fps", path, reader.num_frames, reader.size, reader.fps
        )
        self.video_opened.emit(
            VideoInfo(
                path,
                reader.num_frames,
                reader.size,
                reader.fps,
                identity,
                reader.times_s,
                reader.facts,
                reader.problems,
            )
        )

    @Slot()
    def close(self) -> None:
        """Let the video go."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self._cache.clear()

    @Slot()
    def serve(self) -> None:
        """Decode the newest wish, then what will probably be wished next."""
        wish = self._wishes.take()
        if wish is None or self._reader is None:
            return
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
                if self._wishes.is_full:
                    return
        except VideoError as error:  # said when the frame itself is wished
            log.info("looking ahead stopped: %s", error)


class FrameProvider(QObject):
    """The GUI's side: ask for a frame, be told when it is there.

    Signals:
        opening_started: Argument: the path; `video_opened` or `video_failed` follows.
        video_opened: Argument: `VideoInfo`.
        video_failed: Arguments: path, message.
        frame_ready: The frame wished last is there. Argument: `FrameImage`.
        frame_failed: Arguments: frame number, message.
        motion_ready: The motion wished last is known. Argument: `FrameMotion`.
    """

    opening_started = Signal(object)
    video_opened = Signal(object)
    video_failed = Signal(object, str)
    frame_ready = Signal(object)
    frame_failed = Signal(int, str)
    motion_ready = Signal(object)
    _open_wanted = Signal(object)
    _close_wanted = Signal()
    _serve_wanted = Signal()
    _motion_wanted = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        open_reader: OpenReader = open_video,
        cache: FrameCache | None = None,
    ) -> None:
        super().__init__(parent)
        self.video: VideoInfo | None = None
        self.cache = cache or FrameCache()
        self._wishes = WishBox[Wish]()
        self._motion_wishes = WishBox[MotionWish]()
        self._wanted = -1
        self._wanted_motion: MotionWish | None = None
        self._thread = QThread(self)
        self._thread.setObjectName("frames")
        self._worker = FrameWorker(self.cache, self._wishes, self._motion_wishes, open_reader)
        self._worker.moveToThread(self._thread)
        self._open_wanted.connect(self._worker.open)
        self._close_wanted.connect(self._worker.close)
        self._serve_wanted.connect(self._worker.serve)
        self._motion_wanted.connect(self._worker.serve_motion)
        self._worker.video_opened.connect(self._note_video)
        self._worker.video_failed.connect(self.video_failed)
        self._worker.frame_decoded.connect(self._note_frame)
        self._worker.frame_failed.connect(self.frame_failed)
        self._worker.motion_measured.connect(self._note_motion)
        self._thread.start()

    @Slot(object)
    def open(self, path: Path) -> None:
        """Open a video file or image folder; `video_opened` or `video_failed` follows."""
        self._open_wanted.emit(path)
        self.opening_started.emit(path)

    @Slot(int)
    def want(self, frame: int) -> None:
        """Ask for a frame; an older wish that waits is forgotten."""
        if self.video is None:
            return
        step = frame - self._wanted if self._wanted >= 0 else 1
        self._wanted = frame
        found = self.cache.get(frame)
        if found is not None:
            self.frame_ready.emit(found)
        self._wishes.put(Wish(frame, step))
        self._serve_wanted.emit()

    @Slot(int, object)
    def want_motion(self, frame: int, others: tuple[int, ...]) -> None:
        """Ask how a frame moves to others; `motion_ready` follows, unless a frame is asked for.

        Args:
            frame: The frame.
            others: At least one other.
        """
        if self.video is None:
            return
        self._wanted_motion = MotionWish(frame, others)
        self._motion_wishes.put(self._wanted_motion)
        self._motion_wanted.emit()

    def stop(self) -> None:
        """Close the video and end the thread."""
        self._wishes.put(None)
        self._close_wanted.emit()
        self._thread.quit()
        self._thread.wait()

    @Slot(object)
    def _note_video(self, video: VideoInfo) -> None:
        self._wishes.put(None)
        self._motion_wishes.put(None)
        self._wanted, self._wanted_motion = -1, None
        self.video = video
        self.video_opened.emit(video)

    @Slot(object)
    def _note_frame(self, found: FrameImage) -> None:
        if found.frame == self._wanted:
            self.frame_ready.emit(found)

    @Slot(object, object)
    def _note_motion(self, wish: MotionWish, motion: FrameMotion) -> None:
        if wish == self._wanted_motion:
            self.motion_ready.emit(motion)
