"""Clicks on a tracked frame correct the mask that is shown there."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QObject, Signal

from tarvis_app.document.drawing import Stroke
from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.click_answers import ClickAnswers
from tarvis_app.segmentation.requests import PreviewAnswer, PreviewRequest
from tarvis_core.annotation import target_operations
from tarvis_core.annotation.clicking import RUN
from tarvis_core.annotation.exemplar import BoxExemplar, PointExemplar, ShownMask
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.segmentation_changes import outdated_frames
from tarvis_core.annotation.track import MaskSource
from tests.fakes.projects import COW, content, keyframe, predicted, rectangle

TRACKED = 4
ANSWER = rectangle(2, 2, 20, 20)
SMALLER = predicted(rectangle(2, 2, 10, 10))


class FakeService(QObject):
    """Notes what is asked, and answers at once."""

    preview_answered = Signal(object)
    preview_failed = Signal(object, str)

    def __init__(self):
        super().__init__()
        self.asked = []
        self.is_slow = False
        self.late = []

    def preview(self, frame, exemplars, target, gesture=None):
        self.asked.append(tuple(e for e in exemplars if e.target == target))
        request = PreviewRequest(len(self.asked), frame, exemplars, target, gesture)
        self.late.append(PreviewAnswer(request, PredictedMask(ANSWER, 0.9)))
        if not self.is_slow:
            self.answer()

    def answer(self, *, is_settled=True):
        newest = self.late.pop() if is_settled else self.late[-1]
        self.preview_answered.emit(replace(newest, is_settled=is_settled))


@pytest.fixture
def service(qapp):
    return FakeService()


@pytest.fixture
def answers(document, view_state, service, drawing):
    answers = ClickAnswers(document, view_state, service)
    drawing.exemplar_given.connect(answers.ask)
    view_state.select(COW)
    return answers


def click(drawing, x, *, is_positive=True):
    drawing.add_point(TRACKED, (x, 8.5), is_positive=is_positive)
    return PointExemplar(TRACKED, COW, x, 8.5, is_positive)


def shown_before(document):
    return ShownMask(TRACKED, COW, document.opened.masks.get(COW, TRACKED).mask)


def test_that_clicks_on_a_tracked_frame_are_asked_with_the_mask_shown(
    document, drawing, service, answers
):
    shown = shown_before(document)

    first, second = click(drawing, 25.5), click(drawing, 9.5, is_positive=False)

    corrected = ShownMask(TRACKED, COW, ANSWER)
    assert service.asked == [(shown, first), (corrected, first, second)]
    mask = document.opened.masks.get(COW, TRACKED).mask
    assert not mask.pixels_in((9, 8, 10, 9)).any()
    assert mask.union(rectangle(2, 2, 14, 14)) == ANSWER, "it differs round the second click alone"


def test_that_undo_puts_the_tracked_mask_back_and_a_new_click_corrects_it(
    document, drawing, service, answers
):
    shown = shown_before(document)
    click(drawing, 25.5)

    document.undo()
    assert document.opened.exemplars_at(COW, TRACKED) == ()
    assert shown_before(document) == shown

    assert click(drawing, 12.5) in service.asked[-1]
    assert shown in service.asked[-1]


def test_that_a_hover_shows_what_a_click_would_give(document, service, answers):
    answers.ask_hovered(TRACKED, 25.5, 8.5)

    hovered = PointExemplar(TRACKED, COW, 25.5, 8.5)
    assert service.asked == [(shown_before(document), hovered)]
    assert document.opened.exemplars_at(COW, TRACKED) == ()


def test_that_a_box_says_anew_what_the_target_is(document, drawing, service, answers):
    click(drawing, 25.5)

    drawing.add_box(TRACKED, (2.0, 2.0, 30.0, 20.0))

    point = PointExemplar(TRACKED, COW, 25.5, 8.5)
    assert service.asked[-1] == (point, BoxExemplar(TRACKED, COW, (2.0, 2.0, 30.0, 20.0)))


def test_that_a_click_undone_before_its_answer_leaves_the_click_before_as_it_was(
    document, drawing, service, answers
):
    click(drawing, 25.5)
    document.edit(Edit("Smaller", (document.opened.masks.change_to(COW, TRACKED, SMALLER),)))
    before = content(document.opened)
    service.is_slow = True
    click(drawing, 9.5, is_positive=False)

    document.undo()
    service.answer()

    assert content(document.opened) == before


def test_that_an_answer_that_comes_late_changes_nothing_painted_meanwhile(
    document, drawing, service, answers
):
    service.is_slow = True
    click(drawing, 25.5)
    drawing.apply_stroke(Stroke(TRACKED, rectangle(1, 1, 4, 4), "brush"))
    painted = document.opened.masks.get(COW, TRACKED)

    service.answer()

    assert document.opened.masks.get(COW, TRACKED) == painted


def test_that_an_answer_changes_nothing_of_a_target_locked_meanwhile(
    document, drawing, service, answers
):
    service.is_slow = True
    click(drawing, 25.5)
    locked = target_operations.set_locked(document.opened, [COW], is_locked=True)
    document.edit(Edit("Lock", locked))
    before = content(document.opened)

    service.answer()

    assert content(document.opened) == before


def test_that_an_answer_written_is_told(qtbot, document, drawing, service, answers):
    with qtbot.waitSignal(answers.answered) as told:
        click(drawing, 25.5)

    assert (told.args[0].frame, told.args[0].target) == (TRACKED, COW)


def test_that_a_click_undone_before_its_answer_is_asked_again_when_redone(
    qtbot, document, drawing, service, answers
):
    service.is_slow = True
    click(drawing, 25.5)
    document.undo()
    service.answer()
    assert len(service.asked) == 1

    document.redo()
    with qtbot.waitSignal(answers.answered):
        service.answer()

    assert service.asked[1] == service.asked[0]
    assert document.opened.masks.get(COW, TRACKED).mask == ANSWER
    assert document.undo_stack.count() == 1


def test_that_a_click_redone_while_its_answer_is_still_to_come_is_asked_once(
    document, drawing, service, answers
):
    service.is_slow = True
    click(drawing, 25.5)
    document.undo()
    document.redo()

    service.answer()

    assert len(service.asked) == 1
    assert document.opened.masks.get(COW, TRACKED).mask == ANSWER


def test_that_a_click_on_a_keyframe_is_asked_again_when_redone(document, drawing, service, answers):
    held = keyframe(rectangle(4, 4, 12, 12))
    document.edit(Edit("Paint", (document.opened.masks.change_to(COW, TRACKED, held),)))
    service.is_slow = True
    click(drawing, 25.5)
    document.undo()
    service.answer()

    document.redo()
    service.answer()

    assert document.opened.masks.get(COW, TRACKED).mask == ANSWER


def test_that_a_click_with_its_first_answer_is_asked_for_the_settled_one_when_redone(
    document, drawing, service, answers
):
    service.is_slow = True
    click(drawing, 25.5)
    service.answer(is_settled=False)
    document.undo()
    service.answer()

    document.redo()

    assert document.opened.masks.get(COW, TRACKED).mask == ANSWER
    assert len(service.asked) == 2


def test_that_a_click_passed_over_for_a_newer_one_is_asked_once_that_is_taken_back(
    document, drawing, service, answers
):
    service.is_slow = True
    first = click(drawing, 25.5)
    click(drawing, 27.5)
    service.answer()
    assert len(service.asked) == 2

    document.undo()

    assert service.asked[2] == service.asked[0]
    assert service.asked[2][-1] == first


def test_that_a_click_passed_over_for_one_on_another_frame_is_asked_after_it(
    document, drawing, service, answers
):
    service.is_slow = True
    click(drawing, 25.5)
    drawing.add_point(TRACKED + 1, (25.5, 8.5), is_positive=True)

    service.answer()

    assert service.asked[2] == service.asked[0]


def test_that_a_click_answered_or_painted_over_is_not_asked_again(
    document, drawing, service, answers
):
    click(drawing, 25.5)
    service.is_slow = True
    click(drawing, 27.5)
    document.undo()
    service.answer()
    document.redo()
    drawing.apply_stroke(Stroke(TRACKED, rectangle(1, 1, 4, 4), "brush"))
    service.answer()
    num_asked = len(service.asked)

    while document.undo_stack.canUndo():
        document.undo()
    while document.undo_stack.canRedo():
        document.redo()

    assert len(service.asked) == num_asked


def test_that_a_click_that_the_network_failed_on_is_not_asked_without_end(
    document, drawing, service, answers
):
    service.is_slow = True
    click(drawing, 25.5)
    service.preview_failed.emit(service.late.pop().request, "the network failed")

    document.edit(
        Edit("Lock", target_operations.set_locked(document.opened, [COW], is_locked=True))
    )

    assert len(service.asked) == 1


def test_that_a_click_that_changes_nothing_outdates_no_frame(document, drawing, service, answers):
    masks = document.opened.masks
    run = MaskSource(RUN, made_at=5.0)
    frames = {frame: replace(predicted(ANSWER), source=run) for frame in range(1, 7)}
    document.edit(Edit("Run", tuple(masks.change_to(COW, f, held) for f, held in frames.items())))
    before, outdated = content(document.opened), outdated_frames(document.opened, COW)
    service.is_slow = True
    click(drawing, 25.5)
    service.late[-1] = replace(service.late[-1], mask=PredictedMask(SMALLER.mask, 0.9))
    service.answer(is_settled=False)
    assert set(outdated_frames(document.opened, COW)) > set(outdated), "a first look says more"
    service.late[-1] = replace(service.late[-1], mask=PredictedMask(ANSWER, 0.9))
    service.answer()
    assert masks.get(COW, TRACKED).mask == ANSWER
    assert masks.get(COW, TRACKED).source.tool == "click"
    assert set(outdated_frames(document.opened, COW)) <= set(outdated)
    document.undo()
    assert content(document.opened) == before
