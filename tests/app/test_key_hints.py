"""The canvas says of Enter and Esc what they do where the keys are."""

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tarvis_app.application import Application
from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.requests import ClipAnswer, FindRequest, RequestNumber
from tarvis_app.view_state import ToolId
from tarvis_app.window_run import delete_now
from tarvis_core.annotation import target_operations
from tarvis_core.annotation.segmentation import (
    ClassRequest,
    ClassTask,
    ClipMasks,
    FoundTarget,
    PredictedMask,
)
from tarvis_core.annotation.target import CategoryId, TargetId, TargetKind
from tests.fakes.projects import predicted, rectangle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

KEY, ENTER = Qt.Key, "Enter accepts it"
GESTURE = 77


@pytest.fixture
def app(qapp, qtbot, settings, numbered_video):
    """A frame with a predicted mask and a suggestion, and a run that changed the mask."""
    app = Application(qapp, settings, lambda _: None)
    app.window.resize(1280, 720)
    app.window.show()
    app.window.activateWindow()
    app.open(numbered_video)
    qtbot.waitUntil(lambda: app.window.isActiveWindow() and app.presenter.frame == 0)
    number, changes = target_operations.create_target(app.document.opened, "Cow")
    app.document.edit(Edit("New", changes))
    put(app, number, rectangle(2, 2, 10, 10))
    app.view_state.select(number)
    app.number = number
    app.canvas.setFocus()
    yield app
    app.window.close()
    delete_now(app.window)
    delete_now(app)


def put(app, number, mask, gesture=None):
    size = app.document.opened.video.frame_size
    mask = type(mask).from_crop(*size, mask.box[:2], mask.crop())
    change = app.document.opened.masks.change_to(number, 0, predicted(mask))
    app.document.edit(Edit("Put", (change,), 0, gesture))
    return change


def suggest(app):
    size = app.document.opened.video.frame_size
    job = FindRequest(RequestNumber(1), ClassRequest("youtube_vis", ClassTask.INSTANCES, 0, 3))
    dog = FoundTarget(TargetId(1), CategoryId(26), TargetKind.THING, 0.9)
    shape = rectangle(20, 2, 8, 6)
    mask = type(shape).from_crop(*size, shape.box[:2], shape.crop())
    masks = {dog.target: {0: PredictedMask(mask, 0.9)}}
    app.suggestions.take(ClipAnswer(job, 0, ClipMasks((0,), masks, (dog,), 1, 1), "fake"))
    app.notifications.clear()


def said(app):
    return app.display._target.text(), app.display._hint.text()


def test_that_enter_is_said_to_accept_the_mask_while_it_does(app):
    assert said(app)[0].endswith(ENTER)
    suggest(app)
    assert said(app)[0].endswith(ENTER)
    app.suggestion_panel.list.setFocus(Qt.FocusReason.TabFocusReason)
    app.suggestions.choice.choose(app.suggestions.waiting[0].number)
    state, hint = said(app)
    assert ENTER not in state
    assert hint == "Enter accepts the chosen suggestion, Delete rejects it"
    app.canvas.setFocus()
    app.suggestions.choice.choose(None)
    assert said(app)[0].endswith(ENTER)


def test_that_what_is_pointed_at_is_what_enter_accepts(app):
    suggest(app)
    app.suggestions.choice.choose(app.suggestions.waiting[0].number)
    assert ENTER not in said(app)[0]


def test_that_a_panel_that_has_the_keys_is_named(app):
    QTest.keyClick(app.canvas, KEY.Key_F6)
    state, hint = said(app)
    assert ENTER not in state
    assert hint == "The keys are with Task · Esc: back to the canvas"
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_Escape)
    QTest.qWait(1)
    assert said(app)[0].endswith(ENTER)
    assert "keys" not in said(app)[1]


def test_that_a_field_has_enter_for_itself(app):
    app.target_panel.finder.search.setFocus()
    assert ENTER not in said(app)[0]


def test_that_a_polygon_that_is_begun_has_enter_for_itself(app):
    app.view_state.use_tool(ToolId.POLYGON)
    assert said(app)[0].endswith(ENTER)
    at = app.canvas.mapFromScene(30, 20)
    QTest.mouseClick(app.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert app.canvas.tool.is_busy
    assert ENTER not in said(app)[0]


def test_that_the_keys_of_the_pointer_are_said_while_it_is_shown(app):
    mouse_words = said(app)[1]
    app.keyboard_cursor.move(12, 0)
    assert said(app)[1] == f"{mouse_words} · Alt+Return: click, Alt+Backspace: right click"
    app.view_state.use_tool(ToolId.BOX)
    assert said(app)[1].endswith("Alt+Return begins and ends, Alt+Backspace as the right button")
    app.keyboard_cursor.press_add()
    assert said(app)[1].endswith("Alt+Return or Alt+Backspace: end here")
    app.keyboard_cursor.press_add()
    app.canvas.pointer_moved.emit(3.0, 3.0)
    assert "Alt+" not in said(app)[1]


def test_that_esc_is_said_to_take_a_run_back_only_where_it_does(app, monkeypatch):
    monkeypatch.setattr(type(app.pending_run), "is_offered", True)
    change = put(app, app.number, rectangle(4, 2, 10, 10), GESTURE)
    app.pending_run.take(GESTURE, (change,))
    note = app.display._note.text
    assert note().endswith("Ctrl+Enter keeps it · Esc takes the whole run back")
    app.notifications.ask("Something is to be done.")
    assert note().endswith("Ctrl+Enter keeps it"), "Esc closes the message"
    app.notifications.clear()
    assert note().endswith("Esc takes the whole run back")
    QTest.keyClick(app.canvas, KEY.Key_F6)
    assert note().endswith("Ctrl+Enter keeps it"), "Esc gives the keys back"


def test_that_what_does_not_fit_in_one_line_of_the_canvas_has_more(app):
    display, view = app.display, app.canvas
    assert not display._hint.wordWrap()
    view.setMinimumWidth(0)
    view.resize(260, 300)
    display.show_problem("Problem 1 of 12 · Cow: " + "clips disagree, IoU 0.41, " * 3)
    for label in (display._hint, display._problem):
        assert label.wordWrap()
        assert "…" not in label.text()
        assert label.geometry().right() <= view.width()
        assert label.height() >= label.heightForWidth(label.width())


def test_that_no_words_over_the_frame_lie_on_others(app):
    display, view = app.display, app.canvas
    view.setMinimumWidth(0)
    display.show_unlabelled("Unlabelled: 7,972 px (0.9 %) · M fills")
    display.show_problem("Problem 1 of 12 · Cow: clips disagree, IoU 0.41")
    display.show_note("The run changed 8 frames · Ctrl+Enter keeps it", has_legend=True)
    labels = [
        display._target, display._unlabelled, display._problem, display._note, display._legend,
    ]  # fmt: skip
    for width in (700, 420, 300):
        view.resize(width, 400)
        for one, other in itertools.combinations(labels, 2):
            assert not one.geometry().intersects(other.geometry()), width
