"""A project finds its video again after either was moved."""

from dataclasses import replace

import pytest

from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.project import Project, reversed_changes
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.relinking import relink, replace_video
from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.errors import AnnotationError


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "cow.mp4"
    path.write_bytes(b"a cow")
    return path


@pytest.fixture
def project(video):
    return Project(VideoIdentity.of(video, (30, 40), 12), LabelSet("none", ()))


def test_that_a_moved_video_is_linked_again_and_back(project, video):
    before = project.video
    moved = video.rename(video.with_name("moved.mp4"))
    changes = relink(project, moved)
    project.apply(changes)
    assert project.video == before.moved_to(moved)
    assert relink(project, moved) == ()
    project.apply(reversed_changes(changes))
    assert project.video == before


def test_that_another_video_is_refused(project, tmp_path):
    other = tmp_path / "other.mp4"
    other.write_bytes(b"a dog")
    with pytest.raises(AnnotationError, match=r"other\.mp4 is not the video.*cow\.mp4"):
        relink(project, other)
    with pytest.raises(AnnotationError, match="is not the video"):
        relink(project, tmp_path / "nothing.mp4")


def test_that_another_encoding_of_the_same_frames_may_take_its_place(project):
    other = replace(project.video, path="/x.mkv", num_bytes=7, head_hash="00")
    project.apply(replace_video(project, other))

    assert project.video == other
    assert replace_video(project, other) == ()


@pytest.mark.parametrize("facts", [{"num_frames": 13}, {"frame_size": (40, 30)}])
def test_that_other_frames_may_not(project, facts):
    with pytest.raises(AnnotationError, match="same frames"):
        replace_video(project, replace(project.video, **facts))


def test_that_an_open_file_finds_its_video(project, video, tmp_path):
    with ProjectFile.create(tmp_path / "farm.tarvis", project) as file:
        assert file.find_video() == video
        video.unlink()
        assert file.find_video() is None
