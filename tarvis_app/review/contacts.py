"""Contacts: on which frames two targets touch; where a contact begins, identities are confused."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tarvis_app.review.problems import Finding, Reason, worst_nearby
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.statistics import touching_targets
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameSummary, Track

BASE_SEVERITY = 0.35
"""Of a contact of two masks that nobody doubts: listed, but after real trouble."""
DOUBT_WEIGHT = 0.6


@dataclass(frozen=True)
class TargetPair:
    """Two targets, the lower number first."""

    first: TargetId
    second: TargetId

    @classmethod
    def of(cls, one: TargetId, other: TargetId) -> "TargetPair":
        """The pair of two targets in whatever order."""
        return cls(min(one, other), max(one, other))


class Contacts:
    """Which targets touch on which frames, kept in step stretch by stretch."""

    def __init__(self) -> None:
        self._frames: dict[TargetPair, set[int]] = {}
        self._begins: dict[TargetPair, list[int]] = {}
        """Where the contacts of a pair begin; of pairs that were not looked at since."""

    def clear(self) -> None:
        """Start over."""
        self._frames, self._begins = {}, {}

    def look_at(
        self,
        project: Project,
        target: TargetId,
        span: tuple[int, int],
        left_out: Collection[TargetId],
    ) -> Iterator[None]:
        """Look anew which others a target touches, a frame at a time.

        Args:
            project: The project.
            target: The target whose masks changed.
            span: First and last frame on which they did, both inclusive.
            left_out: Targets that are looked at later anyway.
        """
        others = {
            other: track
            for other, track in project.masks.tracks.items()
            if other != target and other not in left_out
        }
        for other in others:
            pair = TargetPair.of(target, other)
            known = self._frames.setdefault(pair, set())
            outdated = [frame for frame in known if span[0] <= frame <= span[1]]
            if outdated:
                known.difference_update(outdated)
                self._begins.pop(pair, None)
            yield
        track = project.masks.track(target)
        for frame in track.frames_between(*span):
            own = track.summary(frame)
            for other, other_track in others.items():
                if own is not None and _are_near(own, other_track.summary(frame)):
                    if _touch(track, other_track, frame):
                        pair = TargetPair.of(target, other)
                        self._frames[pair].add(frame)
                        self._begins.pop(pair, None)
                    yield
            yield

    def findings(self, project: Project) -> tuple[Finding, ...]:
        """The frames on which contacts begin, unless a person stands behind one of the masks."""
        found: list[Finding] = []
        for pair, frames in self._frames.items():
            if pair.first in project.targets and pair.second in project.targets:
                if pair not in self._begins:
                    begins = sorted(frame for frame in frames if frame - 1 not in frames)
                    self._begins[pair] = begins
                told = (_finding(project, pair, frame) for frame in self._begins[pair])
                found += worst_nearby(finding for finding in told if finding is not None)
        return tuple(found)


def _touch(track: Track, other: Track, frame: int) -> bool:
    held = {t.target: found.mask for t in (track, other) if (found := t.get(frame)) is not None}
    return bool(touching_targets(held))


def _are_near(one: FrameSummary, other: FrameSummary | None) -> bool:
    """Whether the boxes of two masks overlap or have neighbouring pixels."""
    if other is None or one.is_empty or other.is_empty:
        return False
    (x0, y0, x1, y1), (u0, v0, u1, v1) = one.box, other.box
    return x0 <= u1 and u0 <= x1 and y0 <= v1 and v0 <= y1


def _finding(project: Project, pair: TargetPair, frame: int) -> Finding | None:
    """The contact as what is wrong with the target that is less sure."""
    doubts: dict[TargetId, float] = {}
    for target in (pair.first, pair.second):
        summary = project.masks.track(target).summary(frame)
        if summary is None or summary.state.is_law:
            return None
        doubts[target] = max(summary.disagreement or 0.0, 1.0 - summary.score)
    blamed, other = sorted(doubts, key=lambda target: -doubts[target])
    severity = min(1.0, BASE_SEVERITY + DOUBT_WEIGHT * doubts[blamed])
    return Finding(blamed, frame, Reason.CONTACT, severity, float(other))
