"""Frames in the background and the clock: never a stale frame, never a wrong one."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QElapsedTimer, QThread
from PySide6.QtWidgets import QComboBox

from tarvis_app.actions import Actions
from tarvis_app.document.edits import Edit
from tarvis_app.playback.frame_cache import FrameCache, frame_image
from tarvis_app.playback.frame_provider import FrameProvider
from tarvis_app.playback.navigation import Navigation
from tarvis_app.playback.player import SPEEDS, Player
from tarvis_app.playback.transport_bar import TransportBar, clock_text
from tarvis_app.playback.video_info import VideoInfo
from tarvis_app.playback.wishes import Wish, WishBox
from tarvis_app.view_state import ViewState
from tarvis_core.annotation import painting
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.video.video_reader import open_video
from tests.fakes.numbered_video import Recipe, number_in, write_numbered_video
from tests.fakes.projects import COW, keyframe, predicted, rectangle


@pytest.fixture
def provider(qtbot):
    provider = FrameProvider()
    yield provider
    provider.stop()


def opened(qtbot, provider, path):
    return used(qtbot, provider, path, open_video(path))


def used(qtbot, provider, path, reader):
    with qtbot.waitSignal(provider.video_changed) as signal:
        provider.use(reader, VideoInfo.of(path, reader))
    return signal.args[0]


def number_on(image):
    return number_in(image.pixels[..., 2::-1])


def test_that_every_frame_asked_for_is_the_frame_given(qtbot, provider, numbered_video):
    video = opened(qtbot, provider, numbered_video)
    assert video.num_frames == 40
    for frame in (0, 1, 39, 38, 37, 5, 20):
        with qtbot.waitSignal(
            provider.frame_ready, check_params_cb=lambda image, frame=frame: image.frame == frame
        ) as ready:
            provider.want(frame)
        assert number_on(ready.args[0]) == frame


def test_that_while_scrubbing_only_the_newest_wish_is_delivered(qtbot, numbered_video):
    gate = threading.Event()

    class SlowReader:
        def __init__(self, path):
            self._reader = open_video(path)

        def frame(self, number):
            assert gate.wait(20)
            return self._reader.frame(number)

        def __getattr__(self, name):
            return getattr(self._reader, name)

    provider = FrameProvider()
    used(qtbot, provider, numbered_video, SlowReader(numbered_video))
    seen = []
    provider.frame_ready.connect(lambda image: seen.append((image.frame, QThread.currentThread())))
    for frame in range(10, 30):
        provider.want(frame)
    gate.set()
    qtbot.waitUntil(lambda: bool(seen))
    qtbot.wait(50)
    assert {frame for frame, _ in seen} == {29}
    assert {thread for _, thread in seen} == {QThread.currentThread()}
    provider.stop()


def test_that_the_motion_wished_last_is_measured(qtbot, provider, numbered_video):
    provider.want_motion(5, (4, 6))
    opened(qtbot, provider, numbered_video)
    measured = []
    provider.motion_ready.connect(measured.append)
    provider.want_motion(5, (4, 6))
    provider.want_motion(9, (7, 8, 10))
    qtbot.waitUntil(lambda: bool(measured))
    qtbot.wait(50)
    assert [motion.frame for motion in measured] == [9]
    assert sorted(measured[0].flows) == [7, 8, 10]
    assert measured[0].size == provider.video.size


def test_that_a_frame_is_decoded_before_motion_is_measured(qtbot, numbered_video):
    """Whoever goes on does not wait for what was wanted of the frame before."""
    shown, gate = [], threading.Event()

    class SlowReader:
        def __init__(self, path):
            self._reader = open_video(path)

        def frames(self, numbers):
            for pixels in self._reader.frames(numbers):
                assert gate.wait(20)
                yield pixels

        def __getattr__(self, name):
            return getattr(self._reader, name)

    provider = FrameProvider()
    used(qtbot, provider, numbered_video, SlowReader(numbered_video))
    provider.frame_ready.connect(lambda image: shown.append(image.frame))
    provider.motion_ready.connect(lambda motion: shown.append("motion"))
    provider.want_motion(5, (3, 4, 6, 7))
    provider.want(20)
    gate.set()
    qtbot.waitUntil(lambda: bool(shown))
    qtbot.wait(200)
    assert shown == [20]
    provider.stop()


def test_that_another_video_is_closed_and_none_of_its_frames_comes_late(
    qtbot, provider, numbered_video, tmp_path
):
    other = write_numbered_video(tmp_path, Recipe("other.mp4", num_frames=6))
    opened(qtbot, provider, numbered_video)
    provider.want(30)
    reader = open_video(other)
    with qtbot.waitSignal(provider.video_changed):
        provider.use(reader, VideoInfo.of(other, reader))
        provider.want(35)  # of the video before; the other one has no such frame
    with qtbot.waitSignal(provider.frame_ready) as ready:
        provider.want(3)
    assert number_on(ready.args[0]) == 3


def test_that_looking_ahead_ends_when_the_video_is_left(qtbot, provider, numbered_video):
    may_read = threading.Semaphore(0)

    class SlowReader:
        def __init__(self, path):
            self._reader = open_video(path)

        def frames(self, numbers):
            for pixels in self._reader.frames(numbers):
                assert may_read.acquire(timeout=20)
                yield pixels

        def __getattr__(self, name):
            return getattr(self._reader, name)

    used(qtbot, provider, numbered_video, SlowReader(numbered_video))
    with qtbot.waitSignal(provider.frame_ready):
        provider.want(0)
    reader = open_video(numbered_video)
    with qtbot.waitSignal(provider.video_changed):
        provider.use(reader, VideoInfo.of(numbered_video, reader))
        may_read.release()  # for one frame more, and no other


def test_that_the_cache_forgets_the_least_used_and_stays_within_its_budget():
    frame_bytes = 10 * 10 * 4
    cache = FrameCache(budget_bytes=3 * frame_bytes)
    for frame in range(3):
        cache.put(frame_image(frame, np.zeros((10, 10, 3), dtype=np.uint8)))
    cache.get(0)
    cache.put(frame_image(3, np.zeros((10, 10, 3), dtype=np.uint8)))
    assert [frame in cache for frame in range(4)] == [True, False, True, True]
    assert cache.num_bytes == 3 * frame_bytes
    cache.clear()
    assert cache.num_bytes == 0


def test_that_a_box_holds_one_wish():
    box = WishBox()
    assert box.take() is None
    box.put(Wish(1, 1))
    box.put(Wish(2, 1))
    assert box.is_full
    assert box.take() == Wish(2, 1)
    assert not box.is_full


@pytest.fixture
def player(qapp):
    state = ViewState()
    state.show_video(100)
    player = Player(state)
    player.use_times(np.arange(100) / 50.0)
    state.frame_changed.connect(lambda frame: player.note_shown(shown(frame)))
    return player, state


def shown(frame):
    return frame_image(frame, np.zeros((2, 2, 3), dtype=np.uint8))


def test_that_playing_keeps_to_the_clock_and_stops_at_the_end_of_the_range(qtbot, player):
    player, state = player
    state.set_range(10, 30)
    state.show_frame(10)
    frames = []
    state.frame_changed.connect(frames.append)
    with qtbot.waitSignal(
        player.playing_changed, check_params_cb=lambda is_playing: not is_playing
    ):
        player.toggle()
    assert frames == sorted(frames)
    assert state.frame == 30
    player.toggle()
    assert state.frame == 10
    player.pause()


def test_that_playing_keeps_to_times_that_are_not_even(qtbot, player):
    player, state = player
    quick = np.arange(10) * 0.02
    player.use_times(np.concatenate([quick, 30 + np.arange(90) * 0.02]))
    player.toggle()
    qtbot.waitUntil(lambda: state.frame == 9)
    qtbot.wait(300)
    assert state.frame == 9
    state.show_frame(10)
    qtbot.waitUntil(lambda: state.frame > 20)
    player.pause()


@pytest.mark.parametrize(("speed", "least"), [(8.0, 30), (0.1, 0)])
def test_that_playing_keeps_to_the_clock_at_any_speed(qtbot, player, speed, least):
    player, state = player
    player.use_times(np.arange(100) / 20.0)
    state.set_speed(speed)
    clock = QElapsedTimer()
    clock.start()
    player.toggle()
    qtbot.wait(400)
    player.pause()
    most = clock.elapsed() / 1000 * 20 * speed
    assert least <= state.frame <= most


def test_that_playing_waits_for_the_frame_asked_for(qtbot, qapp):
    state = ViewState()
    state.show_video(100)
    player = Player(state)
    player.use_times(np.arange(100) / 200.0)
    player.note_shown(shown(0))
    player.toggle()
    qtbot.waitUntil(lambda: state.frame > 0)
    asked = state.frame
    qtbot.wait(60)
    assert state.frame == asked
    player.note_shown(shown(asked))
    qtbot.waitUntil(lambda: state.frame > asked)
    player.pause()


def test_that_the_speed_goes_up_and_down_to_its_ends_and_the_bar_says_it(
    qtbot, document, view_state, settings, theme
):
    navigation, player = Navigation(document, view_state), Player(view_state)
    bar = TransportBar(Actions(settings, theme), view_state, player, theme)
    qtbot.addWidget(bar)
    said = bar.findChild(QComboBox)
    navigation.play_faster()
    assert (view_state.speed, said.currentText()) == (2.0, "2×")
    for _ in SPEEDS:
        navigation.play_faster()
    assert (view_state.speed, said.currentText()) == (SPEEDS[-1], "8×")
    for _ in range(2 * len(SPEEDS)):
        navigation.play_slower()
    assert (view_state.speed, said.currentText()) == (SPEEDS[0], "0.1×")
    said.setCurrentIndex(SPEEDS.index(0.5))
    assert view_state.speed == 0.5


def test_that_navigation_goes_to_keyframes_and_clamps(document, view_state):
    navigation = Navigation(document, view_state)
    project = document.opened
    marks = {
        frame
        for target in project.targets
        for frame in (*project.masks.track(target).law_frames, *project.exemplar_frames(target))
    }
    assert marks
    navigation.previous_ten()
    assert view_state.frame == 0
    navigation.last_frame()
    navigation.previous_keyframe()
    assert view_state.frame in marks
    navigation.first_frame()
    navigation.begin_range()
    navigation.next_frame()
    navigation.end_range()
    assert view_state.range == (0, 1)
    navigation.use_whole_range()
    assert view_state.range == (0, project.video.num_frames - 1)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00.00"), (62.05, "1:02.05"), (3725.5, "1:02:05.50")]
)
def test_that_time_is_written_as_a_clock(seconds, text):
    assert clock_text(seconds) == text


def test_that_undo_stays_where_it_is_seen_and_else_goes_to_what_it_changes(document, view_state):
    navigation = Navigation(document, view_state)
    document.frame_revisited.connect(navigation.revisit)
    tracked = predicted(rectangle(2, 2, 4, 4))
    changes = tuple(document.opened.masks.change_to(COW, f, tracked) for f in (5, 6, 7))
    document.edit(Edit("Track", changes, frame=4))
    for shown, expected in ((6, 6), (4, 4), (0, 5), (9, 5)):
        view_state.show_frame(shown)
        document.undo()
        assert view_state.frame == expected
        document.redo()


def test_that_one_goes_back_to_the_frame_edited_last(document, view_state):
    navigation = Navigation(document, view_state)
    masks = document.opened.masks
    navigation.last_edited_frame()
    assert view_state.frame == 0
    drawn = keyframe(rectangle(2, 2, 4, 4))
    document.edit(Edit("draw", (masks.change_to(COW, 7, drawn),)))
    tracked = predicted(rectangle(2, 2, 4, 4))
    document.edit(Edit("track", (masks.change_to(COW, 9, tracked),)))
    navigation.last_edited_frame()
    assert view_state.frame == 7
    click = painting.set_exemplars(document.opened, COW, 3, [PointExemplar(3, COW, 4.5, 4.5)])
    document.edit(Edit("click", click))
    navigation.last_edited_frame()
    assert view_state.frame == 3
