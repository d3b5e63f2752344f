"""Project files: what is put in comes out, edit by edit."""

import pytest

from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.errors import ProjectFileError
from tests.fakes.projects import COW, GRASS, content, dump, predicted, rectangle, sample_project


@pytest.fixture
def path(tmp_path):
    return tmp_path / "farm.tarvis"


@pytest.fixture
def file(path):
    with ProjectFile.create(path, sample_project()) as opened:
        yield opened


def test_that_a_created_file_holds_the_project(file):
    assert content(file.project) == content(sample_project())


def test_that_a_reopened_file_holds_the_project(file, path):
    file.close()
    with ProjectFile.open(path) as reopened:
        assert content(reopened.project) == content(sample_project())


def test_that_an_edit_is_on_disk_when_apply_returns(file, path):
    masks = file.project.masks
    file.project.apply([masks.change_to(COW, 7, predicted(rectangle(1, 1, 2, 2)))])

    with ProjectFile.open(path, read_only=True) as other:
        assert other.project.masks.get(COW, 7) == predicted(rectangle(1, 1, 2, 2))


def test_that_an_edit_taken_back_leaves_the_file_as_it_was(file, path):
    before = dump(path)
    masks = file.project.masks
    changes = [
        masks.change_to(COW, 1, None),
        masks.change_to(GRASS, 5, predicted(rectangle(0, 0, 5, 5))),
    ]
    file.project.apply(changes)
    assert dump(path) != before
    file.project.apply([change.reversed() for change in reversed(changes)])

    assert dump(path) == before


def test_that_nothing_is_created_over_a_file(file, path):
    with pytest.raises(ProjectFileError, match="exists already"):
        ProjectFile.create(path, sample_project())
