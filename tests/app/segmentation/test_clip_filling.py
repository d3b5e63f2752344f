"""A click fills its clip: what it may write, what ends it, and what undo takes back."""

from dataclasses import replace

import pytest

from tarvis_app.document.drawing import Stroke
from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.requests import ModelState
from tarvis_app.window_run import delete_now
from tarvis_core.annotation import target_operations
from tarvis_core.annotation.clicking import ANSWER, FILLED
from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tarvis_core.errors import DeviceMemoryError
from tests.fakes.desk import AT, NUM_FRAMES, SIZE, Desk
from tests.fakes.fake_engine import SPEED
from tests.fakes.projects import COW, GRASS, content, keyframe, rectangle

CLIPS = range(6, 15)
"""The clips of six frames, three apart, with frame 10 in them."""


@pytest.fixture
def desk(qtbot, numbered_video, notifications):
    desk = Desk(numbered_video, notifications)
    yield desk
    desk.gate.open()
    desk.service.shut_down()
    delete_now(desk.document)


@pytest.fixture
def clicked(qtbot, desk):
    """After a click's answer, while its clip waits to be filled."""
    desk.gate.shut()
    with qtbot.waitSignal(desk.clicks.answered):
        desk.click()
    assert desk.gate.reached.wait(20)
    return desk


def filled(qtbot, desk):
    with qtbot.waitSignal(desk.service.fill_ended):
        desk.gate.open()


def track(tool="track"):
    mask = rectangle(3, 3, 5, 5, SIZE)
    return TrackFrame(mask, FrameState.PREDICTED, 0.5, source=MaskSource(tool))


def test_that_a_click_is_answered_first_and_then_carried_over_its_clips(qtbot, clicked):
    assert clicked.frames() == (AT,)

    filled(qtbot, clicked)

    assert clicked.frames() == tuple(CLIPS)
    assert [clicked.tool(f) for f in CLIPS] == [ANSWER if f == AT else FILLED for f in CLIPS]
    boxes = {frame: clicked.project.masks.get(COW, frame).mask.box[0] for frame in CLIPS}
    assert {boxes[f + 1] - boxes[f] for f in CLIPS[:-1]} == {round(SPEED)}


def test_that_it_is_told_whose_clips_are_being_filled(qtbot, desk):
    told = []
    desk.service.fills_changed.connect(told.append)
    with qtbot.waitSignal(desk.service.fill_ended):
        desk.click()
    assert (COW,) in told
    assert told[-1] == ()


def test_that_the_clip_is_filled_from_the_better_answer_and_all_is_one_step(qtbot, desk):
    desk.engine.has_quick_preview = True
    written = []
    desk.document.masks_changed.connect(written.append)
    with qtbot.waitSignal(desk.service.fill_ended):
        desk.click()

    (quick,), (settled,) = written[:2]
    assert quick.frame == settled.frame == AT
    assert quick.after.mask.area < settled.after.mask.area
    assert desk.project.masks.get(COW, AT) == settled.after
    assert desk.frames() == tuple(CLIPS)
    assert desk.project.masks.get(COW, 12).mask.area > quick.after.mask.area
    desk.document.undo()
    assert desk.frames() == ()


def test_that_a_first_answer_accepted_at_once_stays_and_fills_its_clip(qtbot, desk):
    desk.engine.has_quick_preview = True
    accepted = []

    def accept(answer):
        if not answer.is_settled:
            held = desk.project.masks.get(COW, AT)
            accepted.append(replace(held, state=FrameState.KEYFRAME))
            desk.put(COW, AT, accepted[0])

    desk.service.preview_answered.connect(accept)
    with qtbot.waitSignal(desk.service.fill_ended):
        desk.click()

    assert desk.project.masks.get(COW, AT) == accepted[0]
    assert desk.frames() == tuple(CLIPS)


def test_that_one_undo_takes_the_click_and_its_clip_back_and_redo_brings_both(qtbot, clicked):
    filled(qtbot, clicked)
    after = content(clicked.project)

    clicked.document.undo()
    assert clicked.frames() == ()
    assert clicked.project.exemplars == ()

    clicked.document.redo()
    assert content(clicked.project) == after


