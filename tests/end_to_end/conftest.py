"""What tests of the whole window share: a window that runs with a script in place of a person."""

import pytest
from PySide6.QtCore import QTimer

from tarvis_app.application import Application
from tarvis_app.settings import Folders
from tarvis_app.window_run import run_window
from tests.fakes.hand import NUM_FRAMES, Hand
from tests.fakes.numbered_video import Recipe, write_numbered_video


@pytest.fixture(scope="session")
def video(tmp_path_factory):
    """Small frames, each with its number as a bar code."""
    return write_numbered_video(
        tmp_path_factory.mktemp("video"), Recipe("street.mp4", num_frames=NUM_FRAMES)
    )


@pytest.fixture
def folders(tmp_path):
    return Folders(tmp_path / "config", tmp_path / "projects", tmp_path / "logs")


@pytest.fixture
def perform(qapp, qtbot):
    """Starts the window with a script in place of a person; returns the exit status."""

    def start(script, begin):
        errors = []

        def act():
            application = qapp.findChildren(Application)[-1]
            hand = Hand(application, qtbot)
            try:
                script(hand)
            except BaseException as error:  # noqa: BLE001 -- raised again below
                errors.append(error)
            application.window.close()

        QTimer.singleShot(0, act)
        status = begin()
        if errors:
            raise errors[0]
        return status

    return start


@pytest.fixture
def run(perform, folders):
    """Runs the window with an engine of the test's choice and a script in place of a person."""
    return lambda path, script, load: perform(script, lambda: run_window(path, load, folders))
