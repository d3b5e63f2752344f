"""Which file? The dialogs that ask for videos, projects and folders."""

from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from tarvis_app.notifications import Notifications, Remedy
from tarvis_app.opening import Opening
from tarvis_app.settings import Settings
from tarvis_app.translated import translated
from tarvis_core.annotation.project_file import SUFFIX
from tarvis_core.errors import ProjectFileError
from tarvis_core.video.sample_clip import sample_clip_path

VIDEO_PATTERNS = "*.mp4 *.mov *.mkv *.webm *.avi *.m4v *.mpg *.mpeg *.ts *.flv *.ogv *.wmv *.gif"
IMAGE_PATTERNS = "*.png *.jpg *.jpeg *.bmp *.webp *.tif *.tiff"


class FileDialogs(QObject):
    """Asks for files and hands them to `Opening`."""

    def __init__(
        self, window: QWidget, opening: Opening, settings: Settings, notifications: Notifications
    ) -> None:
        super().__init__(window)
        self._window = window
        self._opening = opening
        self._settings = settings
        self._notifications = notifications
        opening.video_missing.connect(self._ask_for_video)
        opening.video_refused.connect(self._tell_refusal)

    @Slot()
    def open_file(self) -> None:
        """Ask for a video or project."""
        patterns = self.tr("Videos and projects ({patterns})").format(
            patterns=f"{VIDEO_PATTERNS} *{SUFFIX} {IMAGE_PATTERNS}"
        )
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            self.tr("Open video or project"),
            str(self._start_folder()),
            f"{patterns};;{self.tr('All files')} (*)",
        )
        if name:
            self._opening.open(Path(name))

    @Slot()
    def open_folder(self) -> None:
        """Ask for a folder of images."""
        name = QFileDialog.getExistingDirectory(
            self._window, self.tr("Open folder of images"), str(self._start_folder())
        )
        if name:
            self._opening.open(Path(name))

    @Slot()
    def open_sample(self) -> None:
        """Open the clip that comes with the program."""
        self._opening.open(sample_clip_path())

    @Slot()
    def save_as(self) -> None:
        """Ask where to keep the project from now on."""
        name, _ = QFileDialog.getSaveFileName(
            self._window,
            self.tr("Save project as"),
            str(self._start_folder()),
            self.tr("Projects (*{suffix})").format(suffix=SUFFIX),
        )
        if not name:
            return
        try:
            self._opening.save_as(Path(name))
        except ProjectFileError as error:
            self._notifications.error(translated(error))
        else:
            text = self.tr("The project is now kept in {name}.").format(name=name)
            self._notifications.inform(text, is_passing=False)

    @Slot(str)
    def _tell_refusal(self, message: str) -> None:
        self._opening.notices.error(message, [Remedy(self.tr("Open another…"), self.open_file)])

    @Slot(object)
    def _ask_for_video(self, project: Path) -> None:
        locate = Remedy(self.tr("Locate video…"), self._locate_video)
        text = self.tr("The video of {project} was not found where it was. Where is it now?")
        self._opening.notices.warn(text.format(project=project.name), [locate])

    def _locate_video(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window, self.tr("Locate the project's video"), str(self._start_folder())
        )
        if name:
            self._opening.relink(Path(name))

    def _start_folder(self) -> Path:
        for path in self._settings.recent:
            is_ours = path.is_relative_to(self._settings.folders.projects)
            if path.parent.is_dir() and not is_ours:
                return path.parent
        return Path.home()
