"""The funnel of the target list: kinds, classes and scores, chosen together, by mouse or keys."""

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtTest import QTest

from tarvis_app.actions import Actions
from tarvis_app.document.edits import Edit
from tarvis_app.document.target_list_model import TargetRole
from tarvis_app.panels.target_filter import ANY, Narrowing, Shown
from tarvis_app.panels.target_panel import TargetPanel
from tarvis_app.panels.thumbnails import Thumbnails
from tarvis_app.review.problems import Finding, Problem, Reason
from tarvis_core.annotation.painting import verify
from tarvis_core.annotation.target import CategoryId
from tarvis_core.annotation.target_operations import create_target
from tests.fakes.projects import COW, GRASS, sample_project

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

COWS, GRASSES = CategoryId(1), CategoryId(5)
KEY, CONTROL = Qt.Key, Qt.KeyboardModifier.ControlModifier


class Queue(QObject):
    """A review queue that says what it is told."""

    changed = Signal()

    def __init__(self, *problems):
        super().__init__()
        self.problems = problems

    def say(self, *problems):
        self.problems = problems
        self.changed.emit()


@pytest.fixture
def panel(qtbot, document, view_state, targets, settings, theme):
    actions, pictures = Actions(settings, theme), Thumbnails(document)
    panel = TargetPanel(document, view_state, targets, actions, theme, pictures)
    qtbot.addWidget(panel)
    panel.resize(264, 400)
    panel.show()
    return panel


def listed(panel):
    return [panel.shown.index(row, 0).data() for row in range(panel.shown.rowCount())]


def entry(menu, text):
    return next(action for action in menu.actions() if action.text() == text)


