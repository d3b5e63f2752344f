"""A run is one step of the history; what a person does meanwhile comes after it."""

import threading

import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.requests import Outcome
from tarvis_app.window_run import delete_now
from tarvis_core.annotation import painting
from tarvis_core.annotation.clicking import ANSWER
from tests.fakes.desk import NUM_FRAMES, SIZE, Desk
from tests.fakes.fake_engine import CLIP_LENGTH
from tests.fakes.projects import COW, GRASS, content, keyframe, rectangle

BEHIND, HEAD, AHEAD = 3, 2 * CLIP_LENGTH, 30
"""Frames that the run has passed when it is held, comes to next, and comes to later."""
EVERYWHERE = tuple(range(NUM_FRAMES))


@pytest.fixture
def desk(qtbot, numbered_video, notifications):
    """A cow that a person drew on the first frame, on a desk where clicks fill no clips."""
    desk = Desk(numbered_video, notifications)
    desk.clicks.answered.disconnect(desk.filling.fill)
    desk.put(COW, 0, keyframe(rectangle(10, 20, 12, 12, SIZE)))
    desk.may_go_on = threading.Event()
    yield desk
    desk.may_go_on.set()
    desk.service.shut_down()
    delete_now(desk.document)


def start(qtbot, desk, held_at):
    """Run the cow over the video, as far as the clip that begins with a frame."""

    def hold(frames):
        while frames[0] >= held_at and not desk.may_go_on.wait(0.001):
            desk.engine.pause()

    desk.engine.before_clip = hold
    desk.before = content(desk.project)
    desk.view_state.note_shown_frame(0)
    desk.runs.track_forward()
    qtbot.waitUntil(lambda: len(desk.frames()) >= held_at)


@pytest.fixture
def running(qtbot, desk):
    start(qtbot, desk, HEAD)
    return desk


def click(qtbot, desk, frame, target=COW):
    desk.view_state.select(target)
    with qtbot.waitSignal(desk.clicks.answered):
        desk.drawing.add_point(frame, (60.5, 30.5), is_positive=True)


def finish(qtbot, desk):
    with qtbot.waitSignal(desk.runs.ended):
        desk.may_go_on.set()


def names(desk):
    stack = desk.document.undo_stack
    return [stack.text(place) for place in range(stack.count())]


@pytest.mark.parametrize(
    ("frame", "target"), [(BEHIND, GRASS), (AHEAD, GRASS), (BEHIND, COW), (AHEAD, COW)]
)
def test_that_a_click_during_a_run_is_a_step_after_the_whole_run(qtbot, running, frame, target):
    click(qtbot, running, frame, target)
    answer = running.project.masks.get(target, frame)

    finish(qtbot, running)

    assert names(running) == ["Put", "Track", "Click"]
    assert running.frames() == EVERYWHERE
    assert running.project.masks.get(target, frame) == answer
    after = content(running.project)
    running.document.undo()
    assert running.project.exemplars == ()
    assert running.frames() == EVERYWHERE, "without the click, the run's masks are seen"
    assert {running.tool(frame) for frame in EVERYWHERE[1:]} == {"track"}
    running.document.undo()
    assert content(running.project) == running.before
    running.document.redo()
    running.document.redo()
    assert content(running.project) == after


def test_that_a_click_that_the_run_did_not_carry_still_waits_for_one(qtbot, desk):
    start(qtbot, desk, 0)
    click(qtbot, desk, AHEAD)

    finish(qtbot, desk)

    assert names(desk) == ["Put", "Click", "Track"]
    assert desk.tool(AHEAD) == ANSWER


