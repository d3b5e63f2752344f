"""The review queue: what it lists, why, and that it shrinks as frames are confirmed."""

import cv2
import numpy as np
import pytest

from tarvis_app.actions import Actions
from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.document.edits import Edit
from tarvis_app.playback.frame_motion import measure_motion, small_picture
from tarvis_app.review.click_advice import ClickAdvice
from tarvis_app.review.click_proposal import ClickProposal, propose_click, witnesses
from tarvis_app.review.problems import Finding, Problem, Reason
from tarvis_app.review.review_panel import ReviewPanel
from tarvis_app.review.review_queue import ReviewQueue
from tarvis_app.segmentation.claims import ClaimAnswer, ClaimRequest
from tarvis_app.segmentation.requests import RequestNumber
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


@pytest.fixture
def panel(qtbot, queue, document, view_state, keyframes, settings, theme):
    panel = ReviewPanel(queue, document, view_state, keyframes, Actions(settings, theme))
    qtbot.addWidget(panel)
    return panel


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
    return {(finding.frame, finding.reason) for finding in findings(queue)}


def findings(queue):
    return [finding for problem in queue.problems for finding in problem.findings]


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
    frames = [f.frame for f in findings(queue) if f.reason is Reason.DISAGREEMENT]
    assert frames == [7]


def test_that_doubt_about_a_frame_that_is_right_does_not_move_to_the_frames_beside_it(
    qtbot, document, queue
):
    doubtful = {f"f{frame}": (STEADY[frame][0], 0.3, 0.5) for frame in range(4, 8)}
    put(qtbot, document, queue, **doubtful, f9=(STEADY[9][0], 0.2, 0.1))
    assert listed(queue) == {(4, Reason.DISAGREEMENT), (9, Reason.SCORE), (4, Reason.SCORE)}
    document.edit(Edit("ok", painting.verify(document.opened, [COW], 4)))
    settle(qtbot, queue)
    assert listed(queue) == {(9, Reason.SCORE)}
    wrong = painting.set_state(document.opened, COW, [4], FrameState.KEYFRAME)
    document.edit(Edit("mended", wrong))
    settle(qtbot, queue)
    assert (5, Reason.DISAGREEMENT) in listed(queue)


def test_that_the_queue_looked_at_edit_by_edit_equals_one_looked_at_anew(qtbot, document, queue):
    put(qtbot, document, queue, f5=(rectangle(10, 5, 3, 3), 0.9, None))
    put(qtbot, document, queue, f8=(rectangle(28, 18, 10, 10), 0.9, None))
    fresh = ReviewQueue(document)
    fresh._start_over()
    settle(qtbot, fresh)
    assert fresh.problems == queue.problems


def test_that_an_empty_list_says_why_and_what_can_be_done(qtbot, document, queue, panel):
    assert panel.list.isHidden()
    assert "Nothing to review yet" in panel._empty.text()
    put(qtbot, document, queue)
    assert "No problems found" in panel._empty.text()
    assert panel._text.text().startswith("0 problems · 0 % verified (0 of 12 masks)")
    put(qtbot, document, queue, f5=(rectangle(10, 5, 10, 10), 0.2, None))
    assert panel._empty.isHidden()
    assert not panel.list.isHidden()
    assert panel._text.text().startswith("1 problem ·")


def test_that_the_panel_goes_from_the_worst_problem_to_the_next(
    qtbot, document, queue, panel, view_state
):
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
    assert "0.60" in panel.list.item(0).text(), "the confirmed one has left already"


def test_that_the_next_problem_after_a_solved_one_is_not_one_that_was_passed_over(
    qtbot, document, queue, panel, view_state
):
    doubts = {f"f{frame}": (STEADY[frame][0], 0.9, 0.8 - frame / 40) for frame in (0, 5, 10)}
    put(qtbot, document, queue, **doubts)
    panel.go_to_next()
    panel.go_to_next()
    assert view_state.frame == 5
    document.edit(Edit("paint", painting.verify(document.opened, [COW], 5)))
    settle(qtbot, queue)
    panel.go_to_next()
    assert view_state.frame == 10
    document.edit(Edit("paint", painting.verify(document.opened, [COW], 10)))
    settle(qtbot, queue)
    panel.go_to_previous()
    assert view_state.frame == 0


