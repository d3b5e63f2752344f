"""A run that was asked for while a click is answered: what becomes of it until it starts."""

import threading

import pytest

from tarvis_app.actions import Actions
from tarvis_app.canvas.canvas_commands import CanvasCommands
from tarvis_app.conduct.availability import Availability
from tarvis_app.conduct.run_conduct import RunNotices
from tarvis_app.document.edits import Edit
from tarvis_app.panels.run_status import RunStatus
from tarvis_app.panels.task_panel import TaskPanel
from tarvis_app.segmentation.pending_run import PendingRun
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_app.timeline.timeline_view import TimelineView
from tarvis_core.annotation import target_operations
from tests.fakes.fake_engine import FakeEngine
from tests.fakes.projects import COW, GRASS


@pytest.fixture
def may_load():
    """Lets the network load, and so answer."""
    return threading.Event()


@pytest.fixture
def service(qtbot, may_load, numbered_video):
    def load(_choice):
        assert may_load.wait(20)
        return FakeEngine(0.2), numbered_video

    service = SegmentationService(load=load)
    service.set_video(numbered_video)
    yield service
    may_load.set()
    service.shut_down()


@pytest.fixture
def runs(document, view_state, service):
    """One run waits, for the cow and the grass."""
    runs = Runs(document, view_state, service)
    view_state.select(COW, GRASS)
    service.preview(0, document.opened.exemplars_at(COW, 0), COW, gesture=1)
    runs.track_forward()
    return runs


@pytest.fixture
def told(runs):
    """What was said so far."""
    messages = []
    runs.nothing_to_do.connect(messages.append)
    return messages


def delete(document, *targets):
    document.edit(Edit("Delete", target_operations.delete_targets(document.opened, targets)))


def test_that_a_waiting_run_goes_without_a_target_that_is_gone(
    qtbot, document, service, runs, may_load
):
    delete(document, COW)
    with qtbot.waitSignal(runs.started):
        may_load.set()

    (step,) = service.job.steps
    assert [target for target, _ in step.wanted] == [GRASS]


def test_that_a_waiting_run_of_targets_that_are_all_gone_is_dropped(
    qtbot, document, service, runs, told, may_load
):
    delete(document, COW, GRASS)
    with qtbot.waitSignal(service.clicks_answered):
        may_load.set()

    assert not runs.is_running
    assert told == []


def test_that_esc_cancels_a_waiting_run_before_it_closes_a_message(
    qtbot, document, view_state, canvas, keyframes, notifications, service, runs, may_load
):
    pending, suggestions = PendingRun(document), SuggestionList(document, view_state)
    commands = CanvasCommands(canvas, keyframes, runs, notifications, pending, suggestions)
    notice = notifications.inform("Something happened.")
    commands.cancel()

    assert not runs.is_waiting
    assert notifications.current == notice
    with qtbot.waitSignal(service.clicks_answered):
        may_load.set()
    assert not runs.is_running


def test_that_stop_can_be_pressed_while_a_run_waits(
    qtbot, document, view_state, settings, theme, runs
):
    runs.stop()
    actions = Actions(settings, theme)
    panel = TaskPanel(actions, view_state)
    qtbot.addWidget(panel)
    Availability(actions, document, runs, panel)
    assert not actions["track.stop"].isEnabled()

    runs.track_forward()
    assert actions["track.stop"].isEnabled()
    runs.stop()
    assert not actions["track.stop"].isEnabled()


def test_that_a_waiting_run_says_so_if_a_check_began_meanwhile(
    qtbot, service, runs, told, may_load
):
    runs.check()
    assert runs.is_running
    with qtbot.waitSignal(service.clicks_answered):
        may_load.set()

    assert told == ["A run is going on. Esc stops it and keeps what is done."]
    assert not runs.is_waiting


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_that_a_run_that_waits_is_seen_to_wait(
    qtbot, document, view_state, notifications, settings, theme, service, runs, may_load
):
    runs.stop()
    status = RunStatus(Actions(settings, theme))
    timeline = TimelineView(document, view_state, theme)
    qtbot.addWidget(status)
    qtbot.addWidget(timeline)
    RunNotices(runs, timeline, status, notifications, None)
    runs.track_forward()
    assert not status.isHidden()
    assert status._text.text() == "The run starts when the click is answered…"
    runs.stop()
    assert status.isHidden()

    seen = []
    runs.started.connect(lambda: seen.append(status._text.text()))
    runs.started.connect(runs._abandon)
    runs.track_forward()
    with qtbot.waitSignal(runs.ended):
        may_load.set()
    assert seen == ["Starting…"]
    assert status.isHidden()
