"""The window at four scales of the screen, dark and light; pictures are kept as build output.

They go to the folder that the environment variable TARVIS_PICTURES names, if it is set.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageStat

ROOT = Path(__file__).parents[2]
SIZE = (1280, 720)
SCALES = (1, 1.25, 1.5, 2)


@pytest.fixture(scope="module")
def windows(tmp_path_factory):
    """A process for each scale; all start at once, as most of their time is waiting."""
    folder = Path(os.environ.get("TARVIS_PICTURES", tmp_path_factory.mktemp("pictures")))
    folder.mkdir(parents=True, exist_ok=True)
    running = {scale: start(scale, folder) for scale in SCALES}
    yield running
    for process in running.values():
        if process.poll() is None:
            process.kill()
            process.communicate()


def start(scale, folder):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.window_pictures", str(folder)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(scale)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("scale", SCALES)
def test_that_the_window_is_sharp_in_both_themes_at_every_scale(scale, windows):
    output, errors = windows[scale].communicate()
    assert windows[scale].returncode == 0, errors
    found = json.loads(output.splitlines()[-1])
    assert found["scale"] == scale
    assert found["sharp"] == dict.fromkeys(found["sharp"], True)
    assert len(found["sharp"]) == 3
    (dark_size, dark), (light_size, light) = map(size_and_brightness, found["pictures"])
    assert dark_size == light_size == tuple(round(side * scale) for side in SIZE)
    assert light > dark + 40


def size_and_brightness(path):
    """Size in pixels, and the mean of a strip of the menu bar, 0…255."""
    with Image.open(path) as image:
        strip = image.convert("L").crop((0, 0, image.width, image.height // 20))
        return image.size, ImageStat.Stat(strip).mean[0]
