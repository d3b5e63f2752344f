"""The passes of a run, and what each is told of the targets that it carries and of the others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum

from tarvis_app.segmentation.requests import TrackStep
from tarvis_app.segmentation.run_stretches import Reach, RunWish, Stretch, stretches_to_run
from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import Direction, TrackRequest
from tarvis_core.annotation.segmentation_changes import (
    Span,
    exemplars_for,
    frames_to_renew,
    spans,
)
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track_requests import frame_ranges, rivals_on, track_request

CLIP_FRAMES = 8
"""Frames of one clip at the usual setting."""


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


def plan_run(project: Project, wish: RunWish, *, has_rivals: bool = True) -> tuple[TrackStep, ...]:
    """The passes of a run; stretches of targets that overlap share one.

    Locked targets and targets of which nothing is known are left out.

    Args:
        project: The project.
        wish: What the person asked for.
        has_rivals: Whether a pass is told where other targets are. Without, it is planned quickly
            and covers the same frames.
    """
    if wish.is_singly:
        each = (replace(wish, targets=(target,), is_singly=False) for target in wish.targets)
        return tuple(step for alone in each for step in plan_run(project, alone, has_rivals=False))
    targets = tuple(t for t in wish.targets if not project.target(t).is_locked)
    if wish.reach is Reach.ONE_CLIP:
        return _plan_clip(project, replace(wish, targets=targets), has_rivals=has_rivals)
    stretches = {target: stretches_to_run(project, target, wish) for target in targets}
    return tuple(
        _step(project, group, wish.direction, has_rivals=has_rivals)
        for group in _overlapping(stretches)
    )


def _overlapping(
    stretches: Mapping[TargetId, Iterable[Stretch]],
) -> list[dict[TargetId, list[Stretch]]]:
    """Stretches in groups, in order of frames; those of a group overlap one after the other."""
    in_order = sorted(
        ((each.extent, target, each) for target, of in stretches.items() for each in of),
        key=lambda item: item[:2],
    )
    groups: list[dict[TargetId, list[Stretch]]] = []
    reached = -1
    for (first, last), target, stretch in in_order:
        if not groups or first > reached:
            groups.append({})
        groups[-1].setdefault(target, []).append(stretch)
        reached = max(reached, last)
    return groups


def need_of(project: Project, target: TargetId, wish: RunWish) -> Need:
    """What a run would do for a target.

    What waits lacks masks on frames that the run would write, or newer ones: those that the data
    layer finds outdated, which the timeline marks. What clicks filled of their clips is of these.
    """
    if project.target(target).is_locked:
        return Need.LOCKED
    steps = plan_run(project, replace(wish, targets=(target,)), has_rivals=False)
    if not steps:
        return Need.NO_START
    written = [span for step in steps for _, spans_of in step.wanted for span in spans_of]
    is_waiting = any(
        frame in span
        for stretch in spans(project.masks.track(target), *wish.limits)
        if any(stretch.first <= span.last and span.first <= stretch.last for span in written)
        for frame in frames_to_renew(project, target, stretch)
        for span in written
    )
    return Need.WAITING if is_waiting else Need.NONE


def _step(
    project: Project,
    group: Mapping[TargetId, Sequence[Stretch]],
    direction: Direction,
    *,
    has_rivals: bool,
) -> TrackStep:
    carried = {target: [each.through for each in group[target]] for target in group}
    written = {
        target: tuple(span for each in group[target] for span in each.written) for target in group
    }
    rivals = tuple(project.targets) if has_rivals else ()
    request = track_request(project, carried, direction, written=written, rivals=rivals)
    return TrackStep(request, tuple(written.items()))


def _plan_clip(project: Project, wish: RunWish, *, has_rivals: bool) -> tuple[TrackStep, ...]:
    """The pass of a run over one clip; it may set out from a mask that nobody confirmed."""
    frame, step = wish.frame, 1 if wish.direction is Direction.FORWARD else -1
    end = max(wish.limits[0], min(wish.limits[1], frame + step * (CLIP_FRAMES - 1)))
    first, last = min(frame, end), max(frame, end)
    wanted: dict[TargetId, tuple[Span, ...]] = {}
    exemplars: list[Exemplar] = []
    for target in wish.targets:
        held = project.masks.track(target).get(frame)
        if held is None or held.mask.is_empty:
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
    if has_rivals:
        exemplars += rivals_on(project, (frame,), exemplars)
    ordered = tuple(sorted(exemplars, key=lambda e: (e.frame, e.target, repr(e))))
    request = TrackRequest(ordered, first, last, wish.direction, frame_ranges(wanted))
    return (TrackStep(request, tuple(wanted.items())),)


def _without(span: Span, frame: int) -> Span:
    """A span that begins or ends with a frame, without that frame."""
    if span.first == frame:
        return replace(span, first=frame + 1)
    return replace(span, last=frame - 1) if span.last == frame else span


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
