"""Errors put into masks that a clip hands to the next one, so that drift is trained away.

On clips that it learned from, the network rarely hands over a mask that is badly wrong; on others
it does, and such an error stays and grows. Here the handed-over masks get large errors on purpose,
while the anchor (what a person gave) and the truth stay exact: what the network can learn is to
believe the anchor.
"""

from enum import Enum

import numpy as np

EXTENTS = (0.3, 1.5)
"""Least and greatest radius of the wrong piece, as a part of the radius of a disk as large as the
mask that it is drawn in. The greatest takes nearly all of a round object."""


class HandoverError(Enum):
    """What is wrong with a piece."""

    TAKEN = "taken"
    """It is another target's."""
    SHARED = "shared"
    """It is another target's, and both masks have it: neither is sure."""
    TAKEN_ALONG = "taken along"
    """It is no target's: what lies beside the target."""
    DROPPED = "dropped"
    """It is missing."""


AMONG_SEVERAL = {
    HandoverError.TAKEN: 0.55,
    HandoverError.SHARED: 0.1,
    HandoverError.TAKEN_ALONG: 0.2,
    HandoverError.DROPPED: 0.15,
}
"""How often which error is drawn where there are several targets."""
ALONE = {HandoverError.TAKEN_ALONG: 0.6, HandoverError.DROPPED: 0.4}
"""How often which error is drawn where there is one target."""


def with_handover_error(masks_NTHW: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The masks with one round piece wrong, at the same place of the target on every frame.

    Args:
        masks_NTHW: (N, T, H, W) bool, N ≥ 1; not changed.
        random: Source of the draws.

    Returns:
        (N, T, H, W) bool. The same masks where the target that the piece is drawn in is empty.
    """
    spoiled = masks_NTHW.copy()
    shares = AMONG_SEVERAL if len(masks_NTHW) > 1 else ALONE
    error = list(shares)[int(random.choice(len(shares), p=list(shares.values())))]
    order = random.permutation(len(masks_NTHW))
    owner, taker = int(order[0]), int(order[-1])
    pieces_THW = _pieces(masks_NTHW[owner], random, on_edge=error is HandoverError.TAKEN_ALONG)
    if error is HandoverError.TAKEN_ALONG:
        spoiled[owner] |= pieces_THW & ~masks_NTHW.any(axis=0)
    elif error is HandoverError.DROPPED:
        spoiled[owner] &= ~pieces_THW
    else:
        spoiled[taker] |= pieces_THW & masks_NTHW[owner]
        if error is HandoverError.TAKEN:
            spoiled[owner] &= ~pieces_THW
    return spoiled


def _pieces(mask_THW: np.ndarray, random: np.random.Generator, *, on_edge: bool) -> np.ndarray:
    """(T, H, W) bool: a disk on each frame, placed and sized relative to the mask there."""
    pieces_THW = np.zeros_like(mask_THW)
    angle = random.uniform(0, 2 * np.pi)
    away = random.uniform(0.8, 1.3) if on_edge else random.uniform(0, 1.0)
    extent = random.uniform(*EXTENTS)
    rows, columns = np.ogrid[: mask_THW.shape[1], : mask_THW.shape[2]]
    for frame, mask_HW in enumerate(mask_THW):
        inside = np.argwhere(mask_HW)
        if len(inside) == 0:
            continue
        radius = float(np.sqrt(len(inside) / np.pi))
        spread = inside.std(axis=0) * 2  # half the axes of the ellipse that has these moments
        middle = inside.mean(axis=0) + away * spread * np.array([np.sin(angle), np.cos(angle)])
        distance = (rows - middle[0]) ** 2 + (columns - middle[1]) ** 2
        pieces_THW[frame] = distance <= (extent * radius) ** 2
    return pieces_THW
