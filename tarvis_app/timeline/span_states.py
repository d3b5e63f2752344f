"""What a run would renew, renews, or left undone: the states of stretches of a target's row."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from tarvis_app.segmentation.requests import ClipAnswer, Job, JobEnd, Outcome, RunRequest
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.target import TargetId

LONGEST_FILL = 64
"""Frames; more of them in a row without a time were imported."""


class SpanState(Enum):
    """What is going on with a stretch of one target; a stretch in none of these is up to date."""

    OPEN = "open"
    """Nothing is known yet, and there is something to start a run from."""
    PROVISIONAL = "provisional"
    """What a click gave of itself beside its frame: a run is still to come here."""
    STALE = "stale"
    """Older than a correction beside it: a run would renew it."""
    RUNNING = "running"
    """A run is going to write it."""
    PAUSED = "paused"
    """A run was stopped before it came here."""
    FAILED = "failed"
    """A run ended with an error before it came here."""


@dataclass(frozen=True)
class MarkedSpan:
    """A stretch of frames in one state; both ends inclusive."""

    first: int
    last: int
    state: SpanState


@dataclass(frozen=True)
class RowFacts:
    """What is known of every frame of one target, each (num_frames,)."""

    is_known: np.ndarray
    """Whether there is an answer or a mask."""
    is_law: np.ndarray
    """Whether a person stands behind it."""
    is_empty: np.ndarray
    """Whether the target has no pixel there."""
    made_at: np.ndarray
    """When the mask was made, in seconds; 0 where nobody noted it."""


def waiting_spans(
    facts: RowFacts,
    given: Collection[int],
    answered: Mapping[int, float],
    is_fill_at: Callable[[int], bool],
) -> tuple[MarkedSpan, ...]:
    """The stretches that a run would bring up to date, in order of frames.

    They are what `segmentation_changes.frames_to_renew` finds, but come from arrays: a row of a
    hundred thousand frames takes no longer than painting it. Of a span only the frames are marked
    that lack an answer or have an outdated one, so what a run renewed of it is unmarked.

    Args:
        facts: The row.
        given: Frames on which clicks or boxes were given.
        answered: Those that show the answer, with when it was given (`clicking.answered_frames`).
        is_fill_at: Whether the mask of a frame is what a click gave of itself beside its frame.
    """
    law = np.flatnonzero(facts.is_law)
    gap_of = np.cumsum(facts.is_law)  # of a frame: how many a person stands behind before it
    waits = _can_start(facts, law, given)[gap_of] & ~facts.is_law
    is_outdated = (
        waits & facts.is_known & (facts.made_at < _renewed_at(facts, law, answered)[gap_of])
    )
    is_outdated[list(answered)] = False
    is_fill = _fills(is_outdated & (facts.made_at == 0), is_fill_at)
    marked = [
        MarkedSpan(first, last, state)
        for state, frames in (
            (SpanState.STALE, is_outdated & ~is_fill),
            (SpanState.PROVISIONAL, is_fill),
            (SpanState.OPEN, waits & ~facts.is_known),
        )
        for first, last in stretches(frames)
    ]
    return tuple(sorted(marked, key=lambda span: span.first))


def _can_start(facts: RowFacts, law: np.ndarray, given: Collection[int]) -> np.ndarray:
    """Whether there is something to go by, and nobody said that the target is gone.

    Returns:
        (num_law + 1,) bool: for the frames before the first of `law`, between two, and after.
    """
    can_start = np.concatenate(([False], ~facts.is_empty[law]))
    end = int(law[0]) if law.size else facts.is_law.size
    can_start[0] = (law.size and not facts.is_empty[end]) or any(frame < end for frame in given)
    return can_start


def _fills(is_timeless: np.ndarray, is_fill_at: Callable[[int], bool]) -> np.ndarray:
    """Which of the masks without a time, which are few in a row then, are fills: (num_frames,)."""
    is_fill = np.zeros_like(is_timeless)
    for first, last in stretches(is_timeless):
        if last - first < LONGEST_FILL:
            is_fill[first : last + 1] = [is_fill_at(frame) for frame in range(first, last + 1)]
    return is_fill


def _renewed_at(facts: RowFacts, law: np.ndarray, answered: Mapping[int, float]) -> np.ndarray:
    """When what a run goes by was made last, (num_law + 1,) as in `_can_start`."""
    renewed_at = np.zeros(law.size + 1)
    for side in (renewed_at[1:], renewed_at[:-1]):
        np.maximum(side, facts.made_at[law], out=side)
    for frame, at in answered.items():
        if not facts.is_law[frame]:
            gap = int(np.searchsorted(law, frame))
            renewed_at[gap] = max(renewed_at[gap], at)
    return renewed_at


def stretches(is_marked: np.ndarray) -> list[tuple[int, int]]:
    """The stretches of True in an array, (first, last) with both ends inclusive."""
    changes = np.flatnonzero(np.diff(np.concatenate(([False], is_marked, [False])).astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in zip(changes[::2], changes[1::2], strict=True)]


class RunMarks:
    """Which frames the run that goes on, or ended last, has still to write."""

    def __init__(self) -> None:
        self._left: dict[TargetId, np.ndarray] = {}
        self._state = SpanState.RUNNING

    def clear(self) -> None:
        """Forget the run."""
        self._left = {}

    def begin(self, job: Job, num_frames: int) -> None:
        """A run begins; a class search has no rows yet."""
        self._left, self._state = {}, SpanState.RUNNING
        if not isinstance(job, RunRequest):
            return
        for step in job.steps:
            for target, spans in step.wanted:
                left = self._left.setdefault(target, np.zeros(num_frames, dtype=np.bool_))
                for span in spans:
                    left[span.first : span.last + 1] = True

    def settle(self, answer: ClipAnswer) -> None:
        """A clip of the run was answered."""
        if not isinstance(answer.job, RunRequest):
            return
        frames = np.array(answer.clip.frames, dtype=np.int64)
        for target, _ in answer.job.steps[answer.step].wanted:
            left = self._left.get(target)
            if left is not None:
                left[frames[frames < left.size]] = False

    def end(self, end: JobEnd) -> None:
        """The run is over; what it left undone stays marked if it was stopped or failed."""
        if end.outcome is Outcome.FINISHED:
            self.clear()
        else:
            is_failed = end.outcome is Outcome.FAILED
            self._state = SpanState.FAILED if is_failed else SpanState.PAUSED

    def follow(self, changes: Iterable[MaskChange]) -> None:
        """Forget what a run left undone once its masks are taken back."""
        if self._state is SpanState.RUNNING:
            return
        for change in changes:
            if change.after is None or change.after.state.is_law:
                self._left.pop(change.target, None)

    def spans(self, target: TargetId) -> tuple[MarkedSpan, ...]:
        """What is left of the run in a target's row, in order of frames."""
        left = self._left.get(target)
        if left is None:
            return ()
        return tuple(MarkedSpan(first, last, self._state) for first, last in stretches(left))
