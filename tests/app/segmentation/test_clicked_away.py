"""What a right click took away stays away, whatever later answers on the frame say of it."""

import pytest
from PySide6.QtCore import QObject, Signal

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.click_answers import ClickAnswers
from tarvis_app.segmentation.requests import PreviewAnswer, PreviewRequest
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import PredictedMask
from tests.fakes.projects import COW, predicted, rectangle

AT = 4
BODY, SPECK, ARM = rectangle(2, 2, 12, 14), rectangle(24, 2, 6, 6), rectangle(14, 4, 4, 4)
WHOLE = BODY.union(SPECK)


class Told(QObject):
    """Answers what it is told to."""

    preview_answered = Signal(object)
    preview_failed = Signal(object, str)

    def preview(self, frame, exemplars, target, gesture=None):
        self.request = PreviewRequest(1, frame, exemplars, target, gesture)

    def answer(self, mask: Mask, *, is_settled=True):
        told = PreviewAnswer(self.request, PredictedMask(mask, 0.9), is_settled)
        self.preview_answered.emit(told)


@pytest.fixture
def service(qapp):
    return Told()


@pytest.fixture
def click(document, view_state, service, drawing):
    answers = ClickAnswers(document, view_state, service)
    drawing.exemplar_given.connect(answers.ask)
    view_state.select(COW)
    change = document.opened.masks.change_to(COW, AT, predicted(WHOLE))
    document.edit(Edit("Put", (change,), AT))

    def click(x, y, *, is_positive=True):
        drawing.add_point(AT, (x, y), is_positive=is_positive)

    click.answers = answers  # kept as long as clicks are given
    return click


@pytest.fixture
def shown(document):
    return lambda: document.opened.masks.get(COW, AT).mask


def test_that_the_settled_answer_does_not_give_back_what_was_clicked_away(click, service, shown):
    click(26.5, 4.5, is_positive=False)
    service.answer(BODY, is_settled=False)
    assert shown() == BODY
    service.answer(WHOLE.union(ARM))
    assert shown() == BODY.union(ARM), "elsewhere the settled answer is the better one"


def test_that_a_later_click_elsewhere_does_not_give_it_back(click, service, shown):
    click(26.5, 4.5, is_positive=False)
    service.answer(BODY)
    click(15.5, 5.5)
    service.answer(WHOLE.union(ARM))
    assert shown() == BODY.union(ARM)


def test_that_a_left_click_on_it_gives_it_back(click, service, shown):
    click(26.5, 4.5, is_positive=False)
    service.answer(BODY)
    click(28.5, 6.5)
    service.answer(WHOLE)
    lacking = WHOLE.difference(shown())
    assert lacking.pixels_in((26, 4, 27, 5)).all(), "the right click holds where it was given"
    assert lacking.area < SPECK.area / 3


def test_that_undo_forgets_it(click, service, shown, document):
    click(26.5, 4.5, is_positive=False)
    service.answer(BODY)
    document.undo_stack.undo()
    click(15.5, 5.5)
    service.answer(WHOLE.union(ARM))
    assert shown() == WHOLE.union(ARM)


def test_that_the_same_click_given_again_is_judged_by_its_new_answer(
    click, service, shown, document
):
    click(26.5, 4.5, is_positive=False)
    service.answer(BODY)
    document.undo_stack.undo()
    click(26.5, 4.5, is_positive=False)
    bitten = WHOLE.difference(rectangle(26, 4, 1, 1))
    service.answer(bitten)
    assert shown() == bitten


def test_that_a_click_that_the_network_passes_over_takes_a_disk_round_itself(click, service, shown):
    click(6.5, 6.5, is_positive=False)
    service.answer(WHOLE, is_settled=False)
    quick = shown()
    assert not quick.pixels_in((5, 5, 8, 8)).any()
    assert WHOLE.area - quick.area < BODY.area / 3
    service.answer(WHOLE)
    assert shown() == quick


def test_that_the_disk_leaves_a_left_click_beside_it_alone(click, service, shown):
    click(6.5, 6.5)
    service.answer(WHOLE)
    click(8.5, 6.5, is_positive=False)
    service.answer(WHOLE)
    assert shown().pixels_in((6, 6, 7, 7)).all()
    assert not shown().pixels_in((8, 6, 9, 7)).any()
