"""What a run replaced: compared, kept, taken back."""

from dataclasses import replace

import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.pending_run import PendingRun
from tarvis_core.annotation.clicking import FILLED
from tarvis_core.annotation.target_operations import rename
from tarvis_core.annotation.track import MaskSource
from tests.fakes.projects import COW, content, keyframe, predicted, rectangle

RESULT = rectangle(20, 10, 6, 6)


@pytest.fixture
def pending(document):
    return PendingRun(document)


def write(document, pending, frames, gesture, mask=RESULT):
    """A clip of a run, as it is written."""
    masks = document.opened.masks
    changes = tuple(masks.change_to(COW, frame, predicted(mask)) for frame in frames)
    document.edit(Edit("Track", changes, frames[0], gesture))
    pending.take(gesture, changes)


def test_that_replaced_masks_wait_and_new_ones_do_not(document, pending):
    before = document.opened.masks.get(COW, 3).mask
    write(document, pending, [3, 4], 7)
    write(document, pending, [8, 9], 7)
    assert pending.frames == (3, 4)
    assert pending.before_at(3) == {COW: before}
    assert pending.before_at(8) == {}


def test_that_a_corrected_frame_is_compared_no_more(document, pending):
    write(document, pending, [3, 4], 7)
    masks = document.opened.masks
    drawn = masks.change_to(COW, 3, keyframe(rectangle(2, 2, 4, 4)))
    document.edit(Edit("Paint", (drawn,)))
    assert pending.before_at(3) == {}
    assert pending.before_at(4)
    document.undo()
    assert pending.before_at(3)


def test_that_a_frame_written_twice_is_compared_with_what_was_there_first(document, pending):
    before = document.opened.masks.get(COW, 3).mask
    write(document, pending, [3], 7)
    write(document, pending, [3], 7, rectangle(1, 1, 3, 3))
    assert pending.before_at(3) == {COW: before}
    write(document, pending, [3], 7, before)
    assert not pending.is_pending


def test_that_a_run_over_what_a_click_filled_has_nothing_to_compare(document, pending):
    held = replace(predicted(rectangle(1, 1, 5, 5)), source=MaskSource(FILLED))
    document.edit(Edit("Fill", (document.opened.masks.change_to(COW, 9, held),), 9))

    write(document, pending, [9], 7)

    assert not pending.is_pending


def test_that_keeping_changes_nothing_and_ends_the_wait(document, pending, qtbot):
    write(document, pending, [3, 4], 7)
    after = content(document.opened)
    with qtbot.waitSignal(pending.changed):
        assert pending.keep()
    assert content(document.opened) == after
    assert not pending.is_pending
    assert not pending.keep()
    assert not pending.discard()


def test_that_taking_back_undoes_the_run_which_can_be_redone(document, pending):
    before = content(document.opened)
    write(document, pending, [3, 4], 7)
    write(document, pending, [8], 7)
    after = content(document.opened)
    assert pending.discard()
    assert content(document.opened) == before
    document.redo()
    assert content(document.opened) == after


def test_that_taking_back_after_other_edits_spares_them(document, pending):
    before = content(document.opened)
    held = {frame: document.opened.masks.get(COW, frame) for frame in (3, 4)}
    write(document, pending, [3, 4, 8], 7)
    document.edit(Edit("Rename", rename(document.opened, COW, "Else")))
    painted = document.opened.masks.change_to(COW, 4, predicted(rectangle(0, 0, 9, 9)))
    document.edit(Edit("Paint", (painted,), 4))
    assert pending.discard()
    masks = document.opened.masks
    assert masks.get(COW, 3) == held[3]
    assert masks.get(COW, 4).mask == rectangle(0, 0, 9, 9)
    assert masks.get(COW, 8) is None
    assert document.opened.target(COW).name == "Else"
    while document.undo_stack.canUndo():
        document.undo()
    assert content(document.opened) == before


def test_that_taking_back_a_run_that_grew_beneath_a_later_step_spares_that(document, pending):
    write(document, pending, [3, 4], 7)
    document.edit(Edit("Rename", rename(document.opened, COW, "Else")))
    grown = (document.opened.masks.change_to(COW, 8, predicted(RESULT)),)
    pending.take(7, document.grow(7, grown))

    assert pending.discard()

    assert document.opened.target(COW).name == "Else"
    assert document.opened.masks.get(COW, 8) is None
    assert document.opened.masks.get(COW, 3).mask != RESULT


def test_that_undoing_a_step_after_the_run_leaves_it_waiting(document, pending):
    write(document, pending, [3, 4], 7)
    document.edit(Edit("Rename", rename(document.opened, COW, "Else")))
    document.undo()
    assert pending.is_pending


@pytest.mark.parametrize("take_back", [PendingRun.discard, lambda p: p._document.undo()])
def test_that_a_run_made_again_waits_again(document, pending, take_back):
    write(document, pending, [3, 4], 7)
    compared = pending.before_at(3)
    take_back(pending)
    assert not pending.is_pending
    document.redo()
    assert pending.frames == (3, 4)
    assert pending.before_at(3) == compared
    pending.keep()
    document.undo()
    document.redo()
    assert not pending.is_pending, "it was kept"


def test_that_undoing_the_run_ends_the_wait(document, pending):
    write(document, pending, [3, 4], 7)
    document.undo()
    assert not pending.is_pending


def test_that_a_run_is_offered_back_a_moment_after_its_end(document, pending, qtbot):
    pending.begin()
    write(document, pending, [3, 4], 7)
    assert (pending.is_going_on, pending.is_offered) == (True, False)
    pending.note_stopping()
    assert pending.is_stopping
    pending.note_end()
    assert (pending.is_going_on, pending.is_stopping, pending.is_offered) == (False,) * 3
    with qtbot.waitSignal(pending.changed):
        pass
    assert pending.is_offered


def test_that_a_run_of_another_project_is_over(document, pending):
    pending.begin()
    pending.note_stopping()
    document.open(document.project)
    assert (pending.is_going_on, pending.is_stopping) == (False, False)
