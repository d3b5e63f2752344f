"""ProjectFile: a project as one SQLite file in which every edit is written when it is made.

An edit is one transaction of a write-ahead log that is flushed to the disk before `apply` returns:
a program killed at any moment loses no edit that had returned, and half of none.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Self

from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change
from tarvis_core.annotation.project_connection import (
    OpenDatabase,
    bring_up_to_date,
    checked_version,
    connect,
    connect_for_reading,
    given_up_by,
    migrated_in_memory,
    transaction,
)
from tarvis_core.annotation.project_errors import told_of
from tarvis_core.annotation.project_lock import ProjectLock
from tarvis_core.annotation.project_reader import find_damaged_masks, read_project
from tarvis_core.annotation.project_schema import SCHEMA_VERSION, create_tables
from tarvis_core.annotation.project_writer import write_changes, write_project
from tarvis_core.annotation.video_identity import find_video
from tarvis_core.annotation.whole_file import written_beside
from tarvis_core.errors import ProjectFileError
from tarvis_core.sentence import Sentence, Text

SUFFIX = ".tarvis"

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
"""What a setting may be."""


class ProjectFile:
    """An open project file. Make it with `create` or `open`; close it, or use it in a `with`.

    It may be opened in one thread and used in another, but never by two at the same time.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, lock: ProjectLock | None
    ) -> None:
        """Take over an open connection to a file of this version. For `create` and `open`."""
        self._database = OpenDatabase(path, connection)
        self._lock = lock
        self._is_open = True
        self._project = read_project(self._database)
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
            raise ProjectFileError(
                "{path} exists already. Choose another name, or open it", path=path
            )
        with _held(ProjectLock(path.resolve())) as lock:
            with told_of(path, Sentence("created")), written_beside(path) as unfinished:
                connection = connect(unfinished)
                try:
                    with transaction(connection):
                        create_tables(connection)
                        write_project(connection, project)
                finally:
                    connection.close()
            return cls._open_for_writing(path, lock)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, stop: Event | None = None) -> Self:
        """Open a project file.

        Args:
            path: The file.
            read_only: Whether to see it as it is now and change nothing; possible while another
                window has it open, and in folders that may not be written.
            stop: Set it, from any thread, to give up the reading of a large file.

        Raises:
            ProjectFileError: The file is missing, foreign, damaged, of a newer version, open in
                another window, or in a folder that may not be written; or `stop` was set.
        """
        path = path.absolute()
        if not path.is_file():
            raise ProjectFileError(
                "there is no file {path}. It may have been moved or renamed", path=path
            )
        if read_only:
            return cls._open_for_reading(path, stop)
        with _held(ProjectLock(path.resolve())) as lock:
            return cls._open_for_writing(path, lock, stop)

    @classmethod
    def _open_for_writing(cls, path: Path, lock: ProjectLock, stop: Event | None = None) -> Self:
        with told_of(path, Sentence("opened")):
            connection = connect(path)
        try:
            with told_of(path, Sentence("opened")):
                bring_up_to_date(path, connection)
                connection.execute("PRAGMA journal_mode = WAL")
            with given_up_by(connection, stop):
                return cls(path, connection, lock)
        except BaseException:
            connection.close()
            raise

    @classmethod
    def _open_for_reading(cls, path: Path, stop: Event | None) -> Self:
        with told_of(path, Sentence("opened")):
            connection = connect_for_reading(path)
        try:
            with told_of(path, Sentence("opened")):
                if checked_version(path, connection) < SCHEMA_VERSION:
                    connection = migrated_in_memory(connection)
                connection.execute("BEGIN")  # from its first read on, it sees the file as it was
            with given_up_by(connection, stop):
                return cls(path, connection, None)
        except BaseException:
            connection.close()
            raise

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._database.path

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
            self._database.connection.close()
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

    @property
    def view_settings(self) -> dict[str, Json]:
        """What the window showed when the project was last open; not part of the annotation."""
        with told_of(self.path, Sentence("read")):
            rows = self._database.connection.execute(
                "SELECT name, value FROM view_settings"
            ).fetchall()
        return {name: json.loads(value) for name, value in rows}

    def set_view_settings(self, settings: Mapping[str, Json]) -> None:
        """Note what the window shows; settings not named stay. No step of the undo history.

        Raises:
            ProjectFileError: The file cannot be written.
        """
        self._check_is_writable()
        rows = [(name, json.dumps(value)) for name, value in settings.items()]
        with told_of(self.path, Sentence("written")), transaction(self._database.connection):
            self._database.connection.executemany("REPLACE INTO view_settings VALUES (?, ?)", rows)

    def find_video(self) -> Path | None:
        """Where the project's video lies now: at its old place, beside the project, or nowhere."""
        return find_video(self._project.video, self.path.parent)

    def problems(self) -> tuple[Text, ...]:
        """Look through the whole file, every mask included.

        Returns:
            What is damaged, in words; nothing if all is well.
        """
        with told_of(self.path, Sentence("checked")):
            rows = self._database.connection.execute("PRAGMA integrity_check(20)").fetchall()
        found = [text for (text,) in rows if text != "ok"]
        return (*found, *find_damaged_masks(self._project.masks))

    def export_copy(self, path: Path) -> None:
        """Write a copy of the file as it is now; the project stays where it is.

        Args:
            path: Where the copy is to be; a file that is there is replaced once the copy is whole.

        Raises:
            ProjectFileError: The copy cannot be written, or that file is open in a window.
        """
        path = path.absolute()
        self._check_is_another(path)
        with _held(ProjectLock(path.resolve())) as lock:
            self._copy_to(path)
            lock.release()

    def save_as(self, path: Path) -> None:
        """Write a copy of the file and go on working in the copy; the old file stays as it is.

        Args:
            path: Where the copy is to be; a file that is there is replaced once the copy is whole.

        Raises:
            ProjectFileError: The copy cannot be written, or that file is open in a window.
        """
        path = path.absolute()
        self._check_is_another(path)
        with _held(ProjectLock(path.resolve())) as lock:
            self._copy_to(path)
            with told_of(path, Sentence("opened")):
                connection = connect(path)
                connection.execute("PRAGMA journal_mode = WAL")
        self._database.connection.close()
        if self._lock is not None:
            self._lock.release()
        self._database.path, self._database.connection = path, connection
        self._lock = lock

    def compact(self) -> int:
        """Give space that deleted masks took back to the disk.

        Returns:
            By how many bytes the file shrank.

        Raises:
            ProjectFileError: The disk has no room for the second copy that this needs meanwhile.
        """
        self._check_is_writable()
        with told_of(self.path, Sentence("compacted")):
            before = self.path.stat().st_size
            self._database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._database.connection.execute("VACUUM")
            self._database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return before - self.path.stat().st_size

    def _write(self, changes: Sequence[Change]) -> None:
        self._check_is_writable()
        with told_of(self.path, Sentence("written")), transaction(self._database.connection):
            write_changes(self._database.connection, changes)

    def _check_is_writable(self) -> None:
        if not self._is_open:
            raise ProjectFileError("{path} is closed. Open it again", path=self.path)
        if self.is_read_only:
            raise ProjectFileError(
                "{path} is open for reading only. Save it as another file", path=self.path
            )

    def _check_is_another(self, path: Path) -> None:
        if path.resolve() == self.path.resolve():
            raise ProjectFileError(
                "{path} is this project's own file. Choose another name", path=path
            )

    def _copy_to(self, path: Path) -> None:
        with told_of(path, Sentence("written")), written_beside(path) as unfinished:
            if not self.is_read_only:
                self._database.connection.execute("VACUUM INTO ?", (str(unfinished),))
                return
            copy = sqlite3.connect(unfinished)
            try:
                self._database.connection.backup(copy)  # of the state that this reader sees
            finally:
                copy.close()


@contextlib.contextmanager
def _held(lock: ProjectLock) -> Iterator[ProjectLock]:
    """Take a lock, and let it go if what follows fails; otherwise whoever has it keeps it."""
    lock.acquire()
    try:
        yield lock
    except BaseException:
        lock.release()
        raise
