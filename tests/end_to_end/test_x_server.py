"""The program as a process on a real X server: the loop with a real mouse, keys and weights."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from tarvis_app.window_run import FIRST_PAINT
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.track import FrameState
from tests.fakes.hand import FIRST
from tests.fakes.loop import drawn_masks, exported_masks
from tests.fakes.sample_video import BALL_LOOP, write_beginning
from tests.fakes.x_server import Place, XServer

ROOT = Path(__file__).parents[2]
LIMIT_S = 120
MAGENTA = (255, 0, 255)

pytestmark = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")),
    reason="needs Xvfb and xdotool (apt-get install xvfb xdotool)",
)


@pytest.fixture
def screen(tmp_path):
    server = XServer.start(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def environment(screen, tmp_path):
    folders = {
        f"XDG_{name.upper()}_HOME": str(tmp_path / name) for name in ("config", "data", "state")
    }
    places = {"TARVIS_WEIGHTS": str(tmp_path / "weights"), "DISPLAY": screen.display}
    return {**os.environ, **folders, **places, "QT_QPA_PLATFORM": "xcb"}


def has_xcb(environment):
    """Whether Qt's X11 platform can start here: bare containers lack its libraries."""
    script = "from PySide6.QtWidgets import QApplication; QApplication([])"
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True)
    return done.returncode == 0


def wait_for(what, condition):
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.25)
    pytest.fail(f"{what} did not happen within {LIMIT_S} s")


class Person:
    """Sees the screen and the saved project, and nothing else of the program."""

    def __init__(self, screen, environment, tmp_path):
        self.screen = screen
        self._environment = environment
        self._folder = tmp_path
        self._pictures = Path(os.environ.get("TARVIS_PICTURES", tmp_path))
        self._place = None

    def start(self, video):
        """Open the program and wait until the frame is on the screen."""
        log = self._folder / "state" / "tarvis-studio" / "log" / "window.log"
        before = log.read_text().count(FIRST_PAINT) if log.exists() else 0
        process = subprocess.Popen(
            [sys.executable, "-m", "tarvis_app", str(video)], cwd=ROOT, env=self._environment
        )
        wait_for("the first frame", lambda: log.exists() and _count(log) > before)
        wait_for("the window", lambda: self.screen.focus(video.name))
        self._place = wait_for("the frame", lambda: self._find(512))
        return process

    def _find(self, width):
        return Place.of_edge(self.screen.pixels(), MAGENTA, width)

    def photograph(self, name):
        self.screen.save_picture(self._pictures / f"x_server_{name}.png")

    def click(self, point):
        self.screen.click(*self._place.on_screen(*point))

    def drag(self, points):
        self.screen.drag([self._place.on_screen(*point) for point in points])

    def content(self):
        """The masks of the first target as they are on disk, by frame."""
        for path in (self._folder / "data").rglob("*.tarvis"):
            with ProjectFile.open(path, read_only=True) as file:
                return dict(file.project.masks.track(FIRST).items())
        return {}

    def wait_for(self, what, condition):
        return wait_for(what, lambda: condition(self.content()))


def _count(log):
    return log.read_text().count(FIRST_PAINT)


def is_law(content, frame):
    return frame in content and content[frame].state is FrameState.KEYFRAME


def go_through(person):
    """Click, track, correct two frames, track again, undo and redo; returns the last content."""
    loop, screen = BALL_LOOP, person.screen
    person.click(loop.click)
    person.wait_for("the draft", lambda held: 0 in held)
    person.photograph("click")
    screen.press("Return")
    person.wait_for("the keyframe", lambda held: is_law(held, 0))
    screen.press("f")
    person.wait_for("the run", lambda held: len(held) == loop.num_frames)
    screen.press(*["Right"] * loop.painted, "a")
    person.drag(loop.stroke)
    person.wait_for("the stroke", lambda held: is_law(held, loop.painted))
    screen.press(*["Right"] * (loop.accepted - loop.painted), "Return")
    before = person.wait_for("accepting", lambda held: is_law(held, loop.accepted) and held)
    screen.press(*["Left"] * (loop.accepted - loop.painted))
    person.photograph("correct")
    screen.press("t")
    person.wait_for("both spans", lambda held: all(held[f] != before[f] for f in loop.near))
    after = settled(person)
    loop.check_only_spans_beside_changed(before, after)
    screen.press("ctrl+z")
    person.wait_for("undo", lambda held: held == before)
    screen.press("ctrl+y")
    person.wait_for("redo", lambda held: held == after)
    person.photograph("again")
    return after


def settled(person):
    """What is on disk once nothing changes for two seconds."""
    last, since = person.content(), time.monotonic()
    while time.monotonic() - since < 2:
        time.sleep(0.3)
        now = person.content()
        if now != last:
            last, since = now, time.monotonic()
    return last


def export(person, folder):
    """The export dialog by keys alone; it remembers the folder."""
    person.screen.press("ctrl+e")
    wait_for("the dialog", lambda: person.screen.focus("^Export$"))
    person.screen.press("Return")
    wait_for("the file", lambda: list(folder.glob("*-coco/instances_train.json")))
    time.sleep(1)
    person.photograph("export")
    person.screen.press("Escape")


def test_that_the_loop_goes_with_a_real_mouse_and_keys(screen, environment, tmp_path):
    if not has_xcb(environment):
        pytest.skip("Qt's xcb platform cannot start: its system libraries are missing")
    out = tmp_path / "out"
    ini = tmp_path / "config" / "tarvis-studio" / "window.ini"
    QSettings(str(ini), QSettings.Format.IniFormat).setValue("export/folder", str(out))
    video = write_beginning(tmp_path / "ball.mp4", BALL_LOOP.num_frames, MAGENTA)
    person = Person(screen, environment, tmp_path)
    process = person.start(video)
    try:
        content = go_through(person)
        export(person, out)
        assert exported_masks(out) == drawn_masks(content)
        wait_for("the window", lambda: screen.focus(video.name))
        screen.press("ctrl+q")
        assert process.wait(LIMIT_S) == 0
        assert person.content() == content
    finally:
        process.kill()
        process.wait()
