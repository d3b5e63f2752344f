"""Which frames a run covers: keyframes bound it, locked targets stay out."""

from dataclasses import replace

import pytest

from tarvis_app.document import edits
from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.run_plan import (
    Reach,
    RunWish,
    Span,
    plan_run,
    reached_frames,
    source_frames,
)
from tarvis_core.annotation.exemplar import MaskExemplar, PointExemplar
from tarvis_core.annotation.segmentation import Direction
from tarvis_core.annotation.track import FrameState
from tests.fakes.projects import COW, GRASS, keyframe, rectangle

LIMITS = (0, 99)
FORWARD, BACKWARD, BOTH = Direction.FORWARD, Direction.BACKWARD, Direction.BOTH


def reach(sources, frame, direction, far=Reach.TO_KEYFRAMES, limits=LIMITS):
    reached = reached_frames(sources, RunWish((COW,), frame, limits, direction, far))
    return None if reached is None else (reached.request, reached.writes)


@pytest.mark.parametrize(
    ("frame", "direction", "request_span", "written"),
    [
        (50, FORWARD, (50, 80), (50, 79)),
        (50, BACKWARD, (20, 50), (21, 50)),
        (50, BOTH, (20, 80), (21, 79)),
        (20, BACKWARD, (0, 20), (0, 20)),
        (80, FORWARD, (80, 99), (80, 99)),
        (60, FORWARD, (50, 80), (51, 79)),
        (60, BACKWARD, (50, 80), (51, 79)),
        (90, FORWARD, (80, 99), (81, 99)),
        (10, BACKWARD, (0, 20), (0, 19)),
    ],
)
def test_that_a_run_ends_at_the_neighbouring_keyframes(frame, direction, request_span, written):
    assert reach((20, 50, 80), frame, direction) == (Span(*request_span), Span(*written))


@pytest.mark.parametrize(("frame", "direction"), [(90, BACKWARD), (10, FORWARD)])
def test_that_a_run_needs_something_to_start_from_in_its_direction(frame, direction):
    assert reach((50,), frame, direction) is None


def test_that_keyframes_outside_the_range_do_not_count():
    assert reach((5, 95), 50, BOTH, limits=(10, 90)) is None


def test_that_a_run_over_the_whole_range_passes_keyframes():
    whole = (Span(10, 90), Span(10, 90))
    assert reach((20, 50, 80), 50, BOTH, Reach.WHOLE_RANGE, (10, 90)) == whole
    ahead = (Span(50, 90), Span(50, 90))
    assert reach((20, 50, 80), 60, FORWARD, Reach.WHOLE_RANGE, (10, 90)) == ahead


def test_that_targets_with_the_same_span_share_a_pass(document):
    project = document.opened
    for target in (COW, GRASS):
        document.edit(Edit("clear", edits.remove_masks(project, [target], range(12))))
        changes = (project.masks.change_to(target, 4, keyframe(rectangle(2, 2, 4, 4))),)
        document.edit(Edit("paint", changes))

    (step,) = plan_run(project, RunWish((COW, GRASS), 4, (0, 11), BOTH))

    assert step.targets == {COW, GRASS}
    assert [(e.target, e.frame) for e in step.request.exemplars] == [(COW, 4), (GRASS, 4)]
    assert all(isinstance(exemplar, MaskExemplar) for exemplar in step.request.exemplars)


def test_that_clicks_are_given_where_no_keyframe_is(document):
    project = document.opened
    document.edit(Edit("clear", edits.remove_masks(project, [COW], range(12))))
    points = (PointExemplar(3, COW, 5, 5), PointExemplar(3, COW, 9, 9, is_positive=False))
    document.edit(Edit("click", edits.set_exemplars(project, COW, 3, points)))

    (step,) = plan_run(project, RunWish((COW,), 3, (0, 11), BOTH))

    assert step.request.exemplars == points
    assert (step.first_written, step.last_written) == (0, 11)


def test_that_a_confirmed_absence_bounds_a_run_but_is_no_exemplar(document):
    project = document.opened
    document.edit(Edit("clear", edits.remove_masks(project, [COW], range(12))))
    document.edit(
        Edit("paint", (project.masks.change_to(COW, 2, keyframe(rectangle(1, 1, 3, 3))),))
    )
    document.edit(Edit("absent", edits.mark_absent(project, COW, 8, 11)))
    assert project.masks.get(COW, 8).state is FrameState.KEYFRAME

    (step,) = plan_run(project, RunWish((COW,), 2, (0, 11), FORWARD))

    assert [exemplar.frame for exemplar in step.request.exemplars] == [2]
    assert (step.first_written, step.last_written) == (2, 7)
    assert source_frames(project, COW) == (2, 8)


def test_that_locked_targets_are_left_out(document):
    project = document.opened
    locked = replace(project.target(COW), is_locked=True)
    document.edit(Edit("lock", edits.change_target(project, locked)))
    assert plan_run(project, RunWish((COW,), 0, (0, 11), BOTH, Reach.WHOLE_RANGE)) == ()
