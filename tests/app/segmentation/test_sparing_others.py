"""Runs and fills take no pixel that a person gave to another target, where pixels are exclusive."""

import pytest

from tarvis_app.window_run import delete_now
from tarvis_core.annotation.clicking import FILLED
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tests.fakes.desk import AT, NUM_FRAMES, SIZE, Desk
from tests.fakes.projects import COW, GRASS, content, keyframe, rectangle

EVERYTHING = rectangle(0, 0, SIZE[1], SIZE[0], SIZE)
BESIDE = AT + 2
"""A frame that a click's clips reach."""


@pytest.fixture(params=[True, False])
def is_exclusive(request):
    return request.param


@pytest.fixture
def desk(qtbot, numbered_video, notifications, is_exclusive):
    desk = Desk(numbered_video, notifications)
    desk.view_state.brush.set_exclusive(is_exclusive)
    yield desk
    desk.service.shut_down()
    delete_now(desk.document)


def test_that_a_run_spares_another_targets_keyframe(qtbot, desk, is_exclusive):
    desk.put(COW, 0, keyframe(rectangle(10, 20, 12, 12, SIZE)))
    desk.put(GRASS, 5, keyframe(EVERYTHING))
    with qtbot.waitSignal(desk.runs.ended):
        desk.runs.track_forward()
    assert desk.frames() == tuple(range(NUM_FRAMES))
    assert desk.project.masks.get(COW, 5).mask.is_empty == is_exclusive
    assert not desk.project.masks.get(COW, 6).mask.is_empty
    assert desk.project.masks.get(GRASS, 5).mask == EVERYTHING


def test_that_what_a_click_fills_spares_it_too(qtbot, desk, is_exclusive):
    desk.put(GRASS, BESIDE, keyframe(EVERYTHING))
    desk.click()
    qtbot.waitUntil(lambda: {BESIDE, BESIDE + 1} <= set(desk.frames()))
    assert desk.project.masks.get(COW, BESIDE).mask.is_empty == is_exclusive
    assert not desk.project.masks.get(COW, BESIDE + 1).mask.is_empty


def test_that_a_fill_takes_the_pixels_of_earlier_fills_and_undo_gives_them_back(
    qtbot, desk, is_exclusive
):
    desk.put(GRASS, AT, keyframe(rectangle(80, 0, 4, 4, SIZE)))
    earlier = TrackFrame(EVERYTHING, FrameState.PREDICTED, 0.5, source=MaskSource(FILLED))
    desk.put(GRASS, BESIDE, earlier)
    before = content(desk.project)
    desk.click()
    qtbot.waitUntil(lambda: BESIDE in desk.frames())
    own = desk.project.masks.get(COW, BESIDE).mask
    rest = desk.project.masks.get(GRASS, BESIDE)
    assert rest.mask == (EVERYTHING.difference(own) if is_exclusive else EVERYTHING)
    assert rest.source.tool == FILLED
    desk.document.undo()
    assert content(desk.project) == before
