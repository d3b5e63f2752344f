"""Answers to clicks take pixels from other targets, and give back what they leave, in one step."""

from dataclasses import replace

import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.window_run import delete_now
from tarvis_core.annotation import target_operations
from tarvis_core.annotation.clicking import FILLED
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.track import FrameState
from tests.fakes.desk import AT, Desk
from tests.fakes.projects import COW, GRASS, content, keyframe, rectangle
from tests.fakes.told_service import FRAME

GRASS_MASK = rectangle(0, 0, 20, 20)
LARGE, SMALL = rectangle(10, 0, 20, 20), rectangle(18, 0, 12, 20)


@pytest.fixture
def click(service, give_click):
    """Clicks for a target, and lets the network answer; the grass is there already."""

    def give(target, x, mask, *, is_positive=True):
        give_click(target, x, is_positive=is_positive)
        service.answer(mask)

    give(GRASS, 3.5, GRASS_MASK)
    return give


def test_that_taking_is_a_part_of_the_click_and_undone_with_it(document, click, shown):
    before, count = content(document.opened), document.undo_stack.count()

    click(COW, 25.5, LARGE)

    assert shown(COW) == LARGE
    assert shown(GRASS) == GRASS_MASK.difference(LARGE)
    assert document.undo_stack.count() == count + 1
    document.undo()
    assert content(document.opened) == before
    document.redo()
    assert shown(GRASS) == GRASS_MASK.difference(LARGE)


def test_that_a_corrected_answer_gives_back_what_it_leaves(document, click, shown):
    click(COW, 25.5, LARGE)
    click(COW, 12.5, SMALL, is_positive=False)
    assert shown(GRASS) == GRASS_MASK.difference(SMALL)

    document.undo()
    assert shown(GRASS) == GRASS_MASK.difference(LARGE)
    click(COW, 14.5, SMALL, is_positive=False)
    assert shown(GRASS) == GRASS_MASK.difference(SMALL)


def test_that_the_settled_answer_gives_back_what_the_first_look_took(
    document, view_state, service, drawing, click, shown
):
    view_state.select(COW)
    drawing.add_point(FRAME, (25.5, 5.5), is_positive=True)
    service.answer(LARGE, is_settled=False)
    assert shown(GRASS) == GRASS_MASK.difference(LARGE)
    service.answer(SMALL)
    assert shown(GRASS) == GRASS_MASK.difference(SMALL)
    before = document.undo_stack.index()
    document.undo()
    assert document.undo_stack.index() == before - 1
    assert shown(GRASS) == GRASS_MASK


def test_that_a_mask_corrected_meanwhile_gets_nothing_back(document, click, shown):
    click(COW, 25.5, LARGE)
    painted = keyframe(rectangle(0, 0, 5, 5))
    document.edit(Edit("Paint", (document.opened.masks.change_to(GRASS, FRAME, painted),)))

    click(COW, 12.5, SMALL, is_positive=False)

    assert document.opened.masks.get(GRASS, FRAME) == painted


def test_that_nothing_is_taken_where_the_person_does_not_want_it(view_state, click, shown):
    view_state.brush.set_exclusive(False)
    click(COW, 25.5, LARGE)
    assert (shown(GRASS), shown(COW)) == (GRASS_MASK, LARGE)


def test_that_what_the_first_look_took_goes_back_though_taking_was_switched_off(
    document, view_state, service, drawing, click, shown
):
    view_state.select(COW)
    drawing.add_point(FRAME, (25.5, 5.5), is_positive=True)
    service.answer(LARGE, is_settled=False)
    view_state.brush.set_exclusive(False)

    service.answer(SMALL)

    assert (shown(GRASS), shown(COW)) == (GRASS_MASK.difference(SMALL), SMALL)


def test_that_an_answer_hidden_by_a_later_step_takes_nothing(
    document, view_state, service, drawing, click, shown
):
    view_state.select(COW)
    drawing.add_point(FRAME, (25.5, 5.5), is_positive=True)
    painted = keyframe(rectangle(35, 20, 4, 4))
    document.edit(Edit("Paint", (document.opened.masks.change_to(COW, FRAME, painted),)))

    service.answer(LARGE)

    assert (shown(GRASS), shown(COW)) == (GRASS_MASK, painted.mask)


def test_that_a_target_that_gave_way_is_told_with_the_clicks_step(qtbot, answers, click, service):
    with qtbot.waitSignal(answers.gave_way) as told:
        click(COW, 25.5, LARGE)
    (given,) = told.args
    assert (given.frame, given.target, given.gesture) == (FRAME, GRASS, service.asked[-1].gesture)


def test_that_it_is_told_though_the_first_look_took_all_that_the_settled_answer_has(
    qtbot, view_state, answers, click, drawing, service
):
    view_state.select(COW)
    drawing.add_point(FRAME, (25.5, 5.5), is_positive=True)
    service.answer(LARGE, is_settled=False)
    with qtbot.waitSignal(answers.gave_way) as told:
        service.answer(LARGE)
    assert told.args[0].target == GRASS


