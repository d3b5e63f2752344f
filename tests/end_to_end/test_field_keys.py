"""Keys in fields and panels of the real window: what is typed there is no shortcut."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from shiboken6 import isValid

from tarvis_app.view_state import ToolId
from tarvis_app.window_run import delete_now
from tarvis_core.annotation.track import FrameState
from tests.fakes.fake_engine import FakeEngine, loader
from tests.fakes.hand import FIRST

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

KEY, CONTROL = Qt.Key, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def walk(run, video):
    """Runs a script in a window whose first frame has a clicked target."""

    def start(script):
        def begin(hand):
            hand.wait_for_video()
            hand.click(48, 40)
            hand.wait(lambda: hand.masks.get(FIRST, 0) is not None)
            script(hand)

        assert run(video, begin, loader(FakeEngine())) == 0

    return start


def focus():
    return QApplication.focusWidget()


def state(hand):
    return hand.masks.get(FIRST, 0).state


def test_that_enter_ends_a_name_and_esc_leaves_it(walk):
    def script(hand):
        name = lambda: hand.app.document.opened.target(FIRST).name  # noqa: E731
        for typed, key in (("Zebra", KEY.Key_Return), ("Horse", KEY.Key_Escape)):
            hand.press(KEY.Key_F2)
            assert isinstance(focus(), QLineEdit)
            QTest.keyClicks(focus(), typed)
            QTest.keyClick(focus(), key)
            hand.wait(lambda: not isinstance(focus(), QLineEdit))
        assert name() == "Zebra"
        assert state(hand) is FrameState.PREDICTED, "Enter accepted no mask"

    walk(script)


def test_that_enter_in_the_frame_number_goes_there_and_gives_the_keys_back(walk):
    def script(hand):
        field = hand.app.transport._frame
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, "12")
        QTest.keyClick(field, KEY.Key_Return)
        hand.wait(lambda: hand.app.canvas.hasFocus())
        assert hand.app.view_state.frame == 12
        assert state(hand) is FrameState.PREDICTED

    walk(script)


def test_that_a_class_is_chosen_by_keys(walk):
    def script(hand):
        box = hand.app.target_panel.properties.category
        hand.press(KEY.Key_G, CONTROL)
        hand.wait(box.view().isVisible)
        QTest.keyClick(box.view(), KEY.Key_Down)
        QTest.keyClick(box.view(), KEY.Key_Return)
        hand.wait(lambda: hand.app.canvas.hasFocus())
        assert hand.app.document.opened.target(FIRST).category is not None

    walk(script)


def test_that_f6_leads_through_the_panels_and_their_controls(walk):
    def script(hand):
        app = hand.app
        reached = []
        for _ in range(6):
            QTest.keyClick(focus() or app.canvas, KEY.Key_F6)
            names = [n for n, dock in app.window.docks.items() if dock.isAncestorOf(focus())]
            reached += names or ["canvas"]
            if focus() is app.canvas:
                break
        assert reached == ["task", "targets", "timeline", "canvas"]
        QTest.keyClick(app.canvas, KEY.Key_F6)
        assert focus() is app.task_panel.pages.tabBar(), "the topmost"
        QTest.keyClick(focus(), KEY.Key_F6)
        assert focus() is app.target_panel.search
        QTest.keyClick(focus(), KEY.Key_Escape)
        QTest.keyClick(app.canvas, KEY.Key_F6)
        seen = set()
        while focus() not in seen:
            seen.add(focus())
            QTest.keyClick(focus(), KEY.Key_Tab)
        assert {app.task_panel._brush_size, app.task_panel.selected_only} <= seen
        assert app.view_state.selection == (FIRST,), "Tab chose no other target"

    walk(script)


def test_that_widgets_outlive_those_beside_them_after_f6(walk):
    def script(hand):
        window, bar = hand.app.window, hand.app.window.statusBar()
        passing = QLineEdit(window)
        QTest.keyClick(hand.app.canvas, KEY.Key_F6)
        delete_now(passing)
        assert isValid(window)
        assert isValid(bar)

    walk(script)


def test_that_controls_reached_by_f6_are_worked_and_esc_goes_back(walk):
    def script(hand):
        app = hand.app
        QTest.keyClick(app.canvas, KEY.Key_F6)
        box = app.task_panel.selected_only
        box.setFocus()
        QTest.keyClick(box, KEY.Key_Space)
        assert box.isChecked()
        assert not app.player.is_playing
        slider, before = app.task_panel._brush_size, app.view_state.brush.size
        slider.setFocus()
        QTest.keyClick(slider, KEY.Key_Right)
        assert (app.view_state.brush.size, app.view_state.frame) == (before + 1, 0)
        QTest.keyClick(slider, KEY.Key_E)
        assert app.view_state.tool is ToolId.ERASER, "letters stay shortcuts"
        QTest.keyClick(slider, KEY.Key_Escape)
        hand.wait(lambda: app.canvas.hasFocus())
        QTest.keyClick(app.canvas, KEY.Key_Right)
        assert app.view_state.frame == 1

    walk(script)


def test_that_a_control_worked_by_the_mouse_leaves_the_keys_to_the_canvas(walk):
    def script(hand):
        app = hand.app
        QTest.mouseClick(app.task_panel._brush_size, Qt.MouseButton.LeftButton)
        app.task_panel._brush_size.setFocus()
        QTest.keyClick(focus(), KEY.Key_Right)
        assert app.view_state.frame == 1

    walk(script)
