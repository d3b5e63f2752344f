"""Whom a run takes, and what is said when one has nothing to do, or cannot start now."""

from dataclasses import replace

import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_core.annotation import painting, target_operations, track_operations
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.segmentation import Direction
from tarvis_core.annotation.track import MaskSource
from tests.fakes.fake_engine import FakeEngine
from tests.fakes.projects import COW, GRASS, keyframe, predicted, rectangle


@pytest.fixture
def service(qtbot, numbered_video):
    service = SegmentationService(load=lambda _: (FakeEngine(0.2), numbered_video))
    service.set_video(numbered_video)
    yield service
    service.shut_down()


@pytest.fixture
def runs(document, view_state, service):
    for target in (COW, GRASS):
        document.edit(Edit("empty", track_operations.delete_from(document.opened, target, 0)))
    view_state.select(COW)
    return Runs(document, view_state, service)


@pytest.fixture
def told(runs):
    """What was said so far."""
    messages = []
    runs.nothing_to_do.connect(messages.append)
    return messages


def give_click(document, target, frame=0):
    click = PointExemplar(frame, target, 5.5, 6.5)
    edit(document, painting.set_exemplars(document.opened, target, frame, (click,)))


def edit(document, changes):
    document.edit(Edit("edit", tuple(changes)))


def answer(document, target, *frames, tool="track", made_at=1.0):
    """Give these frames masks of the network, or the answer to a click."""
    masks = document.opened.masks
    held = replace(predicted(rectangle(2, 2, 4, 4)), source=MaskSource(tool, made_at=made_at))
    edit(document, (masks.change_to(target, frame, held) for frame in frames))


def taken(runs, direction=Direction.FORWARD):
    return set(runs.wishes.wish(direction).targets)


def why_left_out(runs, target):
    needs = runs.wishes.needs(runs.wishes.everyone(Direction.FORWARD))
    return runs.wishes.why_left_out(needs[target])


def test_that_targets_that_wait_are_taken_along_with_the_selected_one(document, view_state, runs):
    for target in (COW, GRASS):
        give_click(document, target)
    assert taken(runs) == {COW, GRASS}
    view_state.select()
    assert taken(runs) == {COW, GRASS}
    view_state.select(GRASS)
    assert taken(runs) == {COW, GRASS}


def test_that_what_is_up_to_date_is_left_out_unless_it_is_selected(document, view_state, runs):
    for target in (COW, GRASS):
        give_click(document, target)
    answer(document, GRASS, *range(12))
    assert taken(runs) == {COW}
    view_state.select(GRASS)
    assert taken(runs) == {COW, GRASS}
    assert why_left_out(runs, GRASS) == "up to date here"


def test_that_everything_is_tracked_again_where_nothing_waits(document, view_state, runs):
    for target in (COW, GRASS):
        give_click(document, target)
        answer(document, target, *range(12))
    view_state.select()
    assert taken(runs) == {COW, GRASS}
    view_state.select(COW)
    assert taken(runs) == {COW}


@pytest.mark.parametrize("direction", list(Direction))
def test_that_a_corrected_target_waits(document, view_state, runs, direction):
    """By a keyframe, or by a click that no run has carried on."""
    for target in (COW, GRASS):
        give_click(document, target)
        answer(document, target, *range(12))
    view_state.note_shown_frame(6)
    answer(document, GRASS, 6, tool="click", made_at=2.0)
    give_click(document, GRASS, 6)
    assert taken(runs, direction) == {COW, GRASS}
    answer(document, GRASS, *range(12), made_at=3.0)
    assert taken(runs, direction) == {COW}
    held = replace(keyframe(rectangle(2, 2, 4, 4)), source=MaskSource("brush", made_at=4.0))
    edit(document, [document.opened.masks.change_to(GRASS, 6, held)])
    assert taken(runs, direction) == {COW, GRASS}


def test_that_frames_on_the_other_side_make_no_target_wait(document, view_state, runs):
    give_click(document, GRASS, 6)
    answer(document, GRASS, *range(6, 12))
    give_click(document, COW, 6)
    view_state.note_shown_frame(6)
    assert taken(runs, Direction.FORWARD) == {COW}
    assert taken(runs, Direction.BACKWARD) == {COW, GRASS}


