"""Plays the video by the clock; never moves on before the frame asked for is shown."""

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, Slot

from tarvis_app.playback.frame_cache import FrameImage
from tarvis_app.view_state import ViewState

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
TICK_MS = 16
"""So often it is looked whether another frame is due; screens show no more."""


class Player(QObject):
    """Moves the shown frame on by the clock; slow decoding skips frames, it never lags behind.

    Each frame stays as long as its time in the video says: the rate may change.

    Signals:
        playing_changed: Playback began or ended. Argument: whether it plays.
    """

    playing_changed = Signal(bool)

    def __init__(self, view_state: ViewState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self._times_s = np.zeros(0)
        self._clock = QElapsedTimer()
        self._start_frame = 0
        self._shown_frame = 0
        self._own_frame = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._advance)
        view_state.speed_changed.connect(self._follow_speed)
        view_state.video_changed.connect(self.pause)

    def use_times(self, times_s: np.ndarray) -> None:
        """Play by these times.

        Args:
            times_s: When each frame is shown, in seconds, rising, (num_frames,).
        """
        self._times_s = times_s

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
        if min(self._view_state.num_frames, self._times_s.size) < 2:
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

    @Slot()
    def _advance(self) -> None:
        if self._view_state.frame != self._own_frame:  # the person went elsewhere meanwhile
            self._restart_clock()
        if self._shown_frame != self._view_state.frame:
            return  # the frame asked for is still on its way
        elapsed_s = self._clock.elapsed() / 1000
        now_s = self._times_s[self._start_frame] + elapsed_s * self._view_state.speed
        frame = int(np.searchsorted(self._times_s, now_s, side="right")) - 1
        last = self._view_state.range[1]
        limit = last if self._start_frame <= last else self._view_state.num_frames - 1
        self._own_frame = min(frame, limit)
        self._view_state.show_frame(self._own_frame)
        if frame >= limit:
            self.pause()
