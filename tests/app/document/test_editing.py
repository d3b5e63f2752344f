"""What tools, panels and keys do to the document."""

from dataclasses import replace

import pytest

from tarvis_app.document.drawing import Stroke
from tarvis_app.document.edits import Edit
from tarvis_app.document.target_selection import TargetSelection
from tarvis_core.annotation import painting, target_operations
from tarvis_core.annotation.exemplar import BoxExemplar, PointExemplar
from tarvis_core.annotation.track import FrameState
from tests.fakes.projects import COW, GRASS, content, rectangle


def test_that_a_click_without_a_selection_makes_a_target_in_one_step(
    document, drawing, view_state, qtbot
):
    with qtbot.waitSignal(drawing.exemplar_given) as given:
        drawing.add_point(4, (10.5, 8.5), is_positive=True)
    target = given.args[0].target
    assert view_state.selection == (target,)
    assert document.opened.exemplars_at(target, 4) == (PointExemplar(4, target, 10.5, 8.5),)
    assert document.undo_stack.count() == 1
    document.undo()
    assert target not in document.opened.targets


def test_that_later_clicks_belong_to_the_same_target_each_a_step(document, drawing, view_state):
    drawing.add_point(4, (10.5, 8.5), is_positive=True)
    drawing.add_point(4, (20.5, 8.5), is_positive=False)
    (target,) = view_state.selection
    signs = [point.is_positive for point in document.opened.exemplars_at(target, 4)]
    assert signs == [True, False]
    assert document.undo_stack.count() == 2


def test_that_a_second_box_replaces_the_first_and_keeps_the_clicks(document, drawing, view_state):
    drawing.add_point(4, (10.5, 8.5), is_positive=True)
    drawing.add_box(4, (1, 1, 9, 9))
    drawing.add_box(4, (2, 2, 8, 8))
    (target,) = view_state.selection
    assert document.opened.exemplars_at(target, 4) == (
        PointExemplar(4, target, 10.5, 8.5),
        BoxExemplar(4, target, (2, 2, 8, 8)),
    )


@pytest.mark.parametrize("what", ["negative click", "erasing stroke"])
def test_that_taking_away_from_nothing_is_explained(document, drawing, notifications, what):
    if what == "negative click":
        drawing.add_point(4, (10, 8), is_positive=False)
    else:
        drawing.apply_stroke(Stroke(4, rectangle(1, 1, 3, 3), "eraser", adds=False))
    assert document.undo_stack.count() == 0
    assert notifications.current is not None


def test_that_a_stroke_joins_the_mask_and_makes_a_keyframe(document, drawing, view_state):
    view_state.select(COW)
    before = document.opened.masks.get(COW, 2).mask
    stroke = rectangle(30, 20, 5, 5)
    drawing.apply_stroke(Stroke(2, stroke, "brush"))
    held = document.opened.masks.get(COW, 2)
    assert held.mask == before.union(stroke)
    assert (held.state, held.source.tool) == (FrameState.KEYFRAME, "brush")


def test_that_a_locked_target_is_refused_with_the_remedy(
    document, drawing, targets, view_state, notifications
):
    targets.set_locked([COW], is_locked=True)
    view_state.select(COW)
    before = document.undo_stack.count()
    drawing.apply_stroke(Stroke(2, rectangle(1, 1, 3, 3), "brush"))
    assert document.undo_stack.count() == before
    (remedy,) = notifications.current.remedies
    remedy.call()
    assert not document.opened.target(COW).is_locked
    drawing.apply_stroke(Stroke(2, rectangle(1, 1, 3, 3), "brush"))
    assert document.opened.masks.get(COW, 2).state is FrameState.KEYFRAME


def test_that_accepting_makes_keyframes_of_the_selected_targets_only(
    document, keyframes, view_state
):
    frame = document.opened.masks.track(COW).frames[1]
    view_state.note_shown_frame(frame)
    view_state.select(COW)
    keyframes.confirm()
    assert document.opened.masks.get(COW, frame).state is FrameState.KEYFRAME
    keyframes.toggle_keyframe()
    assert document.opened.masks.get(COW, frame).state is FrameState.PREDICTED


def test_that_absence_is_marked_to_the_next_keyframe(document, keyframes, view_state):
    view_state.note_shown_frame(8)
    view_state.select(COW)
    keyframes.mark_absent()
    states = [document.opened.masks.get(COW, frame).state for frame in range(8, 12)]
    assert states == [FrameState.KEYFRAME] + [FrameState.ABSENT] * 3


def test_that_deleting_from_here_keeps_what_came_before(document, keyframes, view_state):
    before = dict(document.opened.masks.track(COW).items())
    view_state.note_shown_frame(3)
    view_state.select(COW)
    keyframes.delete_from_here()
    left = dict(document.opened.masks.track(COW).items())
    assert left == {frame: held for frame, held in before.items() if frame < 3} != before
    document.undo()
    assert dict(document.opened.masks.track(COW).items()) == before