def test_that_the_reason_is_told_on_the_frame_of_the_problem_and_nowhere_else(
    qtbot, document, queue, panel, view_state
):
    told = []
    panel.reason_changed.connect(told.append)
    put(qtbot, document, queue, f5=(STEADY[5][0], 0.9, 0.6), f10=(STEADY[10][0], 0.2, None))
    panel.go_to_next()
    name = document.opened.targets[COW].name
    assert told[-1] == f"Problem 1 of 2 · {name}: score 20 %"
    view_state.show_frame(9)
    assert told[-1] == ""
    panel.go_to_previous()
    assert told[-1] == f"Problem 2 of 2 · {name}: clips disagree, IoU 0.40"
    document.edit(Edit("paint", painting.verify(document.opened, [COW], 5)))
    settle(qtbot, queue)
    assert told[-1] == ""


def test_that_the_next_problem_is_another_place_and_y_counts_one_less_at_once(
    qtbot, document, queue, panel, view_state
):
    jump = (rectangle(28, 18, 3, 3), 0.2, None)
    doubts = {f"f{frame}": (STEADY[frame][0], 0.9, 0.3) for frame in (0, 11)}
    put(qtbot, document, queue, f5=jump, **doubts)
    told, places = [], []
    panel.reason_changed.connect(told.append)
    name = document.opened.targets[COW].name
    for _ in queue.problems:
        panel.go_to_next()
        places.append(view_state.frame)
    assert len(set(places)) == len(queue.problems)
    panel.go_to_next()
    assert view_state.frame == 5
    count = len(queue.problems)
    assert told[-1] == f"Problem 1 of {count} · {name}: area -91 %, jumps 18 px, score 20 %"
    assert panel.list.item(0).text() == f"5  {name}: area -91 %, jumps 18 px, score 20 %"
    view_state.note_shown_frame(5)
    panel.verify_and_go_on()
    assert view_state.frame != 5
    assert told[-1].startswith(f"Problem 1 of {count - 1} · ")
    assert panel._text.text().startswith(f"{count - 1} problems ·")


def test_that_a_problem_stays_the_current_one_when_its_reasons_change(
    qtbot, document, queue, panel, view_state
):
    put(qtbot, document, queue, f5=(STEADY[5][0], 0.2, 0.6), f10=(STEADY[10][0], 0.2, None))
    panel.go_to_next()
    assert view_state.frame == 5
    surer = TrackFrame(STEADY[5][0], FrameState.PREDICTED, 0.9, 0.6)
    document.edit(Edit("better", (document.opened.masks.change_to(COW, 5, surer),)))
    settle(qtbot, queue)
    assert "clips disagree, IoU 0.40" in panel.reason()
    assert "score" not in panel.reason()


def test_that_a_review_without_problems_says_so(qtbot, document, queue, panel):
    put(qtbot, document, queue)
    with qtbot.waitSignal(panel.nothing_listed) as told:
        panel.go_to_next()
    assert told.args == ["The review lists no problem."]


@pytest.fixture
def walk(document, queue, panel, view_state, qtbot):
    """Two steady targets on five frames, nothing to complain of; what is said of their review."""
    masks = document.opened.masks
    below = [
        masks.change_to(GRASS, f, TrackFrame(rectangle(0, 25, 40, 5), P, 0.9)) for f in range(5)
    ]
    above = [masks.change_to(COW, f, TrackFrame(STEADY[f][0], P, 0.9)) for f in range(5)]
    document.edit(Edit("track", (*above, *below)))
    settle(qtbot, queue)
    assert queue.problems == ()
    said = []
    panel.nothing_listed.connect(said.append)
    view_state.frame_changed.connect(view_state.note_shown_frame)
    return said


P = FrameState.PREDICTED


def test_that_y_without_problems_works_through_all_frames_and_targets(
    document, panel, queue, view_state, walk
):
    view_state.select(COW)
    view_state.show_frame(3)
    assert panel._advice.text().startswith("Y: all masks on this frame are right")
    visited, done, steps = [], [], document.undo_stack.count()
    for _ in range(5):
        visited.append(view_state.frame)
        panel.verify_and_go_on()
        done.append(panel._bar.value())
    assert visited == [3, 4, 0, 1, 2], "after the last one it goes on from the first"
    assert done == [2, 4, 6, 8, panel._bar.maximum()]
    assert queue.coverage() == (10, 10)
    assert "100 % verified" in panel._text.text()
    assert (panel._empty.text(), panel._advice.text()) == ("Every mask is verified.", "")
    panel.verify_and_go_on()
    assert walk == ["Every mask is verified."], "it is said once"
    assert document.undo_stack.count() == steps + 5


