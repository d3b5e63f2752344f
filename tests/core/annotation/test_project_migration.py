"""Files of older versions become files of this one, whole or not at all.

The files `data/version_*.tarvis` were written by the program when that was its version.
"""

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from tarvis_core.annotation import project_schema
from tarvis_core.annotation.exemplar import PointExemplar, ShownMask
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tarvis_core.errors import ProjectFileError
from tests.fakes.projects import COW, GRASS, content, predicted, rectangle, sample_project

DATA = Path(__file__).parent / "data"


@pytest.fixture
def old(tmp_path):
    """A copy of the file of version 1."""
    return Path(shutil.copy(DATA / "version_1.tarvis", tmp_path / "old.tarvis"))


def version(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA user_version").fetchone()[0]
    finally:
        connection.close()


def schema(path: Path) -> list[tuple]:
    """Names, and the columns of each table and index, in no particular order."""
    connection = sqlite3.connect(path)
    try:
        objects = connection.execute("SELECT type, name FROM sqlite_master").fetchall()
        return sorted(
            (
                kind,
                name,
                frozenset(
                    row[1:3] if kind == "table" else row[2:3]
                    for row in connection.execute(f"PRAGMA {kind}_info({name})")
                ),
            )
            for kind, name in objects
        )
    finally:
        connection.close()


def test_that_a_file_of_version_1_holds_what_it_held(old):
    assert version(old) == 1
    with ProjectFile.open(old) as file:
        masks = file.project.masks
        assert list(file.project.targets) == [GRASS, COW]
        assert file.project.targets[COW].is_locked
        assert file.project.exemplars == sample_project().exemplars
        assert file.project.next_target_id == 4
        assert masks.track(COW).frames == tuple(range(8))
        assert masks.get(COW, 0).state is FrameState.KEYFRAME
        assert masks.get(COW, 3) == predicted(rectangle(6, 4, 10, 8), 0.6875)
        assert masks.get(COW, 6).state is FrameState.ABSENT
        assert masks.get(GRASS, 0).score == 0.875
        assert file.problems() == ()


def test_that_a_file_of_version_3_holds_what_it_held(tmp_path):
    path = Path(shutil.copy(DATA / "version_3.tarvis", tmp_path / "old.tarvis"))
    assert version(path) == 3
    with ProjectFile.open(path) as file:
        assert file.project.exemplars_at(GRASS, 8) == (
            ShownMask(8, GRASS, rectangle(1, 2, 3, 4)),
            PointExemplar(8, GRASS, 3.5, 5.5),
        )
        source = MaskSource("click", "starter", 1000.5)
        answer = TrackFrame(rectangle(0, 0, 20, 20), FrameState.PREDICTED, 0.75, 0.25, source)
        assert file.project.masks.get(GRASS, 8) == answer
        assert file.view_settings == {"frame": 3, "zoom": 1.5}
        yielding = replace(answer, yields_to=frozenset([COW]))
        file.project.apply([file.project.masks.change_to(GRASS, 8, yielding)])
        assert file.problems() == ()
    with ProjectFile.open(path) as reopened:
        assert reopened.project.masks.get(GRASS, 8) == yielding


@pytest.mark.parametrize("number", [1, 3])
def test_that_a_migrated_file_is_as_a_new_one(number, tmp_path):
    old = Path(shutil.copy(DATA / f"version_{number}.tarvis", tmp_path / "old.tarvis"))
    ProjectFile.open(old).close()
    ProjectFile.create(tmp_path / "new.tarvis", sample_project()).close()

    assert version(old) == project_schema.SCHEMA_VERSION
    assert schema(old) == schema(tmp_path / "new.tarvis")


def test_that_a_migrated_file_takes_edits_and_settings(old):
    with ProjectFile.open(old) as file:
        file.project.apply([file.project.masks.change_to(COW, 1, None)])
        file.set_view_settings({"frame": 3})
        held = content(file.project)
    with ProjectFile.open(old) as reopened:
        assert content(reopened.project) == held
        assert reopened.view_settings == {"frame": 3}


def test_that_reading_an_older_file_leaves_it_as_it_is(old):
    before = old.read_bytes()
    with ProjectFile.open(old, read_only=True) as file:
        held = content(file.project)
    assert old.read_bytes() == before
    with ProjectFile.open(old) as file:
        assert content(file.project) == held


def test_that_a_migration_that_fails_leaves_the_file_as_it_was(old, monkeypatch):
    broken = project_schema._MIGRATIONS[1] + "INSERT INTO nowhere VALUES (1);"
    monkeypatch.setitem(project_schema._MIGRATIONS, 1, broken)
    with pytest.raises(ProjectFileError, match=r"old\.tarvis could not be opened"):
        ProjectFile.open(old)
    monkeypatch.undo()

    assert version(old) == 1
    with ProjectFile.open(old) as file:
        assert file.problems() == ()


def test_that_a_file_of_version_2_becomes_one_that_may_hold_shown_masks(tmp_path):
    path = Path(shutil.copy(DATA / "version_3.tarvis", tmp_path / "old.tarvis"))
    connection = sqlite3.connect(path)  # the tables are those of version 2
    with connection:
        connection.execute("DELETE FROM exemplars WHERE frame = 8")
        connection.execute("PRAGMA user_version = 2")
    connection.close()

    with ProjectFile.open(path) as file:
        assert file.project.exemplars == sample_project().exemplars
        assert file.problems() == ()
    assert version(path) == project_schema.SCHEMA_VERSION
