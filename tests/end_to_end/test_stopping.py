"""Stopping: a run by Esc, said at once, and what is done stays; the window, its project free."""

import threading

from PySide6.QtCore import Qt

from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.errors import ProjectFileError
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


class NextWindow:
    """Opens the project of a window that closes while its network is still at work."""

    def __init__(self):
        self.path = None
        self.opened = threading.Event()

    def __call__(self, _frames):
        give_up = threading.Event()
        timer = threading.Timer(10, give_up.set)
        timer.start()
        while self.path is not None and not (self.opened.is_set() or give_up.wait(0.05)):
            try:
                ProjectFile.open(self.path).close()
            except ProjectFileError:
                continue
            self.opened.set()
        timer.cancel()


def test_that_closing_frees_the_project_before_it_waits_for_the_network(run, video):
    following = NextWindow()

    def annotate(hand):
        hand.wait_for_video()
        hand.click(*LOOP.click)
        hand.wait(lambda: bool(hand.content()))
        following.path = hand.app.opening.file.path
        hand.press(Qt.Key.Key_F)
        hand.wait(lambda: hand.app.runs.is_running)

    assert run(video, annotate, loader(FakeEngine(before_clip=following))) == 0
    assert following.opened.is_set()
