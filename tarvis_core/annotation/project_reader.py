"""A project as read from its file: all of it but the pixels at once, the pixels when asked for."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask_store import MaskStore
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_errors import told_of
from tarvis_core.annotation.project_rows import (
    MASK_COLUMNS,
    SUMMARY_COLUMNS,
    category_of,
    exemplar_of,
    summaries,
    target_of,
    track_frame,
    video_of,
)
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import TrackFrame
from tarvis_core.errors import ProjectFileError

_CHUNK = 256
"""How many masks of a track are read at once."""


class StoredMasks:
    """The masks of an open project file, for its `MaskStore`."""

    def __init__(
        self, path: Path, connection: Callable[[], sqlite3.Connection], size: tuple[int, int]
    ) -> None:
        """Make a reader.

        Args:
            path: The file's place, for messages.
            connection: Gives the connection that is open now.
            size: (height, width) of the frames.
        """
        self._path = path
        self._connection = connection
        self._size = size

    def read_mask(self, target: TargetId, frame: int) -> TrackFrame:
        """One mask that is known to exist.

        Raises:
            ProjectFileError: The file cannot be read, or lacks the mask.
        """
        with told_of(self._path, "read"):
            row = (
                self._connection()
                .execute(
                    f"SELECT {MASK_COLUMNS} FROM masks WHERE frame = ? AND target = ?",
                    (frame, target),
                )
                .fetchone()
            )
        if row is None:
            raise ProjectFileError(
                f"{self._path} lacks the mask of target {target} on frame {frame}: the file was "
                "changed from outside. Close the project and open it again"
            )
        return track_frame(row, self._size)

    def read_masks_at(self, frame: int) -> dict[TargetId, TrackFrame]:
        """All masks of one frame.

        Raises:
            ProjectFileError: The file cannot be read.
        """
        query = f"SELECT {MASK_COLUMNS} FROM masks WHERE frame = ?"
        with told_of(self._path, "read"):
            rows = self._connection().execute(query, (frame,)).fetchall()
        return {row[1]: track_frame(row, self._size) for row in rows}

    def read_track(
        self, target: TargetId, first: int, last: int
    ) -> Iterator[tuple[int, TrackFrame]]:
        """A target's masks from `first` to `last` inclusive, in order of frames.

        Raises:
            ProjectFileError: The file cannot be read.
        """
        query = (
            f"SELECT {MASK_COLUMNS} FROM masks WHERE target = ? AND frame BETWEEN ? AND ? "
            "ORDER BY frame LIMIT ?"
        )
        while first <= last:
            with told_of(self._path, "read"):
                rows = self._connection().execute(query, (target, first, last, _CHUNK)).fetchall()
            for row in rows:
                yield row[0], track_frame(row, self._size)
            if len(rows) < _CHUNK:
                return
            first = rows[-1][0] + 1


def read_project(path: Path, connection: Callable[[], sqlite3.Connection]) -> Project:
    """The project of an open file; its masks' pixels are read when they are asked for.

    Raises:
        ProjectFileError: The file cannot be read, or its content contradicts itself.
    """
    try:
        with told_of(path, "read"):
            return _read(path, connection)
    except (ValueError, KeyError, TypeError) as error:
        raise ProjectFileError(
            f"{path} holds something that no project holds ({error}). Restore it from a copy"
        ) from error


def _read(path: Path, connection: Callable[[], sqlite3.Connection]) -> Project:
    database = connection()
    facts = dict(database.execute("SELECT name, value FROM facts").fetchall())
    video = video_of(facts["video"])
    categories = database.execute("SELECT * FROM categories ORDER BY position").fetchall()
    targets = database.execute("SELECT * FROM targets ORDER BY position").fetchall()
    exemplars = database.execute("SELECT * FROM exemplars ORDER BY target, frame, position")
    query = f"SELECT {SUMMARY_COLUMNS} FROM masks ORDER BY target, frame"
    masks = MaskStore(
        video.frame_size,
        StoredMasks(path, connection, video.frame_size),
        summaries(database.execute(query).fetchall()),
    )
    return Project(
        video,
        LabelSet(facts["label_set"], tuple(category_of(row) for row in categories)),
        [target_of(row) for row in targets],
        [exemplar_of(row) for row in exemplars],
        masks,
        next_target_id=TargetId(json.loads(facts["next_target_id"])),
    )
