"""FrameMotion: where the pixels of a frame are on frames beside it, by optical flow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from tarvis_core.annotation.mask import Mask

SHORTER_SIDE = 192
"""Of the small pictures that are compared, in pixels."""
SLACK, SLACK_PER_PIXEL = 1.0, 0.05
"""A flow is certain where there and back leads home, within so many pixels, and so many more for
each pixel of the way."""


@dataclass(frozen=True)
class CarriedMask:
    """A mask of another frame, moved to where its pixels are on this one; small, (h, w) bool."""

    is_in: np.ndarray
    """Certainly inside."""
    is_out: np.ndarray
    """Certainly outside."""


@dataclass(frozen=True)
class FrameMotion:
    """Where each pixel of a frame is on other frames, at small size (h, w)."""

    frame: int
    size: tuple[int, int]
    """(height, width) of the video's frames."""
    flows: Mapping[int, np.ndarray]
    """By frame: (h, w, 2) float32, (x, y) from this frame's pixels to that one's."""
    certain: Mapping[int, np.ndarray]
    """By frame: (h, w) bool, where the flow can be trusted."""

    @property
    def scale(self) -> float:
        """Pixels of the frame for each of the small one."""
        height, width = next(iter(self.certain.values())).shape
        return max(self.size[0] / height, self.size[1] / width)

    def shrunk(self, mask: Mask) -> np.ndarray:
        """A mask of the frame at small size: the part of each pixel inside, (h, w) float32."""
        return shrunk(mask, next(iter(self.certain.values())).shape)

    def carried(self, mask: Mask, frame: int) -> CarriedMask:
        """The mask of another frame, moved to where its pixels are on this one."""
        inside = _moved(self.shrunk(mask), self.flows[frame]) > 0.5
        certain = self.certain[frame]
        return CarriedMask(inside & certain, ~inside & certain)


def small_picture(rgb: np.ndarray) -> np.ndarray:
    """A frame as it is compared.

    Args:
        rgb: (H, W, 3) uint8.

    Returns:
        (h, w) uint8 of grey; the shorter side has `SHORTER_SIDE` pixels.
    """
    height, width = small_size((rgb.shape[0], rgb.shape[1]))
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)


def small_size(size: tuple[int, int]) -> tuple[int, int]:
    """How large frames of (height, width) are as they are compared, (h, w)."""
    factor = SHORTER_SIDE / min(size)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def shrunk(mask: Mask, size: Sequence[int]) -> np.ndarray:
    """A mask at small size (h, w): the part of each pixel inside, (h, w) float32."""
    height, width = size
    pixels = mask.to_array().astype(np.float32)
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def measure_motion(
    frame: int, size: tuple[int, int], pictures: Mapping[int, np.ndarray]
) -> FrameMotion:
    """Compare a frame with others.

    Args:
        frame: The frame.
        size: (height, width) of the video's frames.
        pictures: Small pictures (`small_picture`) by frame, the frame's own among them, and at
            least one other.
    """
    matcher = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flows, certain = {}, {}
    for other, picture in pictures.items():
        if other == frame:
            continue
        there = matcher.calc(pictures[frame], picture, None)  # type: ignore[call-overload]
        back = matcher.calc(picture, pictures[frame], None)  # type: ignore[call-overload]
        home = there + _moved(back, there)
        way = np.sqrt((there**2).sum(axis=-1))
        missed = np.sqrt((home**2).sum(axis=-1))
        flows[other], certain[other] = there, missed < SLACK + SLACK_PER_PIXEL * way
    return FrameMotion(frame, size, flows, certain)


def _moved(values: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Values of another frame at the places where this frame's pixels are on it; 0 beyond it."""
    height, width = flow.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    return cv2.remap(
        values,
        columns + flow[..., 0],
        rows + flow[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
