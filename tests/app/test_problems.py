"""Problems of a track: found in small steps, thinned out, the same however they are looked at."""

import itertools

import numpy as np
import pytest

from tarvis_app.review import problems
from tarvis_app.review.problems import (
    Finding,
    Reason,
    findings_of,
    look_for_findings,
    ranked,
    worst_nearby,
)
from tarvis_core.annotation.statistics import FrameStatistics
from tarvis_core.annotation.track import FrameState
from tests.fakes.projects import COW, GRASS

NUM_MANY = 30000


def statistics_of(frame, disagreement, *, touches_border=False):
    box, centroid = (0, 0, 10, 10), (5.0, 5.0)
    shape = (100, box, centroid, 0.0, 0.0, 0.9, 1, touches_border)
    return FrameStatistics(frame, FrameState.PREDICTED, 0.9, disagreement, *shape)


def test_that_a_long_track_full_of_problems_is_looked_at_in_short_steps(monkeypatch):
    doubts = np.random.default_rng(1).random(NUM_MANY)
    frames = [statistics_of(frame, float(doubt)) for frame, doubt in enumerate(doubts)]
    looked_at, look = [], problems._frame_findings

    def note(target, statistics, usual):
        looked_at.append(statistics.frame)
        return look(target, statistics, usual)

    monkeypatch.setattr(problems, "_frame_findings", note)
    steps, in_steps, found = look_for_findings(COW, frames, ()), [], None
    while found is None:
        before = len(looked_at)
        try:
            next(steps)
        except StopIteration as end:
            found = end.value
        in_steps.append(len(looked_at) - before)
    assert looked_at == list(range(NUM_MANY))
    assert max(in_steps) <= problems.STEP
    assert problems.STEP < NUM_MANY / 20
    assert len(found) > NUM_MANY / 20


def test_that_of_neighbours_with_the_same_reason_the_worst_is_kept():
    random = np.random.default_rng(5)
    some = [
        Finding(COW, int(frame), reason, float(random.random()), 0.5)
        for frame in random.permutation(60)
        for reason in (Reason.AREA, Reason.SCORE)
    ]
    kept = worst_nearby(some)
    for one, other in itertools.combinations(kept, 2):
        is_apart = abs(one.frame - other.frame) > problems.NEIGHBOURHOOD
        assert is_apart or one.reason is not other.reason
    for each in set(some) - set(kept):
        assert any(
            other.reason is each.reason
            and other.severity >= each.severity
            and abs(other.frame - each.frame) <= problems.NEIGHBOURHOOD
            for other in kept
        )


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_that_steps_of_any_length_find_the_same(monkeypatch, step):
    frames = [
        statistics_of(frame, 0.4 if frame % 5 == 0 else None, touches_border=frame % 3 == 2)
        for frame in range(20)
    ]
    gaps = ((21, 22), (30, 60))
    whole = findings_of(COW, frames, gaps)
    assert {finding.reason for finding in whole} == {
        Reason.DISAGREEMENT,
        Reason.BORDER,
        Reason.FLICKER,
    }
    monkeypatch.setattr(problems, "STEP", step)
    assert findings_of(COW, frames, gaps) == whole


def test_that_all_that_is_found_at_one_place_is_one_problem_ranked_by_the_worst():
    area, jump = Finding(COW, 78, Reason.AREA, 0.9, 3.93), Finding(COW, 78, Reason.MOTION, 1.0, 345)
    score = Finding(COW, 60, Reason.SCORE, 0.95, 0.1)
    beside = Finding(GRASS, 78, Reason.AREA, 0.4, -0.4)
    first, second, third = ranked([beside, area, score, jump])
    assert first.findings == (jump, area)
    assert (first.target, first.frame, first.severity) == (COW, 78, 1.0)
    assert (second.findings, third.findings) == ((score,), (beside,))
