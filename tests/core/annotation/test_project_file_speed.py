"""Opening is quick, and no read or write looks through the masks of other frames."""

import sqlite3
import time

import pytest

from tarvis_core.annotation.mask_store import MaskChange, MaskStore
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.project_reader import read_project
from tarvis_core.annotation.project_rows import MASK_COLUMNS
from tarvis_core.annotation.target import Target, TargetId
from tests.fakes.projects import COW, FARM, predicted, rectangle, sample_project, video_identity


def statements_of(file, action):
    """The statements that an action sends to the file."""
    statements: list[str] = []
    file._database.connection.set_trace_callback(statements.append)
    action()
    file._database.connection.set_trace_callback(None)
    return [s for s in statements if not s.startswith(("BEGIN", "COMMIT"))]


def plan_of(file, statement):
    rows = file._database.connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
    return [row[3] for row in rows]


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A file of 100,000 masks."""
    path = tmp_path_factory.mktemp("large") / "large.tarvis"
    masks = MaskStore((30, 40))
    targets = [Target(TargetId(number), f"cow {number}") for number in range(1, 11)]
    held = predicted(rectangle(3, 4, 10, 8))
    masks.apply([MaskChange(target.id, 0, None, held) for target in targets])
    project = Project(video_identity(10_000), FARM, targets, (), masks)
    ProjectFile.create(path, project).close()
    connection = sqlite3.connect(path)
    others = MASK_COLUMNS.removeprefix("frame, ")
    connection.execute(
        "WITH RECURSIVE later(frame) AS (SELECT 1 UNION ALL SELECT frame + 1 FROM later LIMIT 9999)"
        f" INSERT INTO masks ({MASK_COLUMNS}) SELECT later.frame, {others} FROM later, masks"
    )
    connection.commit()
    connection.close()
    return path


def test_that_opening_100_000_masks_takes_less_than_a_second(large):
    started = time.process_time()  # what this process used: others do not count
    with ProjectFile.open(large) as file:
        assert file.project.masks.num_masks == 100_000
    assert time.process_time() - started < 1.0


def test_that_opening_reads_no_pixels(tmp_path):
    path = tmp_path / "farm.tarvis"
    with ProjectFile.create(path, sample_project()) as file:
        statements = statements_of(file, lambda: read_project(file._database))
        (of_masks,) = [s for s in statements if "FROM masks" in s]
        assert plan_of(file, of_masks) == ["SCAN masks USING COVERING INDEX mask_summaries"]


@pytest.mark.parametrize(
    "action",
    [
        lambda file: file.project.masks.get(COW, 2),
        lambda file: file.project.masks.masks_at(2),
        lambda file: list(file.project.masks.track(COW).items(2, 4)),
        lambda file: file.project.apply(
            [
                file.project.masks.change_to(COW, 2, None),
                file.project.masks.change_to(COW, 9, predicted(rectangle(0, 0, 2, 2))),
            ]
        ),
    ],
)
def test_that_one_frame_is_read_and_written_by_index(tmp_path, action):
    path = tmp_path / "farm.tarvis"
    ProjectFile.create(path, sample_project()).close()
    with ProjectFile.open(path) as file:
        statements = statements_of(file, lambda: action(file))
        assert statements
        plans = [step for statement in statements for step in plan_of(file, statement)]
    assert plans
    assert not [step for step in plans if step.startswith("SCAN")]
