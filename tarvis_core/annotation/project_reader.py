"""A project as read from its file: all of it but the pixels at once, the pixels when asked for."""

import json
from collections.abc import Iterator

import numpy as np

from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask_store import MaskStore
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_connection import OpenDatabase
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
from tarvis_core.annotation.run_length import runs_from_text
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import TrackFrame
from tarvis_core.errors import DamagedProjectError, ProjectFileError
from tarvis_core.sentence import Sentence

_NO_RUNS = np.zeros(0, dtype=np.int64)
_CHUNK = 256
"""How many masks of a track are read at once."""


class StoredMasks:
    """The masks of an open project file, for its `MaskStore`."""

    def __init__(self, database: OpenDatabase, size: tuple[int, int]) -> None:
        """Make a reader.

        Args:
            database: The open file.
            size: (height, width) of the frames.
        """
        self._database = database
        self._size = size

    def read_mask(self, target: TargetId, frame: int) -> TrackFrame:
        """One mask that is known to exist.

        Raises:
            ProjectFileError: The file cannot be read, or lacks the mask.
        """
        with told_of(self._database.path, Sentence("read")):
            row = self._database.connection.execute(
                f"SELECT {MASK_COLUMNS} FROM masks WHERE frame = ? AND target = ?",
                (frame, target),
            ).fetchone()
        if row is None:
            raise ProjectFileError(
                "{path} lacks the mask of target {target} on frame {frame}: it was changed from "
                "outside. Close the project and open it again",
                path=self._database.path,
                target=target,
                frame=frame,
            )
        return track_frame(row, self._size)

    def read_masks_at(self, frame: int) -> dict[TargetId, TrackFrame]:
        """All masks of one frame.

        Raises:
            ProjectFileError: The file cannot be read.
        """
        query = f"SELECT {MASK_COLUMNS} FROM masks WHERE frame = ?"
        with told_of(self._database.path, Sentence("read")):
            rows = self._database.connection.execute(query, (frame,)).fetchall()
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
            with told_of(self._database.path, Sentence("read")):
                rows = self._database.connection.execute(
                    query, (target, first, last, _CHUNK)
                ).fetchall()
            for row in rows:
                yield row[0], track_frame(row, self._size)
            if len(rows) < _CHUNK:
                return
            first = rows[-1][0] + 1


def read_project(database: OpenDatabase) -> Project:
    """The project of an open file; its masks' pixels are read when they are asked for.

    Raises:
        ProjectFileError: The file cannot be read, or its content contradicts itself.
    """
    try:
        with told_of(database.path, Sentence("read")):
            return _read(database)
    except (ValueError, LookupError, TypeError) as error:
        raise DamagedProjectError(
            "{path} holds what no project holds ({error}). Restore it from a copy",
            path=database.path,
            error=error,
        ) from error


def find_damaged_masks(masks: MaskStore) -> Iterator[Sentence]:
    """Decode every mask of a store, and say which are not what their rows claim."""
    for target, track in masks.tracks.items():
        for frame, held in track.items():
            summary = track.summary(frame)
            x_min, y_min, x_max, y_max = held.mask.box
            try:
                runs = runs_from_text(held.mask.counts) if held.mask.counts else _NO_RUNS
            except ValueError as error:
                yield Sentence(
                    "the mask of target {target} on frame {frame} is damaged: {error}",
                    target=target,
                    frame=frame,
                    error=error,
                )
                continue
            covered, area = int(runs.sum()), int(runs[1::2].sum())
            is_whole = covered == (x_max - x_min) * (y_max - y_min) and runs.min(initial=0) >= 0
            is_inside = 0 <= x_min <= x_max <= held.mask.width and 0 <= y_min <= y_max
            is_inside = is_inside and y_max <= held.mask.height
            if summary is None or not (is_whole and is_inside) or area != summary.area:
                yield Sentence(
                    "the mask of target {target} on frame {frame} does not fill its box",
                    target=target,
                    frame=frame,
                )


def _read(database: OpenDatabase) -> Project:
    connection = database.connection
    facts = dict(connection.execute("SELECT name, value FROM facts").fetchall())
    video = video_of(facts["video"])
    categories = connection.execute("SELECT * FROM categories ORDER BY position").fetchall()
    targets = connection.execute("SELECT * FROM targets ORDER BY position").fetchall()
    exemplars = connection.execute("SELECT * FROM exemplars ORDER BY target, frame, position")
    query = f"SELECT {SUMMARY_COLUMNS} FROM masks ORDER BY target, frame"
    masks = MaskStore(
        video.frame_size,
        StoredMasks(database, video.frame_size),
        summaries(connection.execute(query)),
    )
    return Project(
        video,
        LabelSet(facts["label_set"], tuple(category_of(row) for row in categories)),
        [target_of(row) for row in targets],
        [exemplar_of(row) for row in exemplars],
        masks,
        next_target_id=TargetId(json.loads(facts["next_target_id"])),
    )
