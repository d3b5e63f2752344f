"""Clicks on a tracked frame correct the mask that is shown there."""

import pytest
from PySide6.QtCore import QObject, Signal

from tarvis_app.segmentation.click_answers import ClickAnswers
from tarvis_app.segmentation.requests import PreviewAnswer, PreviewRequest
from tarvis_core.annotation.exemplar import BoxExemplar, PointExemplar, ShownMask
from tarvis_core.annotation.segmentation import PredictedMask
from tests.fakes.projects import COW, rectangle

TRACKED = 4
ANSWER = rectangle(2, 2, 20, 20)


class FakeService(QObject):
    """Notes what is asked, and answers at once."""

    preview_answered = Signal(object)
    preview_failed = Signal(object, str)

    def __init__(self):
        super().__init__()
        self.asked = []

    def preview(self, frame, exemplars, target, gesture=None):
        self.asked.append(tuple(e for e in exemplars if e.target == target))
        request = PreviewRequest(len(self.asked), frame, exemplars, target, gesture)
        self.preview_answered.emit(PreviewAnswer(request, PredictedMask(ANSWER, 0.9)))


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

    assert service.asked == [(shown, first), (shown, first, second)]
    assert document.opened.masks.get(COW, TRACKED).mask == ANSWER


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
