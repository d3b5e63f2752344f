"""JSON files of any size: entries of long lists are found in one pass and read when asked for.

The pass parses a window of the file at a time. Text is taken as Latin-1 meanwhile, so that a
character is a byte and a position in the window is a position in the file; entries that are not
plain ASCII are then read again as UTF-8.
"""

import json
import math
import re
from array import array
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence, Text

WINDOW_BYTES = 2**22
MAX_ENTRY_BYTES = 2**29
"""An entry of a list that is longer than this is taken for damage."""
MAX_FIELD_BYTES = 2**20
"""Longer members that no format asked for are not kept in memory."""
_SPACE = re.compile(r"[ \t\r\n]*")
_LOOKAHEAD = 16
"""No token but a string needs more characters to be told from damage."""
ROOT = ""
"""Name of the list in files that are one list."""

Note = Callable[[str, Any], None]
"""Told of each entry of a list, in order: the list's name and the entry."""


class JsonIndex:
    """Where the entries of a JSON file's long lists lie. Holds no open file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fields: dict[str, Any] = {}
        """The other members of the outermost object."""
        self.is_list = False
        """Whether the file is one list, whose name is then `ROOT`."""
        self.left_out: tuple[str, ...] = ()
        """Members too long to be kept."""
        self._starts: dict[str, array[int]] = {}
        self._ends: dict[str, array[int]] = {}

    def __contains__(self, name: str) -> bool:
        """Whether the file has a list of this name."""
        return name in self._starts

    def count(self, name: str) -> int:
        """Number of entries of a list; 0 if the file has no such list."""
        return len(self._starts.get(name, ()))

    def entry(self, name: str, index: int) -> Any:
        """An entry of a list, read from the file now.

        Raises:
            FormatError: The file has changed, or an object in the entry names a field twice.
        """
        start, end = self._starts[name][index], self._ends[name][index]
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                content = file.read(end - start)
        except OSError as error:
            raise FormatError(
                "{path} cannot be read: {error}", path=self.path, error=error
            ) from error
        return parse_json(content, self.place(name, index))

    def entries(self, name: str) -> Iterator[Any]:
        """Every entry of a list in order; one is in memory at a time."""
        return (self.entry(name, index) for index in range(self.count(name)))

    def place(self, name: str, index: int) -> str:
        """How messages name an entry."""
        return f"{self.path}: {name}[{index}]"

    def add(self, name: str, start: int, end: int) -> None:
        """Note an entry of a list. For `index_json` alone."""
        self._starts[name].append(start)
        self._ends[name].append(end)

    def begin(self, name: str) -> None:
        """Note a list. For `index_json` alone."""
        self._starts[name] = array("Q")
        self._ends[name] = array("Q")


def index_json(path: Path, lists: Collection[str], note: Note | None = None) -> JsonIndex:
    """Find the entries of a file's long lists.

    Args:
        path: A JSON file whose outermost value is an object, or a list (named `ROOT`).
        lists: Names of the members of the outermost object that are read entry by entry; `null`
            in place of such a list counts as no list.
        note: Told of each entry once, in order, while the file is looked through.

    Raises:
        FormatError: The file is missing, no JSON, or cut off; the message gives the byte.
    """
    try:
        with path.open("rb") as file:
            return _Indexer(file, path, lists, note).index()
    except OSError as error:
        raise FormatError("{path} cannot be read: {error}", path=path, error=error) from error


def load_json(path: Path) -> Any:
    """The content of a small JSON file.

    Raises:
        FormatError: It is missing, no JSON, or names a field twice.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise FormatError("{path} cannot be read: {error}", path=path, error=error) from error
    return parse_json(content, str(path))


def parse_json(content: bytes, place: Text) -> Any:
    """The value that some bytes of JSON hold.

    Args:
        content: UTF-8 text, with or without a byte order mark.
        place: How to name the bytes in messages.

    Raises:
        FormatError: They are no JSON, use NaN or infinity, or name a field of an object twice.
    """
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            object_pairs_hook=_object_without_repeats,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        raise FormatError("{place}: {reason}", place=place, reason=_reason(error)) from error


