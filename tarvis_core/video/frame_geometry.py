"""FrameGeometry: the way of a frame into the network's input and back. The only such conversion.

A frame is resized so that its shorter side has a given length, then padded on the right and at the
bottom, so the corner at (0, 0) stays where it is. Before all that it may be mirrored.
"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

PADDING_VALUE = 128
"""Value of the padded pixels in all three channels, before the network normalises them."""
DEFAULT_LONGER_SIDE = 1333
DEFAULT_MULTIPLE = 64
"""The temporal attention needs an even number of cells at stride 32."""


@dataclass(frozen=True)
class FrameGeometry:
    """Sizes of one frame on its way into the network, each (height, width) in pixels.

    Raises:
        ValueError: A side is below 1, or the padded size is smaller than the network size.
    """

    frame_size: tuple[int, int]
    """The original frame."""
    network_size: tuple[int, int]
    """The resized frame."""
    padded_size: tuple[int, int]
    """The resized frame with its padding: what the network sees."""
    is_mirrored: bool = False
    """Whether the network sees the frame with left and right exchanged."""

    def __post_init__(self) -> None:
        if min(*self.frame_size, *self.network_size) < 1:
            raise ValueError(f"sizes must be positive, got {self.frame_size}, {self.network_size}")
        if self.padded_size[0] < self.network_size[0] or self.padded_size[1] < self.network_size[1]:
            raise ValueError(f"{self.padded_size} cannot hold a frame of {self.network_size}")

    @classmethod
    def for_frame(
        cls,
        frame_size: tuple[int, int],
        shorter_side: int | None,
        longer_side: int = DEFAULT_LONGER_SIDE,
        multiple: int = DEFAULT_MULTIPLE,
        *,
        is_mirrored: bool = False,
    ) -> Self:
        """The geometry by the published resize rule.

        Args:
            frame_size: (height, width) of the original frame.
            shorter_side: Length that the shorter side gets; None leaves the frame as it is.
            longer_side: The longer side gets no longer than this.
            multiple: Both sides are padded to the next multiple of this.
            is_mirrored: Whether left and right are exchanged.

        Raises:
            ValueError: A length is below 1.
        """
        height, width = frame_size
        lengths = (
            height,
            width,
            longer_side,
            multiple,
            1 if shorter_side is None else shorter_side,
        )
        if min(lengths) < 1:
            raise ValueError(f"all lengths must be positive, got {lengths}")
        network_size = (height, width)
        if shorter_side is not None:
            factor = shorter_side / min(height, width)
            if factor * max(height, width) > longer_side:
                factor = longer_side / max(height, width)
            network_size = (max(1, round(factor * height)), max(1, round(factor * width)))
        padded_height, padded_width = (-(-side // multiple) * multiple for side in network_size)
        return cls((height, width), network_size, (padded_height, padded_width), is_mirrored)

    @property
    def crop_size(self) -> tuple[int, int]:
        """(height, width) of the part of the padded input, from its corner, that is the frame."""
        return self.network_size

    @property
    def padding(self) -> tuple[int, int]:
        """(right, bottom) padding in pixels."""
        return (
            self.padded_size[1] - self.network_size[1],
            self.padded_size[0] - self.network_size[0],
        )

    def image_to_network(self, frame: np.ndarray) -> np.ndarray:
        """Resize and pad a frame.

        Args:
            frame: (H, W, 3) uint8 RGB of the frame size.

        Returns:
            (Hp, Wp, 3) uint8 RGB; always a new array.

        Raises:
            ValueError: The frame has another shape or type.
        """
        self._check(frame, (*self.frame_size, 3))
        if frame.dtype != np.uint8:
            raise ValueError(f"frames are 8-bit, got {frame.dtype}")
        padded = np.full((*self.padded_size, 3), PADDING_VALUE, dtype=np.uint8)
        height, width = self.network_size
        padded[:height, :width] = self._resized(frame)
        return padded

    def mask_to_network(self, mask: np.ndarray) -> np.ndarray:
        """Resize and pad a mask; the padding is outside.

        Args:
            mask: (H, W) bool of the frame size.

        Returns:
            (Hp, Wp) bool.

        Raises:
            ValueError: The mask has another shape.
        """
        self._check(mask, self.frame_size)
        padded = np.zeros(self.padded_size, dtype=np.bool_)
        height, width = self.network_size
        padded[:height, :width] = self._resized(mask.astype(np.float32)) > 0.5
        return padded

    def point_to_network(self, x: float, y: float) -> tuple[float, float]:
        """A point (x, y) of the original frame in pixels of the padded input."""
        (height, width), (network_height, network_width) = self.frame_size, self.network_size
        seen_x = width - x if self.is_mirrored else x
        return seen_x * network_width / width, y * network_height / height

    def point_to_frame(self, x: float, y: float) -> tuple[float, float]:
        """A point (x, y) of the padded input in pixels of the original frame.

        Points of the padding come out beyond the frame's right or lower edge.
        """
        (height, width), (network_height, network_width) = self.frame_size, self.network_size
        seen_x = x * width / network_width
        return width - seen_x if self.is_mirrored else seen_x, y * height / network_height

    def _resized(self, array: np.ndarray) -> np.ndarray:
        if self.is_mirrored:
            array = np.ascontiguousarray(array[:, ::-1])
        if self.network_size == self.frame_size:
            return array
        height, width = self.network_size
        return cv2.resize(array, (width, height), interpolation=cv2.INTER_LINEAR)

    def _check(self, array: np.ndarray, shape: tuple[int, ...]) -> None:
        if array.shape != shape:
            raise ValueError(f"expected shape {shape} for frames of this video, got {array.shape}")
