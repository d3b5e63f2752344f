"""A click that cuts another target's run: the row is hatched, and the history exact."""

import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.run_plan import Need, need_of
from tarvis_app.segmentation.run_stretches import RunWish
from tarvis_app.timeline.track_strip import TrackStrips
from tarvis_core.annotation.clicking import RUN
from tarvis_core.annotation.segmentation import Direction
from tarvis_core.annotation.segmentation_changes import outdated_frames
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tests.fakes.projects import COW, GRASS, content, rectangle
from tests.fakes.told_service import FRAME

BODY = rectangle(0, 0, 20, 20)
LARGE, SMALL = rectangle(10, 0, 20, 20), rectangle(18, 0, 12, 20)
BESIDE = tuple(frame for frame in range(1, 12) if frame != FRAME)


@pytest.fixture
def carried(document, give_click):
    """The grass was carried through the clip long ago; a cow is clicked for in it."""
    held = TrackFrame(BODY, FrameState.PREDICTED, 0.9, source=MaskSource(RUN, made_at=100.0))
    masks = document.opened.masks
    document.edit(Edit("Run", tuple(masks.change_to(GRASS, f, held) for f in range(1, 12))))
    return give_click


def hatched(document):
    """What the timeline marks of the grass; the data layer finds the same."""
    strips = TrackStrips()
    strips.read(document.opened)
    spans = strips.waiting(document.opened, GRASS)
    frames = tuple(f for span in spans for f in range(span.first, span.last + 1))
    assert frames == outdated_frames(document.opened, GRASS)
    return frames


@pytest.mark.parametrize("settled", [LARGE, SMALL])
def test_that_the_row_is_hatched_from_the_first_look_on_and_undo_takes_that_back(
    document, service, carried, shown, settled
):
    assert hatched(document) == ()
    before = content(document.opened)
    carried(COW, 19.5)
    service.answer(LARGE, is_settled=False)
    assert hatched(document) == BESIDE
    service.answer(settled)
    assert shown(GRASS) == BODY.difference(settled)
    assert hatched(document) == BESIDE
    after = content(document.opened)
    document.undo()
    assert (content(document.opened), hatched(document)) == (before, ())
    document.redo()
    assert (content(document.opened), hatched(document)) == (after, BESIDE)


@pytest.mark.parametrize("frame", [FRAME, 0])
def test_that_every_run_counts_the_cut_target_among_those_that_wait(
    document, service, carried, frame
):
    wish = RunWish((GRASS,), frame, (0, 11), Direction.BOTH)
    assert need_of(document.opened, GRASS, wish) is Need.NONE
    carried(COW, 19.5)
    service.answer(LARGE)
    assert need_of(document.opened, GRASS, wish) is Need.WAITING


def test_that_a_settled_answer_beneath_a_later_step_leaves_it_hatched(
    document, service, carried, shown
):
    carried(COW, 19.5)
    service.answer(LARGE, is_settled=False)
    carried(COW, 14.5, is_positive=False)
    service.answer(SMALL, is_settled=False)
    assert hatched(document) == BESIDE
    document.undo()
    service.answer(LARGE)
    assert hatched(document) == BESIDE
    assert shown(GRASS) == BODY.difference(LARGE)
    document.undo()
    assert hatched(document) == ()
    document.redo()
    document.redo()
    assert hatched(document) == BESIDE
    assert shown(GRASS) == BODY.difference(SMALL)
