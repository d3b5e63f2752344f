"""Which frames a run goes through, and which of its targets it answers for on each.

Forward and backward runs meet between two exemplars of the same target: each frame belongs to the
run that comes from the nearer exemplar, so every frame of a target is answered exactly once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tarvis_core.annotation.segmentation import Direction
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.target_cues import TargetCues

Clips = list[tuple[int, ...]]
"""Clips in the order of a run; the frames of each in order of time."""

Span = tuple[int, int]
"""First and last frame, both included."""


@dataclass(frozen=True)
class Run:
    """One pass over the video."""

    start: int
    """Frame it begins with: an exemplar's."""
    end: int
    """Last frame wanted, in the order of the run."""
    answers: dict[TargetId, tuple[Span, ...]]
    """The frames that the run answers for, by target, in order of time."""
    is_backward: bool = False

    def targets(self, frame: int) -> tuple[TargetId, ...]:
        """The targets that the run answers for on a frame."""
        return tuple(
            target
            for target, spans in self.answers.items()
            if any(first <= frame <= last for first, last in spans)
        )

    @property
    def num_frames(self) -> int:
        """Frames on which the run answers for any target."""
        spans = sorted(span for each in self.answers.values() for span in each)
        total, covered = 0, -1
        for first, last in spans:
            total += max(0, last - max(first, covered + 1) + 1)
            covered = max(covered, last)
        return total


def plan_runs(
    cues: TargetCues,
    wanted: Mapping[TargetId, Sequence[Span]],
    direction: Direction,
    most_idle: int | None = None,
) -> tuple[Run, ...]:
    """The runs that answer a request: forward first; one without work is left out.

    Args:
        cues: What is known of the targets; exemplars outside the wanted frames count.
        wanted: The frames in which masks are wanted, by target; in order and apart.
        direction: Which way masks are carried.
        most_idle: Where a run would answer for nothing over more frames than this, a new one
            begins at the next exemplar instead. None: one run each way.
    """
    runs = []
    for is_backward in (False, True):
        answers = {}
        for target in cues.targets:
            spans = _spans(cues.starts(target), direction, is_backward=is_backward)
            kept = tuple(_overlaps(spans, wanted.get(target, ())))
            if kept:
                answers[target] = kept
        parts = _parts(cues, answers, most_idle, is_backward=is_backward)
        runs.extend(_run(cues, part, is_backward=is_backward) for part in parts)
    return tuple(runs)


def _overlaps(some: Sequence[Span], others: Sequence[Span]) -> Iterator[Span]:
    """The frames that two lists of spans share, in order."""
    for first, last in some:
        for begin, end in others:
            if max(first, begin) <= min(last, end):
                yield max(first, begin), min(last, end)


Answers = dict[TargetId, tuple[Span, ...]]


def _parts(
    cues: TargetCues, answers: Answers, most_idle: int | None, *, is_backward: bool
) -> list[Answers]:
    """Answers that lie too far apart for one run, in the order of the run."""
    if most_idle is None or not answers:
        return [answers] if answers else []
    walked = sorted(
        (_walk(cues.starts(target), span, is_backward=is_backward), target, span)
        for target, spans in answers.items()
        for span in spans
    )
    parts: list[list[tuple[TargetId, Span]]] = []
    reached = -1
    for (first, last), target, span in walked:
        if not parts or first > reached + most_idle:
            parts.append([])
        parts[-1].append((target, span))
        reached = max(reached, last)
    in_order = parts[::-1] if is_backward else parts
    return [
        {
            target: tuple(span for other, span in part if other == target)
            for target in answers
            if any(other == target for other, _ in part)
        }
        for part in in_order
    ]


def _walk(starts: Sequence[int], span: Span, *, is_backward: bool) -> Span:
    """The frames that a run goes through to answer for a span, in order of time."""
    first, last = span
    if is_backward:
        return first, min(start for start in starts if start >= last)
    return max(start for start in starts if start <= first), last


_FOREVER = 2**62


def _spans(starts: Sequence[int], direction: Direction, *, is_backward: bool) -> list[Span]:
    """The frames of one target that a run in one direction answers for, whatever is wanted."""
    if direction is Direction.FORWARD:
        return [] if is_backward else [(starts[0], _FOREVER)]
    if direction is Direction.BACKWARD:
        return [(0, starts[-1])] if is_backward else []
    middles = [(earlier + later) // 2 for earlier, later in pairwise(starts)]
    if is_backward:
        firsts = [0, *(middle + 1 for middle in middles)]
        return [(first, start - 1) for first, start in zip(firsts, starts, strict=True)]
    return list(zip(starts, [*middles, _FOREVER], strict=True))


def _run(cues: TargetCues, answers: Answers, *, is_backward: bool) -> Run:
    """Begin with the exemplar that is needed first by any target."""
    if is_backward:
        last = {target: max(end for _, end in spans) for target, spans in answers.items()}
        start = max(
            min(start for start in cues.starts(target) if start >= frame)
            for target, frame in last.items()
        )
        end = min(first for spans in answers.values() for first, _ in spans)
    else:
        first = {target: min(begin for begin, _ in spans) for target, spans in answers.items()}
        start = min(
            max(start for start in cues.starts(target) if start <= frame)
            for target, frame in first.items()
        )
        end = max(last for spans in answers.values() for _, last in spans)
    return Run(start, end, answers, is_backward)


def clips_of_run(grid: Clips, run: Run, done: Sequence[int] = ()) -> Clips:
    """The clips of a fixed grid that a run goes through, in its order.

    The first is the one that shows most of what follows the start, or the one that continues
    `done`, a clip of a coarser grid.

    Args:
        grid: All clips of the video, in order of time.
        run: The run.
        done: Frames of the last clip that is done already, in order of time.
    """
    if run.is_backward:
        start = done[0] if done else run.start
        first = last = next(i for i, clip in enumerate(grid) if clip[-1] >= start)
        while last > 0 and grid[last][0] > run.end:
            last -= 1
        return [grid[i] for i in range(first, last - 1, -1)]
    start = done[-1] if done else run.start
    first = last = max(i for i, clip in enumerate(grid) if clip[0] <= start)
    while last < len(grid) - 1 and grid[last][-1] < run.end:
        last += 1
    return grid[first : last + 1]
