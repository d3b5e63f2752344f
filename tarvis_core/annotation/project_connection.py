"""Connections to project files: how they are opened, and what is checked before anything else."""

import contextlib
import errno
import logging
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from tarvis_core.annotation.project_errors import DAMAGED
from tarvis_core.annotation.project_schema import APPLICATION_ID, SCHEMA_VERSION, migrate
from tarvis_core.errors import DamagedProjectError, ProjectFileError

logger = logging.getLogger(__name__)

_BUSY_S = 5.0
"""How long to wait for a reader or a copying program before giving up."""
_STEPS_BETWEEN_LOOKS = 10_000
"""Steps of SQLite's machine, well under a millisecond, between two looks at a flag."""


@dataclass
class OpenDatabase:
    """The file that a project lives in now; another one after *save as*."""

    path: Path
    connection: sqlite3.Connection


def connect(path: Path) -> sqlite3.Connection:
    """Open for writing, with every transaction flushed to the disk before it counts as done.

    Raises:
        PermissionError: The file may not be written.
        sqlite3.Error: The file cannot be opened.
    """
    as_effective = os.access in os.supports_effective_ids
    if path.exists() and not os.access(path, os.W_OK, effective_ids=as_effective):
        # SQLite would tell at the first edit only
        raise PermissionError(errno.EACCES, "the file may not be written. Save it as another file")
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=_BUSY_S, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # macOS only: past the disk's own cache
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_for_reading(path: Path) -> sqlite3.Connection:
    """Open without changing anything, also where the folder may not be written.

    Raises:
        sqlite3.Error: The file cannot be opened.
    """
    modes = ["mode=rw", "mode=ro"]  # with the first, SQLite tidies up behind itself
    if not _log_bytes(path):
        modes.append("mode=ro&immutable=1")  # where even the log's index may not be made
    for mode in modes:
        address = f"{path.resolve().as_uri()}?{mode}"
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, timeout=_BUSY_S, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA schema_version")
        except sqlite3.Error as error:
            connection.close()
            is_refused = error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY"))
            if not is_refused or mode == modes[-1]:
                raise
        else:
            return connection
    raise AssertionError("the last mode returns or raises")


def _log_bytes(path: Path) -> int:
    """How many bytes of edits wait in the log beside a file."""
    log = path.with_name(path.name + "-wal")
    return log.stat().st_size if log.exists() else 0


def checked_version(path: Path, connection: sqlite3.Connection) -> int:
    """The version of a file's tables. Called before anything is written to it.

    Raises:
        ProjectFileError: It is no project, cut off, or of a newer version.
        sqlite3.Error: The file cannot be read.
    """
    size, page_size = path.stat().st_size, _number(connection, "page_size")
    if size % page_size and not _log_bytes(path):
        raise DamagedProjectError(
            "{path} could not be opened: {meaning} ({size} bytes)",
            path=path,
            meaning=DAMAGED,
            size=size,
        )
    is_project = _number(connection, "application_id") == APPLICATION_ID
    version = _number(connection, "user_version")
    if not is_project or version < 1:
        raise ProjectFileError(
            "{path} is not a TarViS project. Open the file that ends in .tarvis", path=path
        )
    if version > SCHEMA_VERSION:
        raise ProjectFileError(
            "{path} was written by a newer version of the program (file version {version}, this "
            "program knows up to {known_version}). Update the program to open it",
            path=path,
            version=version,
            known_version=SCHEMA_VERSION,
        )
    return version


def bring_up_to_date(path: Path, connection: sqlite3.Connection) -> None:
    """Give a file of an older version the tables of this one, all at once or not at all.

    Raises:
        ProjectFileError: It is no project, or of a newer version.
        sqlite3.Error: The file cannot be written; it is as it was.
    """
    version = checked_version(path, connection)
    if version == SCHEMA_VERSION:
        return
    logger.info("%s is of version %s; bringing it to %s", path, version, SCHEMA_VERSION)
    with transaction(connection):
        migrate(connection, version)


def migrated_in_memory(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A copy of an older file in memory, of this version; the file stays as it is."""
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.backup(memory)
    with transaction(memory):
        migrate(memory, _number(memory, "user_version"))
    connection.close()
    return memory


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Make what is done within one step: all of it is in the file at the end, or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # SQLite may have rolled back by itself
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def given_up_by(connection: sqlite3.Connection, stop: Event | None) -> Iterator[None]:
    """Within the block, what is read fails as soon as `stop` is set; None: it goes on."""
    if stop is None:
        yield
        return
    connection.set_progress_handler(stop.is_set, _STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
