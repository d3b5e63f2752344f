"""The history: every step with a picture and its frame; choosing one goes there."""

from functools import partial

import cv2
import numpy as np
import pytest
from PySide6.QtTest import QAbstractItemModelTester

from tarvis_app.document.edits import Edit
from tarvis_app.panels.history_panel import PICTURE_ROLE, STEP_ROLE, HistoryPanel
from tarvis_app.panels.step_pictures import HEIGHT, WIDTH, _cover
from tarvis_app.window_run import delete_now
from tarvis_core.annotation import painting, target_operations, track_operations
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.track import FrameState, TrackFrame
from tests.fakes.projects import COW, GRASS, predicted, rectangle
from tests.fakes.work import lines_run


@pytest.fixture
def panel(document, theme):
    panel = HistoryPanel(document, theme)
    panel.resize(260, 200)
    yield panel
    delete_now(panel)


def paint(document, target, frame, x=3, gesture=None, width=5):
    changes = painting.put_mask(document.opened, target, frame, rectangle(x, 4, width, 8))
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


def test_that_a_step_without_masks_is_painted_in_the_colour_of_its_target(panel, document):
    document.edit(Edit("Rename", target_operations.rename(document.opened, COW, "Bull")))
    colour = document.opened.target(COW).colour
    assert shown_colour(panel, 1, 12) == colour
    assert panel.steps.index(1).data(PICTURE_ROLE) is None
    assert panel.steps.index(0).data(PICTURE_ROLE) is None


def shown_colour(panel, row, left):
    """The colour in the middle of a row, so far from its left."""
    rect = panel.visualRect(panel.steps.index(row))
    place = rect.topLeft() + panel.viewport().pos()
    pixel = panel.grab().toImage().pixelColor(place.x() + left, place.y() + rect.height() // 2)
    return pixel.red(), pixel.green(), pixel.blue()


def test_that_a_step_shows_what_it_did_to_its_mask(panel, document):
    """The cow is there on frame 4 already, from 7 to 17; it is put where it has five columns."""
    paint(document, COW, 4, x=12, width=10)
    picture = panel.steps.index(1).data(PICTURE_ROLE)
    colour = document.opened.target(COW).colour
    middle = picture.height() // 2
    row = [picture.pixelColor(x, middle) for x in range(picture.width())]
    came = [x for x, pixel in enumerate(row) if pixel.alpha() > 250]
    stayed = [x for x, pixel in enumerate(row) if 120 < pixel.alpha() < 135]
    went = [x for x, pixel in enumerate(row) if 145 < pixel.alpha() < 160]
    assert went[-1] < stayed[0] <= stayed[-1] < came[0]
    assert abs(len(stayed) - len(came)) <= 3
    assert (row[came[0]].red(), row[came[0]].green(), row[came[0]].blue()) == colour
    assert shown_colour(panel, 1, 8 + (came[0] + came[-1]) // 4) == colour
    assert panel.steps.index(1).data(PICTURE_ROLE) == picture, "kept, not made again"


def test_that_a_step_that_empties_a_mask_shows_what_went(panel, document):
    changes = track_operations.mark_absent_from(document.opened, COW, 4)
    document.edit(Edit("Absent", changes, 4))
    picture = panel.steps.index(1).data(PICTURE_ROLE)
    middle = picture.pixelColor(picture.width() // 2, picture.height() // 2)
    assert 145 < middle.alpha() < 160
    document.edit(Edit("Delete", target_operations.delete_targets(document.opened, [COW])))
    assert panel.steps.index(1).data(PICTURE_ROLE) is None, "whose it was is not known any more"


def test_that_a_click_is_where_its_answer_is(panel, document):
    gesture = document.new_gesture()
    changes = target_operations.rename(document.opened, COW, "Bull")
    document.edit(Edit("Click", changes, None, gesture))
    paint(document, COW, 7, gesture=gesture)
    assert [(step.text, step.frame) for step in steps(panel)[1:]] == [("Click", 7)]


def test_that_the_picture_of_a_long_run_is_no_more_work(panel, document):
    masks, held = document.opened.masks, predicted(rectangle(3, 4, 5, 8))

    def looking(num_frames):
        frames = range(5, 5 + num_frames)
        changes = tuple(masks.change_to(COW, frame, held) for frame in frames)
        given = painting.set_exemplars(document.opened, COW, 5, (PointExemplar(5, COW, 5.5, 6.5),))
        document.edit(Edit("Track", (*changes, *given), 5, document.new_gesture()))
        picture = partial(panel.steps.index(panel.steps.rowCount() - 1).data, PICTURE_ROLE)
        assert picture() is not None
        return lines_run(picture)

    short = looking(3)
    document.undo()
    assert looking(3000) <= 1.2 * short


def test_that_a_step_still_knows_where_something_was_given(document):
    gesture = document.new_gesture()
    given = painting.set_exemplars(document.opened, COW, 5, (PointExemplar(5, COW, 5.5, 6.5),))
    document.edit(Edit("Click", given, 5, gesture))
    paint(document, COW, 6, gesture=gesture)
    assert [document.newest_gesture(COW, frame) for frame in (4, 5, 6)] == [None, gesture, gesture]


@pytest.mark.parametrize("region", [(-40, -30, 200, 138), (3, 5, 163, 117), (10, 20, 90, 76)])
def test_that_a_large_mask_is_shown_as_it_covers_the_picture(region):
    disk = np.hypot(*np.ogrid[-50:80, -60:100]) < 45
    held = TrackFrame(Mask.from_array(disk), FrameState.PREDICTED)
    pixels = held.mask.pixels_in(region).astype(np.float32)
    plain = cv2.resize(pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    assert np.allclose(_cover(held, region)[..., 0], plain, atol=1e-5)
