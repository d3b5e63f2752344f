"""Damages example files at random and reads them: only a `FormatError` may come of it.

A case is named by the example's folder and a number, so that each finding can be made again.
"""

import json
import random
import re
import shutil
import signal
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from tarvis_core.annotation.formats.annotation_format import AnnotationFormat
from tarvis_core.annotation.formats.format_list import FORMATS
from tarvis_core.annotation.formats.inspection import inspect_dataset
from tarvis_core.errors import FormatError

MAX_SECONDS = 20
"""A case that takes longer counts as a hang."""


class Outcome(Enum):
    """How a case ended."""

    REFUSED = "refused with a FormatError"
    TOLERATED = "read and written"
    NOT_RECOGNISED = "no longer recognised, and refused"
    CRASHED = "another error"
    HUNG = "took too long"
    ESCAPED = "a file outside the chosen folder changed"


BAD = (Outcome.CRASHED, Outcome.HUNG, Outcome.ESCAPED)


@dataclass(frozen=True)
class CaseResult:
    """One case: what was done to which file, and what came of it."""

    folder: str
    seed: int
    mutation: str
    outcome: Outcome
    detail: str
    seconds: float


class _HungError(BaseException):
    """Not an `Exception`: nothing that is tested may catch it."""


@contextmanager
def _time_limit() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _HungError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(MAX_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def run_case(folder: Path, seed: int, workspace: Path) -> CaseResult:
    """Copy an example, damage it, read it, and write what was read.

    Args:
        folder: An example.
        seed: Number of the case.
        workspace: An empty folder to work in.
    """
    source, target = workspace / "in", workspace / "out"
    shutil.copytree(folder, source)
    (workspace / "sentinel").write_text("untouched")
    random_source = random.Random(f"{folder.name} {seed}")
    known = [f for f in FORMATS if f.recognises(source)]
    mutations = [_mutate(source, random_source) for _ in range(random_source.choice((1, 1, 2)))]
    start = time.perf_counter()
    outcome, detail = _consumed(known, source, target)
    seconds = time.perf_counter() - start
    if outcome not in BAD and not _is_untouched(workspace):
        outcome, detail = Outcome.ESCAPED, "a file appeared or changed outside"
    return CaseResult(folder.name, seed, "; ".join(mutations), outcome, detail, seconds)


def _is_untouched(workspace: Path) -> bool:
    names = {path.name for path in workspace.iterdir()}
    is_same = (workspace / "sentinel").read_text() == "untouched"
    return is_same and names <= {"in", "out", "sentinel", "outside.txt"}


def _consumed(known: list[AnnotationFormat], source: Path, target: Path) -> tuple[Outcome, str]:
    try:
        with _time_limit():
            outcomes = [_consume(f, source, target / f.id) for f in known]
            for annotation_format in FORMATS:
                annotation_format.recognises(source)
    except _HungError:
        return Outcome.HUNG, f"more than {MAX_SECONDS} s"
    except Exception as error:  # noqa: BLE001 -- any is a finding
        return Outcome.CRASHED, f"{type(error).__name__}: {error}"
    order = (Outcome.TOLERATED, Outcome.REFUSED, Outcome.NOT_RECOGNISED)
    return min(outcomes, key=order.index, default=Outcome.NOT_RECOGNISED), ""


def _consume(annotation_format: AnnotationFormat, source: Path, target: Path) -> Outcome:
    is_recognised = annotation_format.recognises(source)
    try:
        reader = annotation_format.read(source)
        inspect_dataset(reader)
        annotation_format.write(reader, target)
    except FormatError:
        return Outcome.REFUSED if is_recognised else Outcome.NOT_RECOGNISED
    return Outcome.TOLERATED


# --- what is done to files ------------------------------------------------------------------


def _mutate(source: Path, random_source: random.Random) -> str:
    files = sorted(p for p in source.rglob("*") if p.is_file() and p.suffix != ".jpg")
    if not files:
        return "nothing left to damage"
    path = random_source.choice(files)
    by_suffix: dict[str, list[Callable[[Path, random.Random], str]]] = {
        ".json": [_json_values, _json_values, _json_values, _json_structure, _json_text],
        ".png": [_png_header, _png_header, _png_replaced],
        ".xml": [_xml_values, _xml_values, _xml_bomb],
        ".txt": [_tokens],
    }
    anything = [_bytes, _truncation, _file_system]
    choice = random_source.choice(by_suffix.get(path.suffix, [_tokens]) * 3 + anything)
    return f"{path.relative_to(source)}: {choice(path, random_source)}"


HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 3.5, 2**31, 2**53, 2**63, 2**64, 10**40, -(10**40), 1e308,
    "", "a", "0", "-1", "1e9", "x" * 20_000, "\x00", "ÿ\u2028😀", "../../outside.txt", "/etc",
    "C:\\outside.txt", "..\\..\\outside.txt", "a/../../../outside.txt", "%2e%2e/x", "nul", "`" * 50,
    "o" * 60, [], [[]], [0] * 1000, [None], {}, {"": {}}, {"size": [10**9, 10**9], "counts": "0"},
    {"size": [-1, 8], "counts": []}, {"counts": [1, 2]}, {"size": [6, 8], "counts": [2**62, 2**62]},
    {"size": [6, 8], "counts": [-5, 53]}, [[1e9, 1e9, 1, 1, 2, 2]], [[1, 2, 3]], [1, 2, 3, 4, 5, 6],
)  # fmt: skip


