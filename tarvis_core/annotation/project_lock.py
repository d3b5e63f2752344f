"""One window, one project: who holds a project file open for writing."""

import contextlib
import logging
import os
import socket
import sys
from pathlib import Path

from tarvis_core.errors import ProjectFileError, ProjectInUseError
from tarvis_core.sentence import Sentence, Text

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

logger = logging.getLogger(__name__)

_LOCKED_BYTE = 2**20
"""Which byte is locked on Windows: one that is not part of the text that others read."""


class ProjectLock:
    """Held while a project is open for writing; let go by the system when the process ends.

    It is a file `name.tarvis.lock` beside the project. The file alone means nothing (a killed
    process leaves it behind): what counts is the system's lock on it.
    """

    def __init__(self, project: Path) -> None:
        self._path = project.with_name(project.name + ".lock")
        self._project = project
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            ProjectInUseError: Another window holds it.
            ProjectFileError: The folder cannot be written.
        """
        while self._descriptor is None:
            try:
                descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            except OSError as error:
                raise ProjectFileError(
                    "{project} could not be opened for writing: its folder may not be written "
                    "({reason}). Copy it to a folder of your own, or open it for reading",
                    project=self._project,
                    reason=error.strerror,
                ) from error
            if not _try_lock(descriptor):
                owner = _owner(descriptor)
                os.close(descriptor)
                raise ProjectInUseError(
                    "{project} is open in another window{owner}. Close it there first",
                    project=self._project,
                    owner=owner,
                )
            if _is_at(descriptor, self._path):
                self._descriptor = descriptor
                with contextlib.suppress(OSError):  # on a full disk it is locked all the same
                    os.ftruncate(descriptor, 0)
                    os.write(descriptor, f"{os.getpid()} {socket.gethostname()}".encode())
            else:  # its owner removed the file between our opening and our locking it
                os.close(descriptor)

    def release(self) -> None:
        """Let the lock go; nothing happens where it is not held."""
        if self._descriptor is None:
            return
        if sys.platform == "win32":  # an open file cannot be removed there
            os.close(self._descriptor)
            self._remove()
        else:
            self._remove()
            os.close(self._descriptor)
        self._descriptor = None

    def _remove(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
        except PermissionError:  # another window just opened it (Windows): then it is theirs
            return


def _owner(descriptor: int) -> Text:
    os.lseek(descriptor, 0, os.SEEK_SET)
    words = os.read(descriptor, 300).decode("utf-8", "replace").split()
    if len(words) != 2:
        return ""
    return Sentence(" (process {number} on {machine})", number=words[0], machine=words[1])


def _try_lock(descriptor: int) -> bool:
    """Take the system's lock; False if another window has it."""
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        logger.warning(
            "no lock on this file system (%s): open the project in one window only", error
        )
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
