"""Which spans a run covers: keyframes bound it, locked targets stay out."""

from dataclasses import replace

import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation import run_plan
from tarvis_app.segmentation.run_plan import Need, need_of, plan_run
from tarvis_app.segmentation.run_stretches import Reach, RunWish
from tarvis_core.annotation import painting, target_operations, track_operations
from tarvis_core.annotation.exemplar import MaskExemplar, PointExemplar
from tarvis_core.annotation.segmentation import Direction
from tarvis_core.annotation.segmentation_changes import frames_to_renew
from tarvis_core.annotation.track import FrameState, MaskSource
from tests.fakes.projects import COW, GRASS, keyframe, predicted, rectangle

FORWARD, BACKWARD, BOTH = Direction.FORWARD, Direction.BACKWARD, Direction.BOTH
LAST = 11


@pytest.fixture
def edit(document):
    """Makes an edit of a document that has targets and nothing else."""

    def make(changes):
        document.edit(Edit("edit", tuple(changes)))

    for target in (COW, GRASS):
        make(track_operations.delete_from(document.opened, target, 0))
    return make


def put_keyframes(document, edit, *frames, target=COW):
    masks = document.opened.masks
    edit(masks.change_to(target, frame, keyframe(rectangle(2, 2, 4, 4))) for frame in frames)


def track(document, edit, *frames):
    """Give these frames masks of the network, or all that have none."""
    masks = document.opened.masks
    held = masks.track(COW)
    missing = [f for f in frames or range(LAST + 1) if f not in held]
    edit(masks.change_to(COW, frame, predicted(rectangle(1, 1, 3, 3))) for frame in missing)


def written(document, frame, direction, reach=Reach.TO_KEYFRAMES, limits=(0, LAST)):
    """The frames of the cow that a run may write, and the frames that it is given."""
    steps = plan_run(document.opened, RunWish((COW,), frame, limits, direction, reach))
    frames = [
        f
        for step in steps
        for _, spans in step.wanted
        for span in spans
        for f in range(span.first, span.last + 1)
    ]
    given = sorted({e.frame for step in steps for e in step.request.exemplars})
    return frames, given


@pytest.mark.parametrize(
    ("frame", "direction", "frames", "given"),
    [
        (5, FORWARD, [6, 7], [5, 8]),
        (5, BACKWARD, [3, 4], [2, 5]),
        (5, BOTH, [3, 4, 6, 7], [2, 5, 8]),
        (2, BACKWARD, [0, 1], [2]),
        (8, FORWARD, [9, 10, 11], [8]),
        (6, FORWARD, [6, 7], [5, 8]),
        (7, FORWARD, [7], [5, 8]),
        (6, BACKWARD, [6], [5, 8]),
        (10, FORWARD, [10, 11], [8]),
        (10, BACKWARD, [], []),
        (1, FORWARD, [], []),
    ],
)
def test_that_a_run_writes_up_to_the_neighbouring_keyframes_and_is_given_them(
    document, edit, frame, direction, frames, given
):
    put_keyframes(document, edit, 2, 5, 8)
    track(document, edit)
    assert written(document, frame, direction) == (frames, given)


def test_that_a_run_over_the_whole_range_keeps_the_keyframes_on_its_way(document, edit):
    put_keyframes(document, edit, 2, 5, 8)
    track(document, edit)
    frames, given = written(document, 5, BOTH, Reach.WHOLE_RANGE, (1, 10))
    assert frames == [1, 3, 4, 6, 7, 9, 10]
    assert given == [2, 5, 8]
    frames, _ = written(document, 7, FORWARD, Reach.WHOLE_RANGE)
    assert frames == [7, 9, 10, 11]
    frames, _ = written(document, 3, BACKWARD, Reach.WHOLE_RANGE)
    assert frames == [0, 1, 3]


def test_that_clicks_start_a_run_where_no_keyframe_is(document, edit):
    project = document.opened
    points = (PointExemplar(3, COW, 5, 5), PointExemplar(3, COW, 9, 9, is_positive=False))
    edit(painting.set_exemplars(project, COW, 3, points))

    assert written(document, 3, FORWARD) == (list(range(3, 12)), [3])
    assert written(document, 3, BACKWARD) == (list(range(4)), [3])
    (step,) = plan_run(project, RunWish((COW,), 3, (0, LAST), BOTH))
    assert set(step.request.exemplars) == set(points)


