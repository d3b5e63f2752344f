"""What SQLite's errors mean for a project, in words a person can act on."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from tarvis_core.errors import DamagedProjectError, ProjectFileError

DAMAGED = (
    "it is damaged or cut off. Nothing was changed; restore it from a copy, or save what is left "
    "with `tarvis project rescue`"
)

_MEANINGS = (  # beginning of SQLite's error name, what to say; the first that fits is taken
    ("SQLITE_FULL", "the disk is full. Free some space and do it again"),
    ("SQLITE_NOTADB", "it is not a TarViS project. Open the file that ends in .tarvis"),
    ("SQLITE_CORRUPT", DAMAGED),
    ("SQLITE_BUSY", "another program is writing to it. Close that and do it again"),
    ("SQLITE_LOCKED", "another program is writing to it. Close that and do it again"),
    ("SQLITE_READONLY", "it or its folder may not be written. Save it in another folder"),
    ("SQLITE_PERM", "it or its folder may not be written. Save it in another folder"),
    (
        "SQLITE_CANTOPEN",
        "it or its folder may not be read and written. Copy it to a folder of your own",
    ),
    ("SQLITE_IOERR", "the disk reports an error. Save the project on another disk"),
    ("SQLITE_TOOBIG", "a value is larger than a project can hold"),
)


@contextlib.contextmanager
def told_of(path: Path, attempt: str) -> Iterator[None]:
    """Turn SQLite's and the system's errors into a `ProjectFileError`.

    Args:
        path: The project file that the code within works on.
        attempt: What it attempts, such as "opened" or "written".

    Raises:
        ProjectFileError: The code within failed; the message says why and what to do.
    """
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", None) or ""
        meaning = next((text for start, text in _MEANINGS if name.startswith(start)), str(error))
        kind = DamagedProjectError if meaning is DAMAGED else ProjectFileError
        raise kind(
            f"{path} could not be {attempt}: {meaning} ({name or type(error).__name__}: {error})"
        ) from error
    except OSError as error:
        raise ProjectFileError(
            f"{path} could not be {attempt}: {error.strerror or error}"
        ) from error
