"""Writes JSON files entry by entry, so that a long list is never in memory as a whole."""

import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO

_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def json_bytes(value: object) -> bytes:
    """A value as JSON text; refuses NaN, infinity and types that JSON does not have.

    Raises:
        TypeError: The value holds something that is no JSON type, such as a numpy number.
        ValueError: It holds NaN or infinity.
    """
    return _encoder.encode(value).encode("utf-8")


def write_json_object(file: BinaryIO, members: Iterable[tuple[str, object]]) -> None:
    """Write an object whose iterators become lists, one entry per line.

    Args:
        file: An open file.
        members: Names and values in order; each iterator is exhausted before the next member is
            asked for.
    """
    file.write(b"{")
    for number, (name, value) in enumerate(members):
        file.write((b",\n" if number else b"\n") + json_bytes(name) + b":")
        if isinstance(value, Iterator):
            write_json_list(file, value)
        else:
            file.write(json_bytes(value))
    file.write(b"\n}\n")


def write_json_list(file: BinaryIO, entries: Iterable[object]) -> None:
    """Write a list, one entry per line."""
    file.write(b"[")
    for number, entry in enumerate(entries):
        file.write((b",\n" if number else b"\n") + json_bytes(entry))
    file.write(b"]")
