"""What can go wrong with a project file: each time a clear error, and nothing lost."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.project_schema import SCHEMA_VERSION
from tarvis_core.errors import ProjectFileError
from tests.fakes.projects import COW, content, dump, predicted, rectangle, sample_project

NOBODY = 65_534


@pytest.fixture
def path(tmp_path):
    """A closed project file."""
    path = tmp_path / "farm.tarvis"
    ProjectFile.create(path, sample_project()).close()
    return path


@pytest.fixture
def as_nobody():
    """Run the test without the rights of root, which may write everywhere."""
    if not hasattr(os, "geteuid"):
        pytest.skip("this system has no user ids")
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    yield
    os.seteuid(user)


@pytest.fixture
def read_only_folder():
    """A folder that may not be written, with a closed project in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ProjectFile.create(folder / "farm.tarvis", sample_project()).close()
        (folder / "farm.tarvis").chmod(0o644)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


def noise_mask(seed: int) -> Mask:
    """A mask whose code is long."""
    return Mask.from_array(np.random.default_rng(seed).random((30, 40)) > 0.5)


def large_edit(project):
    """An edit of about half a MiB."""
    return [project.masks.change_to(COW, f, predicted(noise_mask(f))) for f in range(10, 800)]


def export_copies(file, number):
    for copy in range(number):
        file.export_copy(file.path.with_name(f"copy{copy}.tarvis"))


def test_that_a_missing_file_is_told(tmp_path):
    with pytest.raises(ProjectFileError, match=r"there is no file .*gone\.tarvis"):
        ProjectFile.open(tmp_path / "gone.tarvis")


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("length", [0, 10, 100, 1_000, 4_096, 20_000, -1])
def test_that_a_file_cut_off_is_told_and_left_alone(path, length, read_only):
    whole = path.read_bytes()
    part = whole[:length]
    path.write_bytes(part)

    with pytest.raises(ProjectFileError, match=r"farm\.tarvis .*(damaged|not a TarViS project)"):
        ProjectFile.open(path, read_only=read_only)
    assert path.read_bytes() == part
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("seed", range(20))
def test_that_a_file_with_a_page_overwritten_is_told_or_read_without_harm(path, seed):
    whole = bytearray(path.read_bytes())
    random = np.random.default_rng(seed)
    place = int(random.integers(0, len(whole) - 512))
    whole[place : place + 512] = random.bytes(512)
    path.write_bytes(whole)

    try:
        with ProjectFile.open(path, read_only=True) as file:
            assert file.problems() is not None
    except ProjectFileError as error:
        assert "farm.tarvis" in str(error)  # noqa: PT017 -- either outcome is allowed
    assert path.read_bytes() == whole


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("text", [b"hello", b"SQLite format 3\0" + bytes(200), b"\xff" * 5_000])
def test_that_a_foreign_file_is_told_and_left_alone(tmp_path, text, read_only):
    path = tmp_path / "notes.txt"
    path.write_bytes(text)

    with pytest.raises(ProjectFileError, match=r"notes\.txt .*not a TarViS project"):
        ProjectFile.open(path, read_only=read_only)
    assert path.read_bytes() == text


def test_that_a_foreign_database_is_told_and_left_alone(tmp_path):
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE masks (x)")
    connection.commit()
    connection.close()
    before = path.read_bytes()

    with pytest.raises(ProjectFileError, match="not a TarViS project"):
        ProjectFile.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("read_only", [False, True])
def test_that_a_file_of_a_newer_version_is_told_and_left_alone(path, read_only):
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    before = dump(path)

    with pytest.raises(ProjectFileError, match=r"newer version.*Update the program"):
        ProjectFile.open(path, read_only=read_only)
    assert dump(path) == before


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM facts WHERE name = 'video'",
        "UPDATE facts SET value = '{' WHERE name = 'video'",
        "UPDATE facts SET value = '{\"path\": 1}' WHERE name = 'video'",
        "UPDATE facts SET value = '[]' WHERE name = 'next_target_id'",
        "UPDATE targets SET kind = 'fluid'",
        "UPDATE targets SET name = ''",
        "UPDATE exemplars SET kind = 'line'",
        "UPDATE exemplars SET value = '[1]'",
        "UPDATE masks SET state = 'lost'",
        "DROP TABLE targets",
    ],
)
def test_that_content_that_contradicts_itself_is_told(path, statement):
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()

    with pytest.raises(ProjectFileError, match=r"farm\.tarvis"):
        ProjectFile.open(path)
    assert not path.with_name("farm.tarvis.lock").exists()


