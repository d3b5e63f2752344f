"""Messages stay as long as they are true."""

import pytest

from tarvis_app.actions import Actions
from tarvis_app.banner import Banner
from tarvis_app.conduct.model_conduct import ModelNotices
from tarvis_app.conduct.notice_endings import NoticeEndings
from tarvis_app.conduct.run_conduct import RunNotices, SearchNotices
from tarvis_app.notifications import Remedy
from tarvis_app.panels.class_picker import ClassPicker
from tarvis_app.panels.run_status import RunStatus
from tarvis_app.segmentation.requests import (
    ClipAnswer,
    FindRequest,
    JobEnd,
    ModelState,
    ModelStatus,
    Outcome,
    RequestNumber,
    RunRequest,
)
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_app.timeline.timeline_view import TimelineView
from tarvis_core.annotation.segmentation import (
    ClassRequest,
    ClassTask,
    ClipMasks,
    FoundTarget,
    PredictedMask,
)
from tarvis_core.annotation.target import CategoryId, TargetId, TargetKind
from tests.fakes.fake_engine import load_fake
from tests.fakes.projects import COW, GRASS, rectangle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""What the offscreen platform says of itself when a widget's size is fixed."""


@pytest.fixture
def runs(qtbot, document, view_state):
    service = SegmentationService(load=load_fake)
    yield Runs(document, view_state, service)
    service.shut_down()


@pytest.fixture
def endings(notifications, document, view_state, runs):
    return NoticeEndings(notifications, document, view_state, runs)


@pytest.fixture
def go_on(view_state, targets, runs):
    """What a person may do next, by name."""
    return {
        "select": lambda: view_state.select(GRASS),
        "go to a frame": lambda: view_state.show_frame(7),
        "edit": lambda: targets.rename(COW, "calf"),
        "run": runs.started.emit,
    }


@pytest.mark.parametrize("deed", ["select", "go to a frame", "edit", "run"])
def test_that_a_hint_goes_when_the_person_goes_on(
    qtbot, notifications, endings, go_on, view_state, deed
):
    view_state.select(COW)
    notifications.inform("Select the target to split.")
    qtbot.waitUntil(lambda: endings.is_armed)
    go_on[deed]()
    assert notifications.current is None


def test_that_what_changes_together_with_a_message_does_not_end_it(
    notifications, endings, view_state
):
    notifications.inform("There is nothing of this kind here.")
    view_state.show_frame(7)
    assert notifications.current is not None


def test_that_what_offers_help_or_tells_an_outcome_stays(qtbot, notifications, endings, view_state):
    notifications.warn("The video was not found.", [Remedy("Locate", lambda: None)])
    qtbot.waitUntil(lambda: endings.is_armed)
    view_state.show_frame(7)
    assert notifications.current is not None
    notifications.inform("The project is now kept in a.tarvis.", is_passing=False)
    qtbot.waitUntil(lambda: endings.is_armed)
    view_state.show_frame(8)
    assert notifications.current is not None


def test_that_what_asks_for_an_act_waits_for_it(
    qtbot, notifications, endings, go_on, theme, monkeypatch
):
    monkeypatch.setattr("tarvis_app.banner.INFORMATION_STAYS_MS", 20)
    banner = Banner(notifications, theme)
    qtbot.addWidget(banner)
    for act in go_on.values():
        notifications.ask("Select the two targets to swap.")
        qtbot.waitUntil(lambda: endings.is_armed)
        qtbot.wait(60)
        assert not banner.isHidden()
        act()
        assert banner.isHidden()
    notifications.inform("Nothing of these classes was found.")
    qtbot.waitUntil(banner.isHidden)


def test_that_only_the_shown_message_is_withdrawn(notifications):
    first = notifications.inform("first")
    second = notifications.inform("second")
    notifications.withdraw(first)
    assert notifications.current is second
    notifications.withdraw(second)
    assert notifications.current is None


def test_that_a_locked_target_is_no_longer_told_once_it_is_unlocked(
    qtbot, notifications, endings, editor, targets, document, view_state
):
    view_state.select(COW)
    targets.toggle_locked()
    assert editor.refuse_locked(COW)
    qtbot.waitUntil(lambda: endings.is_armed)
    targets.toggle_locked()
    assert not document.opened.target(COW).is_locked
    assert notifications.current is None


def test_that_what_a_search_found_is_told_until_it_is_decided_on(
    notifications, runs, document, view_state
):
    suggestions = SuggestionList(document, view_state)
    SearchNotices(runs, suggestions, notifications)
    job = FindRequest(RequestNumber(1), ClassRequest("youtube_vis", ClassTask.INSTANCES, 0, 11))
    dog = FoundTarget(TargetId(1), CategoryId(26), TargetKind.THING, 0.9)
    masks = {dog.target: {3: PredictedMask(rectangle(25, 2, 8, 6), 0.9)}}
    suggestions.take(ClipAnswer(job, 0, ClipMasks((3,), masks, (dog,), 1, 1), "fake"))
    runs.ended.emit(JobEnd(job, Outcome.FINISHED))
    assert notifications.current.text.startswith("1 suggestion:")
    assert notifications.current.lasts, "it asks for a decision, however late that comes"
    suggestions.set_threshold(0.3)
    assert notifications.current is not None
    suggestions.accept_above()
    assert notifications.current is None


def test_that_a_failed_run_is_told_until_the_next_begins(
    qtbot, notifications, runs, document, view_state, theme, settings
):
    timeline = TimelineView(document, view_state, theme)
    actions = Actions(settings, theme)
    status = RunStatus(actions)
    for widget in (timeline, status):
        qtbot.addWidget(widget)
    RunNotices(runs, timeline, status, notifications, NoRemedies())
    end = JobEnd(RunRequest(RequestNumber(1), ()), Outcome.FAILED, "no memory")
    runs.ended.emit(end)
    assert notifications.current.text == "no memory"
    runs.started.emit()
    assert notifications.current is None


class NoRemedies:
    """Offers nothing."""

    def for_end(self, end):
        return []


@pytest.fixture
def model_notices(qtbot, notifications, runs, settings, theme):
    picker = ClassPicker()
    qtbot.addWidget(picker)
    notices = ModelNotices(runs._service, picker, notifications, Actions(settings, theme))
    notices.picker = picker
    return notices


def change_model(runs, state, **known):
    runs._service.model_changed.emit(ModelStatus(state, **known))


def test_that_a_missing_model_is_told_until_one_is_there(notifications, runs, model_notices):
    change_model(runs, ModelState.MISSING)
    model_notices.tell_missing_weights()
    change_model(runs, ModelState.LOADING)
    assert "no model weights" in notifications.current.text
    change_model(runs, ModelState.READY, label_sets=("ovis",))
    assert notifications.current is None


def test_that_a_failure_to_load_is_told_until_another_model_is_tried(
    notifications, runs, model_notices
):
    change_model(runs, ModelState.FAILED, message="damaged")
    assert notifications.current.text == "damaged"
    change_model(runs, ModelState.LOADING)
    assert notifications.current is None
    change_model(runs, ModelState.FAILED, message="damaged, too")
    assert notifications.current.text == "damaged, too"
    change_model(runs, ModelState.READY, label_sets=("ovis",))
    assert notifications.current is None
