"""What later steps of the history make of a frame once an answer beneath them changes.

The settled answer to a click may come when other steps were made after the click. It belongs into
the click's step, so it is worked out on the masks as they were beneath those steps, and each of
them is worked out anew on it: what a step took from a target it takes again, together with what
of the new pixels its own masks cover, and the target's mask remembers it as before. What a step
decided otherwise – another mask, other clicks – stays as it is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tarvis_core.annotation.answer_sharing import taken_by
from tarvis_core.annotation.clicking import is_answer
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.painting import with_mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState, Taken, TrackFrame


@dataclass(frozen=True)
class FrameStep:
    """What a step of the history did on one frame."""

    changes: Mapping[TargetId, MaskChange]
    """Of masks on the frame."""
    given: frozenset[TargetId] = frozenset()
    """For whom clicks or a box were given there, or taken back."""
    removed: frozenset[TargetId] = frozenset()
    """Targets that the step removes from the project."""


@dataclass(frozen=True)
class LaterSteps:
    """The steps after a click's, in order, as far as they concern the click's frame."""

    done: tuple[FrameStep, ...] = ()
    taken_back: tuple[FrameStep, ...] = ()
    """Steps that can be made again."""


@dataclass(frozen=True)
class Rebased:
    """One target's mask on a frame, worked out anew from the click's step on."""

    change: MaskChange
    """In the click's step."""
    later: tuple[MaskChange | None, ...]
    """By later step, those that are done first: its change of the mask; None: it has none."""
    hidden_by: int | None = None
    """The first later step that decides the mask, which stays as it is from there on."""

    def seen_after(self, num_done: int) -> MaskChange | None:
        """The last change among the steps that are done; None where one of them hides it.

        Args:
            num_done: Number of later steps that are done.
        """
        if self.hidden_by is not None and self.hidden_by < num_done:
            return None
        done = [change for change in self.later[:num_done] if change is not None]
        return done[-1] if done else self.change


def masks_beneath(
    masks: Mapping[TargetId, TrackFrame], steps: Sequence[FrameStep]
) -> dict[TargetId, TrackFrame]:
    """The masks of a frame as they were before steps that are done, by target in ascending order.

    Args:
        masks: The masks as they are.
        steps: What was done since, in order.
    """
    found = dict(masks)
    for step in reversed(steps):
        for target, change in step.changes.items():
            if change.before is None:
                found.pop(target, None)
            else:
                found[target] = change.before
    return dict(sorted(found.items()))


def is_decided_in(
    steps: Iterable[FrameStep], target: TargetId, beneath: Mapping[TargetId, TrackFrame]
) -> bool:
    """Whether a step says what a target looks like, more than that others have pixels of it.

    Args:
        steps: The steps.
        target: The target.
        beneath: The masks of the frame before them.
    """
    return any(target in decided for decided, _ in _decisions(beneath, steps))


def rebase(
    changes: Iterable[MaskChange],
    beneath: Mapping[TargetId, TrackFrame],
    steps: Sequence[FrameStep],
    sharing: Iterable[TargetId] = (),
) -> tuple[Rebased, ...]:
    """Put changes of masks beneath later steps, and work out what these make of them.

    Args:
        changes: The changes, from the masks as they are beneath the steps.
        beneath: Those masks, of all targets of the frame.
        steps: The later steps, in order.
        sharing: Targets that keep new pixels though a later step's mask covers them.
    """
    decisions = tuple(_decisions(beneath, steps))
    kept = set(sharing)
    return tuple(
        _rebase(change, steps, decisions, is_sharing=change.target in kept) for change in changes
    )


Decision = tuple[frozenset[TargetId], Mapping[TargetId, Mask]]
"""Whose masks a step decides, and the masks that it or an earlier step decided, by target."""


