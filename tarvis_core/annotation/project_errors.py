"""What SQLite's errors mean for a project, in words a person can act on."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from tarvis_core.errors import DamagedProjectError, ProjectFileError
from tarvis_core.sentence import Sentence

DAMAGED = Sentence(
    "it is damaged or cut off. Nothing was changed; restore it from a copy, or save what is left "
    "with `tarvis project rescue`"
)

_MEANINGS = (  # beginning of SQLite's error name, what to say; the first that fits is taken
    ("SQLITE_FULL", Sentence("the disk is full. Free some space and do it again")),
    ("SQLITE_NOTADB", Sentence("it is not a TarViS project. Open the file that ends in .tarvis")),
    ("SQLITE_CORRUPT", DAMAGED),
    ("SQLITE_BUSY", Sentence("another program is writing to it. Close that and do it again")),
    ("SQLITE_LOCKED", Sentence("another program is writing to it. Close that and do it again")),
    ("SQLITE_READONLY", Sentence("it or its folder may not be written. Save it in another folder")),
    ("SQLITE_PERM", Sentence("it or its folder may not be written. Save it in another folder")),
    (
        "SQLITE_CANTOPEN",
        Sentence("it or its folder may not be read and written. Copy it to a folder of your own"),
    ),
    ("SQLITE_IOERR", Sentence("the disk reports an error. Save the project on another disk")),
    ("SQLITE_TOOBIG", Sentence("a value is larger than a project can hold")),
)


@contextlib.contextmanager
def told_of(path: Path, attempt: Sentence) -> Iterator[None]:
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
        sentence = Sentence(
            "{path} could not be {attempt}: {meaning} ({name}: {error})",
            path=path,
            attempt=attempt,
            meaning=meaning,
            name=name or type(error).__name__,
            error=error,
        )
        raise kind(sentence) from error
    except OSError as error:
        raise ProjectFileError(
            "{path} could not be {attempt}: {reason}",
            path=path,
            attempt=attempt,
            reason=error.strerror or error,
        ) from error
