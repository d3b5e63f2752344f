"""Clicks, and what they filled of their clips, wait for a run that carries them on."""

from dataclasses import replace

import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.clip_fill_plan import fill_changes, plan_fill
from tarvis_app.segmentation.requests import ClipFillAnswer, ClipFillRequest
from tarvis_app.segmentation.run_plan import Need, need_of, plan_run
from tarvis_app.segmentation.run_stretches import Reach, RunWish
from tarvis_app.segmentation.run_writer import made_by
from tarvis_core.annotation import painting
from tarvis_core.annotation.clicking import ANSWER, CARRIED
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.segmentation import ClipMasks, Direction, PredictedMask
from tarvis_core.annotation.track import FrameState, TrackFrame
from tests.fakes.projects import COW, rectangle

BEFORE, AT, LAST = 6, 10, 11
MASK = rectangle(2, 2, 4, 4)


@pytest.fixture
def put(document):
    """Gives the cow a mask on frames, made now."""

    def make(frames, tool, state=FrameState.PREDICTED):
        held = TrackFrame(MASK, state, source=made_by(tool, ""))
        masks = document.opened.masks
        document.edit(Edit("Put", tuple(masks.change_to(COW, frame, held) for frame in frames)))

    return make


def fill(document):
    """As the window does it once something was given."""
    step = plan_fill(document.opened, COW, AT, (BEFORE, LAST))
    request = ClipFillRequest(1, AT, COW, MASK, step, 1)
    frames = range(BEFORE, LAST + 1)
    clip = ClipMasks(tuple(frames), {COW: dict.fromkeys(frames, PredictedMask(MASK, 0.9))})
    document.edit(Edit("Fill", fill_changes(document.opened, ClipFillAnswer(request, clip, ""))))


def test_that_filled_frames_between_keyframes_wait_for_a_run(document, put):
    put((BEFORE, AT), "brush", FrameState.KEYFRAME)
    fill(document)
    back = RunWish((COW,), AT, (BEFORE, LAST), Direction.BACKWARD)
    stale = RunWish((COW,), AT, (BEFORE, LAST), Direction.BOTH, Reach.STALE)
    assert need_of(document.opened, COW, back) is Need.WAITING
    assert plan_run(document.opened, stale)

    put((7, 8, 9, LAST), "track")
    assert need_of(document.opened, COW, back) is Need.NONE
    assert plan_run(document.opened, stale) == ()


@pytest.mark.parametrize("direction", [Direction.BACKWARD, Direction.FORWARD])
def test_that_filled_frames_beside_a_click_wait_for_a_run(document, put, direction):
    """Also where a run the other way has carried the click's answer on."""
    limits = (BEFORE + 1, LAST)
    put((AT,), CARRIED)
    click = (PointExemplar(AT, COW, 3.5, 3.5),)
    document.edit(Edit("Click", painting.set_exemplars(document.opened, COW, AT, click)))
    fill(document)
    wish = RunWish((COW,), AT, limits, direction)
    assert need_of(document.opened, COW, wish) is Need.WAITING

    put((7, 8, 9, LAST), "track")
    assert need_of(document.opened, COW, wish) is Need.NONE


def test_that_a_corrected_click_waits_for_every_run_until_one_has_carried_it(document, put):
    put((BEFORE, 7, 8, 9, LAST), "track")
    click = (PointExemplar(AT, COW, 3.5, 3.5),)
    document.edit(Edit("Click", painting.set_exemplars(document.opened, COW, AT, click)))
    put((AT,), ANSWER)
    limits = (BEFORE, LAST)
    back = RunWish((COW,), AT, limits, Direction.BACKWARD)
    on = replace(back, direction=Direction.FORWARD)
    stale = replace(back, direction=Direction.BOTH, reach=Reach.STALE)
    for wish in (back, on, stale):
        assert need_of(document.opened, COW, wish) is Need.WAITING

    put((AT,), CARRIED)
    put((LAST,), "track")
    assert need_of(document.opened, COW, on) is Need.NONE
    for wish in (back, stale):
        assert need_of(document.opened, COW, wish) is Need.WAITING

    put((BEFORE, 7, 8, 9), "track")
    assert need_of(document.opened, COW, back) is Need.NONE
    assert plan_run(document.opened, stale) == ()
