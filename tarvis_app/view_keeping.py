"""ViewKeeping: a project remembers how it was looked at: frame, range, selection, zoom."""

import logging
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from tarvis_app.view_state import ViewState
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import ProjectFileError

log = logging.getLogger(__name__)

SAVE_VIEW_AFTER_MS = 1000


@dataclass(frozen=True)
class ViewPlace:
    """Where the canvas stood."""

    scale: float
    centre: tuple[float, float]


class ViewKeeping(QObject):
    """Writes what is shown into the open project, soon after it changed.

    Signals:
        place_restored: The canvas stood elsewhere when the project was last open: `ViewPlace`.
    """

    place_restored = Signal(object)

    def __init__(self, view_state: ViewState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self._file: ProjectFile | None = None
        self._place: ViewPlace | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_VIEW_AFTER_MS)
        self._timer.timeout.connect(self.save)
        view_state.frame_changed.connect(self._timer.start)
        view_state.selection_changed.connect(self._timer.start)
        view_state.range_changed.connect(self._timer.start)

    def use(self, file: ProjectFile | None) -> None:
        """Write into this project from now on; None: into none."""
        self._file = file

    def note_place(self, place: ViewPlace | None) -> None:
        """Be told where the canvas stands, to be remembered like the rest; None: it fits."""
        if place != self._place:
            self._place = place
            self._timer.start()

    @Slot()
    def save(self) -> None:
        """Remember frame, range, selection and zoom for the next time."""
        if self._file is None or self._file.is_read_only:
            return
        place = self._place
        try:
            self._file.set_view_settings(
                {
                    "frame": self._view_state.frame,
                    "range": list(self._view_state.range),
                    "selection": [int(target) for target in self._view_state.selection],
                    "scale": None if place is None else place.scale,
                    "centre": None if place is None else list(place.centre),
                }
            )
        except ProjectFileError as error:
            log.warning("the view was not remembered: %s", error)

    def restore(self) -> None:
        """Show what was shown when the project was last open."""
        if self._file is None:
            return
        held = self._file.view_settings
        match held.get("range"):
            case [int(first), int(last)]:
                self._view_state.set_range(first, last)
        match held.get("frame"):
            case int(frame):
                self._view_state.show_frame(frame)
        match held.get("selection"):
            case list(targets):
                known = self._file.project.targets
                self._view_state.select(
                    *(TargetId(t) for t in targets if isinstance(t, int) and t in known)
                )
        match held.get("scale"), held.get("centre"):
            case float(scale), [float(x), float(y)]:
                self.place_restored.emit(ViewPlace(scale, (x, y)))
