"""The document: one gesture, one step; undo returns to the same content."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QUndoCommand

from tarvis_app.document.document import Document
from tarvis_app.document.edits import Edit
from tarvis_core.annotation import painting, target_operations, track_operations
from tarvis_core.annotation.track import FrameState
from tarvis_core.errors import ProjectFileError
from tests.fakes.projects import COW, predicted, rectangle, sample_project


def content(project):
    """Everything that undo must bring back."""
    masks = {
        (target, frame): held
        for target, track in project.masks.tracks.items()
        for frame, held in track.items()
    }
    return dict(project.targets), project.exemplars, masks, project.label_set


def change(document, frame, mask, target=COW):
    return document.opened.masks.change_to(target, frame, predicted(mask))


def test_that_an_edit_is_one_step_that_can_be_undone_and_redone(document, qtbot):
    before = content(document.opened)
    edit = Edit("Paint", (change(document, 3, rectangle(1, 1, 4, 4)),), frame=3)

    with qtbot.waitSignal(document.masks_changed) as changed:
        assert document.edit(edit)

    after = content(document.opened)
    assert changed.args[0] == edit.changes
    assert document.undo_stack.count() == 1
    document.undo()
    assert content(document.opened) == before
    document.redo()
    assert content(document.opened) == after


def test_that_an_edit_without_changes_is_no_step(document):
    assert not document.edit(Edit("Nothing", ()))
    assert document.undo_stack.count() == 0


def test_that_undo_and_redo_tell_where_the_edit_is_but_the_first_time_does_not(document, qtbot):
    visited = []
    document.frame_revisited.connect(lambda frame, _: visited.append(frame))
    document.edit(Edit("Paint", (change(document, 5, rectangle(0, 0, 2, 2)),), frame=5))
    assert visited == []

    document.undo()
    document.redo()

    assert visited == [5, 5]


def test_that_edits_of_one_gesture_grow_into_one_step(document):
    before = content(document.opened)
    gesture = document.new_gesture()
    for frame in range(4):
        mask = rectangle(frame, 0, 3, 3)
        document.edit(Edit("Track", (change(document, frame, mask),), gesture=gesture))
        document.edit(
            Edit("Track", (change(document, frame, rectangle(0, frame, 2, 2)),), gesture=gesture)
        )

    assert document.undo_stack.count() == 1
    document.undo()
    assert content(document.opened) == before
    document.redo()
    assert document.opened.masks.get(COW, 3).mask == rectangle(0, 3, 2, 2)


def test_that_another_edit_between_two_of_a_gesture_keeps_the_order(document):
    before = content(document.opened)
    gesture = document.new_gesture()
    document.edit(Edit("Track", (change(document, 0, rectangle(0, 0, 2, 2)),), gesture=gesture))
    document.edit(Edit("Paint", (change(document, 0, rectangle(5, 5, 2, 2)),)))
    document.edit(Edit("Track", (change(document, 1, rectangle(0, 0, 2, 2)),), gesture=gesture))

    assert document.undo_stack.count() == 3
    for _ in range(3):
        document.undo()
    assert content(document.opened) == before


def test_that_an_edit_that_cannot_be_written_is_not_made_and_not_remembered(document, qtbot):
    before = content(document.opened)

    def refuse(changes):
        raise ProjectFileError("the disk is full")

    document.opened.write_through(refuse)
    with qtbot.waitSignal(document.write_failed) as failed, qtbot.captureExceptions() as raised:
        made = document.edit(Edit("Paint", (change(document, 3, rectangle(1, 1, 4, 4)),)))

    assert not made
    assert failed.args == ["the disk is full"]
    assert raised == []
    assert document.undo_stack.count() == 0
    assert content(document.opened) == before


def test_that_an_edit_of_another_content_is_refused_and_not_remembered(document):
    _, changes = target_operations.create_target(document.opened, "Cat")
    document.edit(Edit("New", changes))
    before = content(document.opened)
    with pytest.raises(ValueError, match=r"^the next target's number changed since"):
        document.edit(Edit("New", changes))
    assert content(document.opened) == before
    assert document.undo_stack.count() == 1
    document.undo()
    document.redo()
    assert content(document.opened) == before


def test_that_opening_another_project_forgets_the_history(document):
    document.edit(Edit("Paint", (change(document, 3, rectangle(1, 1, 4, 4)),)))
    document.open(sample_project())
    assert document.undo_stack.count() == 0


def test_that_reading_a_closed_document_says_so(qapp):
    with pytest.raises(ValueError, match="no project is open"):
        _ = Document().opened


def random_edit(document, choice, frame, size):
    """One of the edits that a person can make."""
    project = document.opened
    mask = rectangle(frame, frame, size, size)
    has_cow = COW in project.targets
    match choice:
        case 0:
            return target_operations.create_target(project)[1]
        case 1 if has_cow:
            return painting.paint(project, COW, frame, mask, is_exclusive=True)
        case 2 if has_cow:
            return target_operations.delete_targets(project, [COW])
        case 3 if has_cow:
            return painting.set_state(project, COW, [frame], FrameState.VERIFIED)
        case 4 if has_cow:
            return track_operations.delete_range(project, COW, frame, frame + size)
        case 5 if has_cow:
            return track_operations.mark_absent_from(project, COW, frame)
    return ()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(1, 12)), max_size=12))
def test_that_any_edits_taken_back_return_to_the_same_content(qapp, steps):
    document = Document()
    document.open(sample_project())
    contents = [content(document.opened)]
    for choice, frame, size in steps:
        if document.edit(Edit("edit", random_edit(document, choice, frame, size))):
            contents.append(content(document.opened))

    for expected in reversed(contents[:-1]):
        document.undo()
        assert content(document.opened) == expected
    for expected in contents[1:]:
        document.redo()
        assert content(document.opened) == expected


def test_that_a_step_grows_by_what_belongs_to_it_though_others_came_after(document, qtbot):
    before = content(document.opened)
    document.edit(Edit("Click", (change(document, 8, rectangle(1, 1, 4, 4)),), 8, gesture=5))
    document.edit(Edit("Paint", (change(document, 10, rectangle(2, 2, 4, 4)),), 10))
    visited = []
    document.frame_revisited.connect(lambda frame, _: visited.append(frame))
    more = tuple(change(document, frame, rectangle(3, 3, 4, 4)) for frame in (9, 10))

    with qtbot.waitSignal(document.masks_changed) as changed:
        assert document.grow(5, more)

    assert changed.args[0] == more[:1], "what a later step changed is left to it"
    assert visited == []
    assert document.undo_stack.count() == 2
    after = content(document.opened)
    document.undo()
    document.undo()
    assert content(document.opened) == before
    document.redo()
    document.redo()
    assert content(document.opened) == after


def test_that_a_step_that_is_taken_back_or_unknown_does_not_grow(document):
    document.edit(Edit("Click", (change(document, 8, rectangle(1, 1, 4, 4)),), 8, gesture=5))
    document.undo()
    before = content(document.opened)

    assert not document.grow(5, (change(document, 9, rectangle(3, 3, 4, 4)),))
    assert not document.grow(6, (change(document, 9, rectangle(3, 3, 4, 4)),))

    assert content(document.opened) == before


def test_that_a_step_taken_back_does_not_grow_though_a_step_before_it_is_no_edit(document):
    document.undo_stack.push(QUndoCommand("Reject suggestion"))
    document.edit(Edit("Click", (change(document, 8, rectangle(1, 1, 4, 4)),), 8, gesture=5))
    assert document.is_done(5)
    document.undo()
    before = content(document.opened)

    assert not document.is_done(5)
    assert not document.grow(5, (change(document, 9, rectangle(3, 3, 4, 4)),))
    assert content(document.opened) == before


def test_that_a_step_grows_beneath_one_that_can_be_redone(document):
    before = content(document.opened)
    document.edit(Edit("Click", (change(document, 8, rectangle(1, 1, 4, 4)),), 8, gesture=5))
    document.edit(Edit("Paint", (change(document, 9, rectangle(2, 2, 4, 4)),), 9))
    painted = content(document.opened)
    document.undo()

    assert document.grow(5, (change(document, 9, rectangle(3, 3, 4, 4)),))

    grown = content(document.opened)
    assert document.opened.masks.get(COW, 9).mask == rectangle(3, 3, 4, 4)
    document.redo()
    assert content(document.opened) == painted
    document.undo()
    assert content(document.opened) == grown
    document.undo()
    assert content(document.opened) == before


def test_that_a_deletion_can_be_redone_after_a_step_before_it_grew(document):
    document.edit(Edit("Click", (change(document, 8, rectangle(1, 1, 4, 4)),), 8, gesture=5))
    document.edit(Edit("Delete", target_operations.delete_targets(document.opened, [COW])))
    deleted = content(document.opened)
    document.undo()
    more = tuple(change(document, frame, rectangle(3, 3, 4, 4)) for frame in (4, 9, 10))
    assert document.grow(5, more) == more
    grown = content(document.opened)

    document.redo()

    assert content(document.opened) == deleted
    document.undo()
    assert content(document.opened) == grown


def test_that_the_newest_step_is_the_one_that_undo_takes(document):
    document.edit(Edit("Click", (change(document, 8, rectangle(1, 1, 4, 4)),), 8, gesture=5))
    assert document.is_newest(5)
    document.undo_stack.push(QUndoCommand("Reject suggestion"))
    assert not document.is_newest(5)
    document.undo()
    assert document.is_newest(5)
    document.undo()
    assert not document.is_newest(5)


def test_that_a_step_grows_beneath_a_later_one_that_hides_it(document):
    before = content(document.opened)
    document.edit(Edit("Track", (change(document, 8, rectangle(1, 1, 4, 4)),), 8, gesture=5))
    document.edit(Edit("Paint", (change(document, 9, rectangle(2, 2, 4, 4)),), 9))
    painted = content(document.opened)
    hidden = [change(document, frame, rectangle(3, 3, 4, 4)) for frame in (9, 10)]

    assert document.grow(5, (), hidden) == ()

    assert content(document.opened) == painted
    document.undo()
    assert document.opened.masks.get(COW, 9).mask == rectangle(3, 3, 4, 4)
    assert document.opened.masks.get(COW, 10) is None, "no later step is there to hide it"
    document.undo()
    assert content(document.opened) == before
    document.redo()
    document.redo()
    assert content(document.opened) == painted