def _nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) below a value."""
    stack = [value]
    while stack:
        container = stack.pop()
        if isinstance(container, dict):
            keys: list[Any] = list(container)
        elif isinstance(container, list):
            keys = list(range(len(container)))
        else:
            continue
        for key in keys:
            yield container, key
            stack.append(container[key])


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):  # an earlier mutation has damaged it already
        return {}


def _save(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def _json_values(path: Path, random_source: random.Random) -> str:
    content = _load(path)
    nodes = list(_nodes(content))
    if not nodes:
        return "empty"
    container, key = random_source.choice(nodes)
    value = random_source.choice(HOSTILE)
    old = container[key]
    if isinstance(old, str) and old and random_source.random() < 0.4:
        position = random_source.randrange(len(old))
        value = old[:position] + chr(random_source.randrange(32, 127)) + old[position + 1 :]
    elif isinstance(old, int) and random_source.random() < 0.4:
        value = old + random_source.choice((-1, 1, 255, 65536))
    container[key] = value
    _save(path, content)
    return f"{key!r} = {value!r:.60}"


def _json_structure(path: Path, random_source: random.Random) -> str:
    content = _load(path)
    nodes = list(_nodes(content))
    if not nodes:
        return "empty"
    container, key = random_source.choice(nodes)
    other, other_key = random_source.choice(nodes)
    action = random_source.choice(("delete", "duplicate", "swap", "rename", "nest"))
    if action == "delete":
        del container[key]
    elif action == "duplicate" and isinstance(container, list):
        container.insert(key, container[key])
    elif action == "swap":
        first, second = json.dumps(container[key]), json.dumps(other[other_key])
        container[key], other[other_key] = json.loads(second), json.loads(first)
    elif action == "rename" and isinstance(container, dict):
        container[random_source.choice(("0", "-1", "x", "01", "99999999999999999999", ""))] = (
            container.pop(key)
        )
    else:
        for _ in range(random_source.choice((1, 30, 300))):
            container[key] = [container[key]]
    _save(path, content)
    return f"{action} {key!r}"


def _json_text(path: Path, random_source: random.Random) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    replacements = (
        (r"\d+", "NaN"), (r"\d+", "-Infinity"), (r"\d+", "9" * 5000), (r"\d+", "1e999"),
        (r"\{", '{"id": 1, "id": 2, '), (r"\[", "[" * 50_000), (r",", ",,"), (r":", "::"),
        (r'"', ""), (r"\}", "},"), (r"$", "{}"), (r"^", "\ufeff\ufeff"), (r"[a-z]", "\\\\ud800"),
    )  # fmt: skip
    pattern, replacement = random_source.choice(replacements)
    matches = list(re.finditer(pattern, text))
    if not matches:
        return "nothing to replace"
    match = random_source.choice(matches)
    path.write_text(text[: match.start()] + replacement + text[match.end() :], encoding="utf-8")
    return f"{pattern} at {match.start()} → {replacement:.20}"


def _png_header(path: Path, random_source: random.Random) -> str:
    """Another size, depth, colour type or interlacing, with a right checksum."""
    content = bytearray(path.read_bytes())
    if len(content) < 33:
        return "too short"
    offset, layout, values = random_source.choice((
        (16, ">I", (0, 1, 7, 9, 4096, 60_000, 2**31 - 1, 2**32 - 1)),
        (20, ">I", (0, 1, 5, 7, 4096, 60_000, 2**31 - 1, 2**32 - 1)),
        (24, ">B", (0, 1, 2, 4, 8, 16, 32)),
        (25, ">B", (0, 1, 2, 3, 4, 6, 7)),
        (28, ">B", (1, 2)),
    ))  # fmt: skip
    value = random_source.choice(values)
    struct.pack_into(layout, content, offset, value)
    struct.pack_into(">I", content, 29, zlib.crc32(content[12:29]))
    path.write_bytes(content)
    return f"header byte {offset} = {value}"


def _png_replaced(path: Path, random_source: random.Random) -> str:
    """Another file's content, or a bomb: a huge image of zeros in few bytes."""
    kind = random_source.choice(("other", "bomb", "text", "empty"))
    if kind == "other":
        others = [p for p in path.parents[2].rglob("*.*") if p.is_file()]
        path.write_bytes(random_source.choice(sorted(others)).read_bytes())
    elif kind == "bomb":
        header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
        data = zlib.compress(bytes(2_000_000))
        parts = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts))
    else:
        path.write_bytes(b"hello" if kind == "text" else b"")
    return kind


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _xml_values(path: Path, random_source: random.Random) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    matches = list(re.finditer(r'(?<=")[^"<>]*(?=")|(?<=>)[^<>]+(?=<)|(?<=<)/?\w+', text))
    if not matches:
        return "nothing to replace"
    match = random_source.choice(matches)
    numbers = ("", "-1", "0", "nan", "inf", "1e999", "9" * 400, "1,2", "1.5;2", "../../outside.txt")
    words = ("x" * 10_000, "mask", "polygon", "track", "&amp;", "&nothing;", "1, " * 5000)
    value = random_source.choice(numbers + words)
    path.write_text(text[: match.start()] + value + text[match.end() :], encoding="utf-8")
    return f"{match[0]!r:.40} → {value!r:.40}"


