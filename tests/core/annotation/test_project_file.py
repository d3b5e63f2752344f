"""Project files: what is put in comes out, edit by edit, copy by copy."""

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskStore
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import VideoChange, reversed_changes
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.annotation.track import FrameState, MaskSource, Taken, TrackFrame
from tarvis_core.errors import ProjectFileError
from tests.fakes.projects import (
    COW,
    GRASS,
    SIZE,
    content,
    dump,
    predicted,
    rectangle,
    sample_project,
    video_identity,
)


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


def test_that_an_empty_project_comes_back_empty(path):
    project = Project(video_identity(), LabelSet("none", ()))
    ProjectFile.create(path, project).close()

    with ProjectFile.open(path) as reopened:
        assert content(reopened.project) == content(project)
        assert reopened.project.next_target_id == 1


def test_that_an_edit_is_on_disk_when_apply_returns(file, path):
    masks = file.project.masks
    file.project.apply([masks.change_to(COW, 7, predicted(rectangle(1, 1, 2, 2)))])

    with ProjectFile.open(path, read_only=True) as other:
        assert other.project.masks.get(COW, 7) == predicted(rectangle(1, 1, 2, 2))


def test_that_masks_applied_to_the_store_alone_are_on_disk_too(file, path):
    masks = file.project.masks
    masks.apply([masks.change_to(COW, 7, predicted(rectangle(1, 1, 2, 2)))])
    file.close()

    with ProjectFile.open(path) as reopened:
        assert reopened.project.masks.get(COW, 7) == predicted(rectangle(1, 1, 2, 2))


def test_that_a_mask_of_no_target_is_refused_whole(file, path):
    before, held = dump(path), content(file.project)
    masks = file.project.masks
    changes = [
        masks.change_to(COW, 7, predicted(rectangle(1, 1, 2, 2))),
        masks.change_to(TargetId(77), 7, predicted(rectangle(1, 1, 2, 2))),
    ]
    with pytest.raises(ProjectFileError, match="could not be written"):
        masks.apply(changes)
    assert (dump(path), content(file.project)) == (before, held)


def test_that_everything_known_of_a_mask_is_kept(file, path):
    source = MaskSource("track", "tarvis-resnet50", 1_750_000_000.25)
    frame = TrackFrame(rectangle(0, 0, 40, 30), FrameState.PREDICTED, 1 / 3, 0.1, source)
    file.project.apply([file.project.masks.change_to(COW, 8, frame)])
    file.close()

    with ProjectFile.open(path) as reopened:
        assert reopened.project.masks.get(COW, 8) == frame


def shared():
    """A mask that gives way to the grass, which took pixels of it after another target did."""
    whole = TrackFrame(rectangle(0, 0, 40, 30), FrameState.KEYFRAME, 0.5, None, MaskSource("brush"))
    rest = TrackFrame(rectangle(0, 0, 20, 30), FrameState.KEYFRAME, taken=Taken(GRASS + 1, whole))
    taken = Taken(GRASS, rest)
    mask = rectangle(0, 0, 10, 30)
    return TrackFrame(mask, FrameState.KEYFRAME, yields_to=frozenset([GRASS]), taken=taken)


def test_that_what_answers_to_clicks_took_of_a_mask_is_kept_with_it(file, path):
    file.project.apply([file.project.masks.change_to(COW, 8, shared())])
    file.close()
    with ProjectFile.open(path) as reopened:
        assert reopened.project.masks.get(COW, 8) == shared()


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"yields_to": [2], "whole": 3}'])
def test_that_a_mask_is_whole_though_what_it_remembers_is_damaged(file, path, text):
    file.project.apply([file.project.masks.change_to(COW, 8, shared())])
    file._database.connection.execute("UPDATE masks SET sharing = ? WHERE frame = 8", (text,))
    file.close()
    with ProjectFile.open(path) as reopened:
        held = reopened.project.masks.get(COW, 8)
        assert held == dataclasses.replace(shared(), yields_to=frozenset(), taken=None)
        assert reopened.problems() == ()


