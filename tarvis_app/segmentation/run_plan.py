"""Which frames a run covers and what it is given: keyframes are law, and bound it."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from tarvis_app.segmentation.requests import TrackStep
from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import Direction, TrackRequest
from tarvis_core.annotation.target import TargetId


class Reach(Enum):
    """How far a run goes."""

    TO_KEYFRAMES = "to_keyframes"
    """To the nearest frames on which the same target was given or confirmed."""
    WHOLE_RANGE = "whole_range"
    """To the in and out points; keyframes on the way are kept."""


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


@dataclass(frozen=True)
class Span:
    """A stretch of frames, both ends inclusive."""

    first: int
    last: int


@dataclass(frozen=True)
class Reached:
    """What a run covers for one target."""

    request: Span
    """Frames handed to the network; bounding keyframes included, as they say what is right."""
    writes: Span
    """Frames whose masks may be written."""


def source_frames(project: Project, target: TargetId) -> tuple[int, ...]:
    """Frames on which a person said what the target is, in order."""
    law = project.masks.track(target).law_frames
    return tuple(sorted({*law, *project.exemplar_frames(target)}))


def reached_frames(sources: Sequence[int], wish: RunWish) -> Reached | None:
    """The frames that a run covers for a target.

    Args:
        sources: Frames on which the person said what the target is, in order.
        wish: What was asked for.

    Returns:
        None if there is nothing to start from, or nothing to be done in that direction.
    """
    first, last = wish.limits
    inside = [frame for frame in sources if first <= frame <= last]
    if not inside:
        return None
    if wish.reach is Reach.WHOLE_RANGE:
        return _whole_range(inside, wish)
    before = bisect_left(inside, wish.frame)
    after = bisect_right(inside, wish.frame)
    stands_on_source = after > before
    previous = inside[before - 1] if before else None
    following = inside[after] if after < len(inside) else None
    if stands_on_source:
        return _from_source(wish, previous, following)
    return _between_sources(wish, previous, following)


def _whole_range(inside: Sequence[int], wish: RunWish) -> Reached:
    first, last = wish.limits
    if wish.direction is Direction.FORWARD:
        earlier = [frame for frame in inside if frame <= wish.frame]
        first = earlier[-1] if earlier else inside[0]
    elif wish.direction is Direction.BACKWARD:
        later = [frame for frame in inside if frame >= wish.frame]
        last = later[0] if later else inside[-1]
    return Reached(Span(first, last), Span(first, last))


def _from_source(wish: RunWish, previous: int | None, following: int | None) -> Reached:
    first, last = wish.limits
    request_first, write_first = (first, first) if previous is None else (previous, previous + 1)
    request_last, write_last = (last, last) if following is None else (following, following - 1)
    if wish.direction is Direction.FORWARD:
        request_first = write_first = wish.frame
    elif wish.direction is Direction.BACKWARD:
        request_last = write_last = wish.frame
    return Reached(Span(request_first, request_last), Span(write_first, write_last))


def _between_sources(wish: RunWish, previous: int | None, following: int | None) -> Reached | None:
    first, last = wish.limits
    if wish.direction is Direction.FORWARD and previous is None:
        return None
    if wish.direction is Direction.BACKWARD and following is None:
        return None
    request = Span(
        first if previous is None else previous, last if following is None else following
    )
    writes = Span(
        first if previous is None else previous + 1, last if following is None else following - 1
    )
    return Reached(request, writes)


def plan_run(project: Project, wish: RunWish) -> tuple[TrackStep, ...]:
    """The passes of a run; targets that cover the same frames share one.

    Locked targets and targets of which nothing is known are left out.
    """
    groups: dict[Reached, list[TargetId]] = {}
    for target in wish.targets:
        if project.target(target).is_locked:
            continue
        reached = reached_frames(source_frames(project, target), wish)
        if reached is not None and reached.writes.first <= reached.writes.last:
            groups.setdefault(reached, []).append(target)
    return tuple(
        _step(project, reached, targets, wish.direction) for reached, targets in groups.items()
    )


def _step(
    project: Project, reached: Reached, targets: Sequence[TargetId], direction: Direction
) -> TrackStep:
    exemplars: list[Exemplar] = []
    for target in targets:
        for frame in source_frames(project, target):
            if reached.request.first <= frame <= reached.request.last:
                exemplars += exemplars_on(project, target, frame)
    request = TrackRequest(tuple(exemplars), reached.request.first, reached.request.last, direction)
    return TrackStep(request, frozenset(targets), reached.writes.first, reached.writes.last)


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
