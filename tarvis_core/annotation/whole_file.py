"""Files that are there whole or not at all: written beside, flushed, and renamed."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def written_beside(path: Path) -> Iterator[Path]:
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
