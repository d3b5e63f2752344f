"""Where the network sees nothing, the person is told what else there is."""

import pytest

from tarvis_app.conduct.empty_answers import EmptyAnswers
from tarvis_app.notifications import Remedy
from tarvis_app.segmentation.click_answers import ClickAnswers
from tarvis_core.annotation.mask import Mask
from tests.fakes.projects import COW, SIZE, rectangle
from tests.fakes.told_service import FRAME, ToldService

NOTHING, SOMETHING = Mask.empty(*SIZE), rectangle(5, 3, 12, 12)


@pytest.fixture
def service(qapp):
    return ToldService()


@pytest.fixture
def click(document, view_state, drawing, service, notifications):
    view_state.note_shown_frame(FRAME)
    view_state.select(COW)
    clicks = ClickAnswers(document, view_state, service)
    drawing.exemplar_given.connect(clicks.ask)
    EmptyAnswers(document, clicks, notifications)

    def click(answer, *, is_positive=True):
        drawing.add_point(FRAME, (9.5, 8.5), is_positive=is_positive)
        service.answer(answer)

    click.answers = clicks
    return click


def test_that_a_click_that_finds_nothing_is_told_until_one_finds_something(click, notifications):
    click(NOTHING)
    assert "sees nothing for Berta" in notifications.current.text
    click(SOMETHING)
    assert notifications.current is None


def test_that_what_is_clicked_away_is_no_surprise(click, notifications):
    click(NOTHING, is_positive=False)
    assert notifications.current is None


def test_that_a_message_that_offers_help_stays(click, notifications):
    offer = notifications.warn("This place belongs to Dora.", [Remedy("Let it", lambda: None)])
    click(NOTHING)
    assert notifications.current is offer