def test_that_a_second_window_is_refused_until_the_first_closes(path):
    with ProjectFile.open(path) as first:
        with pytest.raises(ProjectFileError, match=f"another window.*process {os.getpid()}"):
            ProjectFile.open(path)
        first.project.apply([first.project.masks.change_to(COW, 1, None)])
    with ProjectFile.open(path) as second:
        assert second.project.masks.get(COW, 1) is None


def test_that_a_second_process_is_refused(path):
    script = (
        "import sys, pathlib; from tarvis_core.annotation.project_file import ProjectFile\n"
        "try: ProjectFile.open(pathlib.Path(sys.argv[1]))\n"
        "except Exception as error: sys.exit(str(error))\n"
    )
    with ProjectFile.open(path):
        run = subprocess.run(
            [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False
        )
    assert run.returncode == 1
    assert "open in another window" in run.stderr


def test_that_another_name_of_an_open_file_is_refused(path, tmp_path):
    link = tmp_path / "link.tarvis"
    link.symlink_to(path)
    with ProjectFile.open(path), pytest.raises(ProjectFileError, match="another window"):
        ProjectFile.open(link)


def test_that_a_lock_left_by_a_killed_process_does_not_matter(path):
    path.with_name("farm.tarvis.lock").write_text("4711 elsewhere")
    with ProjectFile.open(path) as file:
        assert content(file.project) == content(sample_project())


@pytest.mark.usefixtures("as_nobody")
def test_that_a_folder_that_may_not_be_written_is_told(read_only_folder):
    with pytest.raises(ProjectFileError, match=r"may not be written.*open it for reading"):
        ProjectFile.open(read_only_folder / "farm.tarvis")
    with pytest.raises(ProjectFileError, match="may not be written"):
        ProjectFile.create(read_only_folder / "new.tarvis", sample_project())


@pytest.mark.usefixtures("as_nobody")
def test_that_a_folder_that_may_not_be_written_is_read(read_only_folder):
    with ProjectFile.open(read_only_folder / "farm.tarvis", read_only=True) as file:
        assert content(file.project) == content(sample_project())
        with pytest.raises(ProjectFileError, match="may not be written"):
            file.export_copy(read_only_folder / "copy.tarvis")


@pytest.mark.usefixtures("as_nobody")
def test_that_a_file_that_may_not_be_written_is_told_when_it_is_opened(read_only_folder):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "farm.tarvis"
        path.write_bytes((read_only_folder / "farm.tarvis").read_bytes())
        path.chmod(0o444)
        with pytest.raises(ProjectFileError, match="may not be written"):
            ProjectFile.open(path)


def test_that_a_full_disk_takes_the_edit_back_and_no_other(path):
    with ProjectFile.open(path) as file:
        project, database = file.project, file._database.connection
        held, before = content(project), dump(path)
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages + 2}")

        with pytest.raises(ProjectFileError, match=r"disk is full.*do it again"):
            project.apply(large_edit(project))
        assert (content(project), dump(path)) == (held, before)

        database.execute("PRAGMA max_page_count = 100000")
        project.apply(large_edit(project))
        held = content(project)
    with ProjectFile.open(path) as reopened:
        assert content(reopened.project) == held


def test_that_a_disk_that_is_really_full_loses_nothing(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small disk can only be made with the rights of root")
    path = folder / "farm.tarvis"
    try:
        with ProjectFile.create(path, sample_project()) as file:
            project = file.project
            project.apply([project.masks.change_to(COW, 7, predicted(rectangle(1, 1, 2, 2)))])
            held = content(project)
            with pytest.raises(ProjectFileError, match=r"farm\.tarvis could not be written"):
                project.apply(large_edit(project))
            with pytest.raises(ProjectFileError, match="could not be"):
                export_copies(file, 9)
            assert content(project) == held
            for copy in folder.glob("*copy*"):
                copy.unlink()
            project.apply([project.masks.change_to(COW, 7, None)])
            held = content(project)
        with ProjectFile.open(path) as reopened:
            assert content(reopened.project) == held
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_that_a_copy_that_fails_leaves_the_old_one(path, tmp_path, monkeypatch):
    copy = tmp_path / "copy.tarvis"
    with ProjectFile.open(path) as file:
        file.export_copy(copy)
        before = copy.read_bytes()
        file.project.apply([file.project.masks.change_to(COW, 1, None)])

        def fail(self, target):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", fail)
        with pytest.raises(ProjectFileError, match="No space left"):
            file.export_copy(copy)
    assert copy.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["copy.tarvis", "farm.tarvis"]
