"""Which spans a run covers: keyframes bound them, and the data layer says what they are given."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from tarvis_app.segmentation.requests import TrackStep
from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import Direction, TrackRequest
from tarvis_core.annotation.segmentation_changes import (
    Span,
    exemplars_for,
    is_runnable,
    spans,
    spans_beside,
    stale_spans,
    track_request,
)
from tarvis_core.annotation.target import TargetId

CLIP_FRAMES = 8
"""Frames of one clip at the usual setting."""


class Reach(Enum):
    """How far a run goes."""

    TO_KEYFRAMES = "to_keyframes"
    """From the shown frame to the nearest keyframes of the same target."""
    WHOLE_RANGE = "whole_range"
    """From the shown frame to the in and out points; keyframes on the way are kept."""
    ONE_CLIP = "one_clip"
    """From the shown frame over the frames of one clip; from what is shown, whoever made it."""
    STALE = "stale"
    """Everything in the range that has no answer, or one older than a correction beside it."""


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
    groups: dict[tuple[int, int], dict[TargetId, tuple[Span, ...]]] = {}
    for target in wish.targets:
        if project.target(target).is_locked:
            continue
        wanted = spans_to_run(project, target, wish)
        if wanted:
            extent = (wanted[0].first, wanted[-1].last)
            groups.setdefault(extent, {})[target] = wanted
    return tuple(
        TrackStep(track_request(project, group, wish.direction), tuple(group.items()))
        for group in groups.values()
    )


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


def spans_to_run(project: Project, target: TargetId, wish: RunWish) -> tuple[Span, ...]:
    """The stretches of one target that a run covers, in order of frames."""
    first, last = wish.limits
    track = project.masks.track(target)
    if wish.reach is Reach.STALE:
        return stale_spans(project, target, first, last)
    if wish.reach is Reach.WHOLE_RANGE:
        candidates = spans(track, first, last)
    else:
        candidates = spans_beside(track, wish.frame, first, last)
    given = project.exemplar_frames(target)
    ahead = [_ahead(span, wish, given) for span in candidates]
    return tuple(s for s in ahead if s is not None and is_runnable(project, target, s))


def _ahead(span: Span, wish: RunWish, given: Sequence[int]) -> Span | None:
    """The part of a span that lies in the run's direction; None if nothing does.

    A span that holds the shown frame is cut there if something was given on that frame; otherwise
    the run comes from further back and covers all of it.
    """
    frame = wish.frame
    if wish.direction is Direction.FORWARD:
        if span.last < frame:
            return None
        return replace(span, first=frame, left=None) if frame in span and frame in given else span
    if wish.direction is Direction.BACKWARD:
        if span.first > frame:
            return None
        return replace(span, last=frame, right=None) if frame in span and frame in given else span
    return span


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
