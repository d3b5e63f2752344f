"""What opening does in its thread: a video finds its project, a project its video. No Qt."""

import logging
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from threading import Event

from tarvis_app.playback.video_info import Reader, VideoInfo
from tarvis_core.annotation.project_file import SUFFIX, ProjectFile
from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.errors import ProjectFileError, ProjectInUseError, VideoError
from tarvis_core.sentence import Text
from tarvis_core.video.opening_watch import OpeningStoppedError, OpeningWatch

log = logging.getLogger(__name__)

OpenReader = Callable[[Path, OpeningWatch], Reader]

IN_USE_WAIT_S = 1.5
"""For a project that another window has, which perhaps is closing just now."""
IN_USE_LOOK_EVERY_S = 0.1


class Stage(Enum):
    """What takes time."""

    PROJECT = "project"
    """The project file is read."""
    VIDEO = "video"
    """Its video is looked for."""
    FRAMES = "frames"
    """The frames are counted."""


class OpeningProgress:
    """How far an opening is; written by its thread, read by the window, which may stop it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stop = Event()
        self.stage = Stage.FRAMES
        self.num_frames = 0
        self.num_frames_total = 0
        """0: not known."""
        self._started_at = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Since it began."""
        return time.monotonic() - self._started_at

    def enter(self, stage: Stage) -> None:
        """Something else takes time from now on.

        Raises:
            OpeningStoppedError: It was stopped.
        """
        self.stage = stage
        if self.stop.is_set():
            raise OpeningStoppedError("{path} is not opened any more", path=self.path)

    def count(self, num_frames: int, num_frames_total: int) -> None:
        """So many frames were looked at.

        Raises:
            OpeningStoppedError: It was stopped.
        """
        self.num_frames, self.num_frames_total = num_frames, num_frames_total
        self.enter(Stage.FRAMES)


@dataclass(frozen=True)
class Opened:
    """A video with its project, both open."""

    reader: Reader
    video: VideoInfo
    file: ProjectFile | None
    """None: it has no project yet, or one that cannot be opened."""
    is_project_asked: bool
    """Whether the project was asked for, not its video."""
    project: Path
    """Where the project of this video lies, or is to lie."""
    stranger: Path | None = None
    """The project that was asked for, if this is not its video: the video is open on its own."""
    file_error: ProjectFileError | None = None
    """Why the project cannot be written, if it is only to be looked at, or is not open."""

    def close(self) -> None:
        """Let everything go."""
        self.reader.close()
        if self.file is not None:
            self.file.close()


@dataclass(frozen=True)
class OpenAlready:
    """The video's project is the one that is open."""

    path: Path
    """What was asked for."""
    stranger: Path | None = None
    """The project that the video was to be of, if it is not."""


@dataclass(frozen=True)
class VideoMissing:
    """A project whose video was not found; it is open and waits for it."""

    file: ProjectFile

    def close(self) -> None:
        """Let the project go."""
        self.file.close()


@dataclass(frozen=True)
class ProjectRefused:
    """A project that does not open."""

    path: Path
    error: ProjectFileError
    read_only: bool


@dataclass(frozen=True)
class VideoRefused:
    """A video that does not open."""

    path: Path
    message: Text


Result = Opened | OpenAlready | VideoMissing | ProjectRefused | VideoRefused


@dataclass(frozen=True)
class Asked:
    """What is to be opened."""

    path: Path
    """A project, a video file or a folder of images."""
    read_only: bool = False
    """Whether the project is only to be looked at."""
    waiting: ProjectFile | None = None
    """The project that waits for this video."""

    @property
    def is_project(self) -> bool:
        """Whether `path` is a project."""
        return self.path.suffix == SUFFIX and not self.path.is_dir()


@dataclass(frozen=True)
class OpeningPlace:
    """What opening needs to know of the program."""

    projects: Path
    """The folder of the projects that were made for videos."""
    open_project: Path | None
    """The project that is open for edits, without symbolic links."""
    open_reader: OpenReader


def open_asked(asked: Asked, place: OpeningPlace, progress: OpeningProgress) -> Result:
    """Open a project with its video, or a video with its project.

    Raises:
        OpeningStoppedError: It was stopped; nothing is left open.
    """
    with ExitStack() as held:
        file = asked.waiting
        video = asked.path
        if file is not None:
            held.callback(file.close)
        elif asked.is_project:
            progress.enter(Stage.PROJECT)
            try:
                file = _open_project(asked.path, progress.stop, read_only=asked.read_only)
            except ProjectFileError as error:
                return ProjectRefused(asked.path, error, asked.read_only)
            held.callback(file.close)
            progress.enter(Stage.VIDEO)
            found = file.find_video()
            if found is None:
                held.pop_all()
                return VideoMissing(file)
            video = found
        try:
            result = _open_video(video, file, place, progress)
        except VideoError as error:
            return VideoRefused(video, error.sentence)
        held.pop_all()
        return result


def _open_video(
    path: Path, file: ProjectFile | None, place: OpeningPlace, progress: OpeningProgress
) -> Opened | OpenAlready:
    with ExitStack() as held:
        reader = place.open_reader(path, progress.count)
        held.callback(reader.close)
        video = VideoInfo.of(path, reader)
        own = place.projects / project_name(video)
        stranger = None
        if file is not None and not _fits(file.project.video, video.identity):
            stranger = file.path
            file.close()
            file = None
        is_project_asked, error = file is not None, None
        if file is None:
            if place.open_project == own.resolve():
                return OpenAlready(path, stranger)
            progress.enter(Stage.PROJECT)
            file, error = _existing(own, progress.stop)
            if file is not None:
                held.callback(file.close)
        progress.enter(Stage.PROJECT)
        held.pop_all()
        return Opened(reader, video, file, is_project_asked, own, stranger, error)


def _existing(path: Path, stop: Event) -> tuple[ProjectFile | None, ProjectFileError | None]:
    """A video's project, to look at only where it cannot be written; with the reason for that."""
    if not path.exists():
        return None, None
    try:
        return _open_project(path, stop), None
    except ProjectFileError as error:
        reason = error
    try:
        return ProjectFile.open(path, read_only=True, stop=stop), reason
    except ProjectFileError as error:
        return None, error


def _open_project(path: Path, stop: Event, *, read_only: bool = False) -> ProjectFile:
    """Open a project; one that is in use is tried again for a moment.

    Raises:
        ProjectFileError: It cannot be opened, or `stop` was set.
    """
    give_up_at = time.monotonic() + IN_USE_WAIT_S
    while True:
        try:
            return ProjectFile.open(path, read_only=read_only, stop=stop)
        except ProjectInUseError:
            if time.monotonic() > give_up_at or stop.wait(IN_USE_LOOK_EVERY_S):
                raise


def project_name(video: VideoInfo) -> str:
    """A name that a person recognises and that no other video's project has."""
    stem = re.sub(r"[^\w.-]+", "_", video.path.stem)[:60] or "video"
    return f"{stem}-{video.identity.head_hash[:8]}{video.identity.tail_hash[:8]}{SUFFIX}"


def _fits(known: VideoIdentity, found: VideoIdentity) -> bool:
    return (known.num_frames, known.frame_size) == (found.num_frames, found.frame_size)
