"""A click that joined the wrong target is noticed, and given to another with one press."""

import pytest

from tarvis_app.actions import Actions
from tarvis_app.conduct.stray_clicks import StrayClicks, distance, piece_at
from tarvis_app.document.edits import Edit
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.mask import Mask
from tests.fakes.projects import COW, GRASS, predicted, rectangle

FRAME = 4
"""The cow stands at (7, 4) here, 10 × 8 pixels; the grass has no mask."""
MOVE = "Make it a new target (Shift+N)"
INSIDE, OUTLINE, BESIDE, FAR = (9.5, 8.5), (17.2, 8.5), (20.5, 8.5), (35.5, 8.5)


@pytest.fixture
def stray(document, view_state, drawing, notifications, settings, theme):
    view_state.note_shown_frame(FRAME)
    view_state.select(COW)
    actions = Actions(settings, theme)
    return StrayClicks(document, view_state, drawing, notifications, actions)


def answer(document, mask, target=COW):
    """What the network says, as part of the click's step."""
    command = document.undo_stack.command(document.undo_stack.index() - 1)
    changes = (document.opened.masks.change_to(target, FRAME, predicted(mask)),)
    document.edit(Edit("Click", changes, FRAME, command.gesture))


def click(drawing, place, *, is_positive=True):
    drawing.add_point(FRAME, place, is_positive=is_positive)


def remedies(notifications):
    notice = notifications.current
    return {} if notice is None else {each.text: each.call for each in notice.remedies}


@pytest.mark.parametrize("place", [INSIDE, OUTLINE, BESIDE])
def test_that_a_click_that_corrects_is_not_questioned(
    stray, document, drawing, notifications, place
):
    click(drawing, place)
    answer(document, rectangle(7, 4, 15, 8))
    assert notifications.current is None


def test_that_a_click_far_from_its_target_is_questioned_at_once(stray, drawing, notifications):
    click(drawing, FAR)
    assert notifications.current.text == (
        "This click was added to Berta. N before a click begins a new target."
    )
    assert MOVE in remedies(notifications)


def test_that_an_answer_apart_from_the_target_is_questioned(
    stray, document, drawing, notifications
):
    click(drawing, BESIDE)
    assert notifications.current is None
    answer(document, rectangle(7, 4, 10, 8).union(rectangle(19, 4, 6, 8)))
    assert MOVE in remedies(notifications)


def test_that_an_answer_that_comes_when_another_frame_is_shown_is_not_questioned(
    stray, document, view_state, drawing, notifications
):
    click(drawing, BESIDE)
    view_state.note_shown_frame(FRAME + 1)
    answer(document, rectangle(7, 4, 10, 8).union(rectangle(19, 4, 6, 8)))
    assert notifications.current is None


def test_that_two_clicks_before_any_answer_are_questioned_when_it_comes(
    stray, document, view_state, drawing, notifications
):
    view_state.select()
    click(drawing, (12.5, 25.5))
    target = view_state.active_target
    click(drawing, (32.5, 25.5))
    assert notifications.current is None
    answer(document, rectangle(10, 23, 5, 5).union(rectangle(30, 23, 5, 5)), target)
    assert MOVE in remedies(notifications)


def test_that_a_later_step_is_not_taken_for_the_answer(stray, document, drawing, notifications):
    click(drawing, BESIDE)
    apart = rectangle(7, 4, 10, 8).union(rectangle(19, 4, 6, 8))
    document.edit(Edit("Paint", (document.opened.masks.change_to(COW, FRAME, predicted(apart)),)))
    assert notifications.current is None


def test_that_a_click_that_takes_away_is_not_questioned(stray, drawing, notifications):
    click(drawing, FAR, is_positive=False)
    assert notifications.current is None


def test_that_one_press_makes_the_click_a_new_target(
    stray, document, view_state, drawing, notifications
):
    before = (document.opened.exemplars, document.opened.masks.get(COW, FRAME))
    click(drawing, FAR)
    answer(document, rectangle(7, 4, 30, 8))
    number = document.opened.next_target_id
    remedies(notifications)[MOVE]()

    (given,) = document.opened.exemplars_at(number, FRAME)
    assert given == PointExemplar(FRAME, number, *FAR)
    assert view_state.selection == (number,)
    assert notifications.current is None
    document.undo()
    assert (document.opened.exemplars, document.opened.masks.get(COW, FRAME)) == before
    assert number not in document.opened.targets


