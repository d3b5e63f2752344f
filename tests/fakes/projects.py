"""Small projects for tests, and what a project and its file hold, for comparing."""

import sqlite3
from pathlib import Path

import numpy as np

from tarvis_core.annotation.exemplar import BoxExemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.label_set import Category, LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskStore
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import CategoryId, Target, TargetId, TargetKind
from tarvis_core.annotation.track import FrameState, FrameSummary, TrackFrame
from tarvis_core.annotation.video_identity import VideoIdentity

SIZE = (30, 40)
"""(height, width) of the sample project's frames."""
COW, GRASS = TargetId(1), TargetId(2)
FARM = LabelSet(
    "farm",
    (
        Category(CategoryId(1), "cow", TargetKind.THING, "animal", (10, 20, 30)),
        Category(CategoryId(5), "grass", TargetKind.STUFF),
    ),
)


def rectangle(x: int, y: int, width: int, height: int, size: tuple[int, int] = SIZE) -> Mask:
    """The mask of a rectangle with its upper left pixel at (x, y)."""
    return Mask.from_crop(*size, (x, y), np.ones((height, width), dtype=np.bool_))


def keyframe(mask: Mask) -> TrackFrame:
    return TrackFrame(mask, FrameState.KEYFRAME)


def predicted(mask: Mask, score: float = 0.5) -> TrackFrame:
    return TrackFrame(mask, FrameState.PREDICTED, score)


def absent(size: tuple[int, int] = SIZE) -> TrackFrame:
    return TrackFrame(Mask.empty(*size), FrameState.ABSENT, 0.0)


def video_identity(num_frames: int = 12, size: tuple[int, int] = SIZE) -> VideoIdentity:
    """The identity of a video that lies nowhere."""
    return VideoIdentity(
        "/videos/cow.mp4", 1234, "aa" * 32, "bb" * 32, num_frames, size, 24.0, "cc" * 32
    )


def sample_project() -> Project:
    """A cow that walks through grass for seven frames, and is gone on the last."""
    masks = MaskStore(SIZE)
    project = Project(
        video_identity(),
        FARM,
        [
            Target(GRASS, "Grass", CategoryId(5), TargetKind.STUFF, (0, 158, 115)),
            Target(COW, "Berta", CategoryId(1), TargetKind.THING, (230, 159, 0)),
        ],
        [
            PointExemplar(0, COW, 5.5, 6.5),
            PointExemplar(0, COW, 20.5, 6.5, is_positive=False),
            BoxExemplar(3, COW, (1.0, 2.0, 9.5, 10.0)),
            MaskExemplar(0, GRASS, rectangle(0, 20, 40, 10)),
        ],
        masks,
        next_target_id=TargetId(4),
    )
    walk = [predicted(rectangle(3 + frame, 4, 10, 8), 0.5 + frame / 16) for frame in range(1, 6)]
    frames = [keyframe(rectangle(3, 4, 10, 8)), *walk, absent()]
    grass = TrackFrame(rectangle(0, 20, 40, 10), FrameState.VERIFIED, 0.875)
    project.apply([masks.change_to(GRASS, 0, grass)])
    project.apply([masks.change_to(COW, frame, held) for frame, held in enumerate(frames)])
    return project


def content(project: Project) -> tuple:
    """Everything that a project holds, as values that compare."""
    masks = {target: dict(track.items()) for target, track in project.masks.tracks.items()}
    known: dict[TargetId, dict[int, FrameSummary]] = {
        target: dict(track.summaries) for target, track in project.masks.tracks.items()
    }
    assert known == {t: {f: held.summary() for f, held in m.items()} for t, m in masks.items()}
    return (
        project.video,
        project.label_set,
        tuple(project.targets.values()),
        project.exemplars,
        project.next_target_id,
        masks,
    )


def dump(path: Path) -> list[tuple]:
    """Every row of every table of a file, in the order of the primary keys."""
    connection = sqlite3.connect(path)
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        rows: list[tuple] = []
        for (table,) in sorted(tables.fetchall()):
            columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
            key = ", ".join(c[1] for c in sorted(columns, key=lambda c: c[5]) if c[5])
            rows += [
                (table, *row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY {key}")
            ]
    finally:
        connection.close()
    return rows
