"""Colours of suggestions: those that their targets will have, and nobody has yet."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

from tarvis_app.suggestions.suggestion import Suggestion
from tarvis_core.annotation.label_set import Colour
from tarvis_core.annotation.palette import target_colour
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId


def coloured(suggestions: Sequence[Suggestion], project: Project) -> tuple[Suggestion, ...]:
    """The suggestions, each with a colour that no target and no other suggestion has.

    A colour is kept as long as no target takes it.
    """
    taken = {target.colour for target in project.targets.values()}
    kept = []
    for held in suggestions:
        is_free = held.colour is not None and held.colour not in taken
        kept.append(held if is_free else replace(held, colour=None))
        if held.colour is not None:
            taken.add(held.colour)
    fresh = _fresh_colours(project.next_target_id, taken)
    return tuple(h if h.colour is not None else replace(h, colour=next(fresh)) for h in kept)


def _fresh_colours(first: TargetId, taken: set[Colour]) -> Iterator[Colour]:
    """The colours of the coming targets, without those that are taken."""
    for number in count(first):
        colour = target_colour(TargetId(number))
        if colour not in taken:
            taken.add(colour)
            yield colour
