"""Frames in the background: one thread owns the decoder, the newest wish is served first."""

from PySide6.QtCore import QObject, QThread, Signal, Slot

from tarvis_app.playback.frame_cache import FrameCache, FrameImage
from tarvis_app.playback.frame_motion import FrameMotion
from tarvis_app.playback.frame_worker import FrameWorker
from tarvis_app.playback.video_info import Reader, VideoInfo
from tarvis_app.playback.wishes import MotionWish, Wish, WishBox


class FrameProvider(QObject):
    """The GUI's side: ask for a frame, be told when it is there.

    Signals:
        video_changed: Frames are those of another video from now on. Argument: `VideoInfo`.
        frame_ready: The frame wished last is there. Argument: `FrameImage`.
        frame_failed: Arguments: frame number, message.
        motion_ready: The motion wished last is known. Argument: `FrameMotion`.
    """

    video_changed = Signal(object)
    frame_ready = Signal(object)
    frame_failed = Signal(int, str)
    motion_ready = Signal(object)
    _use_wanted = Signal(object, object)
    _close_wanted = Signal()
    _serve_wanted = Signal()
    _motion_wanted = Signal()

    def __init__(self, parent: QObject | None = None, cache: FrameCache | None = None) -> None:
        super().__init__(parent)
        self.video: VideoInfo | None = None
        self.cache = cache or FrameCache()
        self._wishes = WishBox[Wish]()
        self._motion_wishes = WishBox[MotionWish]()
        self._wanted = -1
        self._wanted_motion: MotionWish | None = None
        self._thread = QThread(self)
        self._thread.setObjectName("frames")
        self._worker = FrameWorker(self.cache, self._wishes, self._motion_wishes)
        self._worker.moveToThread(self._thread)
        self._use_wanted.connect(self._worker.use)
        self._close_wanted.connect(self._worker.close)
        self._serve_wanted.connect(self._worker.serve)
        self._motion_wanted.connect(self._worker.serve_motion)
        self._worker.video_taken.connect(self._note_video)
        self._worker.frame_decoded.connect(self._note_frame)
        self._worker.frame_failed.connect(self.frame_failed)
        self._worker.motion_measured.connect(self._note_motion)
        self._thread.start()

    @Slot(object, object)
    def use(self, reader: Reader, video: VideoInfo) -> None:
        """Show frames of another video; `video_changed` follows once none of the old one comes.

        Args:
            reader: Open; the provider's from now on, which closes it.
            video: What is known of it.
        """
        self._worker.leaving.set()
        self._use_wanted.emit(reader, video)

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
        self._worker.leaving.set()
        self._close_wanted.emit()
        self._thread.quit()
        self._thread.wait()

    @Slot(object)
    def _note_video(self, video: VideoInfo) -> None:
        self._wishes.put(None)
        self._motion_wishes.put(None)
        self._wanted, self._wanted_motion = -1, None
        self.video = video
        self.video_changed.emit(video)

    @Slot(object)
    def _note_frame(self, found: FrameImage) -> None:
        if found.frame == self._wanted:
            self.frame_ready.emit(found)

    @Slot(object, object)
    def _note_motion(self, wish: MotionWish, motion: FrameMotion) -> None:
        if wish == self._wanted_motion:
            self.motion_ready.emit(motion)
