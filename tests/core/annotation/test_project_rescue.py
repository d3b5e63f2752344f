"""What is left of a damaged project can be had."""

import sqlite3

import numpy as np
import pytest

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.project_rescue import rescue
from tarvis_core.errors import DamagedProjectError, ProjectFileError
from tests.fakes.projects import COW, content, predicted, sample_project


@pytest.fixture
def project():
    """The sample project with some 400 KiB of masks."""
    project = sample_project()
    noise = [Mask.from_array(np.random.default_rng(f).random((30, 40)) > 0.5) for f in range(500)]
    project.apply([project.masks.change_to(COW, 10 + f, predicted(m)) for f, m in enumerate(noise)])
    return project


@pytest.fixture
def path(tmp_path, project):
    path = tmp_path / "farm.tarvis"
    ProjectFile.create(path, project).close()
    return path


def saved(path, tmp_path):
    report = rescue(path, tmp_path / "rescued.tarvis")
    with ProjectFile.open(tmp_path / "rescued.tarvis") as file:
        assert file.problems() == ()
        return report, content(file.project)


def test_that_a_healthy_file_is_rescued_whole(path, project, tmp_path):
    report, found = saved(path, tmp_path)

    assert found == content(project)
    assert (report.num_masks, report.num_made_up_targets, report.num_damaged_masks) == (508, 0, 0)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_that_a_file_cut_off_gives_what_is_left(path, project, tmp_path, share):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DamagedProjectError):
        ProjectFile.open(path)
    report, found = saved(path, tmp_path)

    before = content(project)
    assert found[:2] == before[:2]
    assert 508 * share * 0.5 < report.num_masks < 508
    for target, masks in found[5].items():
        assert masks.items() <= before[5][target].items()
    assert path.read_bytes() == whole[: int(len(whole) * share)]


def test_that_damaged_rows_are_left_out(path, tmp_path):
    connection = sqlite3.connect(path)
    connection.execute("UPDATE masks SET counts = x'00' WHERE frame = 20")
    connection.execute("UPDATE masks SET x_max = 99 WHERE frame = 21")
    connection.execute("UPDATE masks SET state = 'lost' WHERE frame = 22")
    connection.execute("DELETE FROM targets WHERE id = 1")
    connection.commit()
    connection.close()
    report, found = saved(path, tmp_path)

    assert (report.num_damaged_masks, report.num_made_up_targets) == (3, 1)
    assert [target.name for target in found[2]] == ["Grass", "Target 1"]
    assert not {20, 21, 22} & found[5][COW].keys()


@pytest.mark.parametrize("seed", range(6))
def test_that_overwritten_pages_cost_what_was_on_them(path, project, tmp_path, seed):
    whole = bytearray(path.read_bytes())
    random = np.random.default_rng(seed)
    place = 4096 * int(random.integers(len(whole) // 8192, len(whole) // 4096))
    whole[place : place + 4096] = random.bytes(4096)
    path.write_bytes(whole)
    report, _ = saved(path, tmp_path)

    assert report.num_masks > 250


@pytest.mark.parametrize("text", [b"", b"hello", bytes(9000)])
def test_that_nothing_comes_of_a_foreign_file(tmp_path, text):
    path = tmp_path / "notes.txt"
    path.write_bytes(text)
    with pytest.raises(ProjectFileError, match=r"notes\.txt"):
        rescue(path, tmp_path / "rescued.tarvis")
    assert not (tmp_path / "rescued.tarvis").exists()
