"""The list of suggestions worked through by keys: row after row, and no target is touched."""

import pytest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from tarvis_app.canvas.canvas_commands import CanvasCommands
from tarvis_app.segmentation.pending_run import PendingRun
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_app.suggestions.suggestion_panel import SuggestionPanel
from tests.app.suggestions.test_suggestions import CAT, DOG, FRAME, clip
from tests.fakes.projects import COW, content, rectangle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

BIRD = rectangle(30, 20, 4, 4)


@pytest.fixture
def suggestions(document, view_state):
    found = SuggestionList(document, view_state)
    view_state.note_shown_frame(FRAME)
    found.take(clip({1: DOG, 2: CAT, 3: BIRD}, {1: 0.9, 2: 0.8, 3: 0.7}))
    return found


@pytest.fixture
def panel(canvas, suggestions, theme, qtbot):
    """The list beside a field of another part of the window, which takes keys as well."""
    window = QWidget()
    qtbot.addWidget(window)
    panel = SuggestionPanel(suggestions, theme)
    panel.surroundings, panel.elsewhere = window, QLineEdit()
    layout = QVBoxLayout(window)
    layout.addWidget(panel)
    layout.addWidget(panel.elsewhere)
    window.show()
    window.activateWindow()
    panel.elsewhere.setFocus()
    qtbot.waitUntil(panel.elsewhere.hasFocus)
    return panel


@pytest.fixture
def commands(canvas, document, keyframes, notifications, suggestions, view_state):
    view_state.select(COW)
    return CanvasCommands(canvas, keyframes, None, notifications, PendingRun(document), suggestions)


def scores(suggestions):
    return [held.score for held in suggestions.waiting]


def choose(panel, row):
    panel.list.setFocus()
    panel.list.setCurrentIndex(panel.model.index(row))


def test_that_delete_goes_through_the_list_and_reaches_no_target(
    panel, commands, suggestions, document
):
    before = content(document.opened)
    choose(panel, 1)
    commands.clear()
    assert scores(suggestions) == [0.9, 0.7]
    assert suggestions.choice.current.score == 0.7
    assert panel.list.currentIndex().row() == 1
    commands.clear()
    assert suggestions.choice.current.score == 0.9
    for _ in range(3):
        commands.clear()
    assert scores(suggestions) == []
    assert panel.list.hasFocus(), "a person who goes on pressing the key clears nothing else"
    for command in (commands.clear, commands.accept, commands.accept_all):
        command()
    assert content(document.opened) == before


def test_that_enter_goes_through_the_list_and_makes_no_other_keyframe(
    panel, commands, suggestions, document
):
    choose(panel, 0)
    for score in (0.8, 0.7):
        commands.accept()
        assert suggestions.choice.current.score == score
    commands.accept()
    before = content(document.opened)
    commands.accept()
    assert scores(suggestions) == []
    assert content(document.opened) == before


def test_that_with_no_row_chosen_the_keys_of_the_list_reach_no_target(
    panel, commands, suggestions, document
):
    panel.slider.setFocus()
    before = content(document.opened)
    commands.clear()
    commands.accept()
    assert content(document.opened) == before
    assert len(suggestions.waiting) == 3


def test_that_elsewhere_the_keys_mean_the_target_and_an_empty_list_goes(
    panel, commands, suggestions, document
):
    choose(panel, 0)
    suggestions.reject_all()
    assert panel.isVisible()
    panel.elsewhere.setFocus()
    assert panel.isHidden()
    commands.clear()
    assert document.opened.masks.get(COW, FRAME) is None


def test_that_what_was_pointed_at_has_no_successor(panel, suggestions):
    suggestions.choice.choose(suggestions.waiting[0].number)
    suggestions.reject_current()
    assert suggestions.choice.current is None
