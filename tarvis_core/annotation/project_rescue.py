"""Rescue: what can still be read of a damaged or cut-off project file, as a new file."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange, MaskStore
from tarvis_core.annotation.palette import target_colour
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_errors import told_of
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.project_rows import (
    MASK_COLUMNS,
    Row,
    category_of,
    exemplar_of,
    target_of,
    track_frame,
    video_of,
)
from tarvis_core.annotation.run_length import runs_from_text
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.errors import ProjectFileError
from tarvis_core.sentence import Sentence

_Value = TypeVar("_Value")

_CHUNK = 500
_MAX_MISSES = 5_000
"""After so many rows in a row that cannot be read, the end of the table is taken to be there."""


@dataclass(frozen=True)
class RescueReport:
    """What a rescue could read."""

    num_targets: int
    num_masks: int
    num_made_up_targets: int
    """Targets that have masks but whose own row is lost: they are named by number."""
    num_damaged_masks: int
    """Masks whose row could be read, but is not what a mask can be."""


def rescue(damaged: Path, destination: Path) -> RescueReport:
    """Write what can still be read of a project file to a new one; the damaged file stays.

    Args:
        damaged: The file that does not open, or reports problems.
        destination: Where the new file is to be; nothing may be there yet.

    Returns:
        How much there was. What is lost beyond that, nobody can say.

    Raises:
        ProjectFileError: The file's beginning is lost, or the new file cannot be written.
    """
    with told_of(damaged, Sentence("read")):
        connection = sqlite3.connect(
            f"{damaged.resolve().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None
        )
    try:
        connection.execute("PRAGMA writable_schema = ON")  # reads although pages are missing
        project, report = _read(damaged, connection)
    finally:
        connection.close()
    ProjectFile.create(destination, project).close()
    return report


def _read(path: Path, connection: sqlite3.Connection) -> tuple[Project, RescueReport]:
    facts = dict(_readable(connection, "facts", "name, value", tuple))
    try:
        video = video_of(facts["video"])
    except (LookupError, ValueError, TypeError) as error:
        raise ProjectFileError(
            "nothing of {path} can be rescued, its beginning is lost. Restore it from a copy",
            path=path,
        ) from error
    categories = tuple(_readable(connection, "categories", "*", category_of))
    in_order = sorted(_readable(connection, "targets", "position, *", _placed_target), key=_place)
    targets = {target.id: target for _, target in in_order}
    num_kept = len(targets)
    masks, num_damaged = _masks(connection, video)
    exemplars = tuple(_readable(connection, "exemplars", "*", exemplar_of))
    for number in sorted({*masks.tracks, *(exemplar.target for exemplar in exemplars)}):
        if number not in targets:
            targets[number] = Target(number, f"Target {number}", colour=target_colour(number))
    label_set = LabelSet(facts.get("label_set", ""), categories)
    following = facts.get("next_target_id", "")
    project = Project(
        video,
        label_set,
        targets.values(),
        exemplars,
        masks,
        next_target_id=TargetId(int(following) if following.isdigit() else 1),
    )
    made_up = len(targets) - num_kept
    return project, RescueReport(len(targets), masks.num_masks, made_up, num_damaged)


def _placed_target(row: Row) -> tuple[int, Target]:
    return row[0], target_of(row[1:])


def _place(placed: tuple[int, Target]) -> int:
    return placed[0]


def _masks(connection: sqlite3.Connection, video: VideoIdentity) -> tuple[MaskStore, int]:
    known = {row[1] for row in connection.execute("PRAGMA table_info(masks)")}
    columns = ", ".join(c if c in known else f"NULL AS {c}" for c in MASK_COLUMNS.split(", "))
    masks = MaskStore(video.frame_size)
    num_damaged = 0
    for row in _readable(connection, "masks", columns, tuple):
        try:
            held = track_frame(row, video.frame_size)
            _check(held.mask)
            masks.apply([MaskChange(TargetId(row[1]), row[0], None, held)])
        except (ValueError, LookupError, TypeError):
            num_damaged += 1
    return masks, num_damaged


def _check(mask: Mask) -> None:
    """Refuse a mask whose code does not fill its box, or whose box leaves the frame."""
    x_min, y_min, x_max, y_max = mask.box
    area = (x_max - x_min) * (y_max - y_min)
    runs = runs_from_text(mask.counts) if mask.counts else None
    covered = 0 if runs is None else int(runs.sum())
    is_inside = 0 <= x_min <= x_max <= mask.width and 0 <= y_min <= y_max <= mask.height
    if covered != area or not is_inside or (runs is not None and runs.min() < 0):
        raise ValueError("the code does not fill the box")


def _readable(
    connection: sqlite3.Connection, table: str, columns: str, convert: Callable[[Row], _Value]
) -> Iterator[_Value]:
    """What rows that can be read say, past those that cannot; nothing if the table is lost."""
    for row in _readable_rows(connection, table, columns):
        try:
            yield convert(row)
        except (ValueError, LookupError, TypeError):
            continue


def _readable_rows(connection: sqlite3.Connection, table: str, columns: str) -> Iterator[Row]:
    query = f"SELECT rowid, {columns} FROM {table} NOT INDEXED WHERE rowid"
    last = -1
    while True:
        try:
            rows = connection.execute(
                f"{query} > ? ORDER BY rowid LIMIT {_CHUNK}", (last,)
            ).fetchall()
        except sqlite3.Error:
            break
        yield from (row[1:] for row in rows)
        if len(rows) < _CHUNK:
            return
        last = rows[-1][0]
    num_misses = 0
    while num_misses < _MAX_MISSES:  # one by one, past what is lost
        last += 1
        try:
            row = connection.execute(f"{query} = ?", (last,)).fetchone()
        except sqlite3.Error:
            row = None
        num_misses = 0 if row is not None else num_misses + 1
        if row is not None:
            yield row[1:]