def test_that_masks_that_are_there_stay_and_other_targets_are_not_touched(qtbot, desk):
    kept = {7: keyframe(rectangle(1, 1, 9, 9, SIZE)), 12: track(), 13: track("brush")}
    kept[9] = TrackFrame(rectangle(2, 2, 9, 9, SIZE), FrameState.VERIFIED, 0.9)
    for frame, held in kept.items():
        desk.put(COW, frame, held)
    for frame in (8, AT):
        desk.put(GRASS, frame, track())
    grass = dict(desk.project.masks.track(GRASS).items())

    with qtbot.waitSignal(desk.service.fill_ended):
        desk.click()

    assert {frame: desk.project.masks.get(COW, frame) for frame in kept} == kept
    assert dict(desk.project.masks.track(GRASS).items()) == grass
    assert desk.frames() == (7, 9, 10, 11, 12, 13, 14), "nothing beyond the law frame before"


def test_that_the_network_is_told_of_other_targets_on_the_frame(qtbot, desk):
    grass = keyframe(rectangle(0, 40, 96, 20, SIZE))
    desk.put(GRASS, AT, grass)

    with qtbot.waitSignal(desk.service.fill_ended):
        desk.click()

    request = desk.engine.requests[-1]
    answer = desk.project.masks.get(COW, AT).mask
    assert set(request.exemplars) == {
        MaskExemplar(AT, COW, answer),
        MaskExemplar(AT, GRASS, grass.mask),
    }
    assert desk.frames(GRASS) == (AT,)


def test_that_another_clicked_target_is_told_as_it_is_shown(qtbot, desk):
    for target, x in ((GRASS, 20.5), (COW, 60.5)):
        desk.view_state.select(target)
        with qtbot.waitSignal(desk.service.fill_ended):
            desk.click(x)

    shown = desk.project.masks.masks_at(AT)
    asked = {MaskExemplar(AT, target, held.mask) for target, held in shown.items()}
    assert set(desk.engine.requests[-1].exemplars) == asked


def test_that_the_range_bounds_what_is_filled(qtbot, desk):
    desk.view_state.set_range(9, 11)

    with qtbot.waitSignal(desk.service.fill_ended):
        desk.click()

    assert desk.frames() == (9, 10, 11)


def test_that_a_painted_mask_is_carried_over_its_clips(qtbot, desk):
    with qtbot.waitSignal(desk.service.model_changed, check_params_cb=is_ready):
        desk.service.warm_up()
    stroke = Stroke(AT, rectangle(30, 20, 12, 12, SIZE), "brush")

    with qtbot.waitSignal(desk.service.fill_ended):
        desk.drawing.apply_stroke(stroke)

    assert desk.frames() == tuple(CLIPS)
    assert desk.project.masks.get(COW, AT).state is FrameState.KEYFRAME


def is_ready(status):
    return status.state is ModelState.READY


def test_that_what_was_painted_before_the_network_was_there_is_filled_then(qtbot, desk):
    desk.drawing.apply_stroke(Stroke(AT, rectangle(30, 20, 12, 12, SIZE), "brush"))
    assert desk.engine.requests == []

    with qtbot.waitSignal(desk.service.fill_ended):
        desk.service.warm_up()

    assert desk.frames() == tuple(CLIPS)


def test_that_a_second_click_fills_the_clip_anew(qtbot, clicked):
    filled(qtbot, clicked)
    before = clicked.project.masks.get(COW, 12)

    with qtbot.waitSignal(clicked.service.fill_ended):
        clicked.click(70.5)

    after = clicked.project.masks.get(COW, 12)
    assert after.mask.area > before.mask.area
    assert after.source.tool == FILLED
    clicked.document.undo()
    assert clicked.project.masks.get(COW, 12) == before


def test_that_a_second_click_ends_the_filling_for_the_first(qtbot, clicked):
    written = []
    clicked.service.clip_filled.connect(written.append)
    with qtbot.waitSignal(clicked.service.fill_ended):
        clicked.click(70.5)
        clicked.gate.open()

    assert {answer.request.gesture for answer in written} == {2}
    assert clicked.frames() == tuple(CLIPS)


def test_that_a_click_is_answered_between_the_parts_of_a_clip_that_is_filled(qtbot, desk):
    desk.engine.delay_s = 2.0
    with qtbot.waitSignal(desk.clicks.answered):
        desk.click()
    assert desk.gate.reached.wait(20)
    desk.view_state.select(GRASS)
    with qtbot.waitSignal(desk.clicks.answered):
        desk.click(20.5)

    assert desk.frames(COW) == (AT,)
    assert desk.frames(GRASS) == (AT,)


