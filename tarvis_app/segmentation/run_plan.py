"""Which spans a run covers: keyframes bound them, and the data layer says what they are given."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from tarvis_app.segmentation.requests import TrackStep
from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import Direction, TrackRequest
from tarvis_core.annotation.segmentation_changes import (
    Span,
    exemplars_for,
    frames_to_renew,
    is_runnable,
    spans,
    spans_beside,
    stale_spans,
    track_request,
)
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import Track

CLIP_FRAMES = 8
"""Frames of one clip at the usual setting."""


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


class Need(Enum):
    """What a run that is wished for would do for one target."""

    WAITING = "waiting"
    """Give it what it lacks: first masks, or newer ones."""
    NONE = "none"
    """Give it again what it has."""
    NO_START = "no_start"
    """Nothing: there is nothing to carry it from."""
    LOCKED = "locked"
    """Nothing: nobody may change it."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of one target's frames that a run goes through."""

    through: Span
    """What the network goes through: it begins where something says where the target is."""
    written: tuple[Span, ...]
    """Where masks may be written, in order: a run forward changes no mask before the shown frame,
    and gives frames on its way that have none their first."""


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


def plan_run(project: Project, wish: RunWish) -> tuple[TrackStep, ...]:
    """The passes of a run; targets that cover the same frames share one.

    Locked targets and targets of which nothing is known are left out.
    """
    if wish.is_singly:
        each = (replace(wish, targets=(target,), is_singly=False) for target in wish.targets)
        return tuple(step for alone in each for step in plan_run(project, alone))
    if wish.reach is Reach.ONE_CLIP:
        return _plan_clip(project, wish)
    groups: dict[tuple[int, int], dict[TargetId, tuple[Stretch, ...]]] = {}
    for target in wish.targets:
        if project.target(target).is_locked:
            continue
        stretches = stretches_to_run(project, target, wish)
        if stretches:
            extent = (stretches[0].through.first, stretches[-1].through.last)
            groups.setdefault(extent, {})[target] = stretches
    return tuple(_step(project, group, wish.direction) for group in groups.values())


def need_of(project: Project, target: TargetId, wish: RunWish) -> Need:
    """What a run would do for a target.

    What waits lacks masks on frames that the run would write, or newer ones: those that the data
    layer finds outdated, which the timeline marks. What clicks filled of their clips is of these.
    """
    if project.target(target).is_locked:
        return Need.LOCKED
    steps = plan_run(project, replace(wish, targets=(target,)))
    if not steps:
        return Need.NO_START
    written = [span for step in steps for _, spans_of in step.wanted for span in spans_of]
    is_waiting = any(
        frame in span
        for stretch in spans(project.masks.track(target), *wish.limits)
        for frame in frames_to_renew(project, target, stretch)
        for span in written
    )
    return Need.WAITING if is_waiting else Need.NONE


def _step(
    project: Project, group: Mapping[TargetId, Sequence[Stretch]], direction: Direction
) -> TrackStep:
    through = {target: [each.through for each in group[target]] for target in group}
    written = {
        target: tuple(span for each in group[target] for span in each.written) for target in group
    }
    return TrackStep(track_request(project, through, direction), tuple(written.items()))


def _plan_clip(project: Project, wish: RunWish) -> tuple[TrackStep, ...]:
    """The pass of a run over one clip; it may set out from a mask that nobody confirmed."""
    frame, step = wish.frame, 1 if wish.direction is Direction.FORWARD else -1
    end = max(wish.limits[0], min(wish.limits[1], frame + step * (CLIP_FRAMES - 1)))
    first, last = min(frame, end), max(frame, end)
    wanted: dict[TargetId, tuple[Span, ...]] = {}
    exemplars: list[Exemplar] = []
    for target in wish.targets:
        held = project.masks.track(target).get(frame)
        if project.target(target).is_locked or held is None or held.mask.is_empty:
            continue
        inside = spans(project.masks.track(target), first, last)
        without_start = tuple(
            _without(span, frame) for span in inside if (span.first, span.last) != (frame, frame)
        )
        given = [e for span in without_start for e in exemplars_for(project, target, span)]
        start = MaskExemplar(frame, target, held.mask)
        if without_start:
            wanted[target] = without_start
            exemplars += dict.fromkeys([start, *given])
    if not wanted:
        return ()
    ordered = tuple(sorted(exemplars, key=lambda e: (e.frame, e.target, repr(e))))
    request = TrackRequest(ordered, first, last, wish.direction)
    return (TrackStep(request, tuple(wanted.items())),)


def _without(span: Span, frame: int) -> Span:
    """A span that begins or ends with a frame, without that frame."""
    if span.first == frame:
        return replace(span, first=frame + 1)
    return replace(span, last=frame - 1) if span.last == frame else span


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


def exemplars_on(project: Project, target: TargetId, frame: int) -> tuple[Exemplar, ...]:
    """What the network is told about a target on a frame: a keyframe's mask, else the clicks."""
    track = project.masks.track(target)
    summary = track.summary(frame)
    if summary is None or not summary.state.is_law:
        return project.exemplars_at(target, frame)
    held = track.get(frame)
    if held is None or held.mask.is_empty:
        return ()
    return (MaskExemplar(frame, target, held.mask),)
