"""The history: every step with its targets' colours and its frame; choosing one goes there."""

import pytest
from PySide6.QtTest import QAbstractItemModelTester

from tarvis_app.document.edits import Edit
from tarvis_app.panels.history_panel import STEP_ROLE, HistoryPanel
from tarvis_app.window_run import delete_now
from tarvis_core.annotation import painting, target_operations
from tests.fakes.projects import COW, GRASS, rectangle


@pytest.fixture
def panel(document, theme):
    panel = HistoryPanel(document, theme)
    panel.resize(260, 200)
    yield panel
    delete_now(panel)


def paint(document, target, frame, x=3, gesture=None):
    changes = painting.put_mask(document.opened, target, frame, rectangle(x, 4, 5, 5))
    document.edit(Edit("Paint", changes, frame, gesture))


def steps(panel):
    model = panel.steps
    return [model.index(row).data(STEP_ROLE) for row in range(model.rowCount())]


def test_that_a_step_says_frame_and_targets(panel, document):
    paint(document, COW, 4)
    changes = target_operations.rename(document.opened, GRASS, "Meadow")
    document.edit(Edit("Rename", changes))
    opened, painted, renamed = steps(panel)
    assert (opened.frame, opened.targets) == (None, ())
    assert (painted.frame, [t.id for t in painted.targets]) == (4, [COW])
    assert (renamed.frame, [t.name for t in renamed.targets]) == (None, ["Meadow"])
    cow = document.opened.target(COW).name
    assert panel.steps.index(1).data() == f"Paint · {cow}, frame 4"
    assert panel.steps.index(2).data() == "Rename · Meadow"
    document.edit(Edit("Delete", target_operations.delete_targets(document.opened, [COW, GRASS])))
    assert panel.steps.index(1).data() == "Paint, frame 4"


def test_that_the_model_keeps_qts_rules_through_edits_undo_and_gestures(panel, document):
    tester = QAbstractItemModelTester(
        panel.steps, QAbstractItemModelTester.FailureReportingMode.Fatal
    )
    gesture = document.new_gesture()
    for frame in (1, 2, 3):
        paint(document, COW, frame, gesture=gesture)
    assert len(steps(panel)) == 2
    paint(document, GRASS, 5)
    document.undo()
    document.undo()
    assert [step.is_done for step in steps(panel)] == [True, False, False]
    paint(document, GRASS, 6)
    assert [step.frame for step in steps(panel)] == [None, 6]
    document.open(None)
    assert len(steps(panel)) == 1
    tester.deleteLater()


def test_that_choosing_a_step_goes_there_and_the_last_one_is_marked(panel, document):
    paint(document, COW, 4)
    paint(document, GRASS, 5, x=20)
    assert panel.currentIndex().row() == 2
    panel.setCurrentIndex(panel.steps.index(0))
    assert document.undo_stack.index() == 0
    panel.setCurrentIndex(panel.steps.index(1))
    assert document.undo_stack.index() == 1
    document.redo()
    assert panel.currentIndex().row() == 2


def test_that_a_row_is_painted_in_the_colour_of_its_target(panel, document):
    paint(document, COW, 4)
    picture = panel.grab().toImage()
    colour = document.opened.target(COW).colour
    place = panel.visualRect(panel.steps.index(1)).topLeft() + panel.viewport().pos()
    pixel = picture.pixelColor(place.x() + 12, place.y() + 12)
    assert (pixel.red(), pixel.green(), pixel.blue()) == colour


def test_that_a_click_is_where_its_answer_is(panel, document):
    gesture = document.new_gesture()
    changes = target_operations.rename(document.opened, COW, "Bull")
    document.edit(Edit("Click", changes, None, gesture))
    paint(document, COW, 7, gesture=gesture)
    assert [(step.text, step.frame) for step in steps(panel)[1:]] == [("Click", 7)]