def test_that_a_run_is_not_asked_for_the_frame_alone_that_it_sets_out_from(document, edit):
    give_click(document, edit, 0)
    assert written(document, 0, BACKWARD) == ([0], [0])  # its answer is still to come
    track(document, edit, 0)
    assert written(document, 0, BACKWARD) == ([], [])
    assert written(document, 0, FORWARD) == (list(range(12)), [0])


def give_click(document, edit, frame, *, is_positive=True):
    point = PointExemplar(frame, COW, 5, 5, is_positive)
    edit(painting.set_exemplars(document.opened, COW, frame, (point,)))


def test_that_a_run_sets_out_from_the_nearest_click_and_leaves_what_lies_behind(document, edit):
    give_click(document, edit, 2)
    give_click(document, edit, 9)
    track(document, edit)

    assert written(document, 5, FORWARD) == (list(range(5, 12)), [2, 9])
    assert written(document, 5, BACKWARD) == (list(range(6)), [2, 9])
    (forward,) = plan_run(document.opened, RunWish((COW,), 5, (0, LAST), FORWARD))
    (backward,) = plan_run(document.opened, RunWish((COW,), 5, (0, LAST), BACKWARD))
    assert (forward.request.first_frame, forward.request.last_frame) == (2, LAST)
    assert (backward.request.first_frame, backward.request.last_frame) == (0, 9)


def test_that_frames_without_an_answer_between_start_and_shown_frame_get_their_first(
    document, edit
):
    give_click(document, edit, 2)
    give_click(document, edit, 9)
    track(document, edit, 2, 5, 8, 9)
    assert written(document, 5, FORWARD) == ([3, 4, *range(5, 12)], [2, 9])
    assert written(document, 5, BACKWARD) == ([0, 1, 2, 3, 4, 5, 6, 7], [2, 9])


def test_that_only_a_run_over_the_range_sets_out_from_further_on(document, edit):
    give_click(document, edit, 6)
    assert written(document, 3, FORWARD) == ([], [])
    assert written(document, 9, BACKWARD) == ([], [])
    assert written(document, 3, FORWARD, Reach.WHOLE_RANGE) == (list(range(6, 12)), [6])
    assert written(document, 9, BACKWARD, Reach.WHOLE_RANGE) == (list(range(7)), [6])


@pytest.mark.parametrize("direction", list(Direction))
def test_that_a_click_that_only_takes_away_starts_no_run(document, edit, direction):
    give_click(document, edit, 6, is_positive=False)
    assert written(document, 6, direction) == ([], [])


def test_that_a_click_after_an_absence_starts_a_run_from_there(document, edit):
    put_keyframes(document, edit, 0)
    edit(track_operations.mark_absent_from(document.opened, COW, 2))
    give_click(document, edit, 6)
    assert written(document, 6, BOTH) == (list(range(6, 12)), [6])
    assert written(document, 6, FORWARD) == (list(range(6, 12)), [6])
    assert written(document, 6, BACKWARD) == ([], [])


def test_that_a_run_needs_something_to_start_from(document, edit):
    assert written(document, 3, BOTH) == ([], [])
    put_keyframes(document, edit, 5)
    assert written(document, 0, BOTH, limits=(6, LAST)) == ([], [])


def test_that_targets_whose_stretches_overlap_share_a_pass(document, edit):
    put_keyframes(document, edit, 0)
    put_keyframes(document, edit, 4, target=GRASS)

    (step,) = plan_run(document.opened, RunWish((COW, GRASS), 4, (0, LAST), BOTH))

    assert {target for target, _ in step.wanted} == {COW, GRASS}
    assert [(e.target, e.frame) for e in step.request.exemplars] == [(COW, 0), (GRASS, 4)]
    assert step.request.wanted == {COW: ((0, LAST),), GRASS: ((0, LAST),)}
    assert step.num_frames == LAST + 1


def test_that_stretches_apart_are_passes_of_their_own(document, edit):
    put_keyframes(document, edit, 2, 3, 4, 8, 9)

    steps = plan_run(document.opened, RunWish((COW,), 0, (0, LAST), BOTH, Reach.STALE))

    extents = [(step.request.first_frame, step.request.last_frame) for step in steps]
    assert extents == [(0, 2), (4, 8), (9, LAST)]


def test_that_a_run_knows_where_the_other_targets_are(document, edit):
    put_keyframes(document, edit, 4)
    shown = predicted(rectangle(20, 4, 9, 9))
    edit((document.opened.masks.change_to(GRASS, 4, shown),))

    (step,) = plan_run(document.opened, RunWish((COW,), 4, (0, LAST), BOTH))

    assert MaskExemplar(4, GRASS, shown.mask) in step.request.exemplars
    assert step.request.wanted.keys() == {COW}
    alone = RunWish((COW,), 4, (0, LAST), BOTH, is_singly=True)
    assert {e.target for s in plan_run(document.opened, alone) for e in s.request.exemplars} == {
        COW
    }


