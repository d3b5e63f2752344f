"""Where to click next: in the largest region that a mask lacks, else in what it has too much.

What is missing is told by the frames beside it (`propose_click`), what is too much by the network,
asked anew about places of the mask (`Survey`). How often either is right, and how that was
found: `docs/decisions/0029-where-to-click-next.md`; `benchmarks/proposals.py` measures it. Where a
mask slides off slowly, the frames beside it are as wrong as it is, and nothing is missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from tarvis_app.playback.frame_motion import FrameMotion, shrunk, small_size
from tarvis_app.review.surplus import MOST_PLACES, Pixel, deepest, first_places, largest_unclaimed
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import Track

WITNESSES_PER_SIDE = 2
REACH = 4
"""Frames further away say little about a frame."""
MIN_WITNESSES = 3
"""So many frames have to agree, of both sides."""
MIN_RADIUS = 1.0
"""Of a region's largest inscribed circle, in pixels of the small frame."""
MIN_MISSING = 0.05
"""The same, relative to the square root of the target's area."""


@dataclass(frozen=True)
class ClickProposal:
    """A click that would bring back what a mask has lost, or take away what it has too much."""

    target: TargetId
    frame: int
    x: float
    y: float
    radius: float
    """Of the largest circle inside the region, in pixels."""
    is_positive: bool = True
    """False: the region is too much."""


@dataclass(frozen=True)
class Survey:
    """A mask of a frame, and the places of it that the network is asked about."""

    size: tuple[int, int]
    """(height, width) of the video's frames."""
    mask: np.ndarray
    """(h, w) bool, small."""
    pixels: tuple[Pixel, ...]
    """The places; none where the mask is too small for this."""
    claims: tuple[np.ndarray, ...] = ()
    """(h, w) bool each, what the network sees at the first places."""

    @classmethod
    def of(cls, mask: Mask) -> Self:
        """Begin with a mask."""
        small = shrunk(mask, small_size(mask.size)) > 0.5
        return cls(mask.size, small, first_places(small))

    @property
    def open_places(self) -> tuple[tuple[float, float], ...]:
        """The places without a claim, (x, y) in pixels of the frame."""
        pixels = self.pixels[len(self.claims) :]
        return tuple(_place(pixel, self._scale, self.size) for pixel in pixels)

    def answered(self, claims: Iterable[np.ndarray]) -> Self:
        """With the claims of the open places, and perhaps one more place to be asked about."""
        known = (*self.claims, *claims)
        found = largest_unclaimed(self.mask, self.pixels, known)
        if found is None or found[1] in self.pixels or len(self.pixels) >= MOST_PLACES:
            return replace(self, claims=known)
        return replace(self, claims=known, pixels=(*self.pixels, found[1]))

    @property
    def _scale(self) -> float:
        height, width = self.mask.shape
        return max(self.size[0] / height, self.size[1] / width)

    def propose(self, target: TargetId, frame: int) -> ClickProposal | None:
        """Where a negative click would help most, once every place has its claim.

        Args:
            target: Whose mask it is.
            frame: Of which frame.

        Returns:
            None where all of the mask is claimed, but for little, or by nothing.
        """
        found = largest_unclaimed(self.mask, self.pixels, self.claims)
        if found is None or found[1] not in self.pixels:
            return None
        radius, middle = found
        if not self.claims[self.pixels.index(middle)][middle]:
            return None
        x, y = _place(middle, self._scale, self.size)
        return ClickProposal(target, frame, x, y, radius * self._scale, is_positive=False)


def witnesses(track: Track, frame: int) -> tuple[int, ...]:
    """The frames that are asked about a frame of a track: the nearest with the target.

    Beyond a frame on which a person said that the target is absent, none is asked.

    Returns:
        At most `WITNESSES_PER_SIDE` on each side, the later ones last; nothing if there are not
        enough of them.
    """
    sides = [_witnesses_beside(track, frame, step) for step in (-1, 1)]
    found = sorted(frame for side in sides for frame in side)
    return tuple(found) if all(sides) and len(found) >= MIN_WITNESSES else ()


def propose_click(
    track: Track, motion: FrameMotion, others: Iterable[Mask] = ()
) -> ClickProposal | None:
    """Where a positive click would help most on a frame of a track.

    The masks of the frames beside it, moved as the picture moves, say what is to be expected. What
    at least `MIN_WITNESSES` of them have, none lacks for certain, and the frame's mask has not, is
    missing; of all such regions the one is taken that the largest circle fits into, and the click
    is in the middle of that circle.

    Args:
        track: The target's masks.
        motion: How the frame on which something is wrong moves to those of `witnesses`.
        others: Masks of other targets on it; what they cover is hidden, not missing.

    Returns:
        None where nothing is missing, or the frames beside do not agree, or are too few.
    """
    held, asked = track.get(motion.frame), witnesses(track, motion.frame)
    if held is None or not asked or not set(asked) <= set(motion.flows):
        return None
    own = motion.shrunk(held.mask)
    inside, outside = np.zeros((2, *own.shape), dtype=np.uint8)
    for frame in asked:
        beside = track.get(frame)
        assert beside is not None, "witnesses are known frames"
        carried = motion.carried(beside.mask, frame)
        inside += carried.is_in
        outside += carried.is_out
    expected = (inside >= MIN_WITNESSES) & (outside == 0)
    missing = expected & (own <= 0.5)
    for other in others:
        missing &= motion.shrunk(other) <= 0.5
    radius, middle = deepest(missing)
    if radius < max(MIN_RADIUS, MIN_MISSING * float(np.sqrt(max(expected.sum(), own.sum())))):
        return None
    x, y = _place(middle, motion.scale, motion.size)
    return ClickProposal(track.target, motion.frame, x, y, radius * motion.scale)


def _witnesses_beside(track: Track, frame: int, step: int) -> list[int]:
    found: list[int] = []
    for distance in range(1, REACH + 1):
        summary = track.summary(frame + step * distance)
        if summary is None or len(found) == WITNESSES_PER_SIDE:
            break
        if not summary.is_empty:
            found.append(frame + step * distance)
        elif summary.state.is_law:
            break
    return found


def _place(pixel: Pixel, scale: float, size: tuple[int, int]) -> tuple[float, float]:
    """(x, y) of the frame of (height, width), of a pixel of the small one."""
    (row, column), (height, width) = pixel, size
    return min((column + 0.5) * scale, width - 0.5), min((row + 0.5) * scale, height - 0.5)
