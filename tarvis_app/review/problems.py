"""Problems: frames on which a target probably needs a person, each with its reason."""

import itertools
import math
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from tarvis_core.annotation.statistics import FrameStatistics
from tarvis_core.annotation.target import TargetId

NEIGHBOURHOOD = 4
"""Of the same reason within so many frames, only the worst frame is listed."""
MIN_SEVERITY = 0.3
BORDER_DOUBT_WEIGHT = 0.5
"""Targets leave the frame all the time: only doubt makes that a reason to look soon."""
STEP = 500
"""Frames that are looked at in one go: about two milliseconds."""
FLICKER_LENGTH = 3
"""A gap of at most so many frames is seldom meant."""


class Reason(Enum):
    """Why a frame is listed."""

    DISAGREEMENT = "disagreement"
    AREA = "area"
    MOTION = "motion"
    FLICKER = "flicker"
    SCORE = "score"
    CONTACT = "contact"
    """The mask begins to touch another target's."""
    BORDER = "border"
    """The mask begins to touch the edge of the frame."""


@dataclass(frozen=True)
class Problem:
    """One target on one frame, how bad it looks, and why."""

    target: TargetId
    frame: int
    reason: Reason
    severity: float
    """0…1; problems of all reasons are ranked together."""
    value: float
    """What the reason is about: IoU lost, relative change of area, pixels per frame, score; for a
    contact the number of the other target."""


def rank(problem: Problem) -> tuple[float, int, int]:
    """What problems are sorted by: the worst first, then by frame and target."""
    return (-problem.severity, problem.frame, problem.target)


def problems_of(
    target: TargetId, frames: Sequence[FrameStatistics], gaps: Iterable[tuple[int, int]]
) -> tuple[Problem, ...]:
    """The problems of one target, in order of frames.

    Args:
        target: The target.
        frames: Its statistics, in order of frames.
        gaps: Stretches without a mask between frames with one.

    Returns:
        Problems on frames that no person stands behind.
    """
    steps = look_for_problems(target, frames, gaps)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: tuple[Problem, ...] = end.value
            return found


def look_for_problems(
    target: TargetId, frames: Sequence[FrameStatistics], gaps: Iterable[tuple[int, int]]
) -> Generator[None, None, tuple[Problem, ...]]:
    """Like `problems_of`, in steps that each take a few milliseconds.

    Returns:
        The problems, when the last step is done.
    """
    usual = _usual_motion(frames)
    yield
    found: list[Problem] = []
    for start in range(0, len(frames), STEP):
        some = frames[max(0, start - 1) : start + STEP]
        found += [
            problem
            for statistics in frames[start : start + STEP]
            if not statistics.state.is_law
            for problem in _frame_problems(target, statistics, usual)
            if problem.severity >= MIN_SEVERITY
        ]
        found += _border_problems(target, some)
        yield
    short = [(first, last) for first, last in gaps if last - first < FLICKER_LENGTH]
    starts = {first for first, _ in short}
    law = {each.frame for each in frames if each.frame in starts and each.state.is_law}
    found += [
        Problem(target, first, Reason.FLICKER, 0.6, float(last - first + 1))
        for first, last in short
        if first not in law
    ]
    yield
    return tuple(sorted(worst_nearby(found), key=lambda problem: problem.frame))


def _usual_motion(frames: Sequence[FrameStatistics]) -> float:
    moved = [statistics.motion for statistics in frames if statistics.motion is not None]
    return float(np.median(moved)) if moved else 0.0


def _frame_problems(
    target: TargetId, statistics: FrameStatistics, usual_motion: float
) -> Iterable[Problem]:
    frame = statistics.frame
    if statistics.disagreement:
        doubt = statistics.disagreement
        yield Problem(target, frame, Reason.DISAGREEMENT, min(1.0, doubt * 1.2), doubt)
    if not statistics.is_present:
        return
    if statistics.score < 0.6:
        severity = min(1.0, (0.6 - statistics.score) * 1.6 + 0.2)
        yield Problem(target, frame, Reason.SCORE, severity, statistics.score)
    change = statistics.area_change
    if change is not None and change > -1:
        severity = min(1.0, abs(math.log(1 + change)) / math.log(4))
        yield Problem(target, frame, Reason.AREA, severity, change)
    motion = statistics.motion
    if motion is not None:
        size = math.sqrt(statistics.area)
        excess = motion - 4 * usual_motion
        yield Problem(target, frame, Reason.MOTION, min(1.0, max(0.0, excess / size)), motion)


def _border_problems(target: TargetId, frames: Sequence[FrameStatistics]) -> Iterable[Problem]:
    """Where a mask comes to the edge of the frame, which may have cut it or drawn it there."""
    for before, statistics in itertools.pairwise(frames):
        is_new = statistics.touches_border and not before.touches_border and before.is_present
        if is_new and not statistics.state.is_law:
            doubt = max(statistics.disagreement or 0.0, 1.0 - statistics.score)
            severity = min(1.0, MIN_SEVERITY + BORDER_DOUBT_WEIGHT * doubt)
            yield Problem(target, statistics.frame, Reason.BORDER, severity, doubt)


def worst_nearby(problems: Iterable[Problem]) -> list[Problem]:
    """Thin out neighbours of the same reason: the worst stands for all of them."""
    kept: list[Problem] = []
    taken: dict[Reason, set[int]] = {}
    for problem in sorted(problems, key=lambda problem: -problem.severity):
        frames = taken.setdefault(problem.reason, set())
        if problem.frame not in frames:
            kept.append(problem)
            frames.update(range(problem.frame - NEIGHBOURHOOD, problem.frame + NEIGHBOURHOOD + 1))
    return kept
