"""The review queue: what it lists, why, and that it shrinks as frames are confirmed."""

import pytest

from tarvis_app.actions import Actions
from tarvis_app.document.edits import Edit
from tarvis_app.review.problems import Reason
from tarvis_app.review.review_panel import ReviewPanel
from tarvis_app.review.review_queue import ReviewQueue
from tarvis_core.annotation import painting, track_operations
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.track import FrameState, TrackFrame
from tests.fakes.projects import COW, GRASS, SIZE, rectangle

STEADY = {frame: (rectangle(5 + frame, 5, 10, 10), 0.9, None) for frame in range(12)}


@pytest.fixture
def queue(qtbot, document):
    for target in (COW, GRASS):
        document.edit(Edit("clear", track_operations.delete_from(document.opened, target, 0)))
    return ReviewQueue(document)


def put(qtbot, document, queue, **changed):
    """Write a steady walk with some frames changed, and wait for the queue."""
    frames = {**STEADY, **{int(key.removeprefix("f")): value for key, value in changed.items()}}
    masks = document.opened.masks
    changes = []
    for frame, (mask, score, doubt) in frames.items():
        state = FrameState.ABSENT if mask.is_empty else FrameState.PREDICTED
        changes.append(masks.change_to(COW, frame, TrackFrame(mask, state, score, doubt)))
    document.edit(Edit("track", tuple(changes)))
    settle(qtbot, queue)


def settle(qtbot, queue):
    qtbot.waitUntil(lambda: queue.is_settled, timeout=3000)


def listed(queue):
    return {(problem.frame, problem.reason) for problem in queue.problems}


def test_that_a_steady_track_has_no_problems(qtbot, document, queue):
    put(qtbot, document, queue)
    assert queue.problems == ()


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ((rectangle(10, 5, 10, 10), 0.9, 0.6), Reason.DISAGREEMENT),
        ((rectangle(10, 5, 3, 3), 0.9, None), Reason.AREA),
        ((rectangle(28, 18, 10, 10), 0.9, None), Reason.MOTION),
        ((rectangle(10, 5, 10, 10), 0.2, None), Reason.SCORE),
        ((Mask.empty(*SIZE), 0.9, None), Reason.FLICKER),
    ],
)
def test_that_each_kind_of_trouble_is_listed_with_its_reason(qtbot, document, queue, frame, reason):
    put(qtbot, document, queue, f5=frame)
    assert (5, reason) in listed(queue)


def test_that_a_confirmed_frame_leaves_the_queue_and_undo_brings_it_back(qtbot, document, queue):
    put(qtbot, document, queue, f5=(rectangle(10, 5, 10, 10), 0.2, 0.6))
    before = queue.problems
    assert before
    document.edit(Edit("ok", painting.verify(document.opened, [COW], 5)))
    settle(qtbot, queue)
    assert not any(problem.frame == 5 for problem in queue.problems)
    document.undo()
    settle(qtbot, queue)
    assert queue.problems == before


def test_that_neighbours_of_one_reason_are_listed_once(qtbot, document, queue):
    doubtful = {f"f{frame}": (STEADY[frame][0], 0.9, 0.5 + frame / 100) for frame in range(4, 8)}
    put(qtbot, document, queue, **doubtful)
    frames = [p.frame for p in queue.problems if p.reason is Reason.DISAGREEMENT]
    assert frames == [7]


def test_that_the_queue_looked_at_edit_by_edit_equals_one_looked_at_anew(qtbot, document, queue):
    put(qtbot, document, queue, f5=(rectangle(10, 5, 3, 3), 0.9, None))
    put(qtbot, document, queue, f8=(rectangle(28, 18, 10, 10), 0.9, None))
    fresh = ReviewQueue(document)
    fresh._start_over()
    settle(qtbot, fresh)
    assert fresh.problems == queue.problems


def test_that_the_panel_goes_from_the_worst_problem_to_the_next(
    qtbot, document, queue, view_state, keyframes, settings, theme
):
    panel = ReviewPanel(queue, document, view_state, keyframes, Actions(settings, theme))
    qtbot.addWidget(panel)
    put(
        qtbot,
        document,
        queue,
        f2=(STEADY[2][0], 0.9, 0.4),
        f9=(STEADY[9][0], 0.9, 0.8),
    )
    panel.go_to_next()
    assert view_state.frame == 9
    assert view_state.selection == (COW,)
    view_state.note_shown_frame(9)
    panel.verify_and_go_on()
    assert view_state.frame == 2
    assert document.opened.masks.get(COW, 9).state is FrameState.VERIFIED
    assert "0.20" in panel.text_of(queue.problems[0])
