"""Colours of suggestions: those that their targets will have, and nobody has yet."""

from collections.abc import Sequence
from dataclasses import replace

from tarvis_app.suggestions.suggestion import Suggestion
from tarvis_core.annotation.palette import free_colours
from tarvis_core.annotation.project import Project


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
    fresh = free_colours(frozenset(taken))
    return tuple(h if h.colour is not None else replace(h, colour=next(fresh)) for h in kept)
