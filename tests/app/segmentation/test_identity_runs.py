"""Runs after a person said who is who: none takes it back, and nothing waits for one before."""

import time
from dataclasses import replace

import pytest

from tarvis_app.timeline.track_strip import TrackStrips
from tarvis_app.window_run import delete_now
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_shapes import centroid
from tarvis_core.annotation.track import MaskSource
from tests.fakes.desk import NUM_FRAMES, SIZE, Desk
from tests.fakes.fake_engine import FakeEngine
from tests.fakes.projects import COW, GRASS, content, keyframe, rectangle

SWITCH = 20
"""Where the network takes each of two targets for the other."""
UPPER, LOWER = 6, 46
"""Where they are, at the top of either half of the frame."""


class ConfusedEngine(FakeEngine):
    """Carries a target over into the other half of the frame as it passes `SWITCH`."""

    def _predict(self, size, exemplars, target, frame):
        predicted = super()._predict(size, exemplars, target, frame)
        own = (e.frame for e in exemplars if e.target == target and not e.mask.is_empty)
        if min(own, key=lambda start: abs(start - frame), default=frame) < SWITCH <= frame:
            turned = predicted.mask.to_array()[::-1]
            predicted = replace(predicted, mask=Mask.from_array(turned))
        return predicted


@pytest.fixture
def desk(qtbot, numbered_video, notifications):
    """A cow above and grass below, drawn on the first frame."""
    desk = Desk(numbered_video, notifications)
    desk.engine = ConfusedEngine()
    desk.put(COW, 0, keyframe(rectangle(2, UPPER, 12, 12, SIZE)))
    desk.put(GRASS, 0, keyframe(rectangle(2, LOWER, 12, 12, SIZE)))
    yield desk
    desk.service.shut_down()
    delete_now(desk.document)


def run(qtbot, desk, start):
    with qtbot.waitSignal(desk.runs.ended):
        start()


def halves(desk, target):
    """In which half of the frame a target is, by frame: U or L; - where it is known to be gone."""
    found = []
    for frame in range(NUM_FRAMES):
        held = desk.project.masks.get(target, frame)
        if held is None or held.mask.is_empty:
            found.append(" " if held is None else "-")
        else:
            found.append("U" if centroid(held.mask)[1] < SIZE[0] / 2 else "L")
    return "".join(found)


def waiting(desk):
    """What the timeline marks as waiting for a run, by target."""
    strips = TrackStrips()
    strips.read(desk.project)
    return [
        span for target in desk.project.targets for span in strips.waiting(desk.project, target)
    ]


def check_that_nothing_waits(desk):
    said = []
    desk.runs.nothing_to_do.connect(said.append)
    desk.runs.track_stale()
    desk.runs.nothing_to_do.disconnect(said.append)
    assert not desk.runs.is_running
    assert len(said) == 1
    assert waiting(desk) == []


def test_that_no_run_takes_a_swap_back_and_none_is_due_after_it(qtbot, desk):
    run(qtbot, desk, desk.runs.track_both)
    assert halves(desk, COW) == SWITCH * "U" + (NUM_FRAMES - SWITCH) * "L"
    assert halves(desk, GRASS) == SWITCH * "L" + (NUM_FRAMES - SWITCH) * "U"
    before = content(desk.project)

    desk.view_state.note_shown_frame(SWITCH)
    desk.view_state.select(COW, GRASS)
    desk.targets.swap_from_here()
    swapped = content(desk.project)
    check_that_nothing_waits(desk)
    run(qtbot, desk, desk.runs.track_both)

    assert halves(desk, COW) == NUM_FRAMES * "U"
    assert halves(desk, GRASS) == NUM_FRAMES * "L"
    desk.document.undo()
    assert content(desk.project) == swapped
    desk.document.undo()
    assert content(desk.project) == before
    desk.document.redo()
    assert content(desk.project) == swapped


def test_that_a_run_that_is_due_after_a_correction_keeps_to_a_swap_behind_it(qtbot, desk):
    """The cow is corrected on a frame, and only then it is seen that it was swapped later on."""
    run(qtbot, desk, desk.runs.track_both)
    corrected = SWITCH - 5
    held = desk.project.masks.get(COW, corrected)
    drawn = replace(keyframe(held.mask), source=MaskSource("brush", made_at=time.time()))
    desk.put(COW, corrected, drawn)
    desk.view_state.note_shown_frame(SWITCH)
    desk.view_state.select(COW, GRASS)
    desk.targets.swap_from_here()

    assert {(span.first, span.last) for span in waiting(desk)} == {
        (1, corrected - 1),
        (corrected + 1, SWITCH - 1),
    }
    run(qtbot, desk, desk.runs.track_stale)
    check_that_nothing_waits(desk)
    assert halves(desk, COW) == NUM_FRAMES * "U"
    assert halves(desk, GRASS) == NUM_FRAMES * "L"


def test_that_no_run_joins_what_was_split(qtbot, desk):
    run(qtbot, desk, desk.runs.track_both)
    before = content(desk.project)
    desk.view_state.note_shown_frame(SWITCH)
    desk.view_state.select(COW)
    desk.targets.split_here()
    new = max(desk.project.targets)
    split = content(desk.project)
    check_that_nothing_waits(desk)
    desk.view_state.select(COW, new)
    run(qtbot, desk, desk.runs.track_both)

    assert halves(desk, COW) == SWITCH * "U" + "-" + (NUM_FRAMES - SWITCH - 1) * " "
    assert halves(desk, new) == (SWITCH - 1) * " " + "-" + (NUM_FRAMES - SWITCH) * "L"
    desk.document.undo()
    assert content(desk.project) == split
    desk.document.undo()
    assert content(desk.project) == before


def test_that_no_run_parts_what_was_merged(qtbot, desk):
    """What is in the upper half all along is two targets; the lower half's are dropped."""
    run(qtbot, desk, desk.runs.track_both)
    desk.view_state.note_shown_frame(SWITCH)
    for target in (COW, GRASS):
        desk.view_state.select(target)
        desk.targets.split_here()
    before, after = COW, max(desk.project.targets)
    desk.view_state.select(before, after)
    desk.targets.merge_selected()
    check_that_nothing_waits(desk)
    desk.view_state.select(before)
    run(qtbot, desk, desk.runs.track_both)

    assert halves(desk, before) == NUM_FRAMES * "U"
