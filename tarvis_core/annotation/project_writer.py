"""Edits as statements on a project file's tables."""

import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from tarvis_core.annotation.exemplar import Exemplar
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import (
    Change,
    ExemplarChange,
    LabelSetChange,
    NextTargetIdChange,
    TargetChange,
    TargetOrderChange,
    VideoChange,
)
from tarvis_core.annotation.project_rows import (
    MASK_COLUMNS,
    Row,
    category_rows,
    exemplar_rows,
    mask_row,
    target_row,
    video_json,
)
from tarvis_core.annotation.target import TargetId

_NUM_MASK_COLUMNS = MASK_COLUMNS.count(",") + 1
_PUT_MASK = (
    f"INSERT INTO masks ({MASK_COLUMNS}) VALUES ({', '.join('?' * _NUM_MASK_COLUMNS)}) "
    "ON CONFLICT (frame, target) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in MASK_COLUMNS.split(", ")[2:])
)


def write_changes(connection: sqlite3.Connection, changes: Sequence[Change]) -> None:
    """Carry out an edit on the tables, within the caller's transaction."""
    for is_mask, group in itertools.groupby(changes, lambda c: isinstance(c, MaskChange)):
        if is_mask:
            _write_masks(connection, [c for c in group if isinstance(c, MaskChange)])
        else:
            for change in group:
                _write_one(connection, change)


def write_project(connection: sqlite3.Connection, project: Project) -> None:
    """Put a whole project into empty tables, within the caller's transaction."""
    write_fact(connection, "video", video_json(project.video))
    write_fact(connection, "next_target_id", str(project.next_target_id))
    _write_label_set(connection, project.label_set)
    connection.executemany(
        "INSERT INTO targets VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [target_row(target, place) for place, target in enumerate(project.targets.values())],
    )
    for _, group in itertools.groupby(project.exemplars, lambda e: (e.target, e.frame)):
        _insert_exemplars(connection, group)
    connection.executemany(_PUT_MASK, _all_mask_rows(project))


def write_fact(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Note a single fact about the project."""
    connection.execute(
        "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def _all_mask_rows(project: Project) -> Iterator[Row]:
    for target, track in project.masks.tracks.items():
        for frame, held in track.items():
            yield mask_row(target, frame, held)


def _write_masks(connection: sqlite3.Connection, changes: Sequence[MaskChange]) -> None:
    last = {(change.frame, change.target): change.after for change in changes}
    connection.executemany(
        "DELETE FROM masks WHERE frame = ? AND target = ?",
        [place for place, after in last.items() if after is None],
    )
    connection.executemany(
        _PUT_MASK,
        [mask_row(target, frame, after) for (frame, target), after in last.items() if after],
    )


def _write_one(connection: sqlite3.Connection, change: Change) -> None:
    match change:
        case TargetChange():
            _write_target(connection, change)
        case TargetOrderChange():
            _write_order(connection, change.after)
        case NextTargetIdChange():
            write_fact(connection, "next_target_id", str(change.after))
        case ExemplarChange():
            connection.execute(
                "DELETE FROM exemplars WHERE target = ? AND frame = ?",
                (change.target, change.frame),
            )
            _insert_exemplars(connection, change.after)
        case LabelSetChange():
            connection.execute("DELETE FROM categories")
            _write_label_set(connection, change.after)
        case VideoChange():
            write_fact(connection, "video", video_json(change.after))
        case MaskChange():
            _write_masks(connection, [change])


def _write_target(connection: sqlite3.Connection, change: TargetChange) -> None:
    before, after, position = change.before, change.after, change.position
    if before is not None:
        connection.execute("DELETE FROM targets WHERE id = ?", (before.id,))
        if after is None:
            connection.execute(
                "UPDATE targets SET position = position - 1 WHERE position > ?", (position,)
            )
    if after is not None:
        if before is None:
            connection.execute(
                "UPDATE targets SET position = position + 1 WHERE position >= ?", (position,)
            )
        row = target_row(after, position)
        connection.execute("INSERT INTO targets VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def _write_order(connection: sqlite3.Connection, order: Iterable[TargetId]) -> None:
    connection.executemany(
        "UPDATE targets SET position = ? WHERE id = ?",
        [(place, target) for place, target in enumerate(order)],
    )


def _insert_exemplars(connection: sqlite3.Connection, exemplars: Iterable[Exemplar]) -> None:
    connection.executemany("INSERT INTO exemplars VALUES (?, ?, ?, ?, ?)", exemplar_rows(exemplars))


def _write_label_set(connection: sqlite3.Connection, label_set: LabelSet) -> None:
    write_fact(connection, "label_set", label_set.name)
    connection.executemany(
        "INSERT INTO categories VALUES (?, ?, ?, ?, ?, ?)", category_rows(label_set)
    )
