"""Where to click next: the largest region that a mask lacks though the frames beside it have it.

`benchmarks/proposals.py` asks on tracks of the starter model from first masks and first clicks: of
the clicks proposed on ten evaluation clips 18 of 23 are right, on thirteen training clips, by which
the limits were chosen, 11 of 12. Where masks were moved by their centroids instead of by the
picture, 19 of 40 and 18 of 88 were. Clicks that take away are not proposed: with either motion
most were wrong. Where a mask slides off slowly, the frames beside it are as wrong as it is, and
nothing is proposed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from tarvis_app.playback.frame_motion import FrameMotion
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
    """A click that would bring back what a mask has lost."""

    target: TargetId
    frame: int
    x: float
    y: float
    radius: float
    """Of the largest circle inside the region, in pixels."""


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
    radius, row, column = _deepest(missing)
    if radius < max(MIN_RADIUS, MIN_MISSING * float(np.sqrt(max(expected.sum(), own.sum())))):
        return None
    scale, (height, width) = motion.scale, motion.size
    x, y = min((column + 0.5) * scale, width - 0.5), min((row + 0.5) * scale, height - 0.5)
    return ClickProposal(track.target, motion.frame, x, y, radius * scale)


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


def _deepest(pixels: np.ndarray) -> tuple[float, int, int]:
    """Radius, row and column of the largest circle inside a region; radius 0 if it is empty."""
    padded = np.pad(pixels, 1).astype(np.uint8)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    row, column = divmod(int(depth.argmax()), depth.shape[1])
    return float(depth[row, column]), row, column
