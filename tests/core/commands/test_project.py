"""`tarvis project`: what a person can do with a project file without a window."""

import pytest

from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.commands import command_line
from tests.fakes.projects import COW, content, predicted, rectangle, sample_project


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "farm.tarvis"
    with ProjectFile.create(path, sample_project()) as file:
        masks = file.project.masks
        changes = [masks.change_to(COW, f, predicted(rectangle(1, 1, 9, 9))) for f in range(900)]
        file.project.apply(changes)
    return path


def project(*words):
    return command_line.main(["project", *map(str, words)])


def test_that_a_sound_file_is_called_so(path, capsys):
    assert project("check", path) == 0
    assert "nothing is damaged" in capsys.readouterr().out


def test_that_a_damaged_file_is_told_with_the_way_out(path, tmp_path, capsys):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])

    assert project("check", path) == 1
    assert "tarvis project rescue" in capsys.readouterr().err

    assert project("rescue", path, "--out", tmp_path / "rescued.tarvis") == 0
    assert "masks could be read" in capsys.readouterr().out
    assert project("check", tmp_path / "rescued.tarvis") == 0


def test_that_a_copy_is_made_while_a_window_has_the_file(path, tmp_path):
    with ProjectFile.open(path) as file:
        held = content(file.project)
        assert project("copy", path, "--out", tmp_path / "copy.tarvis") == 0
    with ProjectFile.open(tmp_path / "copy.tarvis") as copy:
        assert content(copy.project) == held


def test_that_a_copy_replaces_nothing_unless_told_to(path, tmp_path, capsys):
    other = tmp_path / "other.tarvis"
    other.write_bytes(b"precious")
    assert project("copy", path, "--out", other) == 1
    assert "other.tarvis: this file is there already" in capsys.readouterr().err
    assert other.read_bytes() == b"precious"
    assert project("copy", path, "--out", other, "--overwrite") == 0
    assert project("check", other) == 0


def test_that_compacting_gives_space_back_and_keeps_the_content(path, capsys):
    with ProjectFile.open(path) as file:
        masks = file.project.masks
        file.project.apply([masks.change_to(COW, f, None) for f in range(900)])
        held = content(file.project)
    before = path.stat().st_size

    assert project("compact", path) == 0
    assert "MB smaller" in capsys.readouterr().out
    assert path.stat().st_size < before
    with ProjectFile.open(path, read_only=True) as file:
        assert content(file.project) == held
