"""Opening and keeping projects: every project is a file from its first moment on."""

import itertools
import logging
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.document.document import Document
from tarvis_app.notifications import Notifications, Remedy
from tarvis_app.opener import Opener
from tarvis_app.opening_notices import OpeningNotices
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
        came_to_nothing: What was to be opened is not, and what was open before stays so.
        kept_elsewhere: The open project is kept in another file from now on.
    """

    opened = Signal(object)
    video_missing = Signal(object)
    video_refused = Signal(str)
    came_to_nothing = Signal()
    kept_elsewhere = Signal()

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
        self._open_reader = open_reader
        self.file: ProjectFile | None = None
        self.view = ViewKeeping(view_state, self)
        """How the open project is looked at."""
        self.notices = OpeningNotices(notifications, self)
        """What is said of the open file, and of those that did not open."""
        self.opener = Opener(self)
        """What is being opened."""
        self._waiting: ProjectFile | None = None
        self._taken: Opened | None = None
        self._asked: Asked | None = None
        self._shown = Path()
        self.opener.opened.connect(self._take)
        provider.video_changed.connect(self._show)
        document.write_failed.connect(self._tell_write_failure)

    @Slot(object)
    def open(self, path: Path) -> None:
        """Open a project file, a video file or a folder of images."""
        self._begin(Asked(path))

    def relink(self, video: Path) -> None:
        """Say where the video of the project lies that waits for it."""
        waiting, self._waiting = self._waiting, None
        self._begin(Asked(video, waiting=waiting))

    def _begin(self, asked: Asked) -> None:
        if self.opener.progress is not None and asked == self._asked:
            return
        self.opener.stop()
        self._drop_waiting()
        held = self._held_project()
        if asked.is_project and held == asked.path.resolve():
            self.notices.tell_open_already(asked.path)
            return
        self._asked = asked
        place = OpeningPlace(self._settings.folders.projects, held, self._open_reader)
        self.opener.begin(asked, place)

    def _held_project(self) -> Path | None:
        """The project that is open for edits, or is about to be shown."""
        file = self.file if self._taken is None else self._taken.file
        return None if file is None or file.is_read_only else file.path.resolve()

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
        self.notices.tell_cancelled(progress.path)
        self.came_to_nothing.emit()
        return True

    @Slot(object)
    def _take(self, result: Result) -> None:
        match result:
            case Opened(file=None, project=project) if self._holds(project):
                result.close()
                self.notices.tell_open_already(result.video.path, result.stranger)
            case Opened(reader, video):
                self._drop_taken()
                self._taken = result
                self._provider.use(reader, video)
            case VideoMissing(file):
                self._waiting = file
                self.video_missing.emit(file.path)
            case ProjectRefused(path, error):
                self.notices.error(translated(error), self._remedies(result))
            case VideoRefused(path, message):
                log.warning("%s: %s", path, message)
                self.video_refused.emit(translated(message))
            case OpenAlready(path, stranger):
                self.notices.tell_open_already(path, stranger)
        if isinstance(result, VideoMissing | ProjectRefused | VideoRefused):
            self.came_to_nothing.emit()

    def _holds(self, project: Path) -> bool:
        return self.file is not None and self.file.path.resolve() == project.resolve()

    def _remedies(self, refused: ProjectRefused) -> list[Remedy]:
        """What can be done about a project that does not open."""
        path = refused.path
        if isinstance(refused.error, DamagedProjectError):
            return [Remedy(self.tr("Rescue what can be read"), lambda: self.rescue(path))]
        again = [self._again(self.tr("Try again"), path)]
        if path.is_file() and not refused.read_only:
            look = Asked(path, read_only=True)
            return [*again, Remedy(self.tr("Open to look"), lambda: self._begin(look))]
        return again

    def _again(self, text: str, path: Path) -> Remedy:
        """Open it once more: what was in the way may be gone."""
        return Remedy(text, lambda: self._begin(Asked(path)))

    @Slot(str)
    def _tell_write_failure(self, message: str) -> None:
        """An edit was not made; where the project is open to look at, that can be changed."""
        is_looking = self.file is not None and self.file.is_read_only
        self.notices.error(message, [self._for_edits()] if is_looking else [])

    def _for_edits(self) -> Remedy:
        return self._again(self.tr("Open for edits"), self._shown)

    def rescue(self, damaged: Path) -> None:
        """Save what is left of a damaged project as a new one, and open that."""
        destination = _free_name(damaged)
        try:
            report = rescue(damaged, destination)
        except ProjectFileError as error:
            self.notices.error(translated(error))
            return
        self.open(destination)
        self.notices.tell_rescued(report, destination)

    @Slot(object)
    def _show(self, video: VideoInfo) -> None:
        """The video's frames come from now on: show its project with them."""
        taken = self._taken
        if taken is None or taken.video is not video:  # something else was opened meanwhile
            return
        self._taken = None
        self.notices.end()
        if taken.stranger is not None:
            self.notices.tell_stranger(video.path, taken.stranger)
        file = taken.file or self._create(taken)
        is_the_same = file is not None and self._holds(file.path)
        frame = self._view_state.frame
        self.close()
        self.file = file
        self.view.use(file)
        self._document.open(_new_project(video.identity) if file is None else file.project)
        self._view_state.show_video(video.num_frames)
        asked = taken.file if taken.is_project_asked else None
        self._shown = video.path if asked is None else asked.path
        self._settings.add_recent(self._shown)
        self.opened.emit(video)
        self.view.restore()
        if is_the_same:  # it was open to look at
            self._view_state.show_frame(frame)
        if video.problems:
            self.notices.add(" ".join(map(translated, video.problems)))
        self._tell_refused_edits(taken)

    def _create(self, taken: Opened) -> ProjectFile | None:
        """A project for a video that has none; None if it cannot be kept."""
        if taken.file_error is not None:
            return None
        path = taken.project
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return ProjectFile.create(path, _new_project(taken.video.identity))
        except (ProjectFileError, OSError) as error:
            self.notices.tell_not_saved(path, error, lambda: self.rescue(path))
            return None

    def _tell_refused_edits(self, taken: Opened) -> None:
        path, error = taken.project, taken.file_error
        if self.file is None:
            if error is not None:
                self.notices.tell_not_saved(path, error, lambda: self.rescue(path))
        elif error is not None:
            self.notices.tell_unwritable(taken, error, self._for_edits())
        elif self.file.is_read_only:
            self.notices.tell_looking(self.file.path, self._for_edits())

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
        """Let the project go, at once, and open nothing more."""
        self.opener.stop()
        self._drop_waiting()
        self._drop_taken()
        self.close()
        self.opener.shut_down()

    def save_as(self, path: Path) -> None:
        """Keep the project in another file from now on.

        Raises:
            ProjectFileError: The file cannot be written.
        """
        if self.file is None:
            raise ProjectFileError("there is no project file to save; open a video first")
        path = path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)
        self.file.save_as(path)
        self._shown = path
        self._settings.add_recent(path)
        self.notices.end()
        self.kept_elsewhere.emit()

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
