"""Runs: every wanted frame of a target is answered once, by the run from the nearer exemplar."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.segmentation import Direction
from tarvis_core.inference.run_plan import Run, clips_of_run, plan_runs
from tarvis_core.inference.target_cues import TargetCues
from tarvis_core.video.clip import ClipSchedule


def cues(**frames):
    """t1=(3, 9) → clicks of target 1 on frames 3 and 9."""
    exemplars = [
        PointExemplar(frame, int(name[1:]), 1.0, 1.0)
        for name, numbers in frames.items()
        for frame in numbers
    ]
    return TargetCues(exemplars, (8, 8))


def everywhere(given, span):
    """Cues, and the wish for all frames of a span of every target."""
    return given, dict.fromkeys(given.targets, (span,))


def grid(num_frames, length=6, overlap=3):
    return [clip.frames for clip in ClipSchedule(0, num_frames - 1, length, overlap)]


def test_that_one_exemplar_makes_one_run_each_way():
    forward, backward = plan_runs(*everywhere(cues(t1=(5,)), (0, 9)), Direction.BOTH)

    assert forward == Run(5, 9, {1: ((5, 9),)})
    assert backward == Run(5, 0, {1: ((0, 4),)}, is_backward=True)


def test_that_runs_meet_between_two_exemplars():
    forward, backward = plan_runs(*everywhere(cues(t1=(2, 8)), (0, 9)), Direction.BOTH)

    assert forward.answers == {1: ((2, 5), (8, 9))}
    assert backward.answers == {1: ((0, 1), (6, 7))}
    assert backward.start == 8


def test_that_a_run_begins_with_the_exemplar_before_the_wanted_frames():
    (forward,) = plan_runs(*everywhere(cues(t1=(2, 10), t2=(40,)), (15, 20)), Direction.FORWARD)

    assert forward == Run(10, 20, {1: ((15, 20),)})


@pytest.mark.parametrize(
    ("direction", "expected"), [(Direction.FORWARD, (4, 9)), (Direction.BACKWARD, (0, 7))]
)
def test_that_one_direction_answers_from_the_outermost_exemplar_on(direction, expected):
    (run,) = plan_runs(*everywhere(cues(t1=(4, 7)), (0, 9)), direction)

    assert run.answers == {1: (expected,)}
    assert run.is_backward == (direction is Direction.BACKWARD)


def test_that_a_run_does_not_go_on_over_many_frames_that_it_does_not_answer_for():
    both_ways = plan_runs(*everywhere(cues(t1=(0, 50)), (0, 99)), Direction.BOTH, most_idle=8)

    assert both_ways == (
        Run(0, 25, {1: ((0, 25),)}),
        Run(50, 99, {1: ((50, 99),)}),
        Run(50, 26, {1: ((26, 49),)}, is_backward=True),
    )


def test_that_a_run_goes_on_where_another_target_needs_it():
    runs = plan_runs(*everywhere(cues(t1=(0, 50), t2=(0,)), (0, 99)), Direction.BOTH, most_idle=8)

    assert runs[0] == Run(0, 99, {1: ((0, 25), (50, 99)), 2: ((0, 99),)})
    assert len(runs) == 2


@pytest.mark.parametrize(("most_idle", "num_runs"), [(3, 3), (4, 2)])
def test_that_a_short_gap_is_not_worth_a_new_run(most_idle, num_runs):
    assert (
        len(plan_runs(*everywhere(cues(t1=(0, 8)), (0, 9)), Direction.BOTH, most_idle)) == num_runs
    )


def test_that_only_the_wanted_frames_of_each_target_are_answered():
    wanted = {1: ((2, 4), (12, 30)), 2: ((25, 29),)}

    runs = plan_runs(cues(t1=(0, 20), t2=(20,), t3=(0, 8)), wanted, Direction.BOTH)

    assert runs == (
        Run(0, 30, {1: ((2, 4), (20, 30)), 2: ((25, 29),)}),
        Run(20, 12, {1: ((12, 19),)}, is_backward=True),
    )


def test_that_a_target_of_which_nothing_is_wanted_begins_no_run():
    assert plan_runs(cues(t1=(0,)), {}, Direction.BOTH) == ()


def test_that_nothing_is_run_without_a_start():
    assert plan_runs(*everywhere(cues(), (0, 9)), Direction.BOTH) == ()
    assert plan_runs(*everywhere(cues(t1=(5,)), (0, 3)), Direction.FORWARD) == ()


exemplar_frames = st.sets(st.integers(0, 30), min_size=1, max_size=4)


@settings(deadline=None)
@given(first=exemplar_frames, second=exemplar_frames, start=st.integers(0, 30), data=st.data())
def test_that_each_frame_is_answered_once_and_from_the_nearest_exemplar(first, second, start, data):
    end = data.draw(st.integers(start, 30))
    most_idle = data.draw(st.none() | st.integers(0, 8))
    runs = plan_runs(
        *everywhere(cues(t1=first, t2=second), (start, end)), Direction.BOTH, most_idle
    )

    for target, frames in ((1, first), (2, second)):
        for frame in range(31):
            answering = [run for run in runs if target in run.targets(frame)]
            assert len(answering) == (start <= frame <= end)
            if answering:
                distance = min(abs(frame - exemplar) for exemplar in frames)
                nearest = {e for e in frames if abs(frame - e) == distance}
                is_backward = answering[0].is_backward
                assert any((e > frame) == is_backward for e in nearest)
    for run in runs:
        answered = [frame for frame in range(31) if run.targets(frame)]
        assert run.num_frames == len(answered)
        order = sorted(answered, reverse=run.is_backward)
        assert run.start >= order[0] if run.is_backward else run.start <= order[0]
        assert run.end == order[-1]


def test_that_a_forward_run_begins_where_most_is_ahead():
    clips = clips_of_run(grid(30), Run(4, 14, {}))

    assert clips == [tuple(range(s, s + 6)) for s in (3, 6, 9)]


def test_that_a_backward_run_uses_the_same_clips_the_other_way():
    clips = clips_of_run(grid(30), Run(14, 4, {}, is_backward=True))

    assert clips == [tuple(range(s, s + 6)) for s in (9, 6, 3)]


@pytest.mark.parametrize("is_backward", [False, True])
def test_that_a_finer_grid_continues_where_the_coarser_ended(is_backward):
    done = tuple(range(12, 24))
    run = Run(40, 0, {}, is_backward=True) if is_backward else Run(0, 59, {})

    clips = clips_of_run(grid(60, 4, 2), run, done)

    shared, new = set(clips[0]) & set(done), set(clips[0]) - set(done)
    assert shared
    assert min(new) == 24 if not is_backward else max(new) == 11


@settings(deadline=None)
@given(
    num_frames=st.integers(1, 40),
    length=st.integers(2, 12),
    data=st.data(),
    is_backward=st.booleans(),
)
def test_that_a_run_covers_all_its_frames(num_frames, length, data, is_backward):
    overlap = data.draw(st.integers(1, length // 2))
    ends = sorted(data.draw(st.tuples(*[st.integers(0, num_frames - 1)] * 2)))
    run = Run(ends[1], ends[0], {}, is_backward=True) if is_backward else Run(*ends, {})

    clips = clips_of_run(grid(num_frames, length, overlap), run)

    covered = {frame for clip in clips for frame in clip}
    assert covered >= set(range(ends[0], ends[1] + 1))
    assert all(set(a) & set(b) for a, b in itertools.pairwise(clips))
