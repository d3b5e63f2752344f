"""The status bar's word about a run: what it is at, how far it is, and the button that stops it."""

import time

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from tarvis_app.actions import Actions
from tarvis_app.panels.busy_bar import BusyBar
from tarvis_app.panels.elided_label import ElidedLabel
from tarvis_app.panels.minutes import minutes_text
from tarvis_app.segmentation.run_progress import Preparation, RunProgress, RunStep

SLOW = 0.5
"""Frames per second; below, it is said how long one takes."""
TICK_MS = 500
TEXT_WIDTH = 340
"""Where there is little room the bar gives way to the text first, as long as that is no wider."""
BAR_WIDTHS = 40, 150
"""Of the bar, at least and at most."""


class RunStatus(QWidget):
    """Progress of a run with speed and time left, and the button that stops it.

    Before the first masks come, it says what is done for them and since when.
    """

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self._is_stopping = False
        self._what = ""
        self._began_at = 0.0
        self._clock = QTimer(self, interval=TICK_MS)
        self._clock.timeout.connect(self.refresh)
        self._text = ElidedLabel(TEXT_WIDTH, self)
        self._bar = BusyBar(self)
        self._bar.setMinimumWidth(BAR_WIDTHS[0])
        self._bar.setMaximumWidth(BAR_WIDTHS[1])
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the run"))
        self._stop = QToolButton(self)
        self._stop.setDefaultAction(actions["track.stop"])
        self._stop.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(8)
        layout.addWidget(self._text)
        layout.addWidget(self._bar)
        layout.addWidget(self._stop)
        self.hide()

    @Slot()
    def wait(self) -> None:
        """A run was asked for that begins once a click is answered."""
        self._show_busy(self.tr("The run starts when the click is answered…"))

    @Slot()
    def begin(self) -> None:
        """A run has begun; nothing is known of its speed."""
        self._show_busy(self.tr("Starting…"))

    @Slot(object)
    def show_step(self, step: RunStep) -> None:
        """Say what the run is at before its first masks come."""
        if self._is_stopping or self.isHidden():
            return
        self._what = self.step_text(step)
        self.refresh()

    def step_text(self, step: RunStep) -> str:
        """What a run is at before its first masks come, in words."""
        if step.what is Preparation.MODEL:
            return self.tr("Loading the model…")
        if step.what is Preparation.VIDEO:
            return self.tr("Opening the video for the model…")
        assert step.clip is not None, "said with the clip"
        if step.clip.is_encoded:
            return self.tr("Making the first masks…")
        if step.clip.num_frames == 1:
            return self.tr("Looking at frame {frame}…").format(frame=step.clip.first_frame)
        return self.tr("Looking at frames {first}–{last}: {done} of {total}").format(
            first=step.clip.first_frame,
            last=step.clip.last_frame,
            done=step.clip.num_seen,
            total=step.clip.num_frames,
        )

    @Slot()
    def show_stopping(self) -> None:
        """The run was asked to stop; that is said until it has done so."""
        self._is_stopping = True
        self._what, self._began_at = self.tr("Stopping…"), time.monotonic()
        self._clock.start()
        self.refresh()

    def _show_busy(self, text: str) -> None:
        self._is_stopping = False
        self._what, self._began_at = text, time.monotonic()
        self._clock.start()
        self.refresh()
        self._bar.show_busy()
        self._stop.setEnabled(True)
        self.show()

    @Slot()
    def refresh(self) -> None:
        """Say what goes on, and once that takes a while, for how long it has."""
        elapsed_s = int(time.monotonic() - self._began_at)
        clock = f" · {minutes_text(elapsed_s)}" if elapsed_s else ""
        self._text.setText(f"{self._what}{clock}")

    @Slot(object)
    def show_progress(self, progress: RunProgress) -> None:
        """Show how far the run has come."""
        self._bar.show_part(progress.frames_done / max(1, progress.frames_total))
        if not self._is_stopping:
            self._clock.stop()
            self._text.setText(self.progress_text(progress))

    @Slot()
    def end(self) -> None:
        """The run is over."""
        self._is_stopping = False
        self._clock.stop()
        self.hide()

    def progress_text(self, progress: RunProgress) -> str:
        """Frames done, speed, and time left, in one line; the frames are those of the pass."""
        done, total = progress.frames_done, progress.frames_total
        text = self.tr("{done} of {total} frames")
        at = progress.at
        if at is None:
            text = text.format(done=done, total=total)
        else:
            number = self.tr("pass {number} of {count}").format(number=at.number, count=at.count)
            text = f"{number} · {text.format(done=at.frames_done, total=at.frames_total)}"
        if progress.frames_per_second:
            text = f"{text} · {self.speed_text(progress.frames_per_second)}"
        left = progress.seconds_left
        if left is None or done >= total:
            return text
        return self.tr("{text} · {clock} left").format(text=text, clock=minutes_text(left))

    def speed_text(self, frames_per_second: float) -> str:
        """A speed as one says it: slow ones as seconds per frame."""
        if frames_per_second < SLOW:
            return self.tr("{seconds:.0f} s per frame").format(seconds=1 / frames_per_second)
        digits = 0 if frames_per_second >= 10 else 1
        return self.tr("{speed} frames/s").format(speed=f"{frames_per_second:.{digits}f}")