def test_that_a_click_that_is_taken_back_fills_nothing(qtbot, clicked):
    clicked.document.undo()
    clicked.gate.open()
    clicked.view_state.select(GRASS)
    with qtbot.waitSignal(clicked.service.fill_ended):
        clicked.click(20.5)

    assert clicked.frames(COW) == ()
    assert clicked.frames(GRASS) == tuple(CLIPS)


def test_that_clips_of_several_targets_are_filled_each_into_its_own_step(qtbot, clicked):
    clicked.view_state.select(GRASS)
    clicked.click(20.5)
    clicked.gate.open()
    qtbot.waitUntil(lambda: clicked.frames(COW) == clicked.frames(GRASS) == tuple(CLIPS))

    clicked.document.undo()
    assert clicked.frames(GRASS) == ()
    assert clicked.frames(COW) == tuple(CLIPS)
    clicked.document.undo()
    assert clicked.frames(COW) == ()


def test_that_what_was_painted_meanwhile_stays(qtbot, clicked):
    drawn = keyframe(rectangle(4, 4, 20, 20, SIZE))
    clicked.put(COW, 12, drawn)

    filled(qtbot, clicked)
    assert clicked.project.masks.get(COW, 12) == drawn
    assert clicked.frames() == tuple(CLIPS)
    clicked.document.undo()
    assert 12 not in clicked.frames()


def test_that_a_locked_or_removed_target_is_not_filled(qtbot, clicked):
    locked = target_operations.set_locked(clicked.project, [COW], is_locked=True)
    clicked.document.edit(Edit("Lock", locked))

    filled(qtbot, clicked)

    assert clicked.frames() == (AT,)


def test_that_a_run_comes_before_filling_which_then_leaves_its_masks(qtbot, clicked):
    clicked.view_state.set_range(AT, 12)
    clicked.view_state.note_shown_frame(AT)
    clicked.runs.track_forward()
    clicked.view_state.set_range(0, NUM_FRAMES - 1)

    filled(qtbot, clicked)

    assert clicked.frames() == tuple(CLIPS)
    assert [clicked.tool(frame) for frame in (9, 11, 12, 13)] == [FILLED, "track", "track", FILLED]


@pytest.mark.parametrize("has_written", [False, True])
def test_that_a_run_taken_back_makes_way_for_filling_again(qtbot, clicked, has_written):
    clicked.view_state.note_shown_frame(AT)
    clicked.runs.track_forward()
    assert clicked.runs.is_running
    if has_written:
        clicked.runs.tracks_written.connect(clicked.runs.undo)
    else:
        clicked.runs.undo()

    filled(qtbot, clicked)

    assert not clicked.runs.is_running
    assert clicked.frames() == tuple(CLIPS)
    assert {clicked.tool(frame) for frame in CLIPS if frame != AT} == {FILLED}


def test_that_a_click_taken_back_during_a_run_is_not_filled_after_it(qtbot, desk, monkeypatch):
    desk.put(COW, AT, track())
    desk.gate.shut()
    with qtbot.waitSignal(desk.clicks.answered):
        desk.click()
    desk.view_state.note_shown_frame(AT)
    desk.runs.track_forward()
    desk.document.undo()
    asked = []
    monkeypatch.setattr(desk.service, "fill_clip", lambda *what: asked.append(what))

    with qtbot.waitSignal(desk.service.job_ended):
        desk.runs.stop()
        desk.gate.open()

    assert desk.project.masks.get(COW, AT) is not None
    assert asked == []


def test_that_a_run_started_while_a_click_is_answered_carries_its_answer(qtbot, desk):
    desk.view_state.note_shown_frame(AT)
    with qtbot.waitSignal(desk.runs.ended):
        desk.click()
        desk.runs.track_forward()
        assert not desk.runs.is_running

    asked = [each for each in desk.engine.requests if isinstance(each, TrackRequest)]
    (run,) = [request for request in asked if request.last_frame == NUM_FRAMES - 1]
    assert run.exemplars == (MaskExemplar(AT, COW, desk.project.masks.get(COW, AT).mask),)


def test_that_a_clip_that_cannot_be_filled_leaves_the_click_and_says_nothing(
    qtbot, desk, notifications
):
    def fail(frames):
        raise DeviceMemoryError("no memory left")

    desk.engine.before_clip = fail
    with qtbot.waitSignal(desk.service.fill_ended):
        desk.click()

    assert desk.frames() == (AT,)
    assert notifications.current is None