def test_that_undo_takes_one_y_back_on_the_frame_where_it_was(document, panel, view_state, walk):
    shown = []
    document.frame_revisited.connect(lambda frame, _targets: shown.append(frame))
    panel.verify_and_go_on()
    panel.verify_and_go_on()
    assert view_state.frame == 2
    document.undo()
    assert shown == [1]
    masks = document.opened.masks
    states = {(t, f): masks.get(t, f).state for t in (COW, GRASS) for f in (0, 1)}
    assert {place for place, state in states.items() if state is P} == {(COW, 1), (GRASS, 1)}


def test_that_y_says_nothing_of_what_is_hidden_locked_or_beside_the_selected(
    document, panel, targets, view_state, walk
):
    targets.set_visible([GRASS], is_visible=False)
    for _ in range(5):
        panel.verify_and_go_on()
    masks = document.opened.masks
    assert masks.track(COW).law_frames == (0, 1, 2, 3, 4)
    assert masks.track(GRASS).law_frames == ()
    assert len(walk) == 1
    assert walk[0].startswith("Everything shown is verified. 5 masks are not:")
    targets.set_visible([GRASS], is_visible=True)
    view_state.select(COW, GRASS)
    panel.verify_and_go_on()
    assert len(masks.track(GRASS).law_frames) == 1


def test_that_y_confirms_no_frame_that_is_not_on_the_screen_yet(document, panel, view_state, walk):
    view_state.frame_changed.disconnect(view_state.note_shown_frame)
    for _ in range(3):
        panel.verify_and_go_on()
    assert view_state.frame == 1
    assert document.opened.masks.track(COW).law_frames == (0,)


def test_that_y_after_the_last_problem_goes_to_what_is_unconfirmed(
    qtbot, document, queue, panel, view_state
):
    put(qtbot, document, queue, f9=(STEADY[9][0], 0.2, None))
    view_state.frame_changed.connect(view_state.note_shown_frame)
    panel.go_to_next()
    assert view_state.frame == 9
    panel.verify_and_go_on()
    assert (view_state.frame, queue.problems) == (10, ())


def test_that_the_beginning_of_a_contact_and_of_the_frames_edge_are_listed(qtbot, document, queue):
    masks = document.opened.masks
    walk = [
        masks.change_to(COW, f, TrackFrame(rectangle(2 + 3 * f, 5, 8, 8), FrameState.PREDICTED))
        for f in range(11)
    ]
    post = TrackFrame(rectangle(22, 0, 6, 30), FrameState.PREDICTED, 0.7)
    document.edit(Edit("walk", (*walk, *(masks.change_to(GRASS, f, post) for f in range(11)))))
    settle(qtbot, queue)
    contacts = [f for f in findings(queue) if f.reason is Reason.CONTACT]
    assert [(f.target, f.frame, f.value) for f in contacts] == [(GRASS, 4, float(COW))]
    borders = [f for f in findings(queue) if f.reason is Reason.BORDER and f.target == COW]
    assert [f.frame for f in borders] == [10]
    mended = masks.change_to(COW, 4, TrackFrame(rectangle(0, 20, 8, 8), FrameState.KEYFRAME))
    document.edit(Edit("mend", (mended,)))
    settle(qtbot, queue)
    contacts = [f.frame for f in findings(queue) if f.reason is Reason.CONTACT]
    assert contacts == [5]


def track_of(document, frames):
    masks = document.opened.masks
    changes = [
        masks.change_to(COW, f, TrackFrame(mask, state_of(mask))) for f, mask in frames.items()
    ]
    document.edit(Edit("track", tuple(changes)))
    return masks.track(COW)


def state_of(mask):
    return FrameState.ABSENT if mask.is_empty else FrameState.PREDICTED


SCENE = np.random.default_rng(7).integers(0, 256, (120, 160), dtype=np.uint8)
"""Something to see, so that motion can be measured."""
SCENE = cv2.GaussianBlur(SCENE, (0, 0), 2.0)
BODY = rectangle(10, 8, 14, 14)
STEADY_WALK = dict.fromkeys(range(12), BODY)


def pictures(step=0):
    """Twelve frames of a scene that moves to the left by `step` pixels a frame."""
    height, width = SIZE
    return {
        f: np.repeat(SCENE[:height, step * f : step * f + width, None], 3, axis=2)
        for f in range(12)
    }


