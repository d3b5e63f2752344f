"""What was worked on before is at hand where the program begins with something else."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot

from tarvis_app.notifications import Remedy
from tarvis_app.opening import Opening
from tarvis_app.settings import Settings
from tarvis_core.video.sample_clip import sample_clip_path


class LastWork(QObject):
    """Knows the newest of the recent files that is still there; the sample clip is no work."""

    def __init__(self, settings: Settings, opening: Opening) -> None:
        super().__init__(opening)
        self._settings = settings
        self._opening = opening

    @property
    def path(self) -> Path | None:
        """The file or folder; None if there is none."""
        sample = sample_clip_path()
        return next((p for p in self._settings.recent if p != sample and p.exists()), None)

    def remedy(self) -> Remedy | None:
        """A button that opens it; None if there is none."""
        path = self.path
        if path is None:
            return None
        text = self.tr("Go on with {name}").format(name=path.name)
        return Remedy(text, lambda: self._opening.open(path))

    def offer(self) -> None:
        """Offer it beside the video that is being opened, until the person goes on with that."""
        self._opening.opened.connect(self._tell, Qt.ConnectionType.SingleShotConnection)

    @Slot()
    def _tell(self) -> None:
        remedy = self.remedy()
        if remedy is not None and self._settings.recent[0] == sample_clip_path():
            self._opening.notices.offer(self.tr("This is the sample clip."), remedy)
