"""Where a suggestion is seen: gone to once it is chosen, told, and where its keyframe comes."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_app.suggestions.suggestion_panel import SuggestionPanel
from tarvis_core.annotation.segmentation import PredictedMask
from tests.app.suggestions.test_suggestions import CAT, DOG, click_button, clip
from tests.fakes.projects import rectangle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

LARGER = rectangle(25, 2, 10, 8)


def go_to(view_state, frame):
    view_state.show_frame(frame)
    view_state.note_shown_frame(frame)


@pytest.fixture
def suggestions(document, view_state):
    """A dog on frames 6 to 8 and 10, a cat on 0 and 1; frame 3 is shown."""
    found = SuggestionList(document, view_state)
    found.take(clip({1: DOG}, {1: 0.9}, frames=(6, 7, 8, 10)))
    found.take(clip({2: CAT}, {2: 0.8}, frames=(0, 1)))
    go_to(view_state, 3)
    return found


@pytest.fixture
def panel(suggestions, theme, qtbot):
    panel = SuggestionPanel(suggestions, theme)
    qtbot.addWidget(panel)
    panel.resize(260, 220)
    panel.show()
    return panel


def test_that_a_chosen_row_is_gone_to(panel, suggestions, view_state):
    panel.list.setCurrentIndex(panel.model.index(0))
    assert view_state.frame == 3, "Qt chooses a row when the window comes to the front"
    for key, frame in ((Qt.Key.Key_Down, 1), (Qt.Key.Key_Up, 6), (Qt.Key.Key_Down, 1)):
        QTest.keyClick(panel.list, key)
        assert view_state.frame == frame
    go_to(view_state, 9)
    click_row(panel, 1)
    assert view_state.frame == 1, "also if it is chosen already"
    go_to(view_state, 7)
    click_row(panel, 0)
    assert view_state.frame == 7, "it is seen here"


def click_row(panel, row):
    place = panel.list.visualRect(panel.model.index(row)).topLeft()
    place.setX(place.x() + 40)
    place.setY(place.y() + 10)
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)


@pytest.mark.parametrize("button", [0, 1])
def test_that_pressing_a_button_of_a_row_does_not_lead_to_its_frame(
    panel, suggestions, view_state, button
):
    visited = []
    view_state.frame_changed.connect(visited.append)
    click_button(panel, row=0, which=button)
    assert [held.score for held in suggestions.waiting] == [0.8]
    assert 6 not in visited


def test_that_after_a_decision_the_next_one_is_gone_to(suggestions, view_state):
    suggestions.choice.set_has_keys(True)
    suggestions.choice.choose(suggestions.waiting[0].number)
    suggestions.reject_current()
    assert suggestions.choice.current.score == 0.8
    assert view_state.frame == 1


def test_that_a_row_says_its_frames(panel):
    dog, cat = (panel.model.index(row) for row in range(2))
    assert dog.data(Qt.ItemDataRole.ToolTipRole).startswith("On frames 6–8, 10\n")
    assert "frames 0–1" in cat.data(Qt.ItemDataRole.AccessibleTextRole)


def test_that_one_accepted_from_elsewhere_gets_its_keyframe_where_it_is_surest(
    suggestions, document
):
    answer = clip({1: DOG}, {1: 0.9}, search=2, frames=(6, 7, 8, 9))
    (target,) = answer.clip.masks
    masks = {
        **answer.clip.masks[target],
        7: PredictedMask(DOG, 0.8),
        8: PredictedMask(LARGER, 0.8),
        9: PredictedMask(LARGER, 0.6),
    }
    suggestions.take(replace(answer, clip=replace(answer.clip, masks={target: masks})))
    held = next(each for each in suggestions.waiting if each.number[0] == 2)
    (made,) = suggestions.accept((held,))
    assert document.opened.masks.track(made).law_frames == (8,)
