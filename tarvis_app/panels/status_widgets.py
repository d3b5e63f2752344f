"""The status bar's fixed parts: the model, memory, and whether all is saved."""

from PySide6.QtCore import Qt, QTime, Slot
from PySide6.QtWidgets import QToolButton

from tarvis_app.actions import Actions
from tarvis_app.segmentation.requests import MemoryUse, ModelState, ModelStatus
from tarvis_app.theme import Theme

TIGHT = 0.85
"""From this part of the memory on it is shown as a warning."""


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
    """Says that everything is on disk, and when that was last so; opens the history.

    It comes with the first project.
    """

    def __init__(self) -> None:
        super().__init__()
        self._place = ""
        self._is_kept = False
        self.setText(self.tr("Not saved"))
        self._follow_text()
        self.hide()

    def show_place(self, place: str, *, is_kept: bool, is_read_only: bool = False) -> None:
        """Say where the project is, or that it is nowhere, or only to be looked at."""
        self._place, self._is_kept = place, is_kept
        text = self.tr("All changes saved") if is_kept else self.tr("Not saved")
        self.setText(self.tr("Read only") if is_read_only else text)
        self._follow_text()
        self.show()

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
