"""Shift and hovering: what a click would give, without giving it."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from tarvis_app.canvas.heads_up_display import HeadsUpDisplay
from tarvis_app.canvas.keyboard_cursor import KeyboardCursor
from tarvis_app.view_state import ToolId
from tests.fakes.mouse import move
from tests.fakes.projects import COW, rectangle

NO_BUTTON, SHIFT = Qt.MouseButton.NoButton, Qt.KeyboardModifier.ShiftModifier
FRAME = 2

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""What the offscreen platform says of itself when a window opens."""


@pytest.fixture
def point(canvas, view_state):
    view_state.use_tool(ToolId.POINT)
    return canvas.tool


def test_that_shift_asks_what_a_click_would_give_and_gives_nothing(canvas, point, document, qtbot):
    with qtbot.waitSignal(point.preview_wanted) as wanted:
        move(canvas, 20.5, 10.5, NO_BUTTON, SHIFT)
    frame, x, y = wanted.args
    assert frame == FRAME
    assert (x, y) == pytest.approx((20.5, 10.5), abs=0.2)
    assert document.undo_stack.count() == 0


def test_that_the_hint_says_what_is_shown_while_shift_is_held(canvas, point, qtbot):
    before = point.hint
    with qtbot.waitSignal(canvas.hint_changed):
        move(canvas, 20.5, 10.5, NO_BUTTON, SHIFT)
    assert point.hint.startswith("The outline is what a click here would give")
    with qtbot.waitSignal(canvas.hint_changed):
        move(canvas, 22.5, 10.5)
    assert point.hint == before


def test_that_the_hint_says_that_no_click_changes_a_locked_target(
    canvas, point, document, view_state, targets
):
    view_state.select(COW)
    display = HeadsUpDisplay(canvas, document, view_state)
    targets.set_locked([COW], is_locked=True)
    assert display._hint.text() == "Berta is locked: no click changes it · N: next click is new"
    targets.set_locked([COW], is_locked=False)
    assert display._hint.text().startswith("Left click: belongs to Berta")


def test_that_without_shift_the_preview_ends(canvas, point, qtbot):
    move(canvas, 20.5, 10.5, NO_BUTTON, SHIFT)
    with (
        qtbot.waitSignal(point.preview_ended),
        qtbot.assertNotEmitted(point.preview_wanted, wait=100),
    ):
        move(canvas, 22.5, 10.5)


def test_that_a_late_preview_is_not_shown_on_another_frame(canvas):
    presenter = canvas.presenter
    presenter.show_draft(FRAME + 1, rectangle(2, 2, 5, 5), (255, 0, 0))
    assert presenter._draft.path.isEmpty()
    presenter.show_draft(FRAME, rectangle(2, 2, 5, 5), (255, 0, 0))
    assert not presenter._draft.path.isEmpty()
    presenter.clear_draft()
    assert presenter._draft.path.isEmpty()


def test_that_shift_pressed_over_a_resting_pointer_asks_and_let_go_ends_it(canvas, point, qtbot):
    move(canvas, 20.5, 10.5)
    with qtbot.waitSignal(point.preview_wanted) as wanted:
        QTest.keyPress(canvas, Qt.Key.Key_Shift)
    assert wanted.args[1:] == pytest.approx([20.5, 10.5], abs=0.2)
    with qtbot.waitSignal(point.preview_ended):
        QTest.keyRelease(canvas, Qt.Key.Key_Shift)


def test_that_shift_let_go_ends_it_while_another_control_has_the_keys(canvas, point, qtbot):
    button = QPushButton("Track")
    qtbot.addWidget(button)
    button.show()
    qtbot.waitUntil(button.isActiveWindow)
    with qtbot.waitSignal(point.preview_wanted):
        move(canvas, 20.5, 10.5, NO_BUTTON, SHIFT)
    QTest.keyRelease(button, Qt.Key.Key_A)
    assert point.hint.startswith("The outline")
    with qtbot.waitSignal(point.preview_ended):
        QTest.keyRelease(button, Qt.Key.Key_Shift)
    assert not point.hint.startswith("The outline")


def test_that_shift_asks_nothing_while_the_pointer_is_elsewhere(canvas, point, qtbot):
    move(canvas, 20.5, 10.5)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    with qtbot.assertNotEmitted(point.preview_wanted, wait=100):
        QTest.keyPress(canvas, Qt.Key.Key_Shift)


def test_that_the_keyboard_pointer_shows_it_in_small_steps(canvas, point, document, qtbot):
    calls = KeyboardCursor(canvas).calls()
    with qtbot.waitSignal(point.preview_wanted):
        calls["cursor.right_little"]()
    with qtbot.waitSignal(point.preview_ended):
        calls["cursor.right"]()
    assert document.undo_stack.count() == 0