def _rebase(
    change: MaskChange,
    steps: Sequence[FrameStep],
    decisions: Sequence[Decision],
    *,
    is_sharing: bool,
) -> Rebased:
    target, old, new = change.target, change.before, change.after
    assert new is not None, "an answer leaves every target a mask, if an empty one"
    later: list[MaskChange | None] = [None] * len(steps)
    states = {} if old is None else {old: new}
    state, current = old, new
    for place, (step, (decided, held)) in enumerate(zip(steps, decisions, strict=True)):
        known = step.changes.get(target)
        if target in step.removed or (target in decided and known is not None):
            after = None if known is None else known.after
            later[place] = replace(change, before=current, after=after)
            return Rebased(change, tuple(later), place)
        state = state if known is None else known.after
        covers = [] if is_sharing else [mask for other, mask in held.items() if other != target]
        left = _left(new, old, state, covers)
        if left.mask != new.mask:
            taker = _taker(step, target, current.mask.difference(left.mask))
            taken = _taken(state, states) if taker is None else taken_by(taker, current)
            left = replace(left, taken=taken)
        if state is not None:
            left = replace(left, yields_to=left.yields_to | state.yields_to)
        if known is not None or left != current:
            later[place] = replace(change, before=current, after=left)
        if state is not None:
            states.setdefault(state, left)
        current = left
    return Rebased(change, tuple(later))


def _taker(step: FrameStep, target: TargetId, lost: Mask) -> TargetId | None:
    """Whose answer, of those that a step has, has what a target's mask loses there."""
    for other, own in step.changes.items():
        if other == target or own.after is None or not is_answer(own.after):
            continue
        if lost.intersection_area(own.after.mask):
            return other
    return None


def _taken(state: TrackFrame | None, states: Mapping[TrackFrame, TrackFrame]) -> Taken | None:
    """What steps took of a mask, as a part of what they take now."""
    if state is None or state.taken is None:
        return None
    return replace(state.taken, whole=states.get(state.taken.whole, state.taken.whole))


def _left(
    new: TrackFrame, old: TrackFrame | None, state: TrackFrame | None, covers: Iterable[Mask]
) -> TrackFrame:
    """What is left of a new mask where steps left `state` of the old one, and have `covers`."""
    mask, fresh = new.mask, new.mask
    if old is not None and state is not None:
        mask = mask.difference(old.mask.difference(state.mask))
        fresh = fresh.difference(old.mask)
    for cover in covers:
        if fresh.intersection_area(cover):
            mask = mask.difference(fresh.intersection(cover))
    if mask == new.mask:
        return new
    left = with_mask(new, mask)
    if left.source is None or state is None or state.source is None:
        return left
    made_at = max(left.source.made_at, state.source.made_at)
    return replace(left, source=replace(left.source, made_at=made_at))


def _decisions(
    beneath: Mapping[TargetId, TrackFrame], steps: Iterable[FrameStep]
) -> Iterator[Decision]:
    masks = {target: known.mask for target, known in beneath.items()}
    held: dict[TargetId, Mask] = {}
    for step in steps:
        for target, change in step.changes.items():
            if change.after is None:
                masks.pop(target, None)
            else:
                masks[target] = change.after.mask
        decided = {*step.given, *step.removed}
        for target, change in step.changes.items():
            others = [mask for other, mask in masks.items() if other != target]
            if not _is_shared_out(change, beneath.get(target), others):
                decided.add(target)
        for target in step.changes:
            if target in masks and (target in held or target in decided):
                held[target] = masks[target]
            elif target not in masks:
                held.pop(target, None)
        yield frozenset(decided), dict(held)


def _is_shared_out(change: MaskChange, beneath: TrackFrame | None, others: Iterable[Mask]) -> bool:
    """Whether a mask lost what others have, or got some of it back, and is as beneath else."""
    before, after = change.before, change.after
    if before is None or after is None or beneath is None:
        return False
    if after.mask.difference(beneath.mask).area or _made(after) != _made(beneath):
        return False
    if after.state not in (beneath.state, FrameState.ABSENT):
        return False
    lost = before.mask.difference(after.mask)
    for other in others:
        if lost.intersection_area(other):
            lost = lost.difference(other)
    return lost.is_empty


def _made(known: TrackFrame) -> tuple[str | None, float]:
    """By what a mask was made, and how certain it is."""
    return (None if known.source is None else known.source.tool, known.score)
