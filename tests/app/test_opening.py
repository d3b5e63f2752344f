"""Opening: a video finds its project again, a project its video, and nothing is overwritten."""

import shutil
import threading

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from tarvis_app.conduct.video_conduct import VideoNotices
from tarvis_app.document.document import Document
from tarvis_app.document.edits import Edit
from tarvis_app.notifications import Notifications
from tarvis_app.opening import Opening
from tarvis_app.panels.status_widgets import SavedButton
from tarvis_app.playback.frame_provider import FrameProvider
from tarvis_app.view_keeping import ViewPlace
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.target_operations import create_target
from tarvis_core.annotation.track import FrameState, TrackFrame
from tests.fakes.projects import sample_project


class Desk:
    """The parts that opening works with."""

    def __init__(self, settings):
        self.document = Document()
        self.view_state = ViewState()
        self.provider = FrameProvider()
        self.notifications = Notifications()
        self.opening = Opening(
            self.document, self.view_state, self.provider, settings, self.notifications
        )

    def open(self, qtbot, path):
        with qtbot.waitSignal(self.opening.opened):
            self.opening.open(path)

    def close(self):
        self.opening.shut_down()
        self.provider.stop()


@pytest.fixture
def desk(qtbot, settings):
    desk = Desk(settings)
    yield desk
    desk.close()


def add_target(desk, name):
    project = desk.document.opened
    project.apply(create_target(project, name)[1])


def names(desk):
    return [target.name for target in desk.document.opened.targets.values()]


def test_that_a_video_opened_again_finds_its_project_wherever_it_lies_now(
    qtbot, desk, settings, numbered_video, tmp_path
):
    desk.open(qtbot, numbered_video)
    add_target(desk, "Dog")
    desk.view_state.show_frame(12)
    desk.view_state.set_range(3, 30)
    desk.close()
    moved = tmp_path / "elsewhere" / numbered_video.name
    moved.parent.mkdir()
    shutil.copy(numbered_video, moved)

    again = Desk(settings)
    again.open(qtbot, moved)
    assert names(again) == ["Dog"]
    assert again.view_state.frame == 12
    assert again.view_state.range == (3, 30)
    again.close()


def test_that_the_zoom_is_kept_soon_after_it_changed(qtbot, desk, numbered_video):
    desk.open(qtbot, numbered_video)
    view = desk.opening.view
    view.save()
    view._timer.stop()
    view._timer.setInterval(1)
    view.note_place(None)
    assert not view._timer.isActive(), "nothing changed"
    view.note_place(ViewPlace(3.0, (20.0, 10.0)))
    qtbot.waitUntil(lambda: desk.opening.file.view_settings.get("scale") == 3.0)
    assert desk.opening.file.view_settings["centre"] == [20.0, 10.0]


def test_that_save_as_goes_on_in_the_new_file(qtbot, desk, numbered_video, tmp_path):
    desk.open(qtbot, numbered_video)
    desk.opening.save_as(tmp_path / "mine")
    add_target(desk, "Dog")
    with ProjectFile.open(tmp_path / "mine.tarvis", read_only=True) as other:
        assert [target.name for target in other.project.targets.values()] == ["Dog"]


def test_that_a_project_asks_for_a_missing_video_and_takes_the_right_one(
    qtbot, desk, settings, numbered_video, tmp_path
):
    copy = tmp_path / "gone.mp4"
    shutil.copy(numbered_video, copy)
    desk.open(qtbot, copy)
    add_target(desk, "Dog")
    (tmp_path / "far").mkdir()
    desk.opening.save_as(tmp_path / "far" / "mine.tarvis")
    desk.close()
    copy.unlink()

    again = Desk(settings)
    with qtbot.waitSignal(again.opening.video_missing):
        again.opening.open(tmp_path / "far" / "mine.tarvis")
    with qtbot.waitSignal(again.opening.opened):
        again.opening.relink(numbered_video)
    assert names(again) == ["Dog"]
    again.close()


def test_that_a_second_window_may_look_but_not_write(qtbot, desk, settings, numbered_video):
    desk.open(qtbot, numbered_video)
    add_target(desk, "Dog")
    other = Desk(settings)
    with qtbot.waitSignal(other.notifications.notice_shown):
        other.opening.open(desk.opening.file.path)
    again, look = other.notifications.current.remedies
    assert (again.text, look.text) == ("Try again", "Open to look")
    with qtbot.waitSignal(other.opening.opened):
        look.call()
    assert names(other) == ["Dog"]
    assert other.opening.file.is_read_only
    assert "to look at" in other.notifications.current.text
    other.close()


