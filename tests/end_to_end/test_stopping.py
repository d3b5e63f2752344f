"""Stopping a run by Esc: said at once, and what is done stays."""

import threading

from PySide6.QtCore import Qt

from tests.fakes.fake_engine import FakeEngine, loader
from tests.fakes.hand import NUM_FRAMES
from tests.fakes.loop import Loop

LOOP = Loop(
    num_frames=NUM_FRAMES,
    click=(30, 40),
    painted=20,
    stroke=((10, 20), (20, 24), (30, 20)),
    accepted=30,
    near=(15, 25),
)


class Turnstile:
    """Once shut, lets one clip through at a time, until it is opened."""

    def __init__(self):
        self._is_shut = False
        self._is_waited_at = False
        self._passes = threading.Semaphore(0)

    def __call__(self, _frames):
        if self._is_shut:
            self._is_waited_at = True
            assert self._passes.acquire(timeout=20)

    def shut(self):
        self._is_shut = True

    def let_one_through(self):
        if self._is_waited_at:
            self._is_waited_at = False
            self._passes.release()

    def open(self):
        self._is_shut = False
        self._passes.release()


def test_that_esc_pressed_twice_stops_a_run_and_keeps_what_is_done(run, video):
    turnstile = Turnstile()

    def annotate(hand):
        app, esc = hand.app, Qt.Key.Key_Escape
        hand.wait_for_video()
        LOOP.click_and_track(hand)
        LOOP.correct_two_frames(hand)
        hand.go_to(20)
        turnstile.shut()
        hand.press(Qt.Key.Key_T)
        hand.wait(lambda: turnstile.let_one_through() or app.pending_run.is_pending)
        assert "Esc stops the run and keeps what is done" in app.display._note.text()
        hand.press(esc)
        assert app.display._note.text().startswith("Stopping…")
        assert app.run_status._text.text() == "Stopping…"
        hand.press(esc)
        assert app.runs.is_running
        turnstile.open()
        hand.wait_for_end()
        done = hand.content()
        assert not app.pending_run.is_offered
        assert "Esc" not in app.display._note.text()
        hand.press(esc)
        assert hand.content() == done
        assert app.pending_run.is_pending
        hand.wait(lambda: "Esc takes the whole run back" in app.display._note.text())
        hand.press(esc)
        assert hand.content() != done

    assert run(video, annotate, loader(FakeEngine(before_clip=turnstile))) == 0