@pytest.mark.parametrize("edit", ["swap_from_here", "split_here", "merge_selected"])
def test_that_a_run_ends_that_does_not_know_who_is_who_any_more(qtbot, running, edit):
    told = []
    running.runs.overtaken.connect(told.append)
    grass = keyframe(rectangle(60, 40, 12, 12, SIZE))
    running.put(GRASS, 0, grass)
    running.view_state.note_shown_frame(BEHIND)
    running.view_state.select(*((COW,) if edit == "split_here" else (COW, GRASS)))
    with qtbot.waitSignal(running.runs.ended) as ended:
        getattr(running.targets, edit)()
    after = content(running.project)

    running.may_go_on.set()
    running.service.shut_down()

    assert ended.args[0].outcome is Outcome.STOPPED
    assert len(told) == 1
    assert not running.runs.is_running
    assert content(running.project) == after
    assert max(max(track.frames) for track in running.project.masks.tracks.values()) == HEAD - 1
    running.document.undo()
    running.document.undo()
    assert running.frames() == tuple(range(HEAD))


def test_that_a_run_goes_on_when_it_is_said_who_others_are(qtbot, running):
    running.put(GRASS, 0, keyframe(rectangle(60, 40, 12, 12, SIZE)))
    running.put(GRASS, 9, keyframe(rectangle(60, 40, 12, 12, SIZE)))
    running.view_state.note_shown_frame(5)
    running.view_state.select(GRASS)
    running.targets.split_here()

    finish(qtbot, running)

    assert running.frames() == EVERYWHERE


def test_that_undo_during_a_run_takes_the_click_first_and_then_the_run(qtbot, running):
    click(qtbot, running, BEHIND)
    running.runs.undo()
    assert running.runs.is_running
    assert running.project.exemplars == ()

    running.runs.undo()

    assert not running.runs.is_running
    assert content(running.project) == running.before


def test_that_undo_before_a_run_has_written_takes_the_click_that_came_after_its_start(qtbot, desk):
    start(qtbot, desk, 0)
    click(qtbot, desk, AHEAD)
    desk.runs.undo()
    assert desk.runs.is_running
    assert content(desk.project) == desk.before

    desk.runs.undo()

    assert not desk.runs.is_running
    assert content(desk.project) == desk.before


def test_that_a_click_taken_back_during_a_run_leaves_no_gap_and_can_be_redone(qtbot, running):
    click(qtbot, running, AHEAD)
    answer = running.project.masks.get(COW, AHEAD)
    running.runs.undo()

    finish(qtbot, running)

    assert running.frames() == EVERYWHERE
    tracked = content(running.project)
    running.document.redo()
    assert running.project.masks.get(COW, AHEAD) == answer
    running.document.undo()
    assert content(running.project) == tracked


def test_that_a_frame_painted_during_a_run_is_a_keyframe_that_it_leaves_alone(qtbot, running):
    drawn = rectangle(1, 1, 9, 9, SIZE)
    change = painting.put_mask(running.project, COW, AHEAD, drawn)
    running.document.edit(Edit("Paint", change, AHEAD))

    finish(qtbot, running)

    assert running.project.masks.get(COW, AHEAD).mask == drawn
    assert names(running) == ["Put", "Track", "Paint"]
    running.document.undo()
    assert running.tool(AHEAD) == "track"


def test_that_going_back_in_the_history_before_a_run_stops_it(qtbot, running):
    click(qtbot, running, BEHIND)
    running.document.undo_stack.setIndex(1)

    finish(qtbot, running)

    assert not running.runs.is_running
    assert content(running.project) == running.before


def test_that_a_run_of_two_passes_tells_the_frames_of_the_one_that_goes_on(qtbot, desk):
    middle = NUM_FRAMES // 2
    for frame in (middle, middle + 1):
        for target in desk.project.targets:
            desk.put(target, frame, keyframe(rectangle(40, 20, 9, 9, SIZE)))
    told = []
    desk.runs.progressed.connect(told.append)
    with qtbot.waitSignal(desk.runs.ended):
        desk.runs.track_stale()

    lengths = [each.last_frame - each.first_frame + 1 for each in desk.engine.requests[-2:]]
    assert told[-1].frames_done == told[-1].frames_total == sum(lengths)
    assert (told[0].at.number, told[0].at.frames_total) == (1, lengths[0])
    last = told[-1].at
    assert (last.number, last.count) == (2, 2)
    assert last.frames_done == last.frames_total == lengths[1]
