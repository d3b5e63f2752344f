"""The table of keys, typed at the real window row by row."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tarvis_app.action_table import ACTIONS
from tarvis_app.menu_table import MENUS
from tarvis_app.view_state import ToolId
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState
from tests.fakes.fake_engine import FakeEngine, loader
from tests.fakes.hand import FIRST, NUM_FRAMES

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

KEY = Qt.Key
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
LAST = NUM_FRAMES - 1


TABLE = {
    "video.play": "Space", "video.next": "Right .", "video.previous": "Left ,",
    "video.next_ten": "Shift+Right", "video.previous_ten": "Shift+Left",
    "video.first": "Home", "video.last": "End",
    "video.next_keyframe": "PgDown Ctrl+Right", "video.previous_keyframe": "PgUp Ctrl+Left",
    "video.in": "I", "video.out": "O", "tool.larger": "]", "tool.smaller": "[",
    "edit.undo": "Ctrl+Z", "edit.redo": "Ctrl+Shift+Z Ctrl+Y",
    "view.fit": "Ctrl+0", "view.actual": "Ctrl+1", "view.loupe": "Z",
    "edit.accept": "Return", "edit.accept_all": "Ctrl+Return", "edit.cancel": "Esc",
    "target.select_all": "Ctrl+A", "view.full_screen": "F11",
    "target.new": "N", "target.next": "Tab", "target.previous": "Shift+Tab",
    "target.hide": "H", "view.solo": "Shift+H", "target.lock": "L",
    "target.keyframe": "K", "target.absent": "Shift+O",
    "track.forward": "F", "track.backward": "B", "track.both": "T",
    "track.clip_forward": "Shift+F", "track.clip_backward": "Shift+B",
    "tool.select": "V", "tool.point": "C", "tool.brush": "A", "tool.eraser": "E",
    "tool.polygon": "G", "tool.lasso": "W", "tool.box": "R",
    "review.next": "J", "review.previous": "Shift+J", "review.verify": "Y",
    "view.opacity_up": "=", "view.opacity_down": "-", "view.outline": "X",
    "view.hide_masks": "`", "target.swap": "Ctrl+Shift+X", "file.export": "Ctrl+E",
    "file.open": "Ctrl+O", "help.shortcuts": "?",
    **{f"target.select_{number}": str(number) for number in range(10)},
}  # fmt: skip
"""The keys of the design, by action."""


def test_that_every_key_of_the_design_is_a_default():
    known = {spec.id: spec.shortcuts for spec in ACTIONS}
    missing = {
        action_id: keys
        for action_id, keys in TABLE.items()
        if not set(keys.split()) <= set(known.get(action_id, ()))
    }
    assert missing == {}


def test_that_no_shortcut_opens_a_menu():
    openers = {f"Alt+{title[title.index('&') + 1].upper()}" for title, _ in MENUS}
    taken = {keys for spec in ACTIONS for keys in spec.shortcuts}
    assert len(openers) == len(MENUS)
    assert openers & taken == set()


def test_that_the_keys_of_time_go_where_they_say(run, video):
    def walk(hand):
        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: hand.masks.get(FIRST, 0) is not None)
        hand.press(KEY.Key_Return)
        state = hand.app.view_state
        for key, modifiers, frame in (
            (KEY.Key_Right, None, 1), (KEY.Key_Period, None, 2), (KEY.Key_Left, None, 1),
            (KEY.Key_Comma, None, 0), (KEY.Key_Right, SHIFT, 10), (KEY.Key_Right, SHIFT, 20),
            (KEY.Key_Left, SHIFT, 10), (KEY.Key_PageUp, None, 0), (KEY.Key_End, None, LAST),
            (KEY.Key_Left, CONTROL, 0), (KEY.Key_End, None, LAST), (KEY.Key_Home, None, 0),
            (KEY.Key_Right, SHIFT, 10),
        ):  # fmt: skip
            hand.press(key, modifiers or Qt.KeyboardModifier.NoModifier)
            assert state.frame == frame
            hand.wait(lambda frame=frame: hand.app.presenter.frame == frame)
        hand.press(KEY.Key_I)
        hand.go_to(30)
        hand.press(KEY.Key_O)
        assert state.range == (10, 30)
        hand.press(KEY.Key_I, SHIFT)
        assert state.range == (0, LAST)
        hand.go_to(0)
        hand.press(KEY.Key_Space)
        assert hand.app.player.is_playing
        hand.press(KEY.Key_Right, CONTROL | SHIFT)
        assert state.speed == 2.0
        hand.press(KEY.Key_Left, CONTROL | SHIFT)
        assert state.speed == 1.0
        hand.press(KEY.Key_Space)
        assert not hand.app.player.is_playing

    assert run(video, walk, loader(FakeEngine())) == 0


def test_that_the_keys_of_targets_do_what_they_say(run, video):
    def walk(hand):
        hand.wait_for_video()
        project, state = hand.app.document.opened, hand.app.view_state
        for x in (20, 48, 76):
            hand.press(KEY.Key_N)
            hand.click(x, 40)
            hand.wait(lambda: state.active_target is not None)
            number = state.active_target
            hand.wait(lambda number=number: hand.masks.get(number, 0) is not None)
        assert tuple(project.targets) == (1, 2, 3)
        for key, active in ((KEY.Key_1, 1), (KEY.Key_Tab, 2), (KEY.Key_3, 3), (KEY.Key_0, None)):
            hand.press(key)
            assert state.active_target == active
        hand.press(KEY.Key_A, CONTROL)
        assert state.selection == (1, 2, 3)
        hand.press(KEY.Key_3)
        hand.press(KEY.Key_Backtab, SHIFT)
        assert state.active_target == 2
        check_switches(hand, TargetId(2))
        check_states(hand, TargetId(2))
        hand.press(KEY.Key_Return, CONTROL)
        assert all(h.state is FrameState.KEYFRAME for h in hand.masks.masks_at(0).values())

    assert run(video, walk, loader(FakeEngine())) == 0


def check_switches(hand, target):
    """Hide, solo and lock."""
    project = hand.app.document.opened
    hand.press(KEY.Key_H)
    assert not project.target(target).is_visible
    hand.press(KEY.Key_H)
    assert project.target(target).is_visible
    hand.press(KEY.Key_H, SHIFT)
    assert hand.app.view_state.overlay.style.is_solo
    hand.press(KEY.Key_H, SHIFT)
    hand.press(KEY.Key_L)
    assert project.target(target).is_locked
    hand.press(KEY.Key_L)


def check_states(hand, target):
    """Keyframe on and off, verified, absent from here, undo and redo."""
    masks = hand.masks
    hand.press(KEY.Key_K)
    assert masks.get(target, 0).state is FrameState.KEYFRAME
    hand.press(KEY.Key_K)
    assert masks.get(target, 0).state is FrameState.PREDICTED
    hand.press(KEY.Key_Y)
    assert masks.get(target, 0).state is FrameState.VERIFIED
    hand.go_to(7)
    hand.press(KEY.Key_O, SHIFT)
    assert masks.get(target, 7).state is FrameState.KEYFRAME
    assert masks.get(target, 7).mask.is_empty
    assert masks.get(target, LAST).state is FrameState.ABSENT
    hand.press(KEY.Key_Z, CONTROL)
    assert masks.get(target, 7) is None
    hand.press(KEY.Key_Z, CONTROL | SHIFT)
    assert masks.get(target, 7) is not None
    hand.go_to(0)


def test_that_the_keys_of_view_and_tools_do_what_they_say(run, video):
    def walk(hand):
        hand.wait_for_video()
        app, state = hand.app, hand.app.view_state
        for key, tool in (
            (KEY.Key_V, ToolId.SELECT), (KEY.Key_C, ToolId.POINT), (KEY.Key_A, ToolId.BRUSH),
            (KEY.Key_E, ToolId.ERASER), (KEY.Key_G, ToolId.POLYGON), (KEY.Key_W, ToolId.LASSO),
            (KEY.Key_R, ToolId.BOX), (KEY.Key_D, ToolId.REASSIGN),
        ):  # fmt: skip
            hand.press(key)
            assert state.tool is tool
            assert app.actions[f"tool.{tool.value}"].isChecked()
        size = state.brush.size
        hand.press(KEY.Key_BracketRight)
        assert state.brush.size > size
        hand.press(KEY.Key_BracketLeft)
        assert state.brush.size <= size + 1
        size = state.brush.size
        hand.press(KEY.Key_Up, CONTROL)
        assert state.brush.size > size, "also where brackets need AltGr"
        hand.press(KEY.Key_Down, CONTROL)
        assert state.brush.size <= size + 1
        opacity = state.overlay.style.opacity
        hand.press(KEY.Key_Equal)
        assert state.overlay.style.opacity > opacity
        hand.press(KEY.Key_Minus)
        assert state.overlay.style.opacity == pytest.approx(opacity)
        for key, name in ((KEY.Key_X, "outline_only"), (KEY.Key_U, "onion"), (KEY.Key_S, "diff")):
            before = state.overlay.style
            hand.press(key)
            assert state.overlay.style != before, name
            hand.press(key)
            assert state.overlay.style == before, name
        check_zoom(hand)

    assert run(video, walk, loader(FakeEngine())) == 0


def check_zoom(hand):
    """Fit, 100 %, the loupe and hiding for as long as a key is held."""
    canvas, overlay = hand.app.canvas, hand.app.view_state.overlay
    hand.press(KEY.Key_1, CONTROL)
    assert canvas.scale_factor * canvas.devicePixelRatioF() == pytest.approx(1)
    QTest.keyPress(canvas, KEY.Key_Z)
    assert canvas.scale_factor > 2
    QTest.keyRelease(canvas, KEY.Key_Z)
    assert canvas.scale_factor == pytest.approx(1 / canvas.devicePixelRatioF())
    hand.press(KEY.Key_0, CONTROL)
    assert canvas.is_fitted
    QTest.keyPress(canvas, KEY.Key_QuoteLeft)
    assert overlay.style.is_hidden
    QTest.keyRelease(canvas, KEY.Key_QuoteLeft)
    assert not overlay.style.is_hidden


FILLED = range(15, 26)
"""The clips round frame 20: a click fills them of itself, sooner or later."""


def test_that_the_keys_of_runs_go_where_they_say(run, video):
    def walk(hand):
        hand.wait_for_video()
        hand.go_to(20)
        hand.click(48, 40)
        hand.wait(lambda: hand.masks.get(FIRST, 20) is not None)
        hand.press(KEY.Key_Return)
        for key, modifiers, first, last in (
            (KEY.Key_F, SHIFT, 20, 27), (KEY.Key_B, SHIFT, 13, 20),
            (KEY.Key_F, None, 20, LAST), (KEY.Key_B, None, 0, 20), (KEY.Key_T, None, 0, LAST),
        ):  # fmt: skip
            hand.press(key, modifiers or Qt.KeyboardModifier.NoModifier)
            hand.wait_for_end()
            frames = hand.masks.track(FIRST).frames
            assert set(range(first, last + 1)) <= set(frames)
            assert set(frames) <= {*range(first, last + 1), *FILLED}
            hand.press(KEY.Key_Z, CONTROL)
            assert hand.masks.get(FIRST, 20).state is FrameState.KEYFRAME

    assert run(video, walk, loader(FakeEngine())) == 0


def test_that_the_keys_of_identity_and_review_do_what_they_say(run, video):
    def walk(hand):
        hand.wait_for_video()
        for number, x in ((1, 20), (2, 70)):
            hand.press(KEY.Key_N)
            hand.click(x, 40)
            hand.wait(lambda number=number: hand.masks.get(TargetId(number), 0) is not None)
        hand.press(KEY.Key_Return, CONTROL)
        hand.press(KEY.Key_F)
        hand.wait_for_end()
        first, second = hand.content(), hand.content(TargetId(2))
        hand.go_to(5)
        hand.app.view_state.select(TargetId(1), TargetId(2))
        hand.press(KEY.Key_X, CONTROL | SHIFT)
        assert hand.masks.get(FIRST, 5).mask == second[5].mask
        assert hand.masks.get(FIRST, 4).mask == first[4].mask
        check_that_runs_keep_a_swap(hand, second)
        hand.press(KEY.Key_Z, CONTROL)
        assert hand.content() == first
        check_review(hand)

    assert run(video, walk, loader(FakeEngine())) == 0


def check_that_runs_keep_a_swap(hand, other):
    """Nothing waits after it; a run goes over the first target, which had the other's masks."""
    swapped = hand.content()
    hand.press(KEY.Key_T, SHIFT)
    assert not hand.app.runs.is_running
    assert not hand.app.runs.is_waiting
    hand.press(KEY.Key_T)
    hand.wait_for_end()
    for frame in range(5, 10):
        held, before = hand.masks.get(FIRST, frame), other[frame]
        assert held.mask.iou(before.mask) > 0.8
        assert (held.source.made_at > before.source.made_at) == (frame > 5)
    hand.press(KEY.Key_Z, CONTROL)
    assert hand.content() == swapped


