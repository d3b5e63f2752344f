"""What tests of the whole window share: a window that runs with a script in place of a person."""

import gc

import pytest
from PySide6.QtCore import QTimer

from tarvis_app import window_run
from tarvis_app.__main__ import main
from tarvis_app.application import Application
from tarvis_app.settings import Folders
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
def run_main(perform, folders, monkeypatch):
    """Runs `main` on a file, with folders of its own and a script in place of a person."""
    monkeypatch.setattr(window_run, "default_folders", lambda: folders)

    def start(path, script):
        try:
            return perform(script, lambda: main([] if path is None else [str(path)]))
        finally:
            gc.unfreeze()  # `main` keeps what was loaded from being searched; tests load much more

    return start


@pytest.fixture
def run(run_main, monkeypatch):
    """The same with an engine of the test's choice."""

    def start(path, script, load):
        monkeypatch.setattr(window_run, "load_engine", load)
        return run_main(path, script)

    return start