def test_that_a_mask_is_copied_to_the_range_and_keyframes_stay(document, keyframes, view_state):
    before = dict(document.opened.masks.track(COW).items())
    drawn = {frame for frame, held in before.items() if held.state.is_law}
    view_state.note_shown_frame(3)
    view_state.select(COW)
    view_state.set_range(1, 5)
    keyframes.copy_to_range()
    after = dict(document.opened.masks.track(COW).items())
    copied = {frame for frame in range(1, 6) if frame != 3} - drawn
    assert copied
    assert all(after[frame].mask == before[3].mask for frame in copied)
    assert {f: h for f, h in after.items() if f not in copied} == {
        f: h for f, h in before.items() if f not in copied
    }


def test_that_removing_selected_targets_lets_go_of_the_selection(document, targets, view_state):
    selection = TargetSelection(document, view_state)
    view_state.select(COW, GRASS)
    targets.remove_selected()
    assert not document.opened.targets
    assert view_state.selection == ()
    document.undo()
    assert set(document.opened.targets) == {COW, GRASS}
    selection.select_number(COW)
    assert view_state.selection == (COW,)


def test_that_a_new_target_made_again_is_selected_again(document, view_state):
    selection = TargetSelection(document, view_state)
    number, changes = target_operations.create_target(document.opened, "Dog")
    document.edit(Edit("Click", changes))
    assert view_state.selection == ()
    selection.click_row(number, False)
    document.undo()
    assert view_state.selection == ()
    document.redo()
    assert view_state.selection == (number,)


def test_that_swapping_needs_two_targets_and_exchanges_them_from_here(
    document, targets, view_state, notifications
):
    view_state.select(COW)
    targets.swap_from_here()
    assert document.undo_stack.count() == 0
    view_state.note_shown_frame(3)
    before = content(document.opened)
    cow = dict(document.opened.masks.track(COW).items(3))
    assert dict(document.opened.masks.track(GRASS).items(3)) == {}
    view_state.select(COW, GRASS)
    targets.swap_from_here()
    here = replace(cow.pop(3), state=FrameState.KEYFRAME)
    assert dict(document.opened.masks.track(GRASS).items(3)) == {3: here, **cow}
    assert {f: m.mask.area for f, m in document.opened.masks.track(COW).items(3)} == {3: 0}
    after = content(document.opened)
    document.undo()
    assert content(document.opened) == before
    document.redo()
    assert content(document.opened) == after


def test_that_selecting_goes_round_the_list(document, view_state):
    selection = TargetSelection(document, view_state)
    order = list(document.opened.targets)
    selection.select_next()
    selection.select_next()
    selection.select_next()
    assert view_state.selection == (order[0],)
    selection.select_previous()
    assert view_state.selection == (order[-1],)
    selection.click_row(order[0], True)
    assert view_state.selection == (order[0], order[-1])
    selection.select_number(0)
    assert view_state.selection == ()


def test_that_a_number_selects_the_target_that_shows_it_not_the_row(document, view_state):
    selection = TargetSelection(document, view_state)
    order = list(document.opened.targets)
    assert order != sorted(order), "row and number differ"
    for target in order:
        selection.select_number(target)
        assert view_state.selection == (target,)
    selection.select_number(9)
    assert view_state.selection == (order[-1],), "no target has this number"
    selection.select_number(0)
    assert view_state.selection == ()


def test_that_holes_are_filled_and_specks_removed_on_the_shown_frame_only(
    document, drawing, keyframes, view_state, notifications
):
    view_state.select(COW)
    view_state.note_shown_frame(3)
    solid = rectangle(10, 8, 12, 12)
    ring = solid.difference(rectangle(14, 12, 3, 3)).union(rectangle(35, 2, 2, 2))
    others = {f: m for f, m in document.opened.masks.track(COW).items() if f != 3}
    changes = painting.put_mask(document.opened, COW, 3, ring)
    document.edit(Edit("paint", changes))
    keyframes.fill_holes()
    keyframes.remove_specks()
    assert document.opened.masks.get(COW, 3).mask == solid
    assert {f: m for f, m in document.opened.masks.track(COW).items() if f != 3} == others
    keyframes.fill_holes()
    assert notifications.current is not None


def test_that_absence_on_one_frame_is_an_empty_keyframe(keyframes, document, view_state):
    view_state.select(COW)
    view_state.note_shown_frame(3)
    after = document.opened.masks.get(COW, 4)
    keyframes.mark_absent_here()
    held = document.opened.masks.get(COW, 3)
    assert (held.state, held.mask.area) == (FrameState.KEYFRAME, 0)
    assert document.opened.masks.get(COW, 4) == after
    document.undo()
    assert document.opened.masks.get(COW, 3).state is FrameState.PREDICTED
