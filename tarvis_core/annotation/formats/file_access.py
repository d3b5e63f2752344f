"""Reading and writing files that a data set names, never outside the folder it may touch."""

import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from tarvis_core.errors import FormatError
from tarvis_core.sentence import Text

MAX_NAME_LENGTH = 1000
"""Longer file names inside a data set are taken for damage."""
MAX_FRAME_PIXELS = 2**26
"""8,192 × 8,192; a larger frame in a file is taken for damage (or a decompression bomb)."""
MAX_TARGET_ID = 2**53 - 1
"""Largest id that every JSON reader keeps exact."""
MAX_FRAMES = 10_000_000
"""A video of more frames is taken for damage."""
_DRIVE = re.compile(r"^[A-Za-z]:")
_FORBIDDEN_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')


def check_frame_size(height: int, width: int, place: Text) -> tuple[int, int]:
    """The size (height, width) if a frame can have it.

    Raises:
        FormatError: A side is below 1 or the frame is beyond `MAX_FRAME_PIXELS`.
    """
    if height < 1 or width < 1 or height * width > MAX_FRAME_PIXELS:
        raise FormatError(
            "{place}: a frame of {height} × {width} pixels is not possible; check the size there",
            place=place,
            height=height,
            width=width,
        )
    return height, width


def inner_path(name: str, place: Text) -> PurePosixPath:
    """The relative path that a file gives, with `/` between folders, refused if it leads out.

    Args:
        name: The path as the file has it; backslashes count as separators.
        place: File and field, for the message.

    Raises:
        FormatError: The path is absolute, climbs above its folder, or is no name at all.
    """
    text = name.replace("\\", "/")
    path = PurePosixPath(text)
    is_bad = (
        not path.name
        or len(text) > MAX_NAME_LENGTH
        or any(ord(character) < 32 for character in text)
        or path.is_absolute()
        or _DRIVE.match(text) is not None
        or ".." in path.parts
    )
    if is_bad:
        raise FormatError(
            "{place}: the path {name!r:.100} leaves the data set's folder or is no file name; "
            "only paths below the folder are followed",
            place=place,
            name=name,
        )
    return path


def path_below(folder: Path, name: str, place: Text) -> Path:
    """The place of a named file below a folder; links that lead out are refused as well.

    Raises:
        FormatError: The path leaves the folder.
    """
    path = folder / inner_path(name, place)
    try:
        resolved, root = path.resolve(), folder.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a circle of links
        raise FormatError(
            "{place}: the path {name!r:.100} cannot be followed: {error}",
            place=place,
            name=name,
            error=error,
        ) from error
    if not resolved.is_relative_to(root):
        raise FormatError(
            "{place}: {name!r:.100} is a link that leaves {folder}; only files below are used",
            place=place,
            name=name,
            folder=folder,
        )
    return path


def safe_file_name(name: str) -> str:
    """A name that is one file or folder name on every system: other characters become `_`."""
    cleaned = _FORBIDDEN_IN_NAMES.sub("_", name).strip(" .")
    return cleaned[:200] or "_"


class ImageFinder:
    """Looks for the images that a file names in the folders where its format may have them."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folders)

    def find(self, name: str, place: Text) -> Path | None:
        """The image of this name; None where no folder has it.

        Args:
            name: Path below one of the folders, as the file gives it.
            place: File and field, for the message.

        Raises:
            FormatError: The name leads out of the folders.
        """
        relative = inner_path(name, place)
        for folder in self._folders:
            if (folder / relative).is_file():
                return path_below(folder, name, place)
        return None


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        FormatError: It is missing or unreadable.
    """
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise FormatError(
            "{path} cannot be read: {error}; check that it is there", path=path, error=error
        ) from error


class OutputFolder:
    """The only way in which formats write: files below one folder, each beside and renamed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._files: list[Path] = []
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FormatError(
                "the folder {root} cannot be made: {reason}. Name another one",
                root=root,
                reason=error.strerror or error,
            ) from error

    @property
    def files(self) -> tuple[Path, ...]:
        """What was written so far, in order."""
        return tuple(self._files)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Write a file: it appears under its name when the block ends without an error.

        Args:
            name: Path below the folder, with `/` between folders.

        Raises:
            FormatError: The path leaves the folder, or the file cannot be written.
        """
        path = path_below(self.root, name, str(self.root))
        partial = path.with_name(path.name + ".partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.unlink(missing_ok=True)
            with partial.open("xb") as file:
                yield file
            partial.replace(path)
        except OSError as error:
            raise FormatError(
                "{path} cannot be written: {error}", path=path, error=error
            ) from error
        finally:
            partial.unlink(missing_ok=True)
        self._files.append(path)

    def write(self, name: str, content: bytes) -> None:
        """Write a whole file."""
        with self.open(name) as file:
            file.write(content)

    def copy(self, source: Path, name: str) -> None:
        """Copy a file from anywhere into the folder."""
        try:
            with source.open("rb") as origin, self.open(name) as file:
                shutil.copyfileobj(origin, file)
        except OSError as error:
            raise FormatError(
                "{source} cannot be copied: {error}", source=source, error=error
            ) from error
