"""Videos are known again wherever they lie."""

import shutil

import pytest

from tarvis_core.annotation.video_identity import VideoIdentity, find_video, hash_times
from tarvis_core.errors import VideoError

SIZE = (30, 40)


@pytest.fixture
def video(tmp_path):
    """A file of three MiB, whose head, middle and tail differ."""
    path = tmp_path / "videos" / "cow.mp4"
    path.parent.mkdir()
    path.write_bytes(b"h" * 2**20 + b"m" * 2**20 + b"t" * 2**20)
    return path


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes(bytes([number]) * 10)
    return folder


def identity(path, **facts):
    return VideoIdentity.of(path, SIZE, 12, **facts)


def test_that_a_file_is_itself(video):
    assert identity(video).is_same_video(video)


@pytest.mark.parametrize("change", [b"x", b"h" * 2**20 + b"m" * 2**20 + b"t" * (2**20 - 1) + b"u"])
def test_that_another_size_or_tail_is_another_video(video, change):
    known = identity(video)
    video.write_bytes(change)

    assert not known.is_same_video(video)


def test_that_a_copy_under_another_name_is_the_same_video(video, tmp_path):
    copy = shutil.copy(video, tmp_path / "other.mkv")

    assert identity(video).is_same_video(tmp_path / copy)


def test_that_a_folder_of_images_is_known_by_its_images(images):
    known = identity(images, frame_names=("0.png", "1.png", "2.png"))
    (images / "notes.txt").write_text("not an image")

    assert known.is_same_video(images)
    (images / "2.png").write_bytes(b"changed")
    assert not known.is_same_video(images)


def test_that_a_missing_file_is_told(tmp_path):
    with pytest.raises(VideoError, match=r"gone\.mp4 cannot be read"):
        identity(tmp_path / "gone.mp4")


def test_that_an_empty_folder_is_told(tmp_path):
    with pytest.raises(VideoError, match="no images"):
        identity(tmp_path)


def test_that_times_are_told_apart_to_the_microsecond():
    assert hash_times([0.0, 0.04]) == hash_times([0, 0.0400000001])
    assert hash_times([0.0, 0.04]) != hash_times([0.0, 0.040002])


def test_that_a_video_at_its_old_place_is_found(video, tmp_path):
    assert find_video(identity(video), tmp_path) == video


def test_that_a_video_moved_beside_the_project_is_found(video, tmp_path):
    known = identity(video)
    moved = shutil.move(video, tmp_path / "cow.mp4")

    assert find_video(known, tmp_path) == moved


def test_that_a_video_moved_with_its_folder_and_project_is_found(video, tmp_path):
    known = identity(video)
    (tmp_path / "project").mkdir()
    shutil.move(video.parent, tmp_path / "elsewhere" / "videos")
    (tmp_path / "elsewhere" / "project").mkdir()

    found = find_video(known, tmp_path / "elsewhere" / "project")
    assert found == tmp_path / "elsewhere" / "videos" / "cow.mp4"


def test_that_another_file_of_the_same_name_is_not_taken(video, tmp_path):
    known = identity(video)
    video.unlink()
    (tmp_path / "cow.mp4").write_bytes(b"another")

    assert find_video(known, tmp_path) is None


def test_that_a_moved_identity_is_the_same_video(video, tmp_path):
    moved = shutil.move(video, tmp_path / "cow.mp4")
    known = VideoIdentity.of(moved, SIZE, 12, times=(0.0, 0.5))

    assert known.moved_to(tmp_path / "x.mp4").path == str(tmp_path / "x.mp4")
    assert known.times_hash == hash_times((0.0, 0.5))
