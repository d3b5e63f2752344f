"""Pieces of masks given to another target by clicking them."""

import pytest
from PySide6.QtCore import Qt

from tarvis_app.canvas.keyboard_cursor import KeyboardCursor
from tarvis_app.document.edits import Edit
from tarvis_app.view_state import ToolId
from tests.fakes.mouse import LEFT, click, move
from tests.fakes.projects import COW, GRASS, content, predicted, rectangle

FRAME = 2
CALF = rectangle(30, 6, 6, 5)
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def herd(canvas, document, view_state):
    """The cow's mask holds a calf on frames 2 to 4; the reassign tool is in the hand."""
    masks = document.opened.masks
    both = [
        masks.change_to(COW, frame, predicted(masks.get(COW, frame).mask.union(CALF)))
        for frame in (2, 3, 4)
    ]
    document.edit(Edit("calf", tuple(both)))
    view_state.use_tool(ToolId.REASSIGN)
    return canvas


def mask(document, target, frame=FRAME):
    held = document.opened.masks.get(target, frame)
    return None if held is None else held.mask


def test_that_a_clicked_piece_goes_to_the_active_target(herd, document, view_state):
    view_state.select(GRASS)
    before = content(document.opened)
    click(herd, 32.5, 8.5)
    assert mask(document, GRASS) == CALF
    assert not mask(document, COW).intersection_area(CALF)
    assert mask(document, GRASS, 3) is None
    assert view_state.selection == (GRASS,)
    document.undo()
    assert content(document.opened) == before


def test_that_ctrl_gives_the_whole_mask_and_shift_goes_on(herd, document, view_state):
    whole = mask(document, COW)
    view_state.select(GRASS)
    click(herd, 32.5, 8.5, LEFT, CONTROL)
    assert mask(document, GRASS) == whole
    document.undo()
    click(herd, 32.5, 8.5, LEFT, SHIFT)
    assert [mask(document, GRASS, frame) for frame in (2, 3, 4)] == [CALF] * 3


def test_that_without_a_selection_a_new_target_of_the_same_class_is_made(
    herd, document, view_state
):
    click(herd, 32.5, 8.5)
    (new,) = view_state.selection
    assert new not in (COW, GRASS)
    assert document.opened.target(new).category == document.opened.target(COW).category
    assert mask(document, new) == CALF
    document.undo()
    assert new not in document.opened.targets


def test_that_hovering_outlines_what_would_be_given(herd, document, view_state):
    tool = herd.tool
    move(herd, 32.5, 8.5)
    assert tool._picked.boundingRect().contains(33, 8)
    assert not tool._picked.boundingRect().contains(6, 6)
    view_state.select(COW)
    move(herd, 32.6, 8.5)
    assert tool._picked._path.isEmpty()


def test_that_the_active_targets_own_pixels_and_locked_ones_stay(
    herd, document, view_state, targets, notifications
):
    view_state.select(COW)
    before = content(document.opened)
    click(herd, 32.5, 8.5)
    assert content(document.opened) == before
    targets.set_locked([COW], is_locked=True)
    view_state.select(GRASS)
    click(herd, 32.5, 8.5)
    assert mask(document, GRASS) is None
    assert "locked" in notifications.current.text


def test_that_the_keyboard_pointer_reassigns(herd, document, view_state):
    cursor = KeyboardCursor(herd)
    view_state.select(GRASS)
    cursor.move(0, 0)
    start = cursor._item.pos()
    scale = herd.scale_factor
    cursor.move((32.5 - start.x()) * scale, (8.5 - start.y()) * scale)
    cursor.press_shift()
    assert [mask(document, GRASS, frame) for frame in (2, 3, 4)] == [CALF] * 3
