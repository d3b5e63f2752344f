"""A click on what another target has for good is not answered without a word."""

from dataclasses import replace

import pytest

from tarvis_app.conduct.taken_places import TakenPlaces
from tarvis_app.document.edits import Edit
from tarvis_core.annotation.track import FrameState
from tests.fakes.projects import COW, GRASS, content

FRAME = 4
"""The cow stands at (7, 4) here, 10 × 8 pixels."""
ON_COW, BESIDE = (9.5, 8.5), (30.5, 8.5)
GIVE_WAY = "Let Berta give way here"


@pytest.fixture
def taken(document, view_state, editor, drawing):
    view_state.note_shown_frame(FRAME)
    view_state.select(GRASS)
    return TakenPlaces(editor, drawing)


@pytest.fixture
def state(document):
    def hold(state):
        held = document.opened.masks.get(COW, FRAME)
        change = document.opened.masks.change_to(COW, FRAME, replace(held, state=state))
        document.edit(Edit("State", (change,)))

    return hold


def click(drawing, place, *, is_positive=True):
    drawing.add_point(FRAME, place, is_positive=is_positive)


@pytest.mark.parametrize("law", [FrameState.KEYFRAME, FrameState.VERIFIED])
def test_that_a_click_in_a_keyframe_is_told_and_counts_once_that_gives_way(
    taken, document, drawing, notifications, state, law
):
    state(law)
    before = content(document.opened)
    click(drawing, ON_COW)
    assert notifications.current.text.startswith("This place belongs to Berta")
    (remedy,) = notifications.current.remedies
    assert remedy.text == GIVE_WAY

    remedy.call()

    assert document.opened.masks.get(COW, FRAME).state is FrameState.PREDICTED
    (given,) = document.opened.exemplars_at(GRASS, FRAME)
    assert (given.x, given.y) == ON_COW
    document.undo()
    document.undo()
    assert content(document.opened) == before


def test_that_a_new_target_is_made_again(
    taken, document, drawing, view_state, notifications, state
):
    state(FrameState.KEYFRAME)
    view_state.select()
    click(drawing, ON_COW)
    notifications.current.remedies[0].call()
    (target,) = view_state.selection
    assert target not in (COW, GRASS)
    assert len(document.opened.exemplars_at(target, FRAME)) == 1


def test_that_a_locked_target_is_unlocked_to_give_way(
    taken, document, drawing, targets, notifications, state
):
    state(FrameState.KEYFRAME)
    targets.set_locked([COW], is_locked=True)
    steps = document.undo_stack.count()
    click(drawing, ON_COW)
    notifications.current.remedies[0].call()
    assert not document.opened.target(COW).is_locked
    assert document.opened.masks.get(COW, FRAME).state is FrameState.PREDICTED
    assert document.undo_stack.count() == steps + 2


@pytest.mark.parametrize(
    ("place", "is_positive"), [(BESIDE, True), (ON_COW, False)], ids=["beside", "not this"]
)
def test_that_other_clicks_are_given_in_peace(
    taken, drawing, notifications, state, place, is_positive
):
    state(FrameState.KEYFRAME)
    click(drawing, place, is_positive=is_positive)
    assert notifications.current is None


def test_that_a_mask_that_nobody_stands_behind_needs_no_word(taken, drawing, notifications):
    click(drawing, ON_COW)
    assert notifications.current is None


def test_that_nothing_happens_once_the_person_went_on(
    taken, document, drawing, notifications, state
):
    state(FrameState.KEYFRAME)
    click(drawing, ON_COW)
    call = notifications.current.remedies[0].call
    click(drawing, BESIDE)
    before = content(document.opened)
    call()
    assert content(document.opened) == before
