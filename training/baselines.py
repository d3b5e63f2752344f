"""Carrying a mask through a video without a network: what any model must beat."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

CarryFunction = Callable[[Sequence[np.ndarray], np.ndarray], list[np.ndarray]]
"""Frames (H, W, 3) and the first one's mask (H, W) bool to a mask for each frame."""


def keep_still(frames: Sequence[np.ndarray], first_mask: np.ndarray) -> list[np.ndarray]:
    """The first mask on every frame."""
    return [first_mask] * len(frames)


def carry_by_flow(frames: Sequence[np.ndarray], first_mask: np.ndarray) -> list[np.ndarray]:
    """The mask of each frame from that of the frame before, along dense optical flow (DIS).

    Every pixel looks up where it came from; the mask keeps its soft edge on the way, so that
    resampling does not wear it down.
    """
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    height, width = first_mask.shape
    columns, rows = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    soft = first_mask.astype(np.float32)
    before = cv2.cvtColor(frames[0], cv2.COLOR_RGB2GRAY)
    masks = [first_mask]
    for frame in frames[1:]:
        now = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        motion = flow.calc(now, before, None)
        soft = cv2.remap(soft, columns + motion[..., 0], rows + motion[..., 1], cv2.INTER_LINEAR)
        masks.append(soft > 0.5)
        before = now
    return masks


BASELINES: dict[str, CarryFunction] = {"still mask": keep_still, "DIS flow": carry_by_flow}
"""By the name that tables give them."""
