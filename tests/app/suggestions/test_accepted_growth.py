"""What is accepted before its search is over: it grows on, and stays one step of the history."""

import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_core.annotation.track import FrameState
from tests.app.suggestions.test_suggestions import CAT, DOG, FRAME, clip
from tests.fakes.projects import COW, content, keyframe, rectangle

EARLY, LATE = range(6), range(4, 12)
"""Frames of two clips of a search; they share two."""


@pytest.fixture
def suggestions(document, view_state):
    found = SuggestionList(document, view_state)
    view_state.note_shown_frame(FRAME)
    found.take(clip({1: DOG, 2: CAT}, {1: 0.9, 2: 0.8}, frames=EARLY))
    return found


def go_on(suggestions):
    """The search finds both on further frames."""
    suggestions.take(clip({1: DOG, 2: CAT}, {1: 0.9, 2: 0.8}, frames=LATE))


def test_that_an_accepted_one_gets_the_frames_found_afterwards(suggestions, document):
    (target,) = suggestions.accept(suggestions.waiting[:1])
    go_on(suggestions)
    track = document.opened.masks.track(target)
    assert track.frames == tuple(range(12))
    assert track.law_frames == (FRAME,)
    assert track.get(11).mask == DOG
    assert track.get(11).state is FrameState.PREDICTED
    assert track.get(11).source.tool == "find classes"
    assert [len(held.masks) for held in suggestions.waiting] == [12]


def test_that_one_undo_takes_it_back_whole_and_redo_brings_it(suggestions, document, qtbot):
    before = content(document.opened)
    targets = suggestions.accept(suggestions.waiting)
    go_on(suggestions)
    after = content(document.opened)
    assert document.undo_stack.count() == 1
    document.undo()
    assert content(document.opened)[:4] == before[:4]
    assert [len(held.masks) for held in suggestions.waiting] == [12, 12]
    document.redo()
    qtbot.wait(10)
    assert content(document.opened) == after
    assert all(len(document.opened.masks.track(target)) == 12 for target in targets)


def test_that_redo_brings_also_what_was_found_while_it_was_taken_back(suggestions, document, qtbot):
    (target,) = suggestions.accept(suggestions.waiting[:1])
    document.undo()
    go_on(suggestions)
    assert target not in document.opened.targets
    document.redo()
    qtbot.waitUntil(lambda: len(document.opened.masks.track(target)) == 12)
    document.undo()
    assert target not in document.opened.targets


def test_that_what_a_person_did_since_stays(suggestions, document, targets):
    (target,) = suggestions.accept(suggestions.waiting[:1])
    masks = document.opened.masks
    document.edit(Edit("paint", (masks.change_to(target, 9, keyframe(CAT)),)))
    go_on(suggestions)
    assert masks.get(target, 9).mask == CAT
    assert masks.get(target, 8).mask == DOG
    assert document.undo_stack.count() == 2

    (second,) = suggestions.accept(suggestions.waiting)
    targets.set_locked([second], is_locked=True)
    suggestions.take(clip({2: CAT}, {2: 0.8}, frames=range(12, 14)))
    assert masks.get(second, 12) is None


def test_that_it_gets_no_pixels_that_another_target_has(suggestions, document, view_state):
    over_cow = rectangle(5, 4, 30, 4)
    (target,) = suggestions.accept(suggestions.waiting[:1])
    cow = document.opened.masks
    document.edit(Edit("cow", (cow.change_to(COW, 11, keyframe(rectangle(5, 4, 3, 4))),)))
    suggestions.take(clip({1: over_cow}, {1: 0.9}, frames=(10, 11)))
    assert cow.get(target, 11).mask == over_cow.difference(rectangle(5, 4, 3, 4))


def test_that_one_of_whom_it_was_said_who_they_are_grows_no_more(suggestions, document):
    (target,) = suggestions.accept(suggestions.waiting[:1])
    suggestions.growth.forget((target,))
    go_on(suggestions)
    assert document.opened.masks.track(target).frames == tuple(EARLY)
