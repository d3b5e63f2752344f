"""Finds the JSON file of a format in a folder, from a glance at heads and tails."""

import re
from collections.abc import Callable
from pathlib import Path

_GLANCE_BYTES = 2**16
_MAX_FILES = 200
"""Only the first files of a folder are looked at."""

Test = Callable[["Glance"], bool]


class Glance:
    """The beginning and the end of a JSON file, enough to tell formats apart."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.is_list = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
        """Whether the file is one list."""

    @classmethod
    def at(cls, path: Path) -> "Glance":
        """Look at a file; one that cannot be read looks empty."""
        try:
            with path.open("rb") as file:
                head = file.read(_GLANCE_BYTES)
                size = file.seek(0, 2)
                file.seek(max(size - _GLANCE_BYTES, len(head)))
                return cls(head + file.read(_GLANCE_BYTES))
        except (OSError, ValueError):
            return cls(b"")

    def has(self, *fields: str) -> bool:
        """Whether objects with each of these fields are in sight."""
        return all(
            re.search(rb'"%s"\s*:' % re.escape(field.encode()), self._content) for field in fields
        )

    def holds(self, text: str) -> bool:
        """Whether a text is in sight, such as part of a file name."""
        return text.encode() in self._content

    def has_any(self, *fields: str) -> bool:
        """Whether objects with one of these fields are in sight."""
        return any(self.has(field) for field in fields)


def find_json(path: Path, *tests: Test) -> Path | None:
    """The file that a format should read.

    Args:
        path: A file, or a folder in which (and in whose folders) JSON files are looked at in
            alphabetical order.
        tests: What a file must pass; a file that passes an earlier test is preferred.

    Returns:
        The file; None if there is none.
    """
    glances = [(file, Glance.at(file)) for file in _json_files(path)]
    for test in tests:
        for file, glance in glances:
            if test(glance):
                return file
    return None


def _json_files(path: Path) -> list[Path]:
    try:
        if path.is_file():
            return [path] if path.suffix.lower() == ".json" else []
        found = sorted(path.glob("*.json")) or sorted(path.glob("*/*.json"))
    except (OSError, ValueError):
        return []
    return [file for file in found[:_MAX_FILES] if file.is_file()]
