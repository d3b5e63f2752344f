"""A window that is killed in the middle of a run loses nothing, and opens again without a word."""

import signal

import pytest

from tarvis_core.annotation.track import FrameState
from tests.fakes.fake_engine import FakeEngine, loader
from tests.fakes.hand import FIRST
from tests.fakes.killed_window import FRAME, STOPPED_CLIP, killed_at_work
from tests.fakes.loop import KEY


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_that_a_killed_window_loses_nothing_and_opens_where_it_was(run, video, folders):
    zoom = killed_at_work(video, folders)

    def look(hand):
        hand.wait_for_video()
        hand.wait(lambda: hand.app.presenter.frame == FRAME)
        track = hand.masks.track(FIRST)
        assert track.law_frames == (0, FRAME)
        assert track.get(0).state is FrameState.KEYFRAME
        assert track.get(FRAME).source.tool == "brush"
        assert FRAME + 3 in track, "what the run had done"
        assert STOPPED_CLIP not in track
        assert hand.app.view_state.selection == (FIRST,)
        assert hand.app.canvas.scale_factor == pytest.approx(zoom)
        assert hand.app.opening.file.problems() == ()
        assert hand.app.notifications.current is None
        assert not hand.app.opening.file.is_read_only
        hand.press(KEY.Key_T)
        hand.wait_for_end()
        assert track.law_frames == (0, FRAME)

    assert run(video, look, loader(FakeEngine())) == 0
