"""XML files of any size, safely: read piece by piece, without document types and entities."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from tarvis_core.errors import FormatError

_CHUNK_BYTES = 2**16
_MAX_DEPTH = 64
_MAX_TOKEN_BYTES = 2**27
"""A tag or text that is longer than this is taken for damage."""
_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii"}


@dataclass(frozen=True)
class XmlStart:
    """The beginning of an element."""

    path: tuple[str, ...]
    """Names of the elements around it and its own."""
    attributes: Mapping[str, str]
    byte: int
    """Where its tag begins in the file."""
    line: int

    @property
    def name(self) -> str:
        """Its name."""
        return self.path[-1]


@dataclass(frozen=True)
class XmlEnd:
    """The end of an element."""

    path: tuple[str, ...]
    text: str
    """The text directly in it, without space around it."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.path[-1]


XmlEvent = XmlStart | XmlEnd


def xml_events(path: Path, start: int = 0) -> Iterator[XmlEvent]:
    """The elements of a file in order; what is in memory is one piece of the file.

    Args:
        path: The file.
        start: The byte at which an element begins; then only that element is read.

    Raises:
        FormatError: The file is missing, damaged, in another encoding than UTF-8, or has a
            document type, which may define entities.
    """
    try:
        with path.open("rb") as file:
            file.seek(start)
            yield from _Parser(path, start).events(file)
    except OSError as error:
        raise FormatError("{path} cannot be read: {error}", path=path, error=error) from error


class _Parser:
    def __init__(self, path: Path, start: int) -> None:
        self._path = path
        self._start = start
        self._events: deque[XmlEvent] = deque()
        self._names: list[str] = []
        self._texts: list[list[str]] = []
        self._is_done = False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.XmlDeclHandler = self._declare
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._add_text

    def events(self, file: BinaryIO) -> Iterator[XmlEvent]:
        pending = 0
        while not self._is_done:
            chunk = file.read(_CHUNK_BYTES)
            self._feed(chunk)
            pending = 0 if self._events else pending + len(chunk)
            if pending > _MAX_TOKEN_BYTES:
                raise FormatError(
                    "{path}: a tag is longer than {max_bytes} bytes",
                    path=self._path,
                    max_bytes=_MAX_TOKEN_BYTES,
                )
            while self._events:
                yield self._events.popleft()
            if not chunk:
                return

    def _feed(self, chunk: bytes) -> None:
        try:
            self._parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            if self._is_done:  # of a part of a file, what follows is of no interest
                return
            raise FormatError(
                "{path} is damaged at line {line}: {reason}",
                path=self._path,
                line=error.lineno,
                reason=expat.ErrorString(error.code),
            ) from error

    def _declare(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise FormatError(
                "{path} is in the encoding {encoding!r:.40}; only UTF-8 is read",
                path=self._path,
                encoding=encoding,
            )

    def _refuse_doctype(self, name: str, *details: object) -> None:
        raise FormatError(
            "{path} has a document type ({name!r:.40}), which annotations never need and which "
            "can make a small file grow without end; remove it to read the file",
            path=self._path,
            name=name,
        )

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if self._is_done:
            return
        self._names.append(name)
        self._texts.append([])
        if len(self._names) > _MAX_DEPTH:
            raise FormatError("{path}: elements are nested too deeply", path=self._path)
        byte = self._start + self._parser.CurrentByteIndex
        line = self._parser.CurrentLineNumber
        self._events.append(XmlStart(tuple(self._names), attributes, byte, line))

    def _end(self, name: str) -> None:
        if self._is_done:
            return
        text = "".join(self._texts.pop()).strip()
        self._events.append(XmlEnd(tuple(self._names), text))
        self._names.pop()
        self._is_done = not self._names and self._start > 0

    def _add_text(self, text: str) -> None:
        if self._texts:
            self._texts[-1].append(text)
