"""Who has which pixel of a frame once the clicks or the box of a target are answered there.

The network is asked about the target together with the others that were clicked on, on the frame,
and gives each pixel to one of them: their masks, which were there before, give way to its answer.
It is not told of other masks, a run's or those that fill a clip. Of these give way only those that
a click of the target lies in. The others keep what they have, and so do keyframes, masks that a
person confirmed, and locked targets. What the target showed already it keeps, too, though others
have it: a click changes nothing where nobody clicked.

A person may say of a target that it gives way to a click all the same: then it loses what the
answer covers, and is otherwise what it was, a keyframe or locked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tarvis_core.annotation.clicking import is_answer
from tarvis_core.annotation.exemplar import BoxExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.painting import with_mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import Taken, TrackFrame

_MOST_TAKERS = 8
"""A mask that lost pixels to more targets in a row than this forgets what it was before."""


def share_out(
    project: Project,
    target: TargetId,
    frame: int,
    answer: TrackFrame,
    masks: Mapping[TargetId, TrackFrame],
    *,
    is_exclusive: bool = True,
) -> tuple[MaskChange, ...]:
    """The changes that put an answer on its frame so that it gives no pixel a second target.

    Args:
        project: The project.
        target: Whose answer it is; it is not locked.
        frame: Number of the frame.
        answer: The target there, as the network gives it.
        masks: What every target shows there.
        is_exclusive: False: no pixel is taken from anybody else, and the answer keeps what others
            have, too. What earlier answers took goes back all the same.

    Returns:
        The target's change, then those of targets that give way or get pixels back.
    """
    own, giving = answer.mask, list[TargetId]()
    shown = masks[target].mask if target in masks else Mask.empty(*own.size)
    for other, held in masks.items():
        known = _before(held, target)
        if other == target or known.mask.is_empty:
            continue
        if target in held.yields_to or _gives_way(project, target, frame, (other, known)):
            giving.append(other)
        elif is_exclusive and own.intersection_area(held.mask):
            own = own.difference(held.mask.difference(shown))
    changes = [MaskChange(target, frame, masks.get(target), with_mask(answer, own))]
    for other in giving:
        held = masks[other]
        known = _before(held, target)
        third = [masks[each].mask for each in masks if each not in (target, other)]
        mask = _given_back(held.mask, known.mask, third).difference(own)
        if not (is_exclusive or target in held.yields_to):
            mask = mask.union(held.mask)
        if mask != held.mask:
            rest = replace(_rest(known, mask, answer, target), yields_to=held.yields_to)
            changes.append(MaskChange(other, frame, held, rest))
    return tuple(changes)


def taken_by(target: TargetId, whole: TrackFrame) -> Taken | None:
    """What a mask remembers that loses pixels to the answers to a target's clicks.

    Args:
        target: Who takes them.
        whole: The mask as it is with them.
    """
    if whole.taken is not None and whole.taken.by == target:
        return whole.taken
    taken = Taken(target, whole)
    return taken if taken.depth <= _MOST_TAKERS else None


def with_takers_known_as(held: TrackFrame, names: Mapping[TargetId, TargetId | None]) -> TrackFrame:
    """A mask that remembers, once targets' clicks are others', whose answers take pixels of it.

    Args:
        held: The mask.
        names: Whose a target's clicks on its frame are now; None: those of the mask's own target.
    """
    taken = held.taken
    if taken is None and not held.yields_to:
        return held
    if taken is not None:
        by = names.get(taken.by, taken.by)
        taken = None if by is None else Taken(by, with_takers_known_as(taken.whole, names))
    let = {names.get(target, target) for target in held.yields_to}
    return replace(held, taken=taken, yields_to=frozenset(each for each in let if each is not None))


def _before(held: TrackFrame, target: TargetId) -> TrackFrame:
    """What a mask was before the answers to a target's clicks took pixels of it."""
    taken = held.taken
    return taken.whole if taken is not None and taken.by == target else held


def _given_back(held: Mask, whole: Mask, others: Iterable[Mask]) -> Mask:
    """A mask with what it lost, but for what somebody else has now."""
    back = whole.difference(held)
    for other in others:
        if back.intersection_area(other):
            back = back.difference(other)
    return held.union(back)


def _gives_way(
    project: Project, target: TargetId, frame: int, known: tuple[TargetId, TrackFrame]
) -> bool:
    """Whether another target's mask loses what the answer covers."""
    other, held = known
    if held.state.is_law or project.target(other).is_locked:
        return False
    if is_answer(held) and project.exemplars_at(other, frame):
        return True
    return any(
        held.mask.pixels_in((int(x), int(y), int(x) + 1, int(y) + 1)).any()
        for x, y in _places(project, target, frame)
    )


def _places(project: Project, target: TargetId, frame: int) -> tuple[tuple[float, float], ...]:
    """Where a person said that the target is on a frame, (x, y)."""
    places = []
    for given in project.exemplars_at(target, frame):
        if isinstance(given, PointExemplar) and given.is_positive:
            places.append((given.x, given.y))
        elif isinstance(given, BoxExemplar):
            x_min, y_min, x_max, y_max = given.box
            places.append(((x_min + x_max) / 2, (y_min + y_max) / 2))
    return tuple(places)


def _rest(known: TrackFrame, mask: Mask, answer: TrackFrame, taker: TargetId) -> TrackFrame:
    """What is left of a mask: no law, it is as new as what took from it.

    So the masks beside it wait for a run. What has no time, as what a click filled, gets none: it
    is older than anything already.
    """
    if mask == known.mask:
        return known
    rest = replace(with_mask(known, mask), taken=taken_by(taker, known))
    if known.source is None or answer.source is None:
        return rest
    if known.state.is_law or not known.source.made_at:
        return rest
    return replace(rest, source=replace(known.source, made_at=answer.source.made_at))