def _xml_bomb(path: Path, random_source: random.Random) -> str:
    kind = random_source.choice(("entities", "external", "deep"))
    if kind == "deep":
        path.write_text("<annotations>" + "<image>" * 50_000, encoding="utf-8")
        return kind
    if kind == "external":
        head = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        path.write_text(f"{head}<annotations><version>&e;</version></annotations>")
        return kind
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    head = f'<!DOCTYPE x [<!ENTITY e0 "ha">{lines}]>'
    path.write_text(f"{head}<annotations><version>&e11;</version></annotations>")
    return kind


def _tokens(path: Path, random_source: random.Random) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    matches = list(re.finditer(r"\S+", text))
    if not matches:
        return "nothing to replace"
    match = random_source.choice(matches)
    values = (
        "",
        "-1",
        "x",
        "9" * 30,
        "0",
        "../../outside",
        "1.5",
        "\n",
        " ",
        "nan",
        "o" * 9,
        "\x00",
    )
    value = random_source.choice(values)
    path.write_text(text[: match.start()] + value + text[match.end() :], encoding="utf-8")
    return f"{match[0]!r:.40} → {value!r:.40}"


def _bytes(path: Path, random_source: random.Random) -> str:
    content = bytearray(path.read_bytes())
    if not content:
        return "empty"
    positions = [random_source.randrange(len(content)) for _ in range(random_source.randint(1, 8))]
    for position in positions:
        content[position] = random_source.randrange(256)
    path.write_bytes(content)
    return f"bytes {positions}"


def _truncation(path: Path, random_source: random.Random) -> str:
    content = path.read_bytes()
    length = random_source.randrange(len(content) + 1)
    path.write_bytes(content[:length])
    return f"cut to {length} of {len(content)} bytes"


def _file_system(path: Path, random_source: random.Random) -> str:
    action = random_source.choice(("delete", "folder", "link out", "circular link", "rename"))
    path.unlink()
    if action == "folder":
        path.mkdir()
    elif action == "link out":
        outside = path.anchor and Path("/etc/hostname")
        path.symlink_to(outside)
    elif action == "circular link":
        path.symlink_to(path.name)
    elif action == "rename":
        path.with_name("renamed" + path.suffix).write_bytes(b"\x00")
    return action