def click(panel, name, modifier=Qt.KeyboardModifier.NoModifier):
    place = panel.list.visualRect(panel.shown.index(listed(panel).index(name), 0)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def choose(panel, text, of=lambda menu: menu):
    panel.finder.filter_menu.fill()
    entry(of(panel.finder.filter_menu), text).trigger()


def test_that_targets_of_the_review_queue_are_listed_until_they_leave_it(panel):
    queue = Queue()
    panel.follow_review(queue)
    choose(panel, "Needs review")
    assert listed(panel) == []
    assert panel._nothing_found.isVisible()
    contact = Problem((Finding(COW, 4, Reason.CONTACT, 0.5, GRASS),))
    queue.say(contact, Problem((Finding(COW, 2, Reason.AREA, 0.4, 0.4),)))
    assert listed(panel) == ["Berta"]
    row = panel.shown.index(0, 0)
    assert panel.list.itemDelegate().whole_text(row).endswith("2 frames need review")
    assert "needs review" in row.data(Qt.ItemDataRole.AccessibleTextRole)
    queue.say()
    assert listed(panel) == []


@pytest.mark.parametrize(
    ("limit", "frame", "names"),
    [
        (62, 2, []),  # the row says 62 %
        (63, 2, ["Berta"]),
        (63, 3, []),
        (100, 0, []),  # a keyframe, and a verified mask: a person stands behind them
        (100, 6, []),  # absent
    ],
)
def test_that_the_score_is_the_one_that_the_row_says(panel, view_state, limit, frame, names):
    view_state.note_shown_frame(frame)
    panel.finder.narrow(Narrowing(score_below_percent=limit))
    assert listed(panel) == names


def test_that_the_limit_of_the_score_is_chosen_and_then_moved(panel, view_state):
    view_state.note_shown_frame(2)
    assert not panel.finder.filter_row.isVisible()
    choose(panel, "Below 60 %", lambda menu: menu.scores)
    assert listed(panel) == []
    panel.finder.filter_row.limit.setValue(70)
    assert listed(panel) == ["Berta"]
    assert panel.finder.filter_row.text.text() == "1 of 2: score below 70\N{NO-BREAK SPACE}%"
    choose(panel, "Any score", lambda menu: menu.scores)
    assert not panel.finder.filter_row.isVisible()


def test_that_the_menu_offers_the_classes_that_targets_have(panel, document, targets):
    document.edit(Edit("New", create_target(document.opened, "Fence")[1]))
    panel.finder.filter_menu.fill()
    texts = [action.text() for action in panel.finder.filter_menu.categories.actions()]
    assert texts == ["Any class", "grass", "cow", "No class"]
    choose(panel, "cow", lambda menu: menu.categories)
    assert listed(panel) == ["Berta"]
    choose(panel, "No class", lambda menu: menu.categories)
    assert listed(panel) == ["Fence"]
    targets.set_category([GRASS], None)
    assert listed(panel) == ["Grass", "Fence"]


def test_that_a_target_has_to_fit_everything_that_was_chosen(panel, document, view_state):
    view_state.note_shown_frame(2)
    choose(panel, "On this frame")
    choose(panel, "cow", lambda menu: menu.categories)
    choose(panel, "Below 90 %", lambda menu: menu.scores)
    assert panel.shown.narrowing == Narrowing(Shown.HERE, COWS, 90)
    assert (
        panel.finder.filter_row.text.text()
        == "1 of 2: On this frame · cow · score below 90\N{NO-BREAK SPACE}%"
    )
    assert panel.finder.filter_button.isChecked()
    document.edit(Edit("Verify", verify(document.opened, (COW,), 2)))
    assert listed(panel) == []
    assert panel.finder.filter_row.text.text().startswith("0 of 2")
    panel.finder.search.setText("cow")
    panel.finder.filter_row.clear_button.click()
    assert panel.shown.narrowing == Narrowing()
    assert listed(panel) == ["Berta"], "what was typed stays"
    assert not panel.finder.filter_button.isChecked()


def test_that_a_kind_chosen_again_is_given_up_alone(panel):
    panel.finder.narrow(Narrowing(Shown.THINGS, COWS))
    choose(panel, "Things")
    assert panel.shown.narrowing == Narrowing(Shown.ALL, COWS)
    choose(panel, "All targets")
    assert panel.shown.narrowing == Narrowing()
    assert entry_is_ticked(panel, "All targets")


def entry_is_ticked(panel, text):
    panel.finder.filter_menu.fill()
    return entry(panel.finder.filter_menu, text).isChecked()


def selected_rows(panel):
    return [index.data() for index in panel.list.selectionModel().selectedIndexes()]


def test_that_a_target_stays_selected_while_the_filter_hides_it(panel, view_state, document):
    """A click on a keyframe corrects the target whose row has just left the list."""
    view_state.note_shown_frame(2)
    click(panel, "Berta")
    panel.finder.narrow(Narrowing(score_below_percent=90))
    assert selected_rows(panel) == ["Berta"]
    view_state.note_shown_frame(0)  # a keyframe has no score
    assert listed(panel) == []
    assert view_state.selection == (COW,)
    view_state.note_shown_frame(2)
    assert selected_rows(panel) == ["Berta"]
    document.edit(Edit("Verify", verify(document.opened, (COW,), 2)))
    assert listed(panel) == []
    assert view_state.selection == (COW,)
    panel.finder.search.setText("grass")
    panel.finder.narrow(Narrowing())
    assert (listed(panel), view_state.selection) == (["Grass"], (COW,))
    panel.finder.search.clear()
    assert selected_rows(panel) == ["Berta"]


def test_that_a_target_stays_selected_when_it_leaves_the_queue(panel, view_state):
    queue = Queue(Problem((Finding(COW, 2, Reason.AREA, 0.4, 0.4),)))
    panel.follow_review(queue)
    choose(panel, "Needs review")
    click(panel, "Berta")
    queue.say(Problem((Finding(GRASS, 2, Reason.AREA, 0.4, 0.4),)))
    assert listed(panel) == ["Grass"]
    assert (selected_rows(panel), view_state.selection) == ([], (COW,))


def test_that_a_choice_lets_hidden_targets_go_and_an_addition_keeps_them(panel, view_state):
    view_state.select(COW)
    panel.finder.narrow(Narrowing(Shown.STUFF))
    click(panel, "Grass", modifier=CONTROL)
    assert view_state.selection == (GRASS, COW)
    click(panel, "Grass")
    assert view_state.selection == (GRASS,), "though its row was the only one selected before"
    view_state.select(GRASS, COW)
    click(panel, "Grass", modifier=CONTROL)
    assert view_state.selection == (COW,)


def test_that_another_project_is_listed_whole(panel, document):
    panel.finder.narrow(Narrowing(category=GRASSES))
    panel.finder.search.setText("gra")
    document.open(sample_project())
    assert panel.shown.narrowing.category is ANY
    assert listed(panel) == ["Grass", "Berta"]
    assert panel.finder.search.text() == ""


def test_that_the_menu_is_opened_and_used_by_keys(panel, qtbot):
    panel.calls()["target.filter"]()
    menu = panel.finder.filter_menu
    qtbot.waitUntil(menu.isVisible)
    for key in (KEY.Key_Up, KEY.Key_Up, KEY.Key_Right):
        QTest.keyClick(menu, key)
    assert menu.categories.isVisible()
    for key in (KEY.Key_Down, KEY.Key_Down, KEY.Key_Return):
        QTest.keyClick(menu.categories, key)
    assert panel.shown.narrowing == Narrowing(category=COWS)


def test_that_enter_takes_what_was_found_and_esc_leaves_the_search(panel, view_state, qtbot):
    panel.calls()["target.search"]()
    QTest.keyClicks(panel.finder.search, "ber")
    with qtbot.waitSignal(panel.keys_left):
        QTest.keyClick(panel.finder.search, KEY.Key_Return)
    assert view_state.selection == (COW,)
    with qtbot.waitSignal(panel.keys_left):
        QTest.keyClick(panel.finder.search, KEY.Key_Escape)
    assert panel.finder.search.text() == ""
    assert view_state.selection == (COW,)


def test_that_the_model_tells_classes_once_in_the_order_of_the_list(panel):
    assert panel.model.categories() == (GRASSES, COWS)
    assert panel.model.index(0).data(TargetRole.NUM_PROBLEMS) == 0