def test_that_several_selected_targets_are_taken_and_no_others(document, view_state, runs):
    other = document.opened.next_target_id
    edit(document, target_operations.create_target(document.opened)[1])
    for target in (COW, GRASS, other):
        give_click(document, target)
    view_state.select(GRASS, other)
    assert taken(runs) == {GRASS, other}
    assert why_left_out(runs, COW) == "not selected"


def test_that_a_selected_target_is_taken_alone_if_asked(document, view_state, runs):
    for target in (COW, GRASS):
        give_click(document, target)
    runs.wishes.set_selected_only(True)
    assert taken(runs) == {COW}
    view_state.select()
    assert taken(runs) == {COW, GRASS}


def test_that_a_check_is_about_what_is_selected(document, view_state, runs):
    for target in (COW, GRASS):
        give_click(document, target)
    assert set(runs.wishes.check_wish().targets) == {COW}
    view_state.select()
    assert set(runs.wishes.check_wish().targets) == {COW, GRASS}


@pytest.mark.parametrize(("lock", "why"), [(True, "locked"), (False, "nothing to carry from here")])
def test_that_a_run_says_why_it_goes_without_the_selected_target(qtbot, document, runs, lock, why):
    give_click(document, GRASS)
    if lock:
        edit(document, target_operations.set_locked(document.opened, [COW], is_locked=True))
    said = []
    runs.left_out.connect(said.append)
    with qtbot.waitSignal(runs.ended):
        runs.track_forward()
        runs.stop()
    assert said == [f"The run goes without Berta ({why})."]


@pytest.mark.parametrize(
    ("frame", "start", "text"),
    [
        (6, "track_forward", "carry on from here: click the target on this frame"),
        (6, "track_backward", "carry back from here: click the target on this frame"),
        (6, "track_both", "carry from here: click the target on this frame"),
        (11, "track_forward", "the range ends here"),
        (0, "track_backward", "the range begins here"),
    ],
)
def test_that_a_run_without_a_start_says_what_to_do(
    document, view_state, runs, told, frame, start, text
):
    view_state.note_shown_frame(frame)
    getattr(runs, start)()
    assert not runs.is_running
    assert len(told) == 1
    assert text in told[0]


@pytest.mark.parametrize(("frame", "start"), [(5, "track_forward"), (6, "track_backward")])
def test_that_a_run_between_neighbouring_keyframes_says_so(
    document, view_state, runs, told, frame, start
):
    masks = document.opened.masks
    mask = keyframe(rectangle(2, 2, 4, 4))
    edit(document, (masks.change_to(COW, f, mask) for f in (5, 6)))
    view_state.note_shown_frame(frame)
    getattr(runs, start)()
    assert len(told) == 1
    assert "is a keyframe, too" in told[0]


def test_that_a_run_both_ways_between_keyframes_says_so(document, view_state, runs, told):
    masks = document.opened.masks
    mask = keyframe(rectangle(2, 2, 4, 4))
    edit(document, (masks.change_to(COW, f, mask) for f in (4, 5, 6)))
    view_state.select(COW)
    view_state.note_shown_frame(5)
    runs.track_both()
    assert len(told) == 1
    assert "the frames beside this one are keyframes, too" in told[0]


@pytest.mark.parametrize("start", ["track_both", "track_stale", "check"])
def test_that_a_run_during_a_run_says_how_to_stop_the_first(
    qtbot, document, view_state, runs, told, start
):
    give_click(document, COW)
    view_state.note_shown_frame(0)
    with qtbot.waitSignal(runs.ended):
        runs.track_forward()
        getattr(runs, start)()
        assert told == ["A run is going on. Esc stops it and keeps what is done."]
        runs.stop()


def test_that_a_frame_outside_the_range_is_said_to_be_so(document, view_state, runs, told):
    view_state.set_range(0, 4)
    view_state.note_shown_frame(9)
    for _ in range(2):
        for start in (runs.track_both, runs.track_forward, runs.track_backward):
            start()
        give_click(document, COW, 9)
    assert not runs.is_running
    assert set(told) == {"This frame lies outside the range 0–4 (Shift+I: the whole video)."}
    runs.track_stale()
    assert told[-1] == "Everything in the range is up to date."