@pytest.fixture
def filed(document, tmp_path):
    """The project lies in a file; closes it and opens it again."""
    file = ProjectFile.create(tmp_path / "cow.tarvis", document.opened)
    document.open(file.project)
    opened = [file]

    def reopen():
        document.open(None)
        opened.pop().close()
        opened.append(ProjectFile.open(tmp_path / "cow.tarvis"))
        document.open(opened[0].project)

    yield reopen
    document.open(None)
    opened.pop().close()


def test_that_what_an_answer_leaves_goes_back_after_the_project_was_opened_again(
    filed, document, click, shown
):
    before = document.opened.masks.get(GRASS, FRAME)
    click(COW, 25.5, LARGE)
    taken = content(document.opened)
    filed()
    assert content(document.opened) == taken

    click(COW, 12.5, SMALL, is_positive=False)
    assert shown(GRASS) == GRASS_MASK.difference(SMALL)
    document.undo()
    assert content(document.opened) == taken
    document.redo()
    assert shown(GRASS) == GRASS_MASK.difference(SMALL)
    click(COW, 12.5, rectangle(25, 0, 5, 20), is_positive=False)
    assert document.opened.masks.get(GRASS, FRAME) == before


def test_that_a_step_that_was_undone_has_taken_nothing_when_the_project_is_opened_again(
    filed, document, click
):
    before = content(document.opened)
    click(COW, 25.5, LARGE)
    document.undo()
    filed()
    assert content(document.opened) == before


@pytest.fixture
def desk(qtbot, numbered_video, notifications):
    desk = Desk(numbered_video, notifications)
    desk.clicks.gave_way.connect(desk.filling.fill)
    yield desk
    desk.gate.open()
    desk.service.shut_down()
    delete_now(desk.document)


def test_that_the_clip_of_a_target_that_gave_way_is_filled_anew(qtbot, desk):
    desk.view_state.select(GRASS)
    with qtbot.waitSignal(desk.service.fill_ended):
        desk.click(40.5)
    before = content(desk.project)
    neighbour = desk.project.masks.get(GRASS, AT + 1)
    assert neighbour.source.tool == FILLED

    desk.view_state.select(COW)
    with qtbot.waitSignals([desk.service.fill_ended] * 2):
        desk.click(46.5)

    left = desk.project.masks.get(GRASS, AT).mask
    assert not left.intersection_area(desk.project.masks.get(COW, AT).mask)
    assert desk.project.masks.get(GRASS, AT + 1).mask.area < neighbour.mask.area
    desk.document.undo()
    assert content(desk.project) == before


def test_that_undo_goes_on_with_the_clip_that_a_click_beside_ended(qtbot, desk):
    desk.view_state.select(GRASS)
    with qtbot.waitSignal(desk.service.fill_ended):
        desk.click(40.5)
    alone = content(desk.project)
    desk.document.undo()
    desk.gate.shut()
    with qtbot.waitSignal(desk.clicks.answered):
        desk.click(40.5)
    assert desk.gate.reached.wait(20)

    desk.view_state.select(COW)
    with qtbot.waitSignals([desk.service.fill_ended] * 2):
        desk.click(46.5)
        desk.gate.open()
    both = masks(content(desk.project))
    assert len(desk.frames(GRASS)) == len(desk.frames(COW)) > 1

    with qtbot.waitSignal(desk.service.fill_ended):
        desk.document.undo()
    assert masks(content(desk.project)) == masks(alone)
    desk.document.redo()
    assert masks(content(desk.project)) == both
    desk.document.undo()
    desk.document.undo()
    assert desk.frames(GRASS) == desk.frames(COW) == ()


def masks(contents):
    """The pixels of what a project holds, by target and frame."""
    return {t: {f: held.mask for f, held in of.items()} for t, of in contents[-1].items()}


def test_that_a_locked_target_is_asked_for_nothing(document, click, shown):
    document.edit(
        Edit("Lock", target_operations.set_locked(document.opened, [GRASS], is_locked=True))
    )
    click(COW, 25.5, LARGE)
    assert (shown(GRASS), shown(COW)) == (GRASS_MASK, LARGE.difference(GRASS_MASK))


def test_that_an_accepted_mask_is_law_for_every_answer(document, click, shown):
    held = document.opened.masks.get(GRASS, FRAME)
    law = replace(held, state=FrameState.KEYFRAME)
    document.edit(Edit("Accept", (document.opened.masks.change_to(GRASS, FRAME, law),)))
    click(COW, 25.5, LARGE)
    assert document.opened.masks.get(GRASS, FRAME) == law
    assert not shown(COW).intersection_area(GRASS_MASK)