def test_that_a_confirmed_absence_bounds_a_run_and_starts_none(document, edit):
    put_keyframes(document, edit, 2)
    edit(track_operations.mark_absent_from(document.opened, COW, 8))
    assert written(document, 2, FORWARD) == ([3, 4, 5, 6, 7], [2, 8])
    assert written(document, 8, FORWARD) == ([], [])


def test_that_locked_targets_are_left_out(document, edit):
    put_keyframes(document, edit, 2)
    edit(target_operations.set_locked(document.opened, [COW], is_locked=True))
    assert written(document, 2, BOTH) == ([], [])


def test_that_bringing_up_to_date_runs_only_beside_a_correction(document, edit):
    masks = document.opened.masks
    edit(masks.change_to(COW, f, predicted(rectangle(1, 1, 3, 3))) for f in range(12))
    put_keyframes(document, edit, 2, 5, 8)
    assert written(document, 0, BOTH, Reach.STALE) == ([], [])

    held = masks.get(COW, 5)
    edit([masks.change_to(COW, 5, newer(held))])

    assert written(document, 0, BOTH, Reach.STALE) == ([3, 4, 6, 7], [2, 5, 8])


def test_that_a_stopped_run_begins_again_but_goes_on_from_a_frame_that_is_accepted(document, edit):
    masks = document.opened.masks
    edit([masks.change_to(COW, 0, newer(keyframe(rectangle(1, 1, 3, 3))))])
    run = MaskSource("weights", made_at=2e9)
    done = replace(predicted(rectangle(1, 1, 3, 3)), source=run)
    edit(masks.change_to(COW, frame, done) for frame in range(1, 6))
    assert written(document, 5, BOTH, Reach.STALE) == (list(range(1, 12)), [0])

    accepted = replace(done, state=FrameState.KEYFRAME, source=MaskSource("accept", made_at=3e9))
    edit([masks.change_to(COW, 5, accepted)])

    assert written(document, 5, FORWARD) == (list(range(6, 12)), [5])


def newer(held):
    """The same mask, painted later than everything else."""
    return replace(held, source=MaskSource("brush", made_at=1e9))


def test_that_one_clip_sets_out_from_the_mask_that_is_shown(project):
    wish = RunWish((COW,), 3, (0, 11), FORWARD, Reach.ONE_CLIP)
    (step,) = plan_run(project, wish)
    assert (step.request.first_frame, step.request.last_frame) == (3, 10)
    starts = [e for e in step.request.exemplars if isinstance(e, MaskExemplar)]
    assert [(e.frame, e.mask) for e in starts] == [(3, project.masks.get(COW, 3).mask)]
    assert [(s.first, s.last) for s in dict(step.wanted)[COW]] == [(4, 10)]


def test_that_one_clip_back_stays_inside_the_range_and_keeps_keyframes(project):
    wish = RunWish((COW,), 3, (0, 11), BACKWARD, Reach.ONE_CLIP)
    (step,) = plan_run(project, wish)
    assert (step.request.first_frame, step.request.last_frame) == (0, 3)
    assert [(s.first, s.last) for s in dict(step.wanted)[COW]] == [(1, 2)]


def test_that_one_clip_needs_a_mask_on_the_frame(project):
    wish = RunWish((COW,), 8, (0, 11), FORWARD, Reach.ONE_CLIP)
    assert plan_run(project, wish) == ()


def test_that_targets_are_carried_one_by_one_if_asked(project):
    wish = RunWish((COW, GRASS), 0, (0, 11), FORWARD, Reach.WHOLE_RANGE)
    together, singly = plan_run(project, wish), plan_run(project, replace(wish, is_singly=True))
    assert {t for step in together for t, _ in step.wanted} == {COW, GRASS}
    assert [len(step.wanted) for step in singly] == [1, 1]


def test_that_only_what_a_run_would_write_is_looked_at_for_what_waits(document, edit, monkeypatch):
    put_keyframes(document, edit, 0, 3, 6, 9)
    track(document, edit)
    looked_at = []

    def look(project, target, span):
        looked_at.append((span.first, span.last))
        return frames_to_renew(project, target, span)

    monkeypatch.setattr(run_plan, "frames_to_renew", look)
    assert need_of(document.opened, COW, RunWish((COW,), 3, (0, LAST), BOTH)) is Need.NONE
    assert looked_at == [(1, 2), (4, 5)]
