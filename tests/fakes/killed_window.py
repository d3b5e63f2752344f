"""A window whose process is killed while a person works in it: what it had done must be there."""

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tarvis_app.application import Application
from tarvis_app.settings import Folders
from tarvis_app.window_run import run_window
from tests.fakes.fake_engine import FakeEngine, loader
from tests.fakes.hand import FIRST, Hand
from tests.fakes.loop import CONTROL, KEY

FRAME = 7
"""Where the person was."""
STROKE = ((10, 20), (20, 24), (30, 20))
READY = "ready"
STOPPED_CLIP = 20
"""The run does not come beyond the clips before this frame: it is killed in the middle."""


class Patience:
    """Waits as `qtbot` does, without a test."""

    def waitUntil(self, condition, timeout):  # noqa: N802 -- qtbot's name
        end = time.monotonic() + timeout / 1000
        while not condition():
            assert time.monotonic() < end, "waited in vain"
            QTest.qWait(10)


def attempt(app):
    """Work; if that fails, end the process with the reason, in place of waiting to be killed."""
    try:
        work(app)
    except BaseException:  # noqa: BLE001 -- told and ended
        traceback.print_exc()
        os._exit(1)


def work(app):
    """A click, accepted; a stroke on another frame; the look closer; and a run that goes on."""
    hand = Hand(app, Patience())
    hand.wait_for_video()
    hand.click(30, 40)
    hand.wait(lambda: hand.masks.get(FIRST, 0) is not None)
    hand.press(KEY.Key_Return)
    hand.go_to(FRAME)
    hand.press(KEY.Key_A)
    hand.drag(*STROKE)
    hand.press(KEY.Key_A, CONTROL)
    app.actions["view.zoom_in"].trigger()
    hand.press(KEY.Key_F)
    hand.wait(lambda: FRAME + 3 in hand.masks.track(FIRST))
    QTest.qWait(1500)  # half a second more than where one stands is kept after
    sys.stdout.write(f"{READY} {app.canvas.scale_factor}\n")
    sys.stdout.flush()


def killed_at_work(video: Path, folders: Folders) -> float:
    """Let a window work on a video in a process of its own, and kill that; returns the zoom."""
    root = Path(__file__).parents[2]
    places = map(str, (video, folders.config, folders.projects, folders.logs))
    command = [sys.executable, "-m", "tests.fakes.killed_window", *places]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as window:
        assert window.stdout is not None
        word, zoom = window.stdout.readline().split()
        assert word.decode() == READY
        window.send_signal(signal.SIGKILL)
    assert window.returncode == -signal.SIGKILL
    return float(zoom)


def wait_for_ever(frames: tuple[int, ...]) -> None:
    """Of a run's clips only the first are answered."""
    if frames[-1] >= STOPPED_CLIP:
        threading.Event().wait()


def main() -> None:
    """The process that is killed."""
    video, *places = map(Path, sys.argv[1:])
    app = QApplication(sys.argv)
    QTimer.singleShot(0, lambda: attempt(app.findChildren(Application)[-1]))
    run_window(video, loader(FakeEngine(before_clip=wait_for_ever)), Folders(*places))


if __name__ == "__main__":
    main()
