"""The status bar's fixed parts: the run's progress, the model, and whether all is saved."""

from PySide6.QtCore import Qt, QTime, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from tarvis_app.actions import Actions
from tarvis_app.panels.busy_bar import BusyBar
from tarvis_app.segmentation.requests import MemoryUse, ModelState, ModelStatus
from tarvis_app.segmentation.run_progress import RunProgress
from tarvis_app.theme import Theme

SLOW = 0.5
"""Frames per second; below, it is said how long one takes."""
TIGHT = 0.85
"""From this part of the memory on it is shown as a warning."""


class RunStatus(QWidget):
    """Progress of a run with speed and time left, and the button that stops it."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self._is_stopping = False
        self._text = QLabel(self)
        self._bar = BusyBar(self)
        self._bar.setFixedWidth(150)
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

    @Slot()
    def show_stopping(self) -> None:
        """The run was asked to stop; that is said until it has done so."""
        self._is_stopping = True
        self._text.setText(self.tr("Stopping…"))

    def _show_busy(self, text: str) -> None:
        self._is_stopping = False
        self._text.setText(text)
        self._bar.show_busy()
        self._stop.setEnabled(True)
        self.show()

    @Slot(object)
    def show_progress(self, progress: RunProgress) -> None:
        """Show how far the run has come."""
        self._bar.show_part(progress.frames_done / max(1, progress.frames_total))
        if not self._is_stopping:
            self._text.setText(self.progress_text(progress))

    @Slot()
    def end(self) -> None:
        """The run is over."""
        self._is_stopping = False
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
        minutes, seconds = divmod(round(left), 60)
        hours, minutes = divmod(minutes, 60)
        clock = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
        return self.tr("{text} · {clock} left").format(text=text, clock=clock)

    def speed_text(self, frames_per_second: float) -> str:
        """A speed as one says it: slow ones as seconds per frame."""
        if frames_per_second < SLOW:
            return self.tr("{seconds:.0f} s per frame").format(seconds=1 / frames_per_second)
        digits = 0 if frames_per_second >= 10 else 1
        return self.tr("{speed} frames/s").format(speed=f"{frames_per_second:.{digits}f}")


class ModelButton(QToolButton):
    """Says which network is loaded where; opens the models dialog."""

    def __init__(self, actions: Actions, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._status = ModelStatus(ModelState.UNLOADED)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setToolTip(actions["model.choose"].toolTip())
        self.clicked.connect(actions["model.choose"].trigger)
        theme.changed.connect(self._refresh)
        self._refresh()

    @Slot(object)
    def show_status(self, status: ModelStatus) -> None:
        """Show another state of the network."""
        self._status = status
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        status, colours = self._status, self._theme.colours
        name = "" if status.weights is None else status.weights.stem
        text, colour = {
            ModelState.UNLOADED: (self.tr("Model: not loaded"), colours.faint),
            ModelState.LOADING: (self.tr("Loading the model…"), colours.accent),
            ModelState.READY: (f"{name} · {status.device}", colours.text),
            ModelState.MISSING: (self.tr("No model weights"), colours.warning),
            ModelState.FAILED: (self.tr("Model failed to load"), colours.error),
        }[status.state]
        self.setText(text)
        self.setIcon(self._theme.icon("brain", colour))
        self.setAccessibleName(text)


class MemoryButton(QToolButton):
    """Says how full the memory of the network's device is; opens the models dialog."""

    def __init__(self, actions: Actions, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._memory: MemoryUse | None = None
        self.setAccessibleName(self.tr("Memory"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setToolTip(
            self.tr("Memory in use on the network's device; click to choose model and device")
        )
        self.clicked.connect(actions["model.choose"].trigger)
        theme.changed.connect(self._refresh)
        self.hide()

    @Slot(object)
    def show_memory(self, memory: MemoryUse) -> None:
        """Show another measurement."""
        self._memory = memory
        self._refresh()
        self.show()

    @Slot()
    def _refresh(self) -> None:
        memory, colours = self._memory, self._theme.colours
        if memory is None:
            return
        used, total = memory.used_bytes / 2**30, memory.total_bytes / 2**30
        self.setText(self.tr("{used:.1f} / {total:.0f} GB").format(used=used, total=total))
        is_tight = memory.used_bytes > TIGHT * memory.total_bytes
        self.setIcon(self._theme.icon("memory", colours.warning if is_tight else colours.text))
        self.setAccessibleName(self.tr("Memory: {text}").format(text=self.text()))


class SavedButton(QToolButton):
    """Says that everything is on disk, and when that was last so; opens the history."""

    def __init__(self) -> None:
        super().__init__()
        self._place = ""
        self._is_kept = False
        self.setText(self.tr("Not saved"))
        self._follow_text()

    def show_place(self, place: str, *, is_kept: bool) -> None:
        """Say where the project is, or that it is nowhere."""
        self._place, self._is_kept = place, is_kept
        self.setText(self.tr("All changes saved") if is_kept else self.tr("Not saved"))
        self._follow_text()

    @Slot()
    def note_saved(self) -> None:
        """An edit was written now."""
        if self._is_kept:
            now = QTime.currentTime().toString("HH:mm")
            self.setText(self.tr("Saved {time}").format(time=now))
            self._follow_text()

    def _follow_text(self) -> None:
        self.setAccessibleName(self.text())
        hint = self.tr("Click for the history of all steps.")
        self.setToolTip(f"{self._place}\n{hint}" if self._place else hint)