def test_that_a_new_target_shows_what_its_click_gave_until_it_is_answered(
    stray, document, view_state, drawing, notifications
):
    click(drawing, BESIDE)
    piece = rectangle(19, 4, 6, 8)
    answer(document, rectangle(7, 4, 10, 8).union(piece).union(rectangle(30, 20, 3, 3)))
    remedies(notifications)[MOVE]()

    target = view_state.active_target
    assert document.opened.masks.get(target, FRAME).mask == piece
    answer(document, rectangle(20, 4, 5, 7), target)
    assert document.opened.masks.get(target, FRAME).mask == rectangle(20, 4, 5, 7)
    document.undo()
    assert target not in document.opened.targets
    assert not document.undo_stack.canUndo()


def test_that_a_first_click_moved_on_keeps_showing_its_mask(stray, document, view_state, drawing):
    view_state.select()
    click(drawing, FAR)
    mask = rectangle(33, 4, 5, 8)
    answer(document, mask, view_state.active_target)
    stray.make_new_target()
    assert document.opened.masks.get(view_state.active_target, FRAME).mask == mask


def test_that_a_click_that_added_nothing_gives_a_new_target_nothing(
    stray, document, view_state, drawing
):
    click(drawing, INSIDE)
    answer(document, rectangle(7, 4, 12, 8))
    stray.make_new_target()
    assert document.opened.masks.get(view_state.active_target, FRAME) is None


def test_that_one_press_gives_the_click_to_the_target_that_it_lies_on(
    stray, document, view_state, drawing, notifications
):
    grass = document.opened.masks.change_to(GRASS, FRAME, predicted(rectangle(25, 0, 15, 20)))
    document.edit(Edit("Track", (grass,)))
    click(drawing, FAR)
    remedies(notifications)["It belongs to Grass"]()
    assert document.opened.exemplars_at(GRASS, FRAME)[-1] == PointExemplar(FRAME, GRASS, *FAR)
    assert document.opened.exemplars_at(COW, FRAME) == ()
    assert view_state.selection == (GRASS,)


@pytest.mark.parametrize("deed", ["undo", "frame", "select", "click"])
def test_that_the_question_goes_when_the_person_goes_on(
    stray, document, view_state, drawing, notifications, deed
):
    click(drawing, FAR)
    {
        "undo": document.undo,
        "frame": lambda: view_state.show_frame(6),
        "select": view_state.select,
        "click": lambda: click(drawing, INSIDE),
    }[deed]()
    assert notifications.current is None


def test_that_any_last_click_can_be_made_a_target_by_key(stray, document, drawing, notifications):
    click(drawing, INSIDE)
    number = document.opened.next_target_id
    stray.make_new_target()
    assert document.opened.exemplars_at(number, FRAME) == (PointExemplar(FRAME, number, *INSIDE),)
    drawing.add_box(FRAME, (1, 1, 9, 9))
    stray.make_new_target()
    assert "Only a left click" in notifications.current.text
    assert document.opened.exemplars_at(number, FRAME)


def test_that_distance_and_piece_are_measured_from_the_clicked_pixel():
    mask = rectangle(2, 3, 4, 5).union(rectangle(20, 3, 4, 5))
    assert distance(mask, PointExemplar(0, COW, 3.5, 4.5)) == 0
    assert distance(mask, PointExemplar(0, COW, 9.0, 4.5)) == 3
    assert distance(mask, PointExemplar(0, COW, 9.0, 12.0)) == 5
    assert piece_at(mask, PointExemplar(0, COW, 21.5, 4.5)) == rectangle(20, 3, 4, 5)
    assert piece_at(mask, PointExemplar(0, COW, 9.5, 4.5)) == Mask.empty(*mask.size)
    assert piece_at(Mask.empty(30, 40), PointExemplar(0, COW, 9.5, 4.5)).is_empty
