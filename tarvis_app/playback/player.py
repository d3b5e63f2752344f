"""Plays the video by the clock; never moves on before the frame asked for is shown."""

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, Slot

from tarvis_app.playback.frame_cache import FrameImage
from tarvis_app.view_state import ViewState

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


class Player(QObject):
    """Moves the shown frame on by the clock; slow decoding skips frames, it never lags behind.

    Signals:
        playing_changed: Playback began or ended. Argument: whether it plays.
    """

    playing_changed = Signal(bool)

    def __init__(self, view_state: ViewState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self.fps = 25.0
        self._clock = QElapsedTimer()
        self._start_frame = 0
        self._shown_frame = 0
        self._own_frame = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._advance)
        view_state.speed_changed.connect(self._follow_speed)
        view_state.video_changed.connect(self.pause)

    @property
    def is_playing(self) -> bool:
        """Whether the video runs."""
        return self._timer.isActive()

    @Slot()
    def toggle(self) -> None:
        """Play or pause; at the end of the range play from its beginning."""
        if self.is_playing:
            self.pause()
            return
        first, last = self._view_state.range
        if self._view_state.num_frames < 2:
            return
        if self._view_state.frame >= last:
            self._view_state.show_frame(first)
        self._restart_clock()
        self._timer.start()
        self.playing_changed.emit(self.is_playing)

    @Slot()
    def pause(self) -> None:
        """Stop where we are."""
        if self.is_playing:
            self._timer.stop()
            self.playing_changed.emit(self.is_playing)

    @Slot(object)
    def note_shown(self, image: FrameImage) -> None:
        """Be told which frame is on the screen."""
        self._shown_frame = image.frame

    @Slot()
    def _follow_speed(self) -> None:
        if self.is_playing:
            self._restart_clock()

    def _restart_clock(self) -> None:
        self._start_frame = self._own_frame = self._view_state.frame
        self._clock.restart()
        rate = max(1.0, min(60.0, self.fps * self._view_state.speed))
        self._timer.setInterval(round(1000 / rate))

    @Slot()
    def _advance(self) -> None:
        if self._view_state.frame != self._own_frame:  # the person went elsewhere meanwhile
            self._restart_clock()
        if self._shown_frame != self._view_state.frame:
            return  # the frame asked for is still on its way
        elapsed_s = self._clock.elapsed() / 1000
        frame = self._start_frame + int(elapsed_s * self.fps * self._view_state.speed)
        last = self._view_state.range[1]
        limit = last if self._start_frame <= last else self._view_state.num_frames - 1
        self._own_frame = min(frame, limit)
        self._view_state.show_frame(self._own_frame)
        if frame >= limit:
            self.pause()