def check_review(hand):
    """To the worst problem, which the canvas tells; on to the next, and back."""
    queue, state = hand.app.review_queue, hand.app.view_state
    hand.wait(lambda: queue.is_settled)
    worst, next_one = queue.problems[:2]
    for key, modifiers, problem in (
        (KEY.Key_J, None, worst), (KEY.Key_J, None, next_one), (KEY.Key_J, SHIFT, worst),
    ):  # fmt: skip
        hand.press(key, modifiers or Qt.KeyboardModifier.NoModifier)
        assert (state.frame, state.active_target) == (problem.frame, problem.target)
        place = queue.problems.index(problem) + 1
        told = hand.app.display._problem
        assert told.text().startswith(f"Problem {place} of {len(queue.problems)} · ")
        assert not told.isHidden()


def test_that_the_list_is_searched_and_narrowed_by_keys(run, video):
    def walk(hand):
        hand.wait_for_video()
        for x in (20, 70):
            hand.press(KEY.Key_N)
            hand.click(x, 40)
            hand.wait(lambda: not hand.app.service.awaits_answer)
        app, panel = hand.app, hand.app.target_panel
        app.window.docks["history"].raise_()
        steps = app.document.undo_stack.count()
        hand.press(KEY.Key_F, CONTROL)
        assert app.window.focusWidget() is panel.finder.search
        assert panel.list.isVisible()
        QTest.keyClicks(panel.finder.search, "#1")
        QTest.keyClick(panel.finder.search, KEY.Key_Return)
        assert app.view_state.selection == (FIRST,)
        assert app.window.focusWidget() is app.canvas
        assert app.document.undo_stack.count() == steps, "Enter accepted no mask"
        hand.press(KEY.Key_L, CONTROL)
        hand.wait(panel.finder.filter_menu.isVisible)
        QTest.keyClick(panel.finder.filter_menu, KEY.Key_Escape)

    assert run(video, walk, loader(FakeEngine())) == 0


def test_that_a_target_can_be_made_corrected_and_tracked_without_a_mouse(run, video):
    def walk(hand):
        hand.wait_for_video()
        hand.press(KEY.Key_Right, ALT)
        hand.press(KEY.Key_Return, ALT)
        hand.wait(lambda: hand.masks.get(FIRST, 0) is not None)
        hand.press(KEY.Key_A)
        hand.press(KEY.Key_Return, ALT)
        for _ in range(4):
            hand.press(KEY.Key_Down, ALT)
        hand.press(KEY.Key_Return, ALT)
        held = hand.masks.get(FIRST, 0)
        assert (held.state, held.source.tool) == (FrameState.KEYFRAME, "brush")
        hand.press(KEY.Key_F)
        hand.wait_for_end()
        assert len(hand.masks.track(FIRST)) == NUM_FRAMES

    assert run(video, walk, loader(FakeEngine())) == 0
