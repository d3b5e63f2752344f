"""Every operation of the menu of targets changes the project, and one undo takes it back."""

import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.menu_table import TARGET_MENU
from tarvis_core.annotation import painting
from tarvis_core.annotation.mask import Mask
from tests.fakes.projects import COW, GRASS, content, keyframe, predicted, rectangle

AT = 3
"""In the middle of the cow's walk, which is predicted here."""
NO_EDITS = {"target.new", "target.move_click", "target.rename", "target.category", "target.colour"}
"""They select, or ask for what is to be changed."""
OPERATIONS = [name for name in TARGET_MENU if name and name not in NO_EDITS]


@pytest.fixture
def calls(document, view_state, targets, keyframes):
    """What the actions call, on a frame where each finds something to do."""
    masks = document.opened.masks
    holed = rectangle(6, 4, 10, 8).difference(rectangle(9, 7, 2, 2))
    speck = holed.union(rectangle(30, 2, 2, 2))
    changes = [
        masks.change_to(COW, AT, predicted(speck)),
        masks.change_to(COW, 5, keyframe(rectangle(8, 4, 10, 8))),
        masks.change_to(GRASS, AT, predicted(rectangle(0, 20, 40, 10))),
    ]
    document.edit(Edit("Prepare", tuple(changes)))
    view_state.select(COW, GRASS)
    view_state.note_shown_frame(AT)
    view_state.set_range(1, 4)
    return {**targets.calls(), **keyframes.calls()}


@pytest.mark.parametrize("name", OPERATIONS)
def test_that_an_operation_is_one_step_and_can_be_undone(
    document, view_state, targets, calls, name
):
    if name in ("target.split", "target.remove", "target.interpolate", "target.raise"):
        view_state.select(COW)  # what is done to one target, or what grass has no keyframes for
    if name == "target.raise":
        targets.move(COW, 0)
    if name in ("target.show_only", "target.show_all"):
        view_state.select(COW)
    if name == "target.show_all":
        targets.set_visible([GRASS], is_visible=False)
    before, steps = content(document.opened), document.undo_stack.count()

    calls[name]()

    after = content(document.opened)
    assert after != before
    assert document.undo_stack.count() == steps + 1
    document.undo()
    assert content(document.opened) == before
    document.redo()
    assert content(document.opened) == after


@pytest.mark.parametrize("name", OPERATIONS)
def test_that_an_operation_leaves_keyframes_of_others_alone(document, view_state, calls, name):
    """Nothing of the menu that is done to the cow alone touches what a person said of the grass."""
    view_state.select(COW)
    law = document.opened.masks.get(GRASS, 0)
    calls[name]()
    assert document.opened.masks.get(GRASS, 0) == law


def test_that_what_needs_two_targets_says_so(document, view_state, calls, notifications):
    view_state.select(COW)
    before = content(document.opened)
    for name in ("target.swap", "target.swap_range", "target.merge"):
        notifications.clear()
        calls[name]()
        assert "two targets" in notifications.current.text
    assert content(document.opened) == before


def test_that_an_emptied_mask_can_be_painted_again(document, view_state, calls):
    view_state.select(COW)
    calls["target.absent_here"]()
    assert document.opened.masks.get(COW, AT).mask == Mask.empty(30, 40)
    changes = painting.paint(document.opened, COW, AT, rectangle(1, 1, 3, 3))
    document.edit(Edit("Paint", changes))
    assert document.opened.masks.get(COW, AT).mask.area == 9
