"""Habits: whether the canvas follows a run, less motion, and keys that go on after a dialog."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow

from tarvis_app.actions import Actions
from tarvis_app.panels.busy_bar import BusyBar
from tarvis_app.playback.player import Player
from tarvis_app.segmentation.run_progress import RunProgress
from tarvis_app.segmentation.runs import Runs
from tarvis_app.settings import Settings
from tarvis_app.view_state import ViewState


class RunFollowing(QObject):
    """Shows the frame that a run wrote last, if the person wants that."""

    def __init__(
        self,
        runs: Runs,
        view_state: ViewState,
        player: Player,
        settings: Settings,
        actions: Actions,
    ) -> None:
        super().__init__(runs)
        self._view_state = view_state
        self._player = player
        self._settings = settings
        self._action = actions["view.follow_run"]
        self._action.setChecked(settings.follows_runs)
        runs.progressed.connect(self.follow)

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the action calls."""
        return {"view.follow_run": self.take_choice}

    @Slot()
    def take_choice(self) -> None:
        """Remember what the person chose."""
        self._settings.follows_runs = self._action.isChecked()

    @Slot(object)
    def follow(self, progress: RunProgress) -> None:
        """Go where the run is; not while the video is being played."""
        is_free = self._settings.follows_runs and not self._player.is_playing
        if is_free and progress.head is not None:
            self._view_state.show_frame(progress.head)


class Motion(QObject):
    """Switches everything off that moves by itself: docks that slide, bars, the pulsing ring.

    Signals:
        changed: Motion is wanted from now on, or no longer: `QApplication.isEffectEnabled`.
    """

    changed = Signal()

    def __init__(self, window: QMainWindow, settings: Settings, actions: Actions) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._action = actions["view.reduced_motion"]
        self._is_usual = QApplication.isEffectEnabled(Qt.UIEffect.UI_General)
        self._apply()

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the action calls."""
        return {"view.reduced_motion": self.take_choice}

    @Slot()
    def take_choice(self) -> None:
        """Remember what the person chose, and hold to it."""
        self._settings.reduces_motion = self._action.isChecked()
        self._apply()

    def restore(self) -> None:
        """Leave the process as it was."""
        QApplication.setEffectEnabled(Qt.UIEffect.UI_General, self._is_usual)

    def _apply(self) -> None:
        is_still = self._settings.reduces_motion
        self._action.setChecked(is_still)
        self._window.setAnimated(not is_still)
        QApplication.setEffectEnabled(Qt.UIEffect.UI_General, self._is_usual and not is_still)
        for bar in self._window.findChildren(BusyBar):
            bar.follow_motion()
        self.changed.emit()


class KeyReturn(QObject):
    """Gives the keyboard back to the window when a dialog closes.

    Not every window system does that by itself, and without it no shortcut is heard until the
    window is clicked.
    """

    def __init__(self, window: QMainWindow, dialogs: Sequence[QDialog]) -> None:
        super().__init__(window)
        self._window = window
        for dialog in dialogs:
            dialog.finished.connect(self.give_back)

    @Slot()
    def give_back(self) -> None:
        """Let the window hear keys again, unless another one does."""
        if QApplication.activeWindow() is None:
            self._window.activateWindow()
