"""Every tool of the canvas, worked by keys alone: the actions of the keyboard's pointer."""

import pytest

from tarvis_app.canvas.keyboard_cursor import KeyboardCursor
from tarvis_app.view_state import ToolId
from tarvis_core.annotation.exemplar import BoxExemplar, PointExemplar
from tests.fakes.projects import COW

FRAME = 2
"""The cow's middle is (10, 8) here; the pointer begins at (20, 15), the frame's middle."""


@pytest.fixture
def keys(canvas, view_state):
    canvas.zoom_to(12.0)  # a long step is a pixel of the frame
    calls = KeyboardCursor(canvas).calls()

    def press(*names):
        for name in names:
            name, _, count = name.partition("*")
            for _ in range(int(count or 1)):
                calls[f"cursor.{name}"]()

    press("right", "left")
    return press


def mask(document, target):
    return document.opened.masks.get(target, FRAME).mask


def test_that_select_takes_what_is_under_the_pointer(keys, view_state):
    view_state.use_tool(ToolId.SELECT)
    keys("left*10", "up*7", "press")
    assert view_state.selection == (COW,)
    keys("press_control")
    assert view_state.selection == ()


def test_that_point_says_this_and_not_this(keys, document, view_state):
    view_state.use_tool(ToolId.POINT)
    keys("press", "right*5", "press_right")
    (target,) = view_state.selection
    clicks = document.opened.exemplars_at(target, FRAME)
    assert [type(each) for each in clicks] == [PointExemplar] * 2
    assert [each.is_positive for each in clicks] == [True, False]
    assert clicks[1].x - clicks[0].x == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize(
    ("tool", "press"), [(ToolId.ERASER, "press"), (ToolId.BRUSH, "press_right")]
)
def test_that_eraser_and_brush_take_away(keys, document, view_state, tool, press):
    view_state.select(COW)
    view_state.use_tool(tool)
    view_state.brush.set_size(3)
    before = mask(document, COW).area
    keys("left*10", "up*7", press, "right*3", press)
    assert 8 <= before - mask(document, COW).area <= 30
    assert document.undo_stack.count() == 1


def test_that_a_box_is_drawn(keys, document, view_state):
    view_state.use_tool(ToolId.BOX)
    keys("press", "right*8", "down*6", "press")
    (target,) = view_state.selection
    (box,) = document.opened.exemplars_at(target, FRAME)
    assert isinstance(box, BoxExemplar)
    assert box.box[2] - box.box[0] == pytest.approx(8, abs=0.1)
    assert box.box[3] - box.box[1] == pytest.approx(6, abs=0.1)


def test_that_a_polygon_is_closed_on_its_first_corner(keys, document, view_state):
    view_state.use_tool(ToolId.POLYGON)
    keys("press", "right*8", "press", "down*8", "press", "left*8", "press", "up*8", "press")
    (target,) = view_state.selection
    assert mask(document, target).area == pytest.approx(64, abs=8)


def test_that_a_lasso_is_drawn(keys, document, view_state):
    view_state.use_tool(ToolId.LASSO)
    keys("press", "right*8", "down*8", "left*8", "press")
    (target,) = view_state.selection
    assert mask(document, target).area == pytest.approx(64, abs=10)


def test_that_reassign_gives_a_piece_away(keys, document, view_state):
    view_state.use_tool(ToolId.REASSIGN)
    before = mask(document, COW)
    keys("left*10", "up*7", "press")
    (target,) = view_state.selection
    assert target != COW
    assert mask(document, target) == before
