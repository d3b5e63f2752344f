"""The status bar's fixed parts: the run's progress, the model, and whether all is saved."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from tarvis_app.actions import Actions
from tarvis_app.segmentation.requests import ModelState, ModelStatus
from tarvis_app.segmentation.runs import RunProgress
from tarvis_app.theme import Theme


class RunStatus(QWidget):
    """Progress of a run with speed and time left, and the button that stops it."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self._text = QLabel(self)
        self._bar = QProgressBar(self)
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
    def begin(self) -> None:
        """A run has begun; nothing is known of its speed."""
        self._text.setText(self.tr("Starting…"))
        self._bar.setRange(0, 0)
        self._stop.setEnabled(True)
        self.show()

    @Slot(object)
    def show_progress(self, progress: RunProgress) -> None:
        """Show how far the run has come."""
        self._bar.setRange(0, max(1, progress.frames_total))
        self._bar.setValue(progress.frames_done)
        self._text.setText(progress_text(progress))

    @Slot()
    def end(self) -> None:
        """The run is over."""
        self.hide()


def progress_text(progress: RunProgress) -> str:
    """Frames done, speed, and time left, in one line."""
    text = f"{progress.frames_done} / {progress.frames_total} · {speed_text(progress)}"
    left = progress.seconds_left
    if left is None or progress.frames_done >= progress.frames_total:
        return text
    minutes, seconds = divmod(round(left), 60)
    return f"{text} · {minutes}:{seconds:02d} left"


def speed_text(progress: RunProgress) -> str:
    """Frames per second; a decimal where there are few."""
    speed = progress.frames_per_second
    return f"{speed:.0f} fps" if speed >= 10 else f"{speed:.1f} fps"


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


class SavedLabel(QLabel):
    """Says that everything is on disk, and where.

    Signals:
        clicked: The label was clicked.
    """

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        self.setContentsMargins(8, 0, 8, 0)

    def show_place(self, place: str, *, is_kept: bool) -> None:
        """Say where the project is, or that it is nowhere."""
        self.setText(self.tr("All changes saved") if is_kept else self.tr("Not saved"))
        self.setToolTip(place)
