"""The program as a process on a real X server, with a synthetic mouse and keys."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tarvis_core.annotation.project_file import ProjectFile
from tests.fakes.numbered_video import Recipe, write_numbered_video

ROOT = Path(__file__).parents[2]
LIMIT_S = 90

pytestmark = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")),
    reason="needs Xvfb and xdotool (apt-get install xvfb xdotool)",
)


@pytest.fixture
def display():
    """A screen of its own; the X server chooses a free number."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as pipe:
        number = pipe.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)


@pytest.fixture
def environment(display, tmp_path):
    folders = {name: str(tmp_path / name.lower()) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    return {
        **os.environ,
        **folders,
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "TARVIS_WEIGHTS": str(tmp_path / "weights"),
        "DISPLAY": display,
        "QT_QPA_PLATFORM": "xcb",
    }


def has_xcb(environment):
    """Whether Qt's X11 platform can start here: bare containers lack its libraries."""
    script = "from PySide6.QtWidgets import QApplication; QApplication([])"
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True)
    return done.returncode == 0


def xdotool(environment, *words):
    done = subprocess.run(
        ["xdotool", *words], env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def wait_for(what, condition):
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.2)
    pytest.fail(f"{what} did not happen within {LIMIT_S} s")


def screenshot(environment, path):
    script = (
        "import sys; from PySide6.QtWidgets import QApplication; q = QApplication([])\n"
        "q.primaryScreen().grabWindow(0).save(sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], env=environment, check=True)


def projects(tmp_path):
    return list((tmp_path / "xdg_data_home").rglob("*.tarvis"))


def is_painted(path):
    """Whether the project holds a mask that the brush made."""
    with ProjectFile.open(path, read_only=True) as file:
        masks = file.project.masks
        held = [masks.get(target, f) for target, track in masks.tracks.items() for f in track]
    return any(frame.source is not None and frame.source.tool == "brush" for frame in held)


def paint(environment, window):
    """Take up the brush by its key and draw a stroke."""
    xdotool(environment, "windowfocus", "--sync", window)
    xdotool(environment, "mousemove", "560", "260")
    xdotool(environment, "key", "a")
    time.sleep(0.5)
    xdotool(environment, "mousedown", "1")
    for step in range(12):
        xdotool(environment, "mousemove", str(560 + 8 * step), str(260 + 3 * step))
    xdotool(environment, "mouseup", "1")
    time.sleep(1.0)


def test_that_a_stroke_with_a_real_mouse_is_on_disk_and_ctrl_q_ends_well(environment, tmp_path):
    if not has_xcb(environment):
        pytest.skip("Qt's xcb platform cannot start: its system libraries are missing")
    video = write_numbered_video(
        tmp_path,
        Recipe("street.mp4", num_frames=20, size=(480, 640), options={"preset": "ultrafast"}),
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "tarvis_app", str(video)], cwd=ROOT, env=environment
    )
    try:
        search = ("search", "--onlyvisible", "--name", "street.mp4")
        window = wait_for("the window", lambda: xdotool(environment, *search)).split()[0]
        (project,) = wait_for("the project", lambda: projects(tmp_path))
        wait_for("the stroke", lambda: paint(environment, window) or is_painted(project))
        screenshot(environment, Path(os.environ.get("TARVIS_PICTURES", tmp_path)) / "x_server.png")
        xdotool(environment, "key", "ctrl+q")
        assert process.wait(LIMIT_S) == 0
    finally:
        process.kill()
        process.wait()
