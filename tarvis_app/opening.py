"""Opening and keeping projects: a video finds its project again, a project its video."""

import itertools
import logging
import re
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from tarvis_app.counting import counted
from tarvis_app.document.document import Document
from tarvis_app.notifications import Notifications, Remedy
from tarvis_app.playback.frame_provider import FrameProvider, VideoInfo
from tarvis_app.settings import Settings
from tarvis_app.translated import translated
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_file import SUFFIX, ProjectFile
from tarvis_core.annotation.project_rescue import rescue
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.errors import DamagedProjectError, ProjectFileError

log = logging.getLogger(__name__)

DEFAULT_LABEL_SET = "coco"
SAVE_VIEW_AFTER_MS = 2000


@dataclass(frozen=True)
class ViewPlace:
    """Where the canvas stood."""

    scale: float
    centre: tuple[float, float]


class Opening(QObject):
    """Opens videos and projects; every project is a file from its first moment on.

    Signals:
        opened: A video is open together with its project. Argument: `VideoInfo`.
        view_restored: The canvas stood elsewhere when the project was last open: `ViewPlace`.
        video_missing: A project's video was not found. Argument: the project's path.
        video_refused: A video cannot be opened. Argument: why.
    """

    opened = Signal(object)
    view_restored = Signal(object)
    video_missing = Signal(object)
    video_refused = Signal(str)

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        provider: FrameProvider,
        settings: Settings,
        notifications: Notifications,
    ) -> None:
        super().__init__(document)
        self._document = document
        self._view_state = view_state
        self._provider = provider
        self._settings = settings
        self._notifications = notifications
        self.file: ProjectFile | None = None
        self._waiting: ProjectFile | None = None
        self._view_place: ViewPlace | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_VIEW_AFTER_MS)
        self._timer.timeout.connect(self.save_view)
        provider.video_opened.connect(self._take_video)
        provider.video_failed.connect(self._note_failure)
        view_state.frame_changed.connect(self._timer.start)
        view_state.selection_changed.connect(self._timer.start)
        view_state.range_changed.connect(self._timer.start)

    @Slot(object)
    def open(self, path: Path) -> None:
        """Open a project file, a video file or a folder of images."""
        self._drop_waiting()
        if path.suffix == SUFFIX and not path.is_dir():
            self._open_project(path)
        else:
            self._provider.open(path)

    def _open_project(self, path: Path, *, read_only: bool = False) -> None:
        if self.file is not None and self.file.path == path.absolute():
            return
        try:
            file = ProjectFile.open(path, read_only=read_only)
        except ProjectFileError as error:
            self._notifications.error(
                translated(error), self._remedies(path, error, read_only=read_only)
            )
            return
        video = file.find_video()
        self._waiting = file
        if video is None:
            self.video_missing.emit(path)
            return
        self._provider.open(video)

    def _remedies(self, path: Path, error: ProjectFileError, *, read_only: bool) -> list[Remedy]:
        """What can be done about a project that does not open."""
        if isinstance(error, DamagedProjectError):
            return [Remedy(self.tr("Rescue what can be read"), lambda: self.rescue(path))]
        if path.is_file() and not read_only:
            look = Remedy(self.tr("Open to look"), lambda: self._open_project(path, read_only=True))
            return [look]
        return []

    def rescue(self, damaged: Path) -> None:
        """Save what is left of a damaged project as a new one, and open that."""
        destination = _free_name(damaged)
        try:
            report = rescue(damaged, destination)
        except ProjectFileError as error:
            self._notifications.error(translated(error))
            return
        self._open_project(destination)
        masks = counted(report.num_masks, self.tr("1 mask"), self.tr("{count} masks"))
        targets = counted(report.num_targets, self.tr("1 target"), self.tr("{count} targets"))
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

    def relink(self, video: Path) -> None:
        """Say where the video of the project lies that waits for it."""
        self._provider.open(video)

    @Slot(object)
    def _take_video(self, video: VideoInfo) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not _fits(waiting.project.video, video.identity):
            self._notifications.warn(
                self.tr(
                    "{video} is not the video of {project}: it has other frames. It was opened on "
                    "its own."
                ).format(video=video.path.name, project=waiting.path.name)
            )
            waiting.close()
            waiting = None
        file = waiting or self._project_of(video)
        self._replace(file)
        self._document.open(self._project(file, video))
        self._view_state.show_video(video.num_frames)
        self._settings.add_recent(video.path if waiting is None else waiting.path)
        self.opened.emit(video)
        self._restore_view()
        self._tell_problems(video)

    def _project(self, file: ProjectFile | None, video: VideoInfo) -> Project:
        return _new_project(video.identity) if file is None else file.project

    def _project_of(self, video: VideoInfo) -> ProjectFile | None:
        """The project kept for this video, made if there is none; None if it cannot be kept."""
        path = self._settings.folders.projects / _project_name(video)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                return self._existing(path)
            return ProjectFile.create(path, _new_project(video.identity))
        except (ProjectFileError, OSError) as error:
            log.warning("no project file for %s: %s", video.path, error)
            is_damaged = isinstance(error, DamagedProjectError)
            rescuing = Remedy(self.tr("Rescue what can be read"), lambda: self.rescue(path))
            self._notifications.warn(
                self.tr("This project is not saved: {reason}").format(reason=error),
                [rescuing] if is_damaged else [],
            )
            return None

    def _existing(self, path: Path) -> ProjectFile:
        """A video's project, to look at only where it cannot be written."""
        try:
            return ProjectFile.open(path)
        except ProjectFileError as error:
            file = ProjectFile.open(path, read_only=True)
            self._notifications.warn(
                self.tr("{reason}. It is open to look at; edits are refused.").format(reason=error)
            )
            return file

    def _replace(self, file: ProjectFile | None) -> None:
        self.close()
        self.file = file

    @Slot()
    def close(self) -> None:
        """Let the project go; everything was saved as it happened."""
        if self.file is not None:
            self.save_view()
            self._document.open(None)
            self.file.close()
            self.file = None

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

    @Slot(object, str)
    def _note_failure(self, path: Path, message: str) -> None:
        log.warning("%s: %s", path, message)
        self._drop_waiting()
        self.video_refused.emit(message)

    def _tell_problems(self, video: VideoInfo) -> None:
        if video.problems:
            self._notifications.warn(" ".join(map(translated, video.problems)))

    def note_view_place(self, place: ViewPlace | None) -> None:
        """Be told where the canvas stands, to be remembered like the rest; None: it fits."""
        if place != self._view_place:
            self._view_place = place
            self._timer.start()

    @Slot()
    def save_view(self) -> None:
        """Remember frame, range, selection and zoom for the next time."""
        if self.file is None or self.file.is_read_only:
            return
        place = self._view_place
        try:
            self.file.set_view_settings(
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

    def _restore_view(self) -> None:
        if self.file is None:
            return
        held = self.file.view_settings
        match held.get("range"):
            case [int(first), int(last)]:
                self._view_state.set_range(first, last)
        match held.get("frame"):
            case int(frame):
                self._view_state.show_frame(frame)
        match held.get("selection"):
            case list(targets):
                known = self.file.project.targets
                self._view_state.select(
                    *(TargetId(t) for t in targets if isinstance(t, int) and t in known)
                )
        match held.get("scale"), held.get("centre"):
            case float(scale), [float(x), float(y)]:
                self.view_restored.emit(ViewPlace(scale, (x, y)))


def _new_project(identity: VideoIdentity) -> Project:
    return Project(identity, load_label_set(DEFAULT_LABEL_SET))


def _project_name(video: VideoInfo) -> str:
    """A name that a person recognises and that no other video's project has."""
    stem = re.sub(r"[^\w.-]+", "_", video.path.stem)[:60] or "video"
    return f"{stem}-{video.identity.head_hash[:8]}{video.identity.tail_hash[:8]}{SUFFIX}"


def _free_name(damaged: Path) -> Path:
    """A name beside a damaged project that nothing has yet."""
    for number in itertools.count(1):
        tail = "-rescued" if number == 1 else f"-rescued-{number}"
        path = damaged.with_name(f"{damaged.stem}{tail}{SUFFIX}")
        if not path.exists():
            return path
    raise AssertionError("numbers do not end")


def _fits(known: VideoIdentity, found: VideoIdentity) -> bool:
    return (known.num_frames, known.frame_size) == (found.num_frames, found.frame_size)
