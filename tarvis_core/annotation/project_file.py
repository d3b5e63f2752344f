"""ProjectFile: a project as one SQLite file in which every edit is written when it is made.

An edit is one transaction of a write-ahead log that is flushed to the disk before `apply` returns:
a program killed at any moment loses no edit that had returned, and half of none.
"""

import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change
from tarvis_core.annotation.project_errors import told_of
from tarvis_core.annotation.project_lock import ProjectLock
from tarvis_core.annotation.project_reader import read_project
from tarvis_core.annotation.project_schema import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    create_tables,
)
from tarvis_core.annotation.project_writer import write_changes, write_project
from tarvis_core.errors import ProjectFileError

logger = logging.getLogger(__name__)

SUFFIX = ".tarvis"
_BUSY_MS = 5_000
"""How long to wait for a reader or a copying program before giving up."""


class ProjectFile:
    """An open project file. Make it with `create` or `open`; close it, or use it in a `with`."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, lock: ProjectLock | None
    ) -> None:
        """Take over an open connection to a file of this version. For `create` and `open`."""
        self._path = path
        self._connection = connection
        self._lock = lock
        self._is_open = True
        self._project = read_project(path, self._current_connection)
        self._project.write_through(self._write)

    @classmethod
    def create(cls, path: Path, project: Project) -> Self:
        """Make a new file that holds a project, and open it.

        Args:
            path: Where the file is to be; nothing may be there yet.
            project: What it holds at first; the open file has a `project` of its own.

        Raises:
            ProjectFileError: Something is there already, or the file cannot be written.
        """
        path = path.absolute()
        if path.exists():
            raise ProjectFileError(f"{path} exists already. Choose another name, or open it")
        with told_of(path, "created"), _written_beside(path) as unfinished:
            connection = _connect(unfinished)
            try:
                with _transaction(connection):
                    create_tables(connection)
                    write_project(connection, project)
            finally:
                connection.close()
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open a project file.

        Args:
            path: The file.
            read_only: Whether to see it as it is now and change nothing; possible while another
                window has it open, and in folders that may not be written.

        Raises:
            ProjectFileError: The file is missing, foreign, damaged, of a newer version, open in
                another window, or in a folder that may not be written.
        """
        path = path.absolute()
        if not path.is_file():
            raise ProjectFileError(f"there is no file {path}. It may have been moved or renamed")
        if read_only:
            return cls._open_for_reading(path)
        lock = ProjectLock(path.resolve())
        lock.acquire()
        try:
            with told_of(path, "opened"):
                connection = _connect(path)
            try:
                with told_of(path, "opened"):
                    _check_version(path, connection)
                    connection.execute("PRAGMA journal_mode = WAL")
                return cls(path, connection, lock)
            except BaseException:
                connection.close()
                raise
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _open_for_reading(cls, path: Path) -> Self:
        with told_of(path, "opened"):
            connection = _connect_for_reading(path)
        try:
            with told_of(path, "opened"):
                _check_version(path, connection)
                connection.execute("BEGIN")  # from its first read on, it sees the file as it was
            return cls(path, connection, None)
        except BaseException:
            connection.close()
            raise

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._path

    @property
    def project(self) -> Project:
        """The project; its `apply` writes to the file."""
        return self._project

    @property
    def is_read_only(self) -> bool:
        """Whether edits are refused."""
        return self._lock is None

    def close(self) -> None:
        """Close the file; nothing is left to be written. Closing twice does no harm."""
        if not self._is_open:
            return
        self._is_open = False
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def export_copy(self, path: Path) -> None:
        """Write a copy of the file as it is now; the project stays where it is.

        Args:
            path: Where the copy is to be; a file that is there is replaced once the copy is whole.

        Raises:
            ProjectFileError: The copy cannot be written, or that file is open in a window.
        """
        path = path.absolute()
        lock = self._lock_of_copy(path)
        try:
            self._copy_to(path)
        finally:
            lock.release()

    def save_as(self, path: Path) -> None:
        """Write a copy of the file and go on working in the copy; the old file stays as it is.

        Args:
            path: Where the copy is to be; a file that is there is replaced once the copy is whole.

        Raises:
            ProjectFileError: The copy cannot be written, or that file is open in a window.
        """
        path = path.absolute()
        lock = self._lock_of_copy(path)
        try:
            self._copy_to(path)
            with told_of(path, "opened"):
                connection = _connect(path)
                connection.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            lock.release()
            raise
        self._connection.close()
        if self._lock is not None:
            self._lock.release()
        self._path, self._connection, self._lock = path, connection, lock

    def compact(self) -> int:
        """Give space that deleted masks took back to the disk.

        Returns:
            By how many bytes the file shrank.

        Raises:
            ProjectFileError: The disk has no room for the second copy that this needs meanwhile.
        """
        self._check_is_writable()
        with told_of(self._path, "compacted"):
            before = self._path.stat().st_size
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return before - self._path.stat().st_size

    def _current_connection(self) -> sqlite3.Connection:
        return self._connection

    def _write(self, changes: Sequence[Change]) -> None:
        self._check_is_writable()
        with told_of(self._path, "written"), _transaction(self._connection):
            write_changes(self._connection, changes)

    def _check_is_writable(self) -> None:
        if not self._is_open:
            raise ProjectFileError(f"{self._path} is closed. Open it again")
        if self.is_read_only:
            raise ProjectFileError(
                f"{self._path} is open for reading only. Save it as another file"
            )

    def _lock_of_copy(self, path: Path) -> ProjectLock:
        if path.resolve() == self._path.resolve():
            raise ProjectFileError(f"{path} is this project's own file. Choose another name")
        lock = ProjectLock(path.resolve())
        lock.acquire()
        return lock

    def _copy_to(self, path: Path) -> None:
        with told_of(path, "written"), _written_beside(path) as unfinished:
            if not self.is_read_only:
                self._connection.execute("VACUUM INTO ?", (str(unfinished),))
                return
            copy = sqlite3.connect(unfinished)
            try:
                self._connection.backup(copy)  # of the state that this reader sees
            finally:
                copy.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_MS / 1000)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_for_reading(path: Path) -> sqlite3.Connection:
    """Open without writing; where even the log's index may not be made, the file as it lies."""
    address = path.resolve().as_uri()
    connection = sqlite3.connect(
        f"{address}?mode=ro", uri=True, isolation_level=None, timeout=_BUSY_MS / 1000
    )
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError as error:
        connection.close()
        log = path.with_name(path.name + "-wal")
        if error.sqlite_errorname != "SQLITE_CANTOPEN" or (log.exists() and log.stat().st_size):
            raise
        return sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True, isolation_level=None)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_version(path: Path, connection: sqlite3.Connection) -> None:
    """Refuse what is no project, or one of a newer version, before anything is written to it."""
    application = _number(connection, "application_id")
    if application != APPLICATION_ID:
        raise ProjectFileError(
            f"{path} is not a TarViS project. Open the file that ends in {SUFFIX}"
        )
    version = _number(connection, "user_version")
    if version > SCHEMA_VERSION:
        raise ProjectFileError(
            f"{path} was written by a newer version of the program (file version {version}, this "
            f"program knows up to {SCHEMA_VERSION}). Update the program to open it"
        )


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # SQLite may have rolled back by itself
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def _written_beside(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to; what lies there is flushed and renamed at the end."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.unlink(missing_ok=True)
        yield unfinished
        _flush(unfinished)
        for ending in ("-wal", "-shm"):  # of a file that is to be replaced
            path.with_name(path.name + ending).unlink(missing_ok=True)
        unfinished.replace(path)
        _flush(path.parent)
    finally:
        for ending in ("", "-journal"):
            unfinished.with_name(unfinished.name + ending).unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Have the system put a file or folder on the disk now."""
    if path.is_dir() and os.name == "nt":  # folders cannot be opened there
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