def head_of(path: Path, num_bytes: int = 4096) -> bytes:
    """The first bytes of a file; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(num_bytes)
    except (OSError, ValueError):
        return b""


def _object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(Sentence("the field {name!r:.60} is given twice", name=repeated))
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(Sentence("{name} is no number that JSON allows", name=name))


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(Sentence("{text:.20} is too large a number", text=text))
    return number


def _reason(error: Exception) -> Text:
    if isinstance(error, RecursionError):
        return Sentence("lists or objects are nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        return Sentence("the text is not UTF-8 (byte {byte})", byte=error.start)
    return Sentence("{error}", error=error)


class _Indexer:
    """One pass over a file. `_text[_position]` is the file's byte `_offset + _position`."""

    def __init__(
        self, file: BinaryIO, path: Path, lists: Collection[str], note: Note | None
    ) -> None:
        self._file = file
        self._path = path
        self._lists = lists
        self._note = note
        self._text = ""
        self._offset = 0
        self._position = 0
        self._is_at_end = False
        self._entry_decoder = json.JSONDecoder(parse_constant=_refuse_constant)
        self._field_decoder = json.JSONDecoder(
            parse_constant=_refuse_constant, parse_float=_finite
        )  # slower; entries are read again, and then checked
        self._index = JsonIndex(path)

    def index(self) -> JsonIndex:
        self._fill()
        if self._text.startswith("\xef\xbb\xbf"):
            self._position = 3
        if self._peek() == "[":
            self._index.is_list = True
            self._read_list(ROOT)
        elif self._peek() == "{":
            self._read_members()
        else:
            self._fail(Sentence("a JSON file begins with { or ["))
        if self._peek():
            self._fail(Sentence("more text follows where the JSON has ended"))
        return self._index

    def _read_members(self) -> None:
        self._expect("{")
        names: set[str] = set()
        if self._skip("}"):
            return
        while True:
            if self._peek() != '"':
                self._fail(Sentence("a field's name in quotes is missing"))
            name, _, _ = self._value(self._field_decoder)
            if name in names:
                self._fail(Sentence("the field {name!r:.60} is given twice", name=name))
            names.add(name)
            self._expect(":")
            self._read_member(name)
            if self._skip("}"):
                return
            self._expect(",")

    def _read_member(self, name: str) -> None:
        if name in self._lists and self._peek() == "[":
            self._read_list(name)
            return
        value, start, end = self._value(self._field_decoder)
        if name in self._lists:
            if value is not None:
                self._fail(Sentence("{name!r} must be a list", name=name))
        elif end - start > MAX_FIELD_BYTES and name != "categories":
            self._index.left_out += (name,)
        else:
            self._index.fields[name] = value

    def _read_list(self, name: str) -> None:
        self._expect("[")
        self._index.begin(name)
        if self._skip("]"):
            return
        while True:
            value, start, end = self._value(self._entry_decoder)
            self._index.add(name, start, end)
            if self._note is not None:
                self._note(name, value)
            if self._skip("]"):
                return
            self._expect(",")

    def _value(self, decoder: json.JSONDecoder) -> tuple[Any, int, int]:
        """The next value with its first byte and the byte after it."""
        self._skip_space()
        while True:
            try:
                value, end = decoder.raw_decode(self._text, self._position)
            except json.JSONDecodeError as error:
                is_string = error.msg.startswith("Unterminated string")
                if self._is_at_end or not (is_string or self._is_near_end(error.pos)):
                    self._fail(self._cut_off_or(error.msg), error.pos)
            except (ValueError, RecursionError) as error:
                self._fail(_reason(error))
            else:
                if end < len(self._text) or self._is_at_end:
                    return self._accept(value, end)
            self._fill()

    def _accept(self, value: Any, end: int) -> tuple[Any, int, int]:
        text = self._text[self._position : end]
        start = self._offset + self._position
        self._position = end
        if not text.isascii():
            place = Sentence("{path}, byte {byte}", path=self._path, byte=start)
            value = parse_json(text.encode("latin-1"), place)
        return value, start, self._offset + end

    def _is_near_end(self, position: int) -> bool:
        return position >= len(self._text) - _LOOKAHEAD

    def _cut_off_or(self, message: str) -> Text:
        if not self._is_at_end:
            return message
        return Sentence("{message}; the file may be cut off", message=message)

    def _fill(self) -> None:
        """Forget what was used and read on; an entry longer than the window doubles it."""
        rest = self._text[self._position :]
        if len(rest) > MAX_ENTRY_BYTES:
            self._fail(
                Sentence("an entry is longer than {max_bytes} bytes", max_bytes=MAX_ENTRY_BYTES)
            )
        content = self._file.read(max(WINDOW_BYTES, len(rest)))
        self._is_at_end = not content
        self._offset += self._position
        self._position = 0
        self._text = rest + content.decode("latin-1")

    def _skip_space(self) -> None:
        while True:
            match = _SPACE.match(self._text, self._position)
            self._position = match.end() if match else self._position
            if self._position < len(self._text) or self._is_at_end:
                return
            self._fill()

    def _peek(self) -> str:
        """The next character that is no space; empty at the end of the file."""
        self._skip_space()
        return self._text[self._position : self._position + 1]

    def _skip(self, character: str) -> bool:
        if self._peek() != character:
            return False
        self._position += 1
        return True

    def _expect(self, character: str) -> None:
        if not self._skip(character):
            is_cut_off = not self._peek()
            self._fail(
                Sentence("{character!r} is missing; the file is cut off", character=character)
                if is_cut_off
                else Sentence("{character!r} is missing", character=character)
            )

    def _fail(self, message: Text, position: int | None = None) -> NoReturn:
        byte = self._offset + (self._position if position is None else position)
        raise FormatError(
            "{path} is damaged at byte {byte}: {message}",
            path=self._path,
            byte=byte,
            message=message,
        )
