"""Habits in the real window: the canvas follows a run, and nothing moves by itself."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tarvis_app.document.edits import Edit
from tarvis_app.panels.busy_bar import BusyBar
from tarvis_app.review.problems import Finding, Problem, Reason
from tarvis_app.settings import Settings
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.track import FrameState, TrackFrame
from tests.fakes.fake_engine import CLIP_LENGTH, FakeEngine, disc, loader
from tests.fakes.hand import FIRST, NUM_FRAMES

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

MOTION = Qt.UIEffect.UI_General
LAST = NUM_FRAMES - 1


class Steps:
    """Lets a run come as far as it is told to."""

    def __init__(self, held):
        self._held = held
        self._changed = threading.Condition()

    def __call__(self, frames):
        with self._changed:
            assert self._changed.wait_for(lambda: frames[0] < self._held, timeout=20)

    def let(self, held=NUM_FRAMES):
        """Answer every clip that begins before a frame, and no other."""
        with self._changed:
            self._held = held
            self._changed.notify_all()


def begin_run(hand):
    """Click on the first frame and track from there."""
    hand.wait_for_video()
    hand.go_to(0)
    hand.click(30, 40)
    hand.wait(lambda: len(hand.masks.track(FIRST)) == CLIP_LENGTH)
    hand.press(Qt.Key.Key_F)
    hand.wait(lambda: len(hand.masks.track(FIRST)) == 2 * CLIP_LENGTH)


def switch_following(hand):
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    hand.press(Qt.Key.Key_L, control | shift)


def test_that_the_canvas_follows_a_run_only_when_asked(run, video):
    steps = Steps(2 * CLIP_LENGTH)

    def work(hand):
        begin_run(hand)
        hand.qtbot.wait(100)
        assert hand.app.presenter.frame == 0
        switch_following(hand)
        steps.let(4 * CLIP_LENGTH)
        hand.wait(lambda: hand.app.presenter.frame == 4 * CLIP_LENGTH - 1)
        switch_following(hand)
        steps.let()
        hand.wait_for_end()
        assert len(hand.masks.track(FIRST)) == NUM_FRAMES
        hand.qtbot.wait(100)
        assert hand.app.presenter.frame == 4 * CLIP_LENGTH - 1

    assert run(video, work, loader(FakeEngine(before_clip=steps))) == 0


def test_that_following_is_remembered_and_rests_while_the_video_is_played(run, video):
    steps = Steps(2 * CLIP_LENGTH)

    def choose(hand):
        hand.wait_for_video()
        switch_following(hand)

    def work(hand):
        assert hand.app.actions["view.follow_run"].isChecked()
        begin_run(hand)
        hand.wait(lambda: hand.app.presenter.frame == 2 * CLIP_LENGTH - 1)
        hand.go_to(0)
        hand.app.view_state.set_speed(0.1)
        shown = []
        hand.app.presenter.frame_shown.connect(lambda image: shown.append(image.frame))
        hand.press(Qt.Key.Key_Space)
        steps.let()
        hand.wait_for_end()
        hand.wait(lambda: len(shown) > 1)
        assert hand.app.player.is_playing
        assert shown == sorted(shown)
        assert LAST not in shown

    engine = FakeEngine(before_clip=steps)
    assert run(video, choose, loader(engine)) == 0
    assert run(video, work, loader(engine)) == 0


@pytest.fixture
def moving_desktop(qapp):
    """A desktop whose windows move by themselves, as most do."""
    before = QApplication.isEffectEnabled(MOTION)
    QApplication.setEffectEnabled(MOTION, True)
    yield
    QApplication.setEffectEnabled(MOTION, before)


def show_ring(hand):
    """Lose a target that stands still on one frame, and go there: a click is proposed."""
    size = hand.masks.get(FIRST, 3).mask.size
    here = TrackFrame(disc(size, 76, 48, 8), FrameState.PREDICTED)
    lost = TrackFrame(Mask.empty(*size), FrameState.ABSENT)
    frames = {2: here, 3: here, 4: lost, 5: here, 6: here}
    changes = tuple(hand.masks.change_to(FIRST, frame, held) for frame, held in frames.items())
    hand.app.document.edit(Edit("lose", changes))
    hand.go_to(4)
    flicker = Finding(FIRST, 4, Reason.FLICKER, 0.6, 1.0)
    hand.app.click_advice.advise(Problem((flicker,)))
    hand.wait(hand.app.click_advice.item.isVisible, timeout=20000)


def ring_moves(hand):
    """Whether the proposed ring is drawn in more than one size within a moment."""
    sizes = set()
    for _ in range(6):
        hand.qtbot.wait(70)
        sizes.add(hand.app.click_advice.item._phase)
    return len(sizes) > 1


def bar_moves(hand):
    """Whether the bar of the run in work runs to and fro."""
    bar = hand.app.run_status.findChild(BusyBar)
    assert bar.isVisible()
    return bar.minimum() == bar.maximum()


def dock_slides(hand):
    """Whether docks slide to their place."""
    options = hand.app.window.dockOptions()
    return bool(options & type(options).AnimatedDocks)


def test_that_less_motion_stops_what_moves_at_once_and_is_remembered(
    run, video, folders, moving_desktop
):
    steps = Steps(CLIP_LENGTH)

    def work(hand):
        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: len(hand.masks.track(FIRST)) == CLIP_LENGTH)
        show_ring(hand)
        steps.let(0)
        hand.press(Qt.Key.Key_F)
        hand.wait(lambda: hand.app.runs.is_running)
        assert dock_slides(hand)
        assert bar_moves(hand)
        assert ring_moves(hand)
        hand.app.actions["view.reduced_motion"].trigger()
        assert not dock_slides(hand)
        assert not bar_moves(hand)
        assert not ring_moves(hand)
        hand.app.actions["view.reduced_motion"].trigger()
        assert dock_slides(hand)
        assert bar_moves(hand)
        assert ring_moves(hand)
        hand.app.actions["view.reduced_motion"].trigger()
        steps.let()
        hand.wait_for_end()

    def look(hand):
        hand.wait_for_video()
        assert hand.app.actions["view.reduced_motion"].isChecked()
        show_ring(hand)
        assert not dock_slides(hand)
        assert not ring_moves(hand)

    engine = FakeEngine(before_clip=steps)
    assert run(video, work, loader(engine)) == 0
    assert Settings(folders).reduces_motion
    assert QApplication.isEffectEnabled(MOTION)
    assert run(video, look, loader(engine)) == 0
    assert QApplication.isEffectEnabled(MOTION)
