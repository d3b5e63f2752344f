"""Keys in fields and panels of the real window: what is typed there is no shortcut."""

from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QTabBar
from shiboken6 import isValid

from tarvis_app.notifications import Remedy
from tarvis_app.view_state import ToolId
from tarvis_app.window_run import delete_now
from tarvis_core.annotation.track import FrameState
from tests.fakes.fake_engine import FakeEngine, loader
from tests.fakes.hand import FIRST

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

KEY, CONTROL, NONE = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier


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
        chosen = lambda: hand.app.document.opened.target(FIRST).category  # noqa: E731
        hand.press(KEY.Key_G, CONTROL)
        hand.wait(box.list.isVisible)
        QTest.keyClick(QApplication.activePopupWidget(), KEY.Key_Escape)
        hand.wait(lambda: hand.app.canvas.hasFocus() and not box.list.isVisible())
        assert chosen() is None
        hand.press(KEY.Key_G, CONTROL)
        hand.wait(box.list.isVisible)
        QTest.keyClicks(box.search, "n")
        QTest.keyClick(box.search, KEY.Key_Down)
        wanted = box.list.currentIndex().data()
        assert "n" in wanted
        QTest.keyClick(box.search, KEY.Key_Return)
        hand.wait(lambda: hand.app.canvas.hasFocus() and not box.list.isVisible())
        assert hand.app.document.opened.label_set.category(chosen()).words == wanted
        assert state(hand) is FrameState.PREDICTED, "Enter accepted no mask"

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
        assert focus() is app.target_panel.finder.search
        QTest.keyClick(focus(), KEY.Key_Escape)
        hand.wait(lambda: app.canvas.hasFocus())
        QTest.keyClick(app.canvas, KEY.Key_F6)
        seen = set()
        while focus() not in seen:
            seen.add(focus())
            QTest.keyClick(focus(), KEY.Key_Tab)
        assert {app.task_panel._brush_size, app.task_panel.selected_only} <= seen
        assert app.view_state.selection == (FIRST,), "Tab chose no other target"

    walk(script)


def test_that_f6_leads_first_to_what_a_message_offers(walk):
    def script(hand):
        app = hand.app
        pressed = []
        remedies = [Remedy(text, partial(pressed.append, text)) for text in ("One", "Two", "Three")]
        app.notifications.error("It went wrong.", remedies)
        hand.wait(app.banner.isVisible)
        QTest.keyClick(app.canvas, KEY.Key_F6)
        assert focus().text() == "One"
        for key, text in ((KEY.Key_Tab, "Two"), (KEY.Key_Tab, "Three"), (KEY.Key_Backtab, "Two")):
            shift = Qt.KeyboardModifier.ShiftModifier if key == KEY.Key_Backtab else NONE
            QTest.keyClick(focus(), key, shift)
            assert focus().text() == text
        QTest.keyClick(focus(), KEY.Key_Return)
        assert pressed == ["Two"]
        assert app.canvas.hasFocus(), "the message is gone, and its buttons with it"
        assert state(hand) is FrameState.PREDICTED, "Enter accepted no mask"
        app.notifications.warn("Once more.", remedies)
        hand.wait(app.banner.isVisible)
        QTest.keyClick(app.canvas, KEY.Key_F6)
        QTest.keyClick(focus(), KEY.Key_Space)
        assert pressed == ["Two", "One"]
        assert not app.player.is_playing
        app.notifications.warn("Once more.", remedies)
        hand.wait(app.banner.isVisible)
        QTest.keyClick(app.canvas, KEY.Key_F6)
        QTest.keyClick(focus(), KEY.Key_F6)
        assert app.window.docks["task"].isAncestorOf(focus()), "and from there to the panels"

    walk(script)


def test_that_tab_goes_round_all_controls_of_the_timeline(walk):
    def script(hand):
        app = hand.app
        app.notifications.error("It went wrong.", [Remedy("One", partial(int))])
        hand.wait(app.banner.isVisible)
        while not app.transport.isAncestorOf(focus()):
            QTest.keyClick(focus() or app.canvas, KEY.Key_F6)
        first, seen = focus(), []
        while focus() not in seen:
            seen.append(focus())
            QTest.keyClick(focus(), KEY.Key_Tab)
        assert focus() is first, "round"
        assert {app.transport._speed, app.transport._frame} <= set(seen)
        assert all(app.transport.isAncestorOf(control) for control in seen)
        QTest.keyClick(focus(), KEY.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        assert focus() is seen[-1]
        app.transport._speed.setFocus()
        QTest.keyClick(focus(), KEY.Key_Up)
        assert app.view_state.speed != 1.0

    walk(script)


def test_that_panels_behind_others_are_brought_up_by_their_tabs(walk):
    def script(hand):
        app, docks = hand.app, hand.app.window.docks
        while not docks["targets"].isAncestorOf(focus() or app.canvas):
            QTest.keyClick(focus() or app.canvas, KEY.Key_F6)
        QTest.keyClick(focus(), KEY.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        tabs = focus()
        assert isinstance(tabs, QTabBar)
        QTest.keyClick(tabs, KEY.Key_Right)
        hand.wait(lambda: not docks["review"].visibleRegion().isEmpty())
        assert app.view_state.frame == 0
        assert focus() is tabs
        QTest.keyClick(tabs, KEY.Key_Tab)
        assert docks["review"].isAncestorOf(focus())

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
