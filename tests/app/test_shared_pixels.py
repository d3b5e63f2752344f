"""A run that lays masks over those of other targets says so, and offers to track them together."""

import pytest

from tarvis_app.conduct.shared_pixels import SharedPixels
from tarvis_app.window_run import delete_now
from tarvis_core.annotation.mask import Mask
from tests.fakes.desk import NUM_FRAMES, SIZE, Desk
from tests.fakes.projects import COW, GRASS, keyframe, predicted, rectangle

EVERYTHING = rectangle(0, 0, SIZE[1], SIZE[0], SIZE)
REMEDY = "Track them together"


@pytest.fixture
def desk(qtbot, numbered_video, notifications):
    desk = Desk(numbered_video, notifications)
    desk.shared = SharedPixels(desk.document, desk.view_state.brush, desk.runs, notifications)
    desk.put(COW, 0, keyframe(rectangle(10, 20, 12, 12, SIZE)))
    desk.put(GRASS, 0, keyframe(rectangle(60, 40, 12, 12, SIZE)))
    for frame in range(1, NUM_FRAMES):
        desk.put(GRASS, frame, predicted(rectangle(60, 40, 12, 12, SIZE)))
    yield desk
    desk.service.shut_down()
    delete_now(desk.document)


def track_cow(qtbot, desk):
    desk.runs.wishes.set_selected_only(True)
    desk.view_state.select(COW)
    desk.view_state.note_shown_frame(0)
    with qtbot.waitSignal(desk.runs.ended):
        desk.runs.track_forward()


def test_that_common_pixels_are_told_and_the_targets_can_be_tracked_together(
    qtbot, desk, notifications
):
    for frame in (3, 5):
        desk.put(GRASS, frame, predicted(EVERYTHING))

    track_cow(qtbot, desk)

    notice = notifications.current
    assert notice.text == "Berta, Grass have pixels in common on 2 frames since this run."
    (remedy,) = notice.remedies
    assert remedy.text == REMEDY
    with qtbot.waitSignal(desk.runs.ended):
        remedy.call()
    assert desk.engine.requests[-1].wanted.keys() == {COW, GRASS}
    assert notifications.current is None


def test_that_targets_that_are_carried_together_are_not_compared(desk, monkeypatch):
    """Each pixel goes to one of them; to look would be felt with many."""
    masks = desk.document.opened.masks
    changes = tuple(masks.change_to(target, 3, predicted(EVERYTHING)) for target in (COW, GRASS))
    compared = []
    monkeypatch.setattr(Mask, "intersection_area", lambda *both: compared.append(both))
    desk.shared._look_at(1, changes)
    assert compared == []
    desk.shared._look_at(1, changes[:1])
    assert len(compared) == 1


def test_that_it_is_told_no_more_once_the_run_is_taken_back(qtbot, desk, notifications):
    desk.put(GRASS, 3, predicted(EVERYTHING))
    track_cow(qtbot, desk)
    assert notifications.current is not None
    desk.document.undo()
    assert notifications.current is None


def test_that_nothing_is_told_of_masks_apart(qtbot, desk, notifications):
    track_cow(qtbot, desk)
    assert notifications.current is None


def test_that_nothing_is_told_where_pixels_may_have_two_targets(qtbot, desk, notifications):
    desk.view_state.brush.set_exclusive(False)
    desk.put(GRASS, 3, predicted(EVERYTHING))
    track_cow(qtbot, desk)
    assert notifications.current is None
