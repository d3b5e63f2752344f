"""Icons come from the font in the colour of their state, in any size."""

import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage

from tarvis_app.icons import IconColours, make_icon

COLOURS = IconColours(normal="#ff0000", disabled="#00ff00", on="#0000ff")
MODE, STATE = QIcon.Mode, QIcon.State


def pixels(icon, side, mode=MODE.Normal, state=STATE.Off):
    image = icon.pixmap(QSize(side, side), mode, state).toImage()
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)


@pytest.mark.parametrize(
    ("mode", "state", "colour"),
    [
        (MODE.Normal, STATE.Off, (255, 0, 0)),
        (MODE.Disabled, STATE.Off, (0, 255, 0)),
        (MODE.Disabled, STATE.On, (0, 255, 0)),
        (MODE.Normal, STATE.On, (0, 0, 255)),
    ],
)
def test_that_an_icon_has_the_colour_of_its_state(qapp, mode, state, colour):
    found = pixels(make_icon("square", COLOURS), 24, mode, state)
    inked = found[found[..., 3] == 255]
    assert len(inked) > 8
    assert (inked[:, :3] == colour).all()


def test_that_a_larger_icon_is_drawn_and_not_stretched(qapp):
    icon = make_icon("square", COLOURS)
    small, large = pixels(icon, 16), pixels(icon, 64)
    assert large.shape[:2] == (64, 64)
    blurred = [np.isin(p[..., 3], (0, 255), invert=True).mean() for p in (small, large)]
    assert blurred[1] < blurred[0] / 2


def test_that_an_unknown_name_is_refused(qapp):
    with pytest.raises(KeyError):
        make_icon("no-such-icon", COLOURS)


def test_that_the_window_loads_no_layer_over_qt_and_no_network_modules():
    script = "import sys, tarvis_app.window_run; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = set(eval(done.stdout))
    assert loaded & {"qtpy", "qtawesome", "torch", "urllib.request", "http.client"} == set()