def motion_at(track, frame, shown=None):
    """What the frame provider measures for a frame's witnesses."""
    shown = pictures() if shown is None else shown
    asked = (frame, *witnesses(track, frame))
    return measure_motion(frame, SIZE, {f: small_picture(shown[f]) for f in asked})


def proposed(track, frame, others=(), shown=None):
    assert witnesses(track, frame)
    return propose_click(track, motion_at(track, frame, shown), others)


def test_that_no_click_is_proposed_where_neighbours_agree(document, queue):
    assert proposed(track_of(document, STEADY_WALK), 5) is None


def test_that_a_missing_part_gets_a_click_in_its_middle(document, queue):
    torn = BODY.difference(rectangle(10, 8, 14, 8))
    proposal = proposed(track_of(document, {**STEADY_WALK, 5: torn}), 5)
    assert (proposal.target, proposal.frame) == (COW, 5)
    assert 13 <= proposal.x <= 21
    assert 10 <= proposal.y <= 14


def test_that_neighbours_are_moved_as_the_picture_moves(document, queue):
    """The target goes left with the scene; where its neighbours are now is not where it is."""
    shown, start = pictures(step=2), 26
    walk = {f: rectangle(start - 2 * f, 6, 8, 16) for f in range(12)}
    torn = walk[5].difference(rectangle(16, 6, 8, 8))
    track = track_of(document, {**walk, 5: torn})
    proposal = proposed(track, 5, shown=shown)
    assert 17 <= proposal.x <= 23
    assert 7 <= proposal.y <= 13
    assert proposed(track_of(document, walk), 5, shown=shown) is None


def test_that_what_another_target_hides_is_not_missing(document, queue):
    torn = BODY.difference(rectangle(10, 8, 14, 8))
    track = track_of(document, {**STEADY_WALK, 5: torn})
    assert proposed(track, 5, [rectangle(8, 6, 18, 10)]) is None


def test_that_one_neighbour_who_lacks_it_is_enough_to_propose_nothing(document, queue):
    torn = BODY.difference(rectangle(10, 8, 14, 8))
    track = track_of(document, {**STEADY_WALK, 5: torn, 7: torn})
    assert proposed(track, 5) is None


def test_that_neighbours_do_not_say_what_is_too_much(document, queue):
    """They are wrong about that more often than not; the network is asked instead."""
    grown = BODY.union(rectangle(28, 18, 9, 9))
    assert proposed(track_of(document, {**STEADY_WALK, 5: grown}), 5) is None


def test_that_a_small_part_is_left_alone(document, queue):
    torn = BODY.difference(rectangle(21, 8, 3, 1))
    assert proposed(track_of(document, {**STEADY_WALK, 5: torn}), 5) is None


def test_that_a_lost_target_gets_a_click_where_it_would_be(document, queue):
    lost = dict.fromkeys((5, 6), Mask.empty(*SIZE))
    track = track_of(document, {**STEADY_WALK, **lost})
    assert witnesses(track, 5) == (3, 4, 7, 8)
    proposal = proposed(track, 5)
    assert rectangle(14, 12, 6, 6).to_array()[int(proposal.y), int(proposal.x)]


def test_that_frames_beyond_a_confirmed_absence_are_not_asked(document, queue):
    track = track_of(document, {**STEADY_WALK, 5: Mask.empty(*SIZE), 6: Mask.empty(*SIZE)})
    document.edit(Edit("gone", painting.verify(document.opened, [COW], 6)))
    assert witnesses(track, 5) == ()


def test_that_a_frame_without_neighbours_gets_no_proposal(document, queue):
    track = track_of(document, STEADY_WALK)
    assert witnesses(track, 11) == ()
    assert witnesses(track, 1) == (0, 2, 3)
    motion = motion_at(track, 5)
    alone = track_of(document, {f: Mask.empty(*SIZE) for f in range(12) if f != 5})
    assert witnesses(alone, 5) == ()
    assert propose_click(alone, motion) is None


@pytest.fixture
def advice(qtbot, document, queue, view_state, drawing, notifications):
    canvas = CanvasView(view_state)
    qtbot.addWidget(canvas)
    advice = ClickAdvice(canvas, document, view_state, drawing, notifications)
    advice.motion_wanted.connect(
        lambda frame, asked: advice.take_motion(
            measure_motion(frame, SIZE, {f: small_picture(pictures()[f]) for f in (frame, *asked)})
        )
    )
    advice.surplus.wanted.connect(
        lambda frame, places, size: advice.surplus.take(
            ClaimAnswer(
                ClaimRequest(RequestNumber(1), frame, places, size),
                np.ones((len(places), *size), dtype=bool),
            )
        )
    )
    yield advice
    canvas.close()


