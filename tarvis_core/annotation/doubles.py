"""Doubles: of what class search found, one object that it took for two."""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass

from tarvis_core.annotation.mask import Mask

COMPARED_FRAMES = 5
"""So many frames tell whether two tracks show the same."""
SAME_IOU = 0.6
"""From here on, as a mean over the compared frames, they do."""


@dataclass(frozen=True)
class Candidate:
    """One of what was found."""

    category: Hashable
    """Its class; whatever tells classes apart."""
    frames: Collection[int]
    """Where it has pixels."""
    mask_at: Callable[[int], Mask]
    """Gives its mask on one of `frames`."""
    is_panoptic: bool = False
    """Whether its search gave every pixel to one candidate at most: then it is no double."""


def doubles(candidates: Sequence[Candidate]) -> tuple[int, ...]:
    """Which candidates show what a surer one of the same class shows, and so are left out.

    Args:
        candidates: The surest first.

    Returns:
        Their positions, in order.
    """
    kept: list[Candidate] = []
    left_out = []
    for position, candidate in enumerate(candidates):
        if not candidate.is_panoptic and any(_is_double(candidate, surer) for surer in kept):
            left_out.append(position)
        else:
            kept.append(candidate)
    return tuple(left_out)


def spread_frames(frames: Sequence[int]) -> tuple[int, ...]:
    """At most `COMPARED_FRAMES` of some frames in order, from the first to the last."""
    count = min(COMPARED_FRAMES, len(frames))
    return tuple(frames[round(i * (len(frames) - 1) / max(1, count - 1))] for i in range(count))


def _is_double(candidate: Candidate, surer: Candidate) -> bool:
    if candidate.category != surer.category:
        return False
    frames = spread_frames(sorted(set(candidate.frames) & set(surer.frames)))
    overlaps = [candidate.mask_at(frame).iou(surer.mask_at(frame)) for frame in frames]
    return bool(overlaps) and sum(overlaps) / len(overlaps) >= SAME_IOU
