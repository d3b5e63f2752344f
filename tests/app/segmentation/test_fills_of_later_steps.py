"""A clip is filled in the step that the frame's mask is of, and again once that is taken back."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Signal

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.click_answers import ClickAnswers
from tarvis_app.segmentation.clip_filling import ClipFilling
from tarvis_app.segmentation.requests import ClipFillRequest
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.track import FrameState
from tarvis_core.video.clip import ClipGrid
from tests.fakes.projects import COW, GRASS, rectangle
from tests.fakes.told_service import ToldService

FRAME = 8
"""Nothing is known here."""
QUICK, SETTLED, BESIDE = rectangle(0, 0, 20, 20), rectangle(0, 0, 20, 24), rectangle(15, 0, 20, 24)


class NotedFills(ToldService):
    """Notes which clips are to be filled."""

    job_started = Signal(object)
    job_ended = Signal(object)
    job_abandoned = Signal()
    model_changed = Signal(object)
    clip_filled = Signal(object)
    fill_ended = Signal(object)
    fills_changed = Signal(object)

    job = None
    model = SimpleNamespace(clips=ClipGrid(6, 3))

    def __init__(self):
        super().__init__()
        self.fills = []

    def fill_clip(self, frame, target, start, step, gesture):
        self.fills.append(ClipFillRequest(len(self.fills) + 1, frame, target, start, step, gesture))
        self.fills_changed.emit((target,))
        return self.fills[-1]

    def stop_filling(self, *targets):
        self.fills_changed.emit(())

    def end_fill(self):
        self.fills_changed.emit(())
        self.fill_ended.emit(self.fills[-1])


@pytest.fixture
def service(qapp):
    return NotedFills()


@pytest.fixture
def click(document, view_state, service, drawing):
    clicks = ClickAnswers(document, view_state, service, drawing)
    filling = ClipFilling(document, view_state, service, drawing)
    drawing.exemplar_given.connect(clicks.ask)
    clicks.answered.connect(filling.fill)
    clicks.gave_way.connect(filling.fill)

    def give(target, x):
        view_state.select(target)
        drawing.add_point(FRAME, (x, 5.5), is_positive=True)
        return service.asked[-1].gesture

    return give


def told(fill):
    return fill.target, fill.gesture, fill.start


def test_that_a_late_answer_is_carried_in_the_step_that_took_from_it_and_in_its_own_after_undo(
    document, service, click
):
    first = click(GRASS, 3.5)
    service.answer(QUICK, GRASS, is_settled=False)
    second = click(COW, 30.5)
    service.answer(BESIDE, COW, is_settled=False)
    service.answer(SETTLED, GRASS)
    assert told(service.fills[-1]) == (GRASS, second, SETTLED.difference(BESIDE))
    service.end_fill()

    document.undo()

    assert told(service.fills[-1]) == (GRASS, first, SETTLED)
    service.end_fill()
    count = len(service.fills)
    document.redo()
    document.undo()
    assert len(service.fills) == count, "what is filled is filled once"


def test_that_a_click_made_again_goes_on_with_its_clip(document, service, click):
    first = click(GRASS, 3.5)
    service.answer(SETTLED)
    document.undo()
    assert len(service.fills) == 1

    document.redo()

    assert [told(fill) for fill in service.fills] == [(GRASS, first, SETTLED)] * 2


def test_that_a_click_that_waits_for_its_answer_is_not_overtaken(document, service, click):
    click(GRASS, 3.5)
    service.answer(SETTLED)
    click(GRASS, 4.5)
    service.stop_filling(GRASS)
    click(COW, 30.5)
    assert len(service.fills) == 1


def test_that_another_mask_on_the_frame_ends_it_until_undo(document, service, click):
    click(GRASS, 3.5)
    service.answer(SETTLED)
    held = document.opened.masks.get(GRASS, FRAME)
    other = replace(held, mask=BESIDE, state=FrameState.KEYFRAME)
    document.edit(Edit("Other", (MaskChange(GRASS, FRAME, held, other),)))
    assert len(service.fills) == 1

    document.undo()

    assert len(service.fills) == 2
