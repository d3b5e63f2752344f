"""Which stretches a run covers: keyframes bound them, and the frame where the person stands."""

import itertools
from dataclasses import dataclass, replace
from enum import Enum

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import Direction
from tarvis_core.annotation.segmentation_changes import (
    Span,
    is_runnable,
    spans,
    spans_beside,
    stale_spans,
)
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import Track


class Reach(Enum):
    """How far a run goes."""

    TO_KEYFRAMES = "to_keyframes"
    """From the shown frame to the nearest keyframes of the same target."""
    WHOLE_RANGE = "whole_range"
    """From the shown frame to the in and out points; keyframes on the way are kept, and targets
    that are given only further on are carried from there."""
    ONE_CLIP = "one_clip"
    """From the shown frame over the frames of one clip; from what is shown, whoever made it."""
    STALE = "stale"
    """Everything in the range that has no answer, or one older than a correction beside it."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of one target's frames that a run goes through."""

    through: Span
    """What the network goes through: it begins where something says where the target is."""
    written: tuple[Span, ...]
    """Where masks may be written, in order: a run forward changes no mask before the shown frame,
    and gives frames on its way that have none their first."""

    @property
    def extent(self) -> tuple[int, int]:
        """First and last frame, with the law frames at the ends."""
        span = self.through
        return (
            span.first if span.left is None else span.left,
            span.last if span.right is None else span.right,
        )


@dataclass(frozen=True)
class RunWish:
    """What the person asked for."""

    targets: tuple[TargetId, ...]
    frame: int
    """Where they stand."""
    limits: tuple[int, int]
    """In and out point, both inclusive."""
    direction: Direction
    reach: Reach = Reach.TO_KEYFRAMES
    is_singly: bool = False
    """Whether each target is carried in a pass of its own: slower, in less memory."""


def stretches_to_run(project: Project, target: TargetId, wish: RunWish) -> tuple[Stretch, ...]:
    """What a run does with one target, in order of frames."""
    first, last = wish.limits
    track = project.masks.track(target)
    if wish.reach is Reach.STALE:
        return tuple(Stretch(span, (span,)) for span in stale_spans(project, target, first, last))
    if wish.reach is Reach.WHOLE_RANGE:
        candidates = spans(track, first, last)
    else:
        candidates = spans_beside(track, wish.frame, first, last)
    plan = {
        Direction.FORWARD: _carried_on,
        Direction.BACKWARD: _carried_back,
        Direction.BOTH: _carried_both_ways,
    }[wish.direction]
    found = (plan(project, target, span, wish) for span in candidates)
    return tuple(each for each in found if each is not None)


def _carried_on(project: Project, target: TargetId, span: Span, wish: RunWish) -> Stretch | None:
    """From the last start at or before the shown frame; what lies before that frame stays."""
    if span.last < wish.frame:
        return None
    here = max(span.first, wish.frame)
    starts = [*_law_starts(project, target, span.left), *_given_starts(project, target, span)]
    before = [frame for frame in starts if frame <= here]
    if not before and wish.reach is Reach.WHOLE_RANGE:
        before = starts[:1]
    if not before:
        return None
    start = before[-1]
    through = span if start == span.left else replace(span, first=start, left=None)
    ahead = replace(through, first=max(start, here))
    if _is_answered_start(project, target, ahead, start):
        return None
    on_the_way = _unanswered(project.masks.track(target), through.first, ahead.first - 1)
    return Stretch(through, (*on_the_way, ahead))


def _carried_back(project: Project, target: TargetId, span: Span, wish: RunWish) -> Stretch | None:
    """From the next start at or after the shown frame; what lies after that frame stays."""
    if span.first > wish.frame or not is_runnable(project, target, span):
        return None
    here = min(span.last, wish.frame)
    starts = [*_given_starts(project, target, span), *_law_starts(project, target, span.right)]
    after = [frame for frame in starts if frame >= here]
    if not after and wish.reach is Reach.WHOLE_RANGE:
        after = starts[-1:]
    if not after:
        return None
    start = after[0]
    through = span if start == span.right else replace(span, last=start, right=None)
    behind = replace(through, last=min(start, here))
    if _is_answered_start(project, target, behind, start):
        return None
    on_the_way = _unanswered(project.masks.track(target), behind.last + 1, through.last)
    return Stretch(through, (behind, *on_the_way))


def _is_answered_start(project: Project, target: TargetId, span: Span, start: int) -> bool:
    """Whether a span is nothing but the frame that a run sets out from, with its answer."""
    return span.first == span.last == start and start in project.masks.track(target)


def _unanswered(track: Track, first: int, last: int) -> tuple[Span, ...]:
    """The stretches of frames from `first` to `last` of which nothing is known yet."""
    known = track.frames_between(first, last)
    if len(known) > last - first:
        return ()
    edges = [first - 1, *known, last + 1]
    return tuple(
        Span(before + 1, after - 1, None, None)
        for before, after in itertools.pairwise(edges)
        if before + 1 < after
    )


def _carried_both_ways(
    project: Project, target: TargetId, span: Span, wish: RunWish
) -> Stretch | None:
    """All of a span; where it was said to begin without the target, from the first start on."""
    given = _given_starts(project, target, span)
    if given and not is_runnable(project, target, span):
        span = replace(span, first=given[0], left=None)
    edges = (span.left, span.right)
    starts = [*given, *(each for edge in edges for each in _law_starts(project, target, edge))]
    is_possible = bool(starts) and is_runnable(project, target, span)
    return Stretch(span, (span,)) if is_possible else None


def _law_starts(project: Project, target: TargetId, frame: int | None) -> list[int]:
    """The law frame at a span's edge, if the target can be carried from it."""
    summary = None if frame is None else project.masks.track(target).summary(frame)
    return [] if frame is None or summary is None or summary.is_empty else [frame]


def _given_starts(project: Project, target: TargetId, span: Span) -> list[int]:
    """Frames in a span on which something was given that says where the target is, in order."""
    return [
        frame
        for frame in project.exemplar_frames(target)
        if frame in span
        and any(
            not isinstance(given, PointExemplar) or given.is_positive
            for given in project.exemplars_at(target, frame)
        )
    ]
