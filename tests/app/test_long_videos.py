"""A long video is said to be long before work on it begins, and only then."""

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from tarvis_app.actions import Actions
from tarvis_app.conduct.long_videos import LONG_FRAMES, LongVideos
from tarvis_app.document.document import Document
from tarvis_app.playback.video_info import VideoInfo
from tarvis_app.segmentation.requests import ModelState, ModelStatus
from tarvis_app.segmentation.tracking_cost import TrackingCost
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.mask_store import MaskStore
from tarvis_core.annotation.project import Project
from tarvis_core.video.video_facts import VideoFacts
from tests.fakes.projects import FARM, sample_project, video_identity

SIZE = (64, 96)


class FakeNetwork(QObject):
    """Has a state, and took so many seconds for a frame."""

    model_changed = Signal(object)
    changed = Signal()
    model = ModelStatus(ModelState.LOADING)
    current = TrackingCost()

    def become(self, state):
        self.model = ModelStatus(state)
        self.model_changed.emit(self.model)


class Desk:
    def __init__(self, settings, theme, notifications, tmp_path):
        self.notifications, self.document, self.state = notifications, Document(), ViewState()
        self.network = FakeNetwork()
        self.path = tmp_path / "zoo.mp4"
        actions = Actions(settings, theme)
        self.long_videos = LongVideos(
            self.document, self.state, self.network, self.network, notifications, actions
        )

    def open(self, num_frames, project=None):
        identity = video_identity(num_frames, SIZE)
        self.document.open(project or Project(identity, FARM, [], [], MaskStore(SIZE)))
        self.state.show_video(num_frames)
        times, facts = np.arange(num_frames) / 25, VideoFacts("h264")
        self.long_videos.look_at(
            VideoInfo(self.path, num_frames, SIZE, 25.0, identity, times, facts)
        )

    @property
    def told(self):
        notice = self.notifications.current
        return "" if notice is None else notice.text


@pytest.fixture
def desk(settings, theme, notifications, tmp_path):
    return Desk(settings, theme, notifications, tmp_path)


def test_that_the_time_for_a_long_video_is_said_when_the_network_is_there(desk):
    desk.network.current = TrackingCost(seconds_per_frame=0.5)
    desk.open(2400)
    assert desk.told == ""
    desk.network.become(ModelState.READY)
    assert (
        desk.told
        == "One run through all 2,400 frames of zoo.mp4 takes ≈ 20 min. I and O choose a part."
    )
    assert [remedy.text for remedy in desk.notifications.current.remedies] == ["Video properties…"]
    desk.state.set_range(0, 100)
    assert desk.told == "", "a part is chosen"


def test_that_a_video_of_many_frames_counts_as_long_where_no_time_is_known(desk):
    desk.network.become(ModelState.READY)
    desk.open(LONG_FRAMES)
    assert desk.told == ""
    desk.open(LONG_FRAMES + 1)
    assert "3,001 frames of zoo.mp4 will take long" in desk.told


def test_that_nothing_is_said_of_videos_that_are_short_or_worked_on(desk):
    desk.network.current = TrackingCost(seconds_per_frame=0.5)
    desk.network.become(ModelState.READY)
    desk.open(400)
    assert desk.told == ""
    worked_on = sample_project()
    assert worked_on.targets
    desk.open(90_000, worked_on)
    assert desk.told == ""
    desk.network.become(ModelState.MISSING)
    desk.open(90_000)
    assert desk.told == ""


def test_that_a_time_that_is_found_out_while_computing_ahead_is_said(desk):
    desk.network.become(ModelState.READY)
    desk.open(2900)
    assert desk.told == ""
    desk.network.current = TrackingCost(seconds_per_frame=0.27)
    desk.network.changed.emit()
    assert desk.told.startswith("One run through all 2,900 frames of zoo.mp4 takes ≈ 13 min.")


def test_that_the_time_is_awaited_until_the_network_has_looked_at_the_video(desk):
    desk.network.current = TrackingCost(is_awaited=True)
    desk.network.become(ModelState.READY)
    desk.open(90_000)
    assert desk.told == ""
    desk.network.current = TrackingCost(seconds_per_frame=0.04)
    desk.network.changed.emit()
    assert desk.told.startswith("One run through all 90,000 frames of zoo.mp4 takes ≈ 1 h 00.")


def test_that_nothing_is_said_any_more_where_work_has_begun(desk):
    desk.network.become(ModelState.READY)
    desk.open(2900)
    desk.document.open(sample_project())
    desk.network.current = TrackingCost(seconds_per_frame=0.27)
    desk.network.changed.emit()
    assert desk.told == ""
