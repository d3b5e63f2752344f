"""OpeningNotices: what came of opening a file is said, until another one is open."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject

from tarvis_app.counting import counted
from tarvis_app.notifications import Notice, Notifications, Remedy
from tarvis_app.opening_work import Opened
from tarvis_app.translated import translated
from tarvis_core.annotation.project_rescue import RescueReport
from tarvis_core.errors import DamagedProjectError, ProjectFileError, ProjectInUseError

log = logging.getLogger(__name__)


class OpeningNotices(QObject):
    """Says what is true of one file only, and takes that back once another is open."""

    def __init__(self, notifications: Notifications, parent: QObject) -> None:
        super().__init__(parent)
        self._notifications = notifications
        self._told: Notice | None = None
        self._said: list[str] = []
        self._remedies: list[Remedy] = []

    def end(self) -> None:
        """What was said is no longer true: another file is open."""
        self._notifications.withdraw(self._told)
        self._told = None
        self._said, self._remedies = [], []

    def add(self, text: str, remedies: Sequence[Remedy] = ()) -> None:
        """Say something of the file that has just opened, after what was said of it: at once."""
        self._said.append(text if text.endswith((".", "!", "?")) else f"{text}.")
        self._remedies += remedies
        self.warn(" ".join(self._said), self._remedies)

    def warn(self, text: str, remedies: Sequence[Remedy] = ()) -> None:
        """Say that the file is open, but not as asked."""
        self._told = self._notifications.warn(text, remedies)

    def error(self, text: str, remedies: Sequence[Remedy] = ()) -> None:
        """Say that something about the file was given up."""
        self._told = self._notifications.error(text, remedies)

    def offer(self, text: str, remedy: Remedy) -> None:
        """Say what else can be opened; it goes when the person goes on with what is open."""
        self._told = self._notifications.inform(text, [remedy], is_passing=True)

    def tell_open_already(self, path: Path, stranger: Path | None = None) -> None:
        """What was asked for is what is open; what was said of other files is over.

        Args:
            path: The video or project.
            stranger: The project that the video was to be of, but is not; it is closed.
        """
        self.end()
        if stranger is None:
            self._notifications.inform(self.tr("{name} is open already.").format(name=path.name))
            return
        text = self.tr(
            "{video} is not the video of {project}: it has other frames. It is open already, with "
            "its own project."
        )
        self.warn(text.format(video=path.name, project=stranger.name))

    def tell_cancelled(self, path: Path) -> None:
        """A file is opened no more."""
        text = self.tr("Opening {name} was cancelled.")
        self._notifications.inform(text.format(name=path.name))

    def tell_stranger(self, video: Path, project: Path) -> None:
        """A project's video lies where it did, but is another one."""
        text = self.tr(
            "{video} is not the video of {project}: it has other frames. It was opened on its own."
        )
        self.add(text.format(video=video.name, project=project.name))

    def tell_unwritable(self, taken: Opened, error: ProjectFileError, again: Remedy) -> None:
        """A video's project is open to look at only."""
        if isinstance(error, ProjectInUseError):
            text = self.tr("{reason}. Until then you can look at it here, but not edit.")
        else:
            text = self.tr("{reason}. It is open to look at; edits are refused.")
        log.warning("%s is open to look at: %s", taken.project, error)
        self.add(text.format(reason=translated(error)), [again])

    def tell_looking(self, project: Path, again: Remedy) -> None:
        """A project is open to look at only, as it was asked for."""
        text = self.tr("{name} is open to look at; edits are refused.")
        self.add(text.format(name=project.name), [again])

    def tell_not_saved(
        self, path: Path, error: ProjectFileError | OSError, rescue: Callable[[], None]
    ) -> None:
        """A video is open without a project that keeps what is done."""
        log.warning("no project file %s: %s", path, error)
        reason = str(error) if isinstance(error, OSError) else translated(error)
        rescuing = Remedy(self.tr("Rescue what can be read"), rescue)
        self.add(
            self.tr("This project is not saved: {reason}").format(reason=reason),
            [rescuing] if isinstance(error, DamagedProjectError) else [],
        )

    def tell_rescued(self, report: RescueReport, destination: Path) -> None:
        """What could be read of a damaged project is another one now, which is opened."""
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