def test_that_a_project_in_use_is_open_for_edits_once_it_is_free(
    qtbot, desk, settings, numbered_video
):
    desk.open(qtbot, numbered_video)
    add_target(desk, "Dog")
    other = Desk(settings)
    other.open(qtbot, numbered_video)
    assert other.opening.file.is_read_only
    (again,) = other.notifications.current.remedies
    assert again.text == "Open for edits"
    other.view_state.show_frame(7)
    desk.opening.close()
    with qtbot.waitSignal(other.opening.opened):
        again.call()
    assert not other.opening.file.is_read_only
    assert other.view_state.frame == 7
    assert other.notifications.current is None, "what was said is no longer true"
    assert settings.recent == (numbered_video,)
    other.close()


def test_that_a_refused_edit_offers_to_open_for_edits(qtbot, desk, settings, numbered_video):
    desk.open(qtbot, numbered_video)
    other = Desk(settings)
    other.open(qtbot, numbered_video)
    other.notifications.clear()
    desk.opening.close()
    cat = create_target(other.document.opened, "Cat")[1]
    assert not other.document.edit(Edit("New target", cat))
    (again,) = other.notifications.current.remedies
    with qtbot.waitSignal(other.opening.opened):
        again.call()
    assert other.document.edit(Edit("New target", create_target(other.document.opened, "Cat")[1]))
    other.close()


def test_that_a_copy_of_what_was_open_to_look_at_is_open_for_edits(
    qtbot, desk, settings, numbered_video, tmp_path
):
    desk.open(qtbot, numbered_video)
    other, window, button = Desk(settings), QWidget(), SavedButton()
    qtbot.addWidget(window)
    qtbot.addWidget(button)
    VideoNotices(other.opening, other.provider, window, button)
    other.open(qtbot, numbered_video)
    assert button.text() == "Read only"
    other.opening.save_as(tmp_path / "mine.tarvis")
    assert other.notifications.current is None, "what was said is no longer true"
    assert button.text() == "All changes saved"
    assert button.toolTip().startswith(str(tmp_path / "mine.tarvis"))
    assert other.document.edit(Edit("New target", create_target(other.document.opened, "Cat")[1]))
    other.close()


def project_of_another_video(path):
    """A project whose video is not found, and has other frames than the numbered one."""
    ProjectFile.create(path, sample_project()).close()
    return path


def test_that_the_open_video_is_said_not_to_be_that_of_a_project_that_waits(
    qtbot, desk, numbered_video, tmp_path
):
    desk.open(qtbot, numbered_video)
    waiting = project_of_another_video(tmp_path / "other.tarvis")
    with qtbot.waitSignal(desk.opening.video_missing):
        desk.opening.open(waiting)
    with qtbot.waitSignal(desk.notifications.notice_shown):
        desk.opening.relink(numbered_video)
    told = desk.notifications.current.text
    assert f"{numbered_video.name} is not the video of other.tarvis" in told
    assert "open already" in told


def test_that_all_that_is_to_be_said_of_an_opened_file_is_one_message(
    qtbot, desk, settings, numbered_video, tmp_path
):
    desk.open(qtbot, numbered_video)
    other = Desk(settings)
    waiting = project_of_another_video(tmp_path / "other.tarvis")
    with qtbot.waitSignal(other.opening.video_missing):
        other.opening.open(waiting)
    with qtbot.waitSignal(other.opening.opened):
        other.opening.relink(numbered_video)
    told = other.notifications.current
    assert "is not the video of other.tarvis" in told.text
    assert "you can look at it here" in told.text
    assert [remedy.text for remedy in told.remedies] == ["Open for edits"]
    other.close()


def test_that_a_window_that_is_closing_leaves_the_next_its_project(
    qtbot, desk, settings, numbered_video
):
    """It may take a moment until the closing window has let the project go."""
    desk.open(qtbot, numbered_video)
    lock = desk.opening.file._lock
    closing = threading.Timer(0.4, lock.release)
    closing.start()
    other = Desk(settings)
    other.open(qtbot, numbered_video)
    assert not other.opening.file.is_read_only
    assert other.notifications.current is None
    closing.join()
    other.close()


@pytest.mark.parametrize("by", ["video", "project", "link", "at once", "before it is shown"])
def test_that_what_is_open_already_stays_open_for_edits(
    qtbot, desk, settings, numbered_video, tmp_path, by
):
    if by == "at once":
        desk.opening.open(numbered_video)
    if by == "before it is shown":
        make_project(qtbot, desk, settings, numbered_video)
        desk = Desk(settings)
        with qtbot.waitSignal(desk.opening.opener.opened):
            desk.opening.open(numbered_video)
        assert desk.opening.file is None
    else:
        desk.open(qtbot, numbered_video)
        project = desk.document.opened
    path = numbered_video
    if by == "project":
        path = desk.opening.file.path
    if by == "link":
        (tmp_path / "link").symlink_to(desk.opening.file.path.parent)
        path = tmp_path / "link" / desk.opening.file.path.name
    with qtbot.waitSignal(desk.notifications.notice_shown):
        desk.opening.open(path)
    assert desk.notifications.current.text == f"{path.name} is open already."
    qtbot.waitUntil(lambda: desk.opening.file is not None)
    if by != "before it is shown":
        assert desk.document.opened is project
    assert not desk.opening.file.is_read_only
    desk.close()


