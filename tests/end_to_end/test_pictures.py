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


@pytest.mark.parametrize("scale", [1, 1.25, 1.5, 2])
def test_that_the_window_is_sharp_in_both_themes_at_every_scale(scale, tmp_path):
    folder = Path(os.environ.get("TARVIS_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "tests.fakes.window_pictures", str(folder)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(scale)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
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
