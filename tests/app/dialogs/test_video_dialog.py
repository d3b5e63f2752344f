"""The sheet about the open video: how it is stored, its range, and what tracking takes."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QWidget

from tarvis_app.actions import Actions
from tarvis_app.application import Application
from tarvis_app.dialogs.video_dialog import VideoDialog
from tarvis_app.dialogs.video_texts import colour_text, rate_text, short_text, storage_text
from tarvis_app.panels.video_button import VideoButton
from tarvis_app.playback.video_info import VideoInfo
from tarvis_app.segmentation.requests import MemoryNeed
from tarvis_app.segmentation.tracking_cost import TrackingCost
from tarvis_app.settings import Settings
from tarvis_app.view_state import ViewState
from tarvis_app.window_run import delete_now
from tarvis_core.video.video_facts import PictureFacts, VideoFacts
from tests.fakes.fake_engine import load_fake
from tests.fakes.numbered_video import Recipe, write_numbered_video
from tests.fakes.projects import video_identity

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""What the offscreen platform says of itself when a dialog opens."""

PLAIN = PictureFacts("yuv420p", 8, False, (720, 1280), 0, False)
FACTS = VideoFacts("h264", "mov,mp4,m4a", 2_400_000, 4, is_constant_rate=True, picture=PLAIN)


def video(tmp_path, num_frames=100, **changes):
    facts = dataclasses.replace(FACTS, **changes)
    times = np.arange(num_frames) / 25
    identity = video_identity(num_frames, (720, 1280))
    return VideoInfo(tmp_path / "dog.mp4", num_frames, (720, 1280), 25.0, identity, times, facts)


class FakeCosts(QObject):
    """Knows what it is told."""

    changed = Signal()

    def __init__(self):
        super().__init__()
        self.current = TrackingCost()
        self.num_asked = 0

    def refresh(self):
        self.num_asked += 1

    def tell(self, cost):
        self.current = cost
        self.changed.emit()


@pytest.fixture
def costs(qapp):
    return FakeCosts()


@pytest.fixture
def state(qapp):
    return ViewState()


@pytest.fixture
def dialog(qtbot, settings, theme, state, costs):
    window = QWidget()
    qtbot.addWidget(window)
    dialog = VideoDialog(state, costs, Actions(settings, theme), window)
    dialog.opener = window  # which would take the dialog along
    return dialog


def words(dialog):
    return [label.text() for label in dialog.findChildren(QLabel)]


def test_that_the_sheet_says_how_the_video_is_stored(dialog, state, tmp_path):
    state.show_video(100)
    dialog.show_video(video(tmp_path))
    told = words(dialog)
    assert {"H.264 in MP4/MOV, 2.4 MB", "1280 × 720", "25 per second, constant"} <= set(told)
    assert "100 frames, 0:03.96" in told
    assert str(tmp_path / "dog.mp4") in told


def test_that_what_is_unusual_is_said(qtbot, settings, theme, tmp_path):
    times = [number + (number > 7) * 5 for number in range(20)]
    uneven = video(tmp_path, 20, is_constant_rate=False)
    uneven = dataclasses.replace(uneven, times_s=np.array(times) / 25)
    assert rate_text(uneven).endswith("variable: a frame lasts 40 to 240 ms")
    assert short_text(uneven) == "H.264 · 1280×720 · ≈ 25/s, variable"
    deep = PictureFacts("yuv420p10le", 10, True, (720, 1280), 0, False)
    assert "read as 8 bit; HDR" in colour_text(deep)
    assert storage_text(VideoFacts("images")) == "one image per frame"

    button = VideoButton(Actions(settings, theme), theme)
    qtbot.addWidget(button)
    assert button.isHidden()
    button.show_video(video(tmp_path))
    plain = button.icon().pixmap(16, 16).toImage()
    button.show_video(uneven)
    assert button.icon().pixmap(16, 16).toImage() != plain
    assert button.accessibleName() == "Video: H.264 · 1280×720 · ≈ 25/s, variable"


def test_that_the_range_is_set_in_the_sheet_and_followed(dialog, state, tmp_path):
    state.show_video(100)
    dialog.show_video(video(tmp_path))
    dialog.first.setValue(20)
    dialog.last.setValue(59)
    assert state.range == (20, 59)
    assert "40 frames, 0:01.56" in words(dialog)
    dialog.first.setValue(80)
    assert state.range == (59, 80), "ends the wrong way round change places"
    assert (dialog.first.value(), dialog.last.value()) == (59, 80)
    state.set_range(3, 4)
    assert (dialog.first.value(), dialog.last.value()) == (3, 4)
    dialog.whole.click()
    assert state.range == (0, 99)


def test_that_time_and_memory_are_those_of_the_weights_and_the_range(
    dialog, state, costs, tmp_path
):
    state.show_video(100)
    dialog.show_video(video(tmp_path))
    dialog.ask()
    assert costs.num_asked == 1
    assert "known when the model is loaded" in words(dialog)
    costs.tell(TrackingCost("Starter", "cpu"))
    assert "known after the first run with this model on this machine" in words(dialog)
    need = MemoryNeed(10**8, 10**8, 2**30, 8, (352, 640))
    costs.tell(TrackingCost("Starter", "cpu", 0.5, need, 16 * 2**30))
    assert "Starter · cpu" in words(dialog)
    assert any(text.startswith("≈ 50 s") for text in words(dialog))
    assert "≈ 1.2 of 16 GB beside kept features, clips of 8 frames of 640 × 352" in words(dialog)
    state.set_range(0, 9)
    assert any(text.startswith("≈ 5 s") for text in words(dialog))


def test_that_the_window_says_codec_size_and_rate_and_opens_the_sheet(qtbot, qapp, folders):
    application = Application(qapp, Settings(folders), load_fake)
    try:
        recipe = Recipe("uneven.mkv", num_frames=20, times=[n + (n > 7) * 5 for n in range(20)])
        path = write_numbered_video(folders.config, recipe)
        application.window.show()
        application.open(path)
        qtbot.waitUntil(application.video_button.isVisible)
        assert application.video_button.text().startswith("H.264 · 96×64 · ≈ ")
        qtbot.mouseClick(application.video_button, Qt.MouseButton.LeftButton)
        assert application.video_dialog.isVisible()
        assert not application.video_dialog.isModal(), "the frame can be clicked beside it"
        qtbot.waitUntil(lambda: any("fake" in text for text in words(application.video_dialog)))
        assert any("variable" in text for text in words(application.video_dialog))
    finally:
        application.window.close()
        delete_now(application.window)
        delete_now(application)
