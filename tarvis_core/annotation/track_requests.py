"""What a tracking request holds: what the wanted targets are carried from, and their rivals.

Targets compete for pixels. Where one is carried alone, the network takes what touches it or looks
like it for a part of it. So a request also says where the other targets are: their law frames, and
what is shown of them on the frames from which the wanted ones are carried.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from tarvis_core.annotation.clicking import answer_at, given_to_runs
from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import Direction, TrackRequest
from tarvis_core.annotation.segmentation_changes import Span, exemplars_for
from tarvis_core.annotation.target import TargetId

Spans = Mapping[TargetId, Collection[Span]]
"""Stretches of frames by target."""

LAW_APART = 4
"""Of a rival's law frames in a row every fourth is given: the network carries it over the rest."""
MOST_LAW = 32
"""About so many law frames of a rival are given at most: a mask each, and a frame to look at."""
LEAST_LEFT = 0.5
"""A rival's mask that lies to a larger part on what is wanted is taken for wrong, and not given."""


def track_request(
    project: Project,
    carried: Spans,
    direction: Direction = Direction.BOTH,
    *,
    written: Spans | None = None,
    rivals: Iterable[TargetId] = (),
) -> TrackRequest:
    """The request that fills spans.

    Args:
        project: The project.
        carried: The spans that targets are carried through; at least one, each runnable.
        direction: Which way masks are carried.
        written: The frames of them that masks are wanted for; None for all.
        rivals: Targets that are given besides, so that the network tells them from the others.
            Those in `carried` may be among them: that is about frames on which they are not.

    Raises:
        ValueError: There is no span.
    """
    all_spans = [span for of_target in carried.values() for span in of_target]
    if not all_spans:
        raise ValueError("a request needs a span")
    first = min(span.first if span.left is None else span.left for span in all_spans)
    last = max(span.last if span.right is None else span.right for span in all_spans)
    exemplars = [
        exemplar
        for target, of_target in carried.items()
        for span in of_target
        for exemplar in exemplars_for(project, target, span)
    ]
    beside = _of_rivals(project, exemplars, rivals, carried, (first, last))
    ordered = sorted(dict.fromkeys((*exemplars, *beside)), key=lambda e: (e.frame, e.target))
    wanted = frame_ranges(carried if written is None else written)
    return TrackRequest(tuple(ordered), first, last, direction, wanted)


def frame_ranges(spans: Spans) -> dict[TargetId, tuple[tuple[int, int], ...]]:
    """The frames of spans by target, in order and apart.

    With the law frames beside them: the clip that goes on there looks at the last frames of a span
    once more.
    """
    return {target: _joined(map(_with_law, each)) for target, each in spans.items()}


def _with_law(span: Span) -> tuple[int, int]:
    return (
        span.first - (span.left == span.first - 1),
        span.last + (span.right == span.last + 1),
    )


def _joined(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def rivals_on(
    project: Project, frames: Iterable[int], exemplars: Collection[Exemplar]
) -> tuple[Exemplar, ...]:
    """What is known on some frames of the targets that no exemplar is of.

    Args:
        project: The project.
        frames: The frames, in order.
        exemplars: What wanted targets are carried from.
    """
    taken, wanted = _masks_by_frame(exemplars), {exemplar.target for exemplar in exemplars}
    return tuple(
        given
        for frame in frames
        for target in project.targets
        if target not in wanted
        for given in _known_of(project, target, frame, taken.get(frame))
    )


def _of_rivals(
    project: Project,
    exemplars: Collection[Exemplar],
    rivals: Iterable[TargetId],
    carried: Spans,
    extent: tuple[int, int],
) -> Iterator[Exemplar]:
    taken = _masks_by_frame(exemplars)
    starts = {exemplar.frame for exemplar in exemplars}
    for target in rivals:
        own = carried.get(target, ())
        for frame in sorted(starts | set(_law_frames(project, target, extent))):
            if not any(frame in span for span in own):
                yield from _known_of(project, target, frame, taken.get(frame))


def _known_of(
    project: Project, target: TargetId, frame: int, taken: Mask | None
) -> tuple[Exemplar, ...]:
    """What a person stands behind on a frame, else what is shown there, without pixels `taken`.

    The answer to clicks comes with the negative ones, which keep look-alikes away; of clicks
    without answer all are told.
    """
    held = project.masks.get(target, frame)
    if held is not None and held.state.is_law:
        return (MaskExemplar(frame, target, held.mask),)
    if held is None or held.mask.is_empty or answer_at(project, target, frame) is not None:
        return given_to_runs(project, target, frame)
    left = held.mask if taken is None else held.mask.difference(taken)
    if left.area < LEAST_LEFT * held.mask.area:
        return ()
    return (MaskExemplar(frame, target, left),)


def _masks_by_frame(exemplars: Iterable[Exemplar]) -> dict[int, Mask]:
    masks: dict[int, Mask] = {}
    for each in exemplars:
        if isinstance(each, MaskExemplar):
            before = masks.get(each.frame)
            masks[each.frame] = each.mask if before is None else before.union(each.mask)
    return masks


def _law_frames(project: Project, target: TargetId, extent: tuple[int, int]) -> Iterator[int]:
    """The law frames of a target from the first to the last of `extent`, thinned out.

    Those on which it comes and goes are all among them.
    """
    first, last = extent
    apart = max(LAW_APART, (last - first) // MOST_LAW)
    track, given, was_empty = project.masks.track(target), first - apart, False
    for frame in track.law_frames:
        summary = track.summary(frame)
        if not first <= frame <= last or summary is None:
            continue
        is_due = frame - given >= apart and not summary.is_empty
        if is_due or summary.is_empty != was_empty:
            given = frame
            yield frame
        was_empty = summary.is_empty
