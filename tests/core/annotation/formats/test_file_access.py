import sys

import pytest

from tarvis_core.annotation.formats.file_access import (
    ImageFinder,
    OutputFolder,
    check_frame_size,
    inner_path,
    path_below,
    safe_file_name,
)
from tarvis_core.errors import FormatError

LEADING_OUT = [
    "../a",
    "a/../../b",
    "/etc/passwd",
    "C:\\a",
    "c:a",
    "..\\..\\a",
    "\\\\server\\share",
    "",
    ".",
    "a\x00b",
    "a\nb",
    "x" * 2000,
]


@pytest.mark.parametrize("name", LEADING_OUT, ids=lambda name: repr(name)[:20])
def test_that_paths_that_lead_out_are_refused_with_their_place(name):
    with pytest.raises(FormatError, match=r"list\.json: images\[3\].*leaves"):
        inner_path(name, "list.json: images[3]")


@pytest.mark.parametrize(
    ("name", "expected"), [("a/b.jpg", "a/b.jpg"), ("a\\b.jpg", "a/b.jpg"), ("./a..b", "a..b")]
)
def test_that_paths_below_are_kept(name, expected):
    assert str(inner_path(name, "here")) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs rights on Windows")
def test_that_links_that_lead_out_are_refused(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "out").symlink_to(tmp_path)
    (inside / "circle").symlink_to(inside / "circle")

    with pytest.raises(FormatError, match="link"):
        path_below(inside, "out/secret.txt", "here")
    with pytest.raises(FormatError, match=r"cannot be followed|link"):
        path_below(inside, "circle/x", "here")


@pytest.mark.parametrize("name", ["../a.txt", "/tmp/a.txt", "a/../../b.txt"])
def test_that_nothing_is_written_outside(tmp_path, name):
    with pytest.raises(FormatError, match="leaves"):
        OutputFolder(tmp_path / "inside").write(name, b"x")

    assert [path.name for path in tmp_path.rglob("*")] == ["inside"]


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs rights on Windows")
def test_that_nothing_is_written_through_a_link(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "out").symlink_to(outside)
    (tmp_path / "inside" / "a.txt.partial").symlink_to(outside / "b.txt")
    folder = OutputFolder(tmp_path / "inside")

    with pytest.raises(FormatError):
        folder.write("out/a.txt", b"x")
    folder.write("a.txt", b"x")

    assert list(outside.iterdir()) == []
    assert (tmp_path / "inside" / "a.txt").read_bytes() == b"x"


def test_that_a_failed_file_leaves_the_old_one(tmp_path):
    folder = OutputFolder(tmp_path)
    folder.write("a.txt", b"old")

    def fail():
        with folder.open("a.txt") as file:
            file.write(b"new")
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"old"
    assert folder.files == (tmp_path / "a.txt",)


def test_that_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(FormatError, match="cannot be made"):
        OutputFolder(tmp_path / "file" / "below")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a/b:c", "a_b_c"), ("..", "_"), ("", "_"), ("Straße 1", "Straße 1"), ("x\x00y", "x_y")],
)
def test_that_any_name_becomes_a_file_name(name, expected):
    assert safe_file_name(name) == expected
    assert str(inner_path(safe_file_name(name), "here")) == expected


@pytest.mark.parametrize(("height", "width"), [(0, 5), (5, -1), (10**6, 10**6)])
def test_that_impossible_frames_are_refused(height, width):
    with pytest.raises(FormatError, match="not possible"):
        check_frame_size(height, width, "here")


def test_that_images_are_looked_for_in_order(tmp_path):
    for folder in ("b", "c"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.jpg").write_bytes(b"")
    finder = ImageFinder(tmp_path / folder for folder in ("a", "b", "c"))

    assert finder.find("x.jpg", "here") == tmp_path / "b" / "x.jpg"
    assert finder.find("y.jpg", "here") is None
