"""Problems: frames on which a target probably needs a person, each with its reasons."""

import itertools
import math
from collections.abc import Container, Generator, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from tarvis_core.annotation.statistics import FrameStatistics
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState

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


DOUBTS = (Reason.DISAGREEMENT, Reason.SCORE)
"""What the network itself is unsure of; where it was right after all, it was right beside, too."""


@dataclass(frozen=True)
class Finding:
    """One thing that looks wrong with a target on a frame, and how bad it looks."""

    target: TargetId
    frame: int
    reason: Reason
    severity: float
    """0…1; those of all reasons are compared."""
    value: float
    """What the reason is about: IoU lost, relative change of area, pixels per frame, score; for a
    contact the number of the other target."""


@dataclass(frozen=True)
class Problem:
    """One target on one frame, with everything that looks wrong there."""

    findings: tuple[Finding, ...]
    """All of the same target and frame, the worst first; at least one."""

    @property
    def target(self) -> TargetId:
        """Who probably needs a person."""
        return self.findings[0].target

    @property
    def frame(self) -> int:
        """Where."""
        return self.findings[0].frame

    @property
    def severity(self) -> float:
        """0…1, as the worst that was found there."""
        return self.findings[0].severity

    def is_at_place_of(self, other: "Problem | None") -> bool:
        """Whether both are about the same target on the same frame."""
        return other is not None and (self.target, self.frame) == (other.target, other.frame)


def ranked(findings: Iterable[Finding]) -> tuple[Problem, ...]:
    """One problem for each target and frame on which something was found, the worst first."""
    places: dict[tuple[TargetId, int], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: -finding.severity):
        places.setdefault((finding.target, finding.frame), []).append(finding)
    return tuple(sorted((Problem(tuple(found)) for found in places.values()), key=rank))


def rank(problem: Problem) -> tuple[float, int, int]:
    """What problems are sorted by: the worst first, then by frame and target."""
    return (-problem.severity, problem.frame, problem.target)


def findings_of(
    target: TargetId, frames: Sequence[FrameStatistics], gaps: Iterable[tuple[int, int]]
) -> tuple[Finding, ...]:
    """What looks wrong with one target, in order of frames.

    Args:
        target: The target.
        frames: Its statistics, in order of frames.
        gaps: Stretches without a mask between frames with one.

    Returns:
        What was found on frames that no person stands behind.
    """
    steps = look_for_findings(target, frames, gaps)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: tuple[Finding, ...] = end.value
            return found


def look_for_findings(
    target: TargetId, frames: Sequence[FrameStatistics], gaps: Iterable[tuple[int, int]]
) -> Generator[None, None, tuple[Finding, ...]]:
    """Like `findings_of`, in steps that each take a few milliseconds.

    Returns:
        What was found, when the last step is done.
    """
    usual = _usual_motion(frames)
    yield
    found: list[Finding] = []
    for start in range(0, len(frames), STEP):
        some = frames[max(0, start - 1) : start + STEP]
        found += [
            finding
            for statistics in frames[start : start + STEP]
            for finding in _frame_findings(target, statistics, usual)
            if finding.severity >= MIN_SEVERITY and _counts(statistics, finding.reason)
        ]
        found += _border_findings(target, some)
        yield
    short = [(first, last) for first, last in gaps if last - first < FLICKER_LENGTH]
    starts = {first for first, _ in short}
    law = {each.frame for each in frames if each.frame in starts and each.state.is_law}
    found += [
        Finding(target, first, Reason.FLICKER, 0.6, float(last - first + 1))
        for first, last in short
        if first not in law
    ]
    yield
    verified = {each.frame for each in frames if each.state is FrameState.VERIFIED}
    return tuple(sorted(worst_nearby(found, verified), key=lambda finding: finding.frame))


def _counts(statistics: FrameStatistics, reason: Reason) -> bool:
    """Whether a finding is listed, or stands for those beside it that then are not."""
    is_answer = statistics.state is FrameState.VERIFIED and reason in DOUBTS
    return is_answer or not statistics.state.is_law


def _usual_motion(frames: Sequence[FrameStatistics]) -> float:
    moved = [statistics.motion for statistics in frames if statistics.motion is not None]
    return float(np.median(moved)) if moved else 0.0


def _frame_findings(
    target: TargetId, statistics: FrameStatistics, usual_motion: float
) -> Iterable[Finding]:
    frame = statistics.frame
    if statistics.disagreement:
        doubt = statistics.disagreement
        yield Finding(target, frame, Reason.DISAGREEMENT, min(1.0, doubt * 1.2), doubt)
    if not statistics.is_present:
        return
    if statistics.score < 0.6:
        severity = min(1.0, (0.6 - statistics.score) * 1.6 + 0.2)
        yield Finding(target, frame, Reason.SCORE, severity, statistics.score)
    change = statistics.area_change
    if change is not None and change > -1:
        severity = min(1.0, abs(math.log(1 + change)) / math.log(4))
        yield Finding(target, frame, Reason.AREA, severity, change)
    motion = statistics.motion
    if motion is not None:
        size = math.sqrt(statistics.area)
        excess = motion - 4 * usual_motion
        yield Finding(target, frame, Reason.MOTION, min(1.0, max(0.0, excess / size)), motion)


def _border_findings(target: TargetId, frames: Sequence[FrameStatistics]) -> Iterable[Finding]:
    """Where a mask comes to the edge of the frame, which may have cut it or drawn it there."""
    for before, statistics in itertools.pairwise(frames):
        is_new = statistics.touches_border and not before.touches_border and before.is_present
        if is_new and not statistics.state.is_law:
            doubt = max(statistics.disagreement or 0.0, 1.0 - statistics.score)
            severity = min(1.0, MIN_SEVERITY + BORDER_DOUBT_WEIGHT * doubt)
            yield Finding(target, statistics.frame, Reason.BORDER, severity, doubt)


def worst_nearby(findings: Iterable[Finding], verified: Container[int] = ()) -> list[Finding]:
    """Thin out neighbours of the same reason: the worst stands for all of them.

    Args:
        findings: Those of one target, or of two that touch.
        verified: Frames that a person has confirmed: they stand for others, but are not listed.
    """
    kept: list[Finding] = []
    taken: dict[Reason, set[int]] = {}
    for finding in sorted(findings, key=lambda f: (-f.severity, f.frame not in verified)):
        frames = taken.setdefault(finding.reason, set())
        if finding.frame not in frames:
            if finding.frame not in verified:
                kept.append(finding)
            frames.update(range(finding.frame - NEIGHBOURHOOD, finding.frame + NEIGHBOURHOOD + 1))
    return kept
