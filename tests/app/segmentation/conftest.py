"""What tests of clicks share: the test answers them, on a frame where the cow is not yet."""

import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.click_answers import ClickAnswers
from tests.fakes.projects import COW
from tests.fakes.told_service import FRAME, ToldService


@pytest.fixture
def service(qapp):
    return ToldService()


@pytest.fixture
def answers(document, view_state, service, drawing):
    answers = ClickAnswers(document, view_state, service)
    drawing.exemplar_given.connect(answers.ask)
    return answers


@pytest.fixture
def give_click(document, view_state, drawing, answers):
    """Clicks for a target; the network is asked and does not answer by itself."""

    def give(target, x, *, is_positive=True):
        view_state.select(target)
        drawing.add_point(FRAME, (x, 5.5), is_positive=is_positive)

    document.edit(Edit("Clear", (document.opened.masks.change_to(COW, FRAME, None),)))
    return give


@pytest.fixture
def shown(document):
    return lambda target: document.opened.masks.get(target, FRAME).mask
