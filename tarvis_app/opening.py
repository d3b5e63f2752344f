"""Opening and keeping projects: every project is a file from its first moment on."""

import itertools
import logging
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.counting import counted
from tarvis_app.document.document import Document
from tarvis_app.notifications import Notifications, Remedy
from tarvis_app.opener import Opener
from tarvis_app.opening_work import (
    Asked,
    OpenAlready,
    Opened,
    OpeningPlace,
    OpenReader,
    ProjectRefused,
    Result,
    VideoMissing,
    VideoRefused,
)
from tarvis_app.playback.frame_provider import FrameProvider
from tarvis_app.playback.video_info import VideoInfo
from tarvis_app.settings import Settings
from tarvis_app.translated import translated
from tarvis_app.view_keeping import ViewKeeping
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_file import SUFFIX, ProjectFile
from tarvis_core.annotation.project_rescue import rescue
from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.errors import DamagedProjectError, ProjectFileError
from tarvis_core.video.video_reader import open_video

log = logging.getLogger(__name__)

DEFAULT_LABEL_SET = "coco"


class Opening(QObject):
    """Opens videos and projects in the background; until then, what was open before stays so.

    Signals:
        opened: A video is open together with its project. Argument: `VideoInfo`.
        video_missing: A project's video was not found. Argument: the project's path.
        video_refused: A video cannot be opened. Argument: why.
    """

    opened = Signal(object)
    video_missing = Signal(object)
    video_refused = Signal(str)

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        provider: FrameProvider,
        settings: Settings,
        notifications: Notifications,
        open_reader: OpenReader = open_video,
    ) -> None:
        super().__init__(document)
        self._document = document
        self._view_state = view_state
        self._provider = provider
        self._settings = settings
        self._notifications = notifications
        self._open_reader = open_reader
        self.file: ProjectFile | None = None
        self.view = ViewKeeping(view_state, self)
        """How the open project is looked at."""
        self.opener = Opener(self)
        """What is being opened."""
        self._waiting: ProjectFile | None = None
        self._taken: Opened | None = None
        self.opener.opened.connect(self._take)
        provider.video_changed.connect(self._show)

    @Slot(object)
    def open(self, path: Path) -> None:
        """Open a project file, a video file or a folder of images."""
        self._begin(Asked(path))

    def relink(self, video: Path) -> None:
        """Say where the video of the project lies that waits for it."""
        waiting, self._waiting = self._waiting, None
        self._begin(Asked(video, waiting=waiting))

    def _begin(self, asked: Asked) -> None:
        self.opener.stop()
        self._drop_waiting()
        held = None if self.file is None else self.file.path
        if asked.is_project and held == asked.path.absolute():
            return
        place = OpeningPlace(self._settings.folders.projects, held, self._open_reader)
        self.opener.begin(asked, place)

    @Slot(result=bool)
    def cancel(self) -> bool:
        """Open nothing more; what was open before is untouched.

        Returns:
            Whether anything was being opened.
        """
        progress = self.opener.progress
        if progress is None:
            return False
        self.opener.stop()
        text = self.tr("Opening {name} was cancelled.").format(name=progress.path.name)
        self._notifications.inform(text)
        return True

    @Slot(object)
    def _take(self, result: Result) -> None:
        match result:
            case Opened(reader, video):
                self._drop_taken()
                self._taken = result
                self._provider.use(reader, video)
            case VideoMissing(file):
                self._waiting = file
                self.video_missing.emit(file.path)
            case ProjectRefused(path, error):
                self._notifications.error(translated(error), self._remedies(result))
            case VideoRefused(path, message):
                log.warning("%s: %s", path, message)
                self.video_refused.emit(translated(message))
            case OpenAlready():
                log.info("the project of this video is open already")

    def _remedies(self, refused: ProjectRefused) -> list[Remedy]:
        """What can be done about a project that does not open."""
        path = refused.path
        if isinstance(refused.error, DamagedProjectError):
            return [Remedy(self.tr("Rescue what can be read"), lambda: self.rescue(path))]
        if path.is_file() and not refused.read_only:
            look = Asked(path, read_only=True)
            return [Remedy(self.tr("Open to look"), lambda: self._begin(look))]
        return []

    def rescue(self, damaged: Path) -> None:
        """Save what is left of a damaged project as a new one, and open that."""
        destination = _free_name(damaged)
        try:
            report = rescue(damaged, destination)
        except ProjectFileError as error:
            self._notifications.error(translated(error))
            return
        self.open(destination)
        masks = counted(
            report.num_masks, self.tr("1 mask"), self.tr("{count} masks", None, report.num_masks)
        )
        targets = counted(
            report.num_targets,
            self.tr("1 target"),
            self.tr("{count} targets", None, report.num_targets),
        )
        text = self.tr(
            "{masks} of {targets} were rescued into {name}; masks that were damaged: {damaged}. "
            "The old file was left as it is."
        ).format(
            masks=masks,
            targets=targets,
            name=destination.name,
            damaged=report.num_damaged_masks,
        )
        self._notifications.warn(text)

    @Slot(object)
    def _show(self, video: VideoInfo) -> None:
        """The video's frames come from now on: show its project with them."""
        taken = self._taken
        if taken is None or taken.video is not video:  # something else was opened meanwhile
            return
        self._taken = None
        self._tell_stranger(taken)
        file = taken.file or self._create(taken)
        if taken.file_error is not None:
            self._tell_unwritable(taken, taken.file_error)
        self.close()
        self.file = file
        self.view.use(file)
        self._document.open(_new_project(video.identity) if file is None else file.project)
        self._view_state.show_video(video.num_frames)
        asked = taken.file if taken.is_project_asked else None
        self._settings.add_recent(video.path if asked is None else asked.path)
        self.opened.emit(video)
        self.view.restore()
        if video.problems:
            self._notifications.warn(" ".join(map(translated, video.problems)))

    def _tell_stranger(self, taken: Opened) -> None:
        if taken.stranger is not None:
            text = self.tr(
                "{video} is not the video of {project}: it has other frames. It was opened on "
                "its own."
            )
            names = {"video": taken.video.path.name, "project": taken.stranger.name}
            self._notifications.warn(text.format(**names))

    def _create(self, taken: Opened) -> ProjectFile | None:
        """A project for a video that has none; None if it cannot be kept."""
        if taken.file_error is not None:
            return None
        path = taken.project
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return ProjectFile.create(path, _new_project(taken.video.identity))
        except (ProjectFileError, OSError) as error:
            self._tell_not_saved(path, error)
            return None

    def _tell_unwritable(self, taken: Opened, error: ProjectFileError) -> None:
        if taken.file is None:
            self._tell_not_saved(taken.project, error)
            return
        text = self.tr("{reason}. It is open to look at; edits are refused.")
        self._notifications.warn(text.format(reason=translated(error)))

    def _tell_not_saved(self, path: Path, error: ProjectFileError | OSError) -> None:
        log.warning("no project file %s: %s", path, error)
        reason = str(error) if isinstance(error, OSError) else translated(error)
        rescuing = Remedy(self.tr("Rescue what can be read"), lambda: self.rescue(path))
        self._notifications.warn(
            self.tr("This project is not saved: {reason}").format(reason=reason),
            [rescuing] if isinstance(error, DamagedProjectError) else [],
        )

    @Slot()
    def close(self) -> None:
        """Let the project go; everything was saved as it happened."""
        if self.file is not None:
            self.view.save()
            self.view.use(None)
            self._document.open(None)
            self.file.close()
            self.file = None

    def shut_down(self) -> None:
        """Open nothing more, and let the project go."""
        self.opener.shut_down()
        self._drop_waiting()
        self._drop_taken()
        self.close()

    def save_as(self, path: Path) -> None:
        """Keep the project in another file from now on.

        Raises:
            ProjectFileError: The file cannot be written.
        """
        if self.file is None:
            raise ProjectFileError("there is no project file to save; open a video first")
        path = path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)
        self.file.save_as(path)
        self._settings.add_recent(path)

    def _drop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.close()
            self._waiting = None

    def _drop_taken(self) -> None:
        """Let a project go whose video's frames did not come yet; the provider closes the video."""
        if self._taken is not None and self._taken.file is not None:
            self._taken.file.close()
        self._taken = None


def _new_project(identity: VideoIdentity) -> Project:
    return Project(identity, load_label_set(DEFAULT_LABEL_SET))


def _free_name(damaged: Path) -> Path:
    """A name beside a damaged project that nothing has yet."""
    for number in itertools.count(1):
        tail = "-rescued" if number == 1 else f"-rescued-{number}"
        path = damaged.with_name(f"{damaged.stem}{tail}{SUFFIX}")
        if not path.exists():
            return path
    raise AssertionError("numbers do not end")
