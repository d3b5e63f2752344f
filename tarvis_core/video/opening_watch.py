"""What is told while a video is opened: a long one, or a slow disk, takes a while."""

from collections.abc import Callable

from tarvis_core.errors import TarvisError

OpeningWatch = Callable[[int, int], None]
"""Told, often, how many frames were looked at so far and of how many, 0 if that is not known.

What it raises ends the opening and comes out of it, with every file closed; no `OSError`,
`ValueError` or `LookupError`, which are taken for damage of the file."""


class OpeningStoppedError(TarvisError):
    """Nobody waits any more for what was being opened."""


def unwatched(_num_done: int, _num_total: int) -> None:
    """Nobody looks."""