def test_that_an_edit_taken_back_leaves_the_file_as_it_was(file, path):
    before = dump(path)
    masks = file.project.masks
    changes = (
        masks.change_to(COW, 1, None),
        masks.change_to(GRASS, 5, predicted(rectangle(0, 0, 5, 5))),
    )
    file.project.apply(changes)
    assert dump(path) != before
    file.project.apply(reversed_changes(changes))

    assert dump(path) == before


def test_that_an_edit_made_from_old_content_changes_nothing(file, path):
    before, held = dump(path), content(file.project)
    masks = file.project.masks
    fitting = masks.change_to(COW, 9, predicted(rectangle(0, 0, 5, 5)))
    stale = dataclasses.replace(masks.change_to(COW, 1, None), before=None)

    with pytest.raises(ValueError, match="changed since"):
        file.project.apply([fitting, stale])
    assert (dump(path), content(file.project)) == (before, held)


def test_that_masks_are_read_when_they_are_asked_for(file, path):
    with ProjectFile.open(path, read_only=True) as other:
        statements: list[str] = []
        other._database.connection.set_trace_callback(statements.append)
        assert other.project.masks.track(COW).summary(3).area == 80
        assert statements == []
        assert other.project.masks.masks_at(0).keys() == {COW, GRASS}
        assert len(statements) == 1
        assert other.project.masks.get(COW, 0).mask == rectangle(3, 4, 10, 8)
        assert len(statements) == 1  # still in memory


def test_that_a_long_track_is_read_in_order(path):
    project = sample_project()
    frames = [(f, predicted(rectangle(f % 30, 4, 10, 8), f / 1000)) for f in range(10, 1000)]
    project.apply([project.masks.change_to(COW, frame, held) for frame, held in frames])

    with ProjectFile.create(path, project) as file:
        assert list(file.project.masks.track(COW).items(10)) == frames
        assert list(file.project.masks.track(COW).items(500, 510)) == frames[490:501]
        assert list(file.project.masks.track(COW).items(5, 3)) == []


def test_that_nothing_is_created_over_a_file(file, path):
    with pytest.raises(ProjectFileError, match="exists already"):
        ProjectFile.create(path, sample_project())


def test_that_a_copy_holds_the_same_and_the_project_stays(file, path, tmp_path):
    file.export_copy(tmp_path / "copy.tarvis")
    file.project.apply([file.project.masks.change_to(COW, 1, None)])

    assert file.path == path
    with ProjectFile.open(tmp_path / "copy.tarvis") as copy:
        assert content(copy.project) == content(sample_project())


def test_that_save_as_goes_on_in_the_copy(file, path, tmp_path):
    project, copy = file.project, tmp_path / "copy.tarvis"
    file.save_as(copy)
    project.apply([project.masks.change_to(COW, 1, None)])

    assert (file.path, file.project) == (copy, project)
    with ProjectFile.open(path) as old:
        assert content(old.project) == content(sample_project())
    with ProjectFile.open(copy, read_only=True) as new:
        assert content(new.project) == content(project)


def test_that_a_copy_replaces_what_was_there(file, tmp_path):
    other = sample_project()
    other.apply([other.masks.change_to(COW, 0, None)])
    copy = tmp_path / "copy.tarvis"
    ProjectFile.create(copy, other).close()
    file.export_copy(copy)

    with ProjectFile.open(copy) as replaced:
        assert content(replaced.project) == content(file.project)


def test_that_a_copy_over_an_open_project_is_refused(file, tmp_path):
    with ProjectFile.create(tmp_path / "other.tarvis", sample_project()) as other:
        with pytest.raises(ProjectFileError, match="open in another window"):
            file.save_as(other.path)
        with pytest.raises(ProjectFileError, match="open in another window"):
            file.export_copy(other.path)
    assert file.path != other.path


def test_that_a_copy_over_itself_is_refused(file, path):
    with pytest.raises(ProjectFileError, match="own file"):
        file.save_as(path)


def test_that_compacting_shrinks_the_file_and_keeps_the_content(path):
    project = sample_project()
    stripes = Mask.from_array(np.arange(1200).reshape(SIZE) % 3 == 0)
    project.apply([project.masks.change_to(COW, f, predicted(stripes)) for f in range(10, 900)])
    with ProjectFile.create(path, project) as file:
        masks = file.project.masks
        file.project.apply([masks.change_to(COW, f, None) for f in range(10, 900)])
        assert file.compact() > 100_000
        assert content(file.project) == content(sample_project())