def test_that_what_was_said_of_a_file_goes_when_another_is_open(
    qtbot, desk, numbered_video, tmp_path
):
    broken = tmp_path / "broken.tarvis"
    broken.write_bytes(b"no project")
    with qtbot.waitSignal(desk.notifications.notice_shown):
        desk.opening.open(broken)
    desk.open(qtbot, numbered_video)
    assert desk.notifications.current is None
    with qtbot.waitSignal(desk.notifications.notice_shown):
        desk.opening.open(broken)
    with qtbot.waitSignal(desk.notifications.notice_shown):
        desk.opening.open(numbered_video)
    assert "broken" not in desk.notifications.current.text


def test_that_a_damaged_project_is_told_and_the_open_one_stays(
    qtbot, desk, numbered_video, tmp_path
):
    desk.open(qtbot, numbered_video)
    add_target(desk, "Dog")
    broken = tmp_path / "broken.tarvis"
    broken.write_bytes(b"no project")
    with qtbot.waitSignal(desk.notifications.notice_shown):
        desk.opening.open(broken)
    assert "broken.tarvis" in desk.notifications.current.text
    assert names(desk) == ["Dog"]


def test_that_without_a_place_to_write_one_still_works(qtbot, desk, settings, numbered_video):
    settings.folders.projects.parent.mkdir(exist_ok=True)
    settings.folders.projects.write_text("a file where the folder should be")
    desk.open(qtbot, numbered_video)
    assert desk.opening.file is None
    assert "not saved" in desk.notifications.current.text
    add_target(desk, "Dog")
    assert names(desk) == ["Dog"]


def test_that_a_video_open_in_another_window_shows_its_project_to_look_at(
    qtbot, desk, settings, numbered_video
):
    desk.open(qtbot, numbered_video)
    add_target(desk, "Dog")
    other = Desk(settings)
    other.open(qtbot, numbered_video)
    assert names(other) == ["Dog"]
    assert other.opening.file.is_read_only
    assert "you can look at it here" in other.notifications.current.text
    changes = create_target(other.document.opened, "Cat")[1]
    with qtbot.waitSignal(other.document.write_failed):
        assert not other.document.edit(Edit("New target", changes))
    assert names(other) == ["Dog"]
    other.close()


def damage(path):
    """Cut the end of a project file off."""
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.9) // 7 * 7])


def make_project(qtbot, desk, settings, numbered_video):
    """A saved project of the video with a target and masks; its path."""
    desk.open(qtbot, numbered_video)
    add_target(desk, "Dog")
    path = desk.opening.file.path
    project = desk.document.opened
    masks = project.masks
    random = np.random.default_rng(0)
    for frame in range(40):
        noise = Mask.from_array(random.random(project.video.frame_size) > 0.5)
        held = TrackFrame(noise, FrameState.KEYFRAME)
        project.apply([masks.change_to(TargetId(1), frame, held)])
    desk.close()
    return path


@pytest.mark.parametrize("opens_video", [False, True])
def test_that_a_damaged_project_is_rescued_in_the_window(
    qtbot, desk, settings, numbered_video, opens_video
):
    path = make_project(qtbot, desk, settings, numbered_video)
    damage(path)
    damaged = path.read_bytes()
    again = Desk(settings)
    again.opening.open(numbered_video if opens_video else path)
    qtbot.waitUntil(lambda: again.notifications.current is not None)
    (remedy,) = again.notifications.current.remedies
    assert "Rescue" in remedy.text
    with qtbot.waitSignal(again.opening.opened):
        remedy.call()
    assert again.opening.file.path == path.with_name(f"{path.stem}-rescued.tarvis")
    assert names(again) == ["Dog"]
    assert 10 < again.document.opened.masks.num_masks < 40
    assert "were rescued" in again.notifications.current.text
    assert path.read_bytes() == damaged
    again.close()


def test_that_it_is_said_when_nothing_can_be_rescued(qtbot, desk, tmp_path):
    path = tmp_path / "gone.tarvis"
    path.write_bytes(b"x" * 5000)
    desk.opening.rescue(path)
    assert "gone.tarvis" in desk.notifications.current.text