def test_that_one_key_clicks_where_it_is_proposed(document, view_state, drawing, advice):
    torn = BODY.difference(rectangle(10, 8, 14, 8))
    track_of(document, {**STEADY_WALK, 5: torn})
    given = []
    drawing.exemplar_given.connect(given.append)
    view_state.show_frame(5)
    advice.advise(Problem((Finding(COW, 5, Reason.AREA, 0.9, -0.5),)))
    assert advice.proposal is None
    assert not advice.item.isVisible()
    view_state.note_shown_frame(5)
    proposal = advice.proposal
    assert advice.item.isVisible()
    advice.propose_or_click()
    shown, point = document.opened.exemplars_at(COW, 5)
    assert shown.mask == torn
    assert (point.x, point.y, point.is_positive) == (proposal.x, proposal.y, True)
    assert [(g.frame, g.target) for g in given] == [(5, COW)]
    whole = document.opened.masks.change_to(
        COW, 5, TrackFrame(STEADY_WALK[5], FrameState.PREDICTED)
    )
    document.edit(Edit("answer", (whole,)))
    assert advice.proposal is None


def test_that_going_elsewhere_takes_the_proposal_away(document, view_state, advice):
    track_of(document, {**STEADY_WALK, 5: Mask.empty(*SIZE)})
    view_state.show_frame(5)
    view_state.note_shown_frame(5)
    view_state.select(COW)
    advice.propose_or_click()
    assert advice.proposal is not None
    view_state.show_frame(7)
    view_state.note_shown_frame(7)
    assert advice.proposal is None
    view_state.show_frame(5)
    view_state.note_shown_frame(5)
    assert advice.proposal is None


def test_that_it_is_said_when_no_click_stands_out(document, view_state, notifications, advice):
    track_of(document, STEADY_WALK)
    advice.propose_or_click()
    assert "Select a target" in notifications.current.text
    view_state.select(COW)
    view_state.show_frame(5)
    view_state.note_shown_frame(5)
    advice.propose_or_click()
    assert "No click stands out" in notifications.current.text


def test_that_the_panel_names_the_keys_that_are_in_force(
    qtbot, document, queue, view_state, keyframes, settings, theme
):
    settings.set_shortcuts("review.click", ("Ctrl+P",))
    panel = ReviewPanel(queue, document, view_state, keyframes, Actions(settings, theme))
    qtbot.addWidget(panel)
    panel.show_advice(ClickProposal(COW, 5, 3.5, 3.5, 4.0))
    assert "missing. Ctrl+P clicks there" in panel._advice.text()
    panel.show_advice(ClickProposal(COW, 5, 3.5, 3.5, 4.0, is_positive=False))
    assert "perhaps too much, a guess. Ctrl+P clicks it away" in panel._advice.text()


def test_that_the_panel_says_what_to_do_where_no_click_stands_out(
    qtbot, document, view_state, queue, panel
):
    put(qtbot, document, queue, f5=(rectangle(10, 5, 10, 10), 0.2, None))
    panel.go_to_next()
    assert panel._advice.text().startswith("Wrong? Click what is missing")
    assert "R box, A brush" in panel._advice.text()
    view_state.show_frame(9)
    assert panel._advice.text().startswith("J: next problem")


def test_that_problems_are_listed_under_new_names_at_once(qtbot, document, queue, panel, targets):
    put(qtbot, document, queue, f5=(STEADY[5][0], 0.2, 0.6))
    targets.rename(COW, "Berta")
    assert panel.list.item(0).text().startswith("5  Berta: ")


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_that_a_problem_with_many_reasons_is_read_whole(qtbot, document, queue, panel):
    put(
        qtbot, document, queue, f5=(rectangle(28, 18, 3, 3), 0.2, 0.6), f9=(STEADY[9][0], 0.2, None)
    )
    panel.resize(200, 400)
    panel.show()
    panel.grab()
    rows = [panel.list.visualItemRect(panel.list.item(row)) for row in range(2)]
    text, metrics = panel.list.item(0).text(), panel.list.fontMetrics()
    assert metrics.horizontalAdvance(text) > panel.list.viewport().width()
    assert rows[0].width() <= panel.list.viewport().width()
    assert rows[0].height() >= rows[1].height() + metrics.height() - 2, "in more than one line"
