"""Habits that are remembered: the canvas follows a run, and nothing moves by itself."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tarvis_app.application import Application
from tarvis_app.panels.busy_bar import BusyBar
from tarvis_app.segmentation.run_progress import RunProgress
from tarvis_app.settings import Settings
from tarvis_app.window_run import delete_now
from tests.fakes.fake_engine import load_nothing

MOTION = Qt.UIEffect.UI_General


@pytest.fixture
def application(qapp, qtbot, settings):
    application = Application(qapp, settings, load_nothing)
    application.view_state.show_video(40)
    yield application
    application.window.close()
    delete_now(application.window)
    delete_now(application)


def test_that_the_canvas_follows_a_run_only_when_asked(application, folders):
    shown, runs = application.view_state, application.runs
    runs.progressed.emit(RunProgress(6, 40, 1.0, head=5))
    assert shown.frame == 0
    application.actions["view.follow_run"].trigger()
    runs.progressed.emit(RunProgress(12, 40, 1.0, head=11))
    assert shown.frame == 11
    runs.progressed.emit(RunProgress(12, 40, 1.0, head=None))
    assert shown.frame == 11
    application.settings.sync()
    assert Settings(folders).follows_runs
    application.actions["view.follow_run"].trigger()
    runs.progressed.emit(RunProgress(18, 40, 1.0, head=17))
    assert shown.frame == 11


def test_that_less_motion_stops_docks_and_bars(qtbot, application, folders):
    bar = BusyBar()
    qtbot.addWidget(bar)
    QApplication.setEffectEnabled(MOTION, True)
    application.motion._is_usual = True
    assert application.window.isAnimated()
    bar.show_busy()
    assert (bar.minimum(), bar.maximum()) == (0, 0)
    application.actions["view.reduced_motion"].trigger()
    assert not application.window.isAnimated()
    assert not QApplication.isEffectEnabled(MOTION)
    bar.show_busy()
    assert bar.maximum() > 0
    application.settings.sync()
    assert Settings(folders).reduces_motion
    application.actions["view.reduced_motion"].trigger()
    assert QApplication.isEffectEnabled(MOTION)
    bar.show_part(0.25)
    assert bar.value() == bar.maximum() // 4