def test_that_a_read_only_file_refuses_edits_and_can_be_saved_elsewhere(file, path, tmp_path):
    with ProjectFile.open(path, read_only=True) as other:
        assert other.is_read_only
        before = content(other.project)
        with pytest.raises(ProjectFileError, match="for reading only"):
            other.project.apply([other.project.masks.change_to(COW, 1, None)])
        assert content(other.project) == before
        other.save_as(tmp_path / "mine.tarvis")
        assert not other.is_read_only
        other.project.apply([other.project.masks.change_to(COW, 1, None)])
    assert content(file.project) == before


def test_that_a_reader_sees_the_project_as_it_was_opened(file, path, tmp_path):
    with ProjectFile.open(path, read_only=True) as other:
        file.project.apply([file.project.masks.change_to(COW, 1, None)])
        assert content(other.project) == content(sample_project())
        other.export_copy(tmp_path / "copy.tarvis")
    with ProjectFile.open(tmp_path / "copy.tarvis") as copy:
        assert content(copy.project) == content(sample_project())


def test_that_view_settings_are_kept_beside_the_annotation(file, path):
    before = content(file.project)
    file.set_view_settings({"frame": 7, "opacity": 0.5})
    file.set_view_settings({"frame": 8, "hidden": [1, 2], "name": "Bäuerin"})
    file.close()

    with ProjectFile.open(path) as reopened:
        expected = {"frame": 8, "opacity": 0.5, "hidden": [1, 2], "name": "Bäuerin"}
        assert reopened.view_settings == expected
        assert content(reopened.project) == before


def test_that_a_moved_video_is_noted(file, path):
    video = file.project.video
    moved = dataclasses.replace(video, path="/elsewhere/cow.mp4")
    file.project.apply([VideoChange(video, moved)])
    file.close()

    with ProjectFile.open(path) as reopened:
        assert reopened.project.video == moved


def test_that_nothing_is_left_beside_a_closed_project(file, path):
    file.close()
    file.close()

    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_that_a_closed_file_says_so(file):
    file.close()
    with pytest.raises(ProjectFileError, match="closed"):
        file.project.apply([file.project.masks.change_to(COW, 9, predicted(Mask.empty(*SIZE)))])


def test_that_a_healthy_file_has_no_problems(file):
    assert file.problems() == ()


def test_that_damaged_masks_are_found(file):
    file._database.connection.execute("UPDATE masks SET counts = x'00' WHERE frame = 0")
    file._database.connection.execute("UPDATE masks SET x_max = 99 WHERE frame = 2")
    file.project.masks.trim()

    assert len(file.problems()) == 3
    assert "target 1 on frame 2 does not fill its box" in " ".join(map(str, file.problems()))


class SetLater(threading.Event):
    """A flag that is found set when it is looked at the second time."""

    is_looked_at = False

    def is_set(self):
        was_looked_at, self.is_looked_at = self.is_looked_at, True
        return was_looked_at


@pytest.mark.parametrize("read_only", [False, True])
def test_that_reading_a_large_file_can_be_given_up(path, read_only):
    masks = MaskStore(SIZE)
    masks.apply([masks.change_to(COW, n, predicted(rectangle(1, 1, 3, 3))) for n in range(4000)])
    cow = [Target(COW, "Cow")]
    large = Project(video_identity(4000, SIZE), LabelSet("none", ()), cow, (), masks)
    ProjectFile.create(path, large).close()

    with pytest.raises(ProjectFileError, match="interrupted"):
        ProjectFile.open(path, read_only=read_only, stop=SetLater())
    with ProjectFile.open(path, stop=threading.Event()) as again:
        assert again.project.masks.num_masks == 4000
        again.project.apply([again.project.masks.change_to(COW, 3, None)])


def test_that_a_file_may_be_opened_in_one_thread_and_used_in_another(file, path):
    file.close()
    with ThreadPoolExecutor(1) as thread:
        opened = thread.submit(ProjectFile.open, path).result()
    with opened:
        opened.project.apply([opened.project.masks.change_to(COW, 2, None)])
        assert opened.project.masks.get(COW, 2) is None
