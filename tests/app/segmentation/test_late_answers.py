"""A settled answer that comes when other steps were made since its click is used all the same."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Drawing, Stroke
from tarvis_app.document.editor import Editor
from tarvis_app.document.edits import Edit
from tarvis_app.notifications import Notifications
from tarvis_app.segmentation.click_answers import ClickAnswers
from tarvis_app.view_state import ViewState
from tarvis_app.window_run import delete_now
from tarvis_core.annotation import target_operations, track_operations
from tarvis_core.annotation.clicking import ANSWER
from tarvis_core.annotation.track import FrameState
from tests.fakes.projects import COW, GRASS, content, keyframe, rectangle, sample_project
from tests.fakes.told_service import FRAME, ToldService

QUICK, SETTLED = rectangle(0, 0, 20, 20), rectangle(0, 0, 24, 24)
"""What the grass is at the first look, and after all: larger to the right and below."""
BESIDE, BESIDE_SETTLED = rectangle(15, 0, 20, 20), rectangle(18, 0, 20, 24)
"""The same of the cow, which has five, and at last two and six, columns of the grass."""


@pytest.fixture
def both(document, service, give_click):
    """The grass is clicked, and the cow beside it during the second look at the grass."""
    give_click(GRASS, 3.5)
    service.answer(QUICK, GRASS, is_settled=False)
    give_click(COW, 30.5)
    return document.undo_stack.count()


def walk_through_history(document):
    """Undo all and redo all: every state must come back as it was."""
    stack, states = document.undo_stack, []
    while stack.canUndo():
        states.append(content(document.opened))
        document.undo()
    while states:
        document.redo()
        assert content(document.opened) == states.pop()


def test_that_it_loses_what_the_later_click_takes_and_has_it_without_that(
    document, service, both, shown
):
    service.answer(BESIDE, COW, is_settled=False)
    assert shown(GRASS) == QUICK.difference(BESIDE)

    service.answer(SETTLED, GRASS)

    assert (shown(GRASS), shown(COW)) == (SETTLED.difference(BESIDE), BESIDE)
    assert document.undo_stack.count() == both
    walk_through_history(document)
    document.undo()
    assert shown(GRASS) == SETTLED
    assert document.opened.masks.get(GRASS, FRAME).source.tool == ANSWER


def test_that_the_later_clicks_settled_answer_gives_back_what_it_leaves(
    document, service, both, shown
):
    service.answer(BESIDE, COW, is_settled=False)
    service.answer(SETTLED, GRASS)
    service.answer(BESIDE_SETTLED, COW)

    assert shown(GRASS) == SETTLED.difference(BESIDE_SETTLED)
    assert shown(COW) == BESIDE_SETTLED
    walk_through_history(document)
    document.undo()
    assert shown(GRASS) == SETTLED


def test_that_a_correction_of_the_later_click_gives_back_as_well(
    document, service, give_click, both, shown
):
    service.answer(BESIDE, COW)
    give_click(COW, 16.5, is_positive=False)
    service.answer(BESIDE_SETTLED, COW)
    service.answer(SETTLED, GRASS)

    assert shown(GRASS) == SETTLED.difference(rectangle(18, 0, 20, 24))
    walk_through_history(document)
    document.undo()
    assert shown(GRASS) == SETTLED.difference(BESIDE)
    document.undo()
    assert shown(GRASS) == SETTLED


def test_that_it_does_not_cover_a_later_answer_that_took_nothing(document, service, both, shown):
    aside = rectangle(22, 0, 10, 20)
    service.answer(aside, COW, is_settled=False)
    service.answer(SETTLED, GRASS)

    assert (shown(GRASS), shown(COW)) == (SETTLED.difference(aside), aside)
    service.answer(rectangle(23, 0, 9, 20), COW)
    assert shown(GRASS) == SETTLED.difference(rectangle(23, 0, 9, 20)), "that gives back, too"
    walk_through_history(document)
    document.undo()
    assert shown(GRASS) == SETTLED


def test_that_it_keeps_what_it_covers_where_nothing_is_to_be_taken(
    view_state, service, both, shown
):
    aside = rectangle(22, 0, 10, 20)
    view_state.brush.set_exclusive(False)
    service.answer(aside, COW, is_settled=False)
    service.answer(SETTLED, GRASS)
    assert (shown(GRASS), shown(COW)) == (SETTLED, aside)


def test_that_a_click_taken_back_meanwhile_takes_from_it_once_it_is_made_again(
    document, service, both, shown
):
    service.answer(BESIDE, COW)
    document.undo()
    service.answer(SETTLED, GRASS)
    assert shown(GRASS) == SETTLED

    document.redo()

    assert (shown(GRASS), shown(COW)) == (SETTLED.difference(BESIDE), BESIDE)
    walk_through_history(document)


def test_that_what_was_painted_since_keeps_its_pixels(
    document, view_state, service, drawing, both, shown
):
    document.undo()
    view_state.select(COW)
    drawing.apply_stroke(Stroke(FRAME, BESIDE, "brush"))
    assert shown(GRASS) == QUICK.difference(BESIDE)

    service.answer(SETTLED, GRASS)

    assert document.opened.masks.get(COW, FRAME).state is FrameState.KEYFRAME
    assert (shown(GRASS), shown(COW)) == (SETTLED.difference(BESIDE), BESIDE)
    walk_through_history(document)
    document.undo()
    assert shown(GRASS) == SETTLED


@pytest.mark.parametrize("how", ["absent", "removed", "painted"])
def test_that_what_a_person_decided_of_it_since_stays(document, service, both, how):
    project = document.opened
    service.answer(BESIDE, COW, is_settled=False)
    if how == "absent":
        document.edit(Edit("Absent", track_operations.mark_absent_from(project, GRASS, FRAME)))
    elif how == "removed":
        document.edit(Edit("Delete", target_operations.delete_targets(project, [GRASS])))
    else:
        painted = keyframe(rectangle(1, 1, 3, 3))
        document.edit(Edit("Paint", (project.masks.change_to(GRASS, FRAME, painted),)))
    before = content(project)

    service.answer(SETTLED, GRASS)

    assert content(project) == before
    walk_through_history(document)


def test_that_masks_beneath_both_clicks_lose_to_each_what_it_covers(
    document, service, give_click, shown
):
    """A third target, clicked first, loses to the grass and to the cow."""
    dog, changes = target_operations.create_target(document.opened)
    document.edit(Edit("New", changes))
    below = rectangle(0, 0, 40, 30)
    give_click(dog, 38.5)
    service.answer(below, dog)
    give_click(GRASS, 3.5)
    service.answer(SETTLED, GRASS, is_settled=False)
    give_click(COW, 30.5)
    service.answer(BESIDE, COW)
    service.answer(QUICK, GRASS)

    assert shown(COW) == BESIDE
    assert shown(GRASS) == QUICK.difference(BESIDE)
    assert shown(dog) == below.difference(QUICK).difference(BESIDE)
    walk_through_history(document)
    document.undo()
    assert (shown(GRASS), shown(dog)) == (QUICK, below.difference(QUICK))


WHAT = ("click", "quick", "settled", "undo", "redo", "paint")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.sampled_from(WHAT), st.integers(0, 2), st.integers(0, 20), st.integers(1, 20)),
        max_size=14,
    )
)
def test_that_no_pixel_has_two_targets_and_the_history_holds_in_any_order(qapp, steps):
    document, view_state, service = Document(), ViewState(), ToldService()
    document.open(sample_project())
    view_state.show_video(document.opened.video.num_frames)
    drawing = Drawing(Editor(document, view_state, Notifications()))
    answers = ClickAnswers(document, view_state, service)
    drawing.exemplar_given.connect(answers.ask)
    dog, changes = target_operations.create_target(document.opened)
    document.edit(Edit("New", changes))
    document.edit(Edit("Clear", (document.opened.masks.change_to(COW, FRAME, None),)))
    start = document.undo_stack.index()
    for what, which, x, width in steps:
        target, area = (COW, GRASS, dog)[which], rectangle(x, 2 * which, width, 20)
        view_state.select(target)
        if what == "click":
            drawing.add_point(FRAME, (x + 0.5, 5.5), is_positive=True)
        elif what == "paint":
            drawing.apply_stroke(Stroke(FRAME, area, "brush"))
        elif what == "undo" and document.undo_stack.index() > start:
            document.undo()
        elif what == "redo":
            document.redo()
        elif any(asked.target == target for asked in service.asked):
            service.answer(area, target, is_settled=what == "settled")
        masks = [held.mask for held in document.opened.masks.masks_at(FRAME).values()]
        assert not any(a.intersection_area(b) for a, b in itertools.combinations(masks, 2))
    walk_through_history(document)
    delete_now(document)
