"""Turns what the decoder gives into upright 8-bit RGB pictures of one size."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter


@dataclass(frozen=True)
class Orientation:
    """How a stored picture is turned to stand upright: axes swapped first, then mirrored."""

    swaps_axes: bool = False
    flips_x: bool = False
    flips_y: bool = False

    @classmethod
    def from_display_matrix(cls, matrix: bytes) -> "Orientation":
        """The nearest quarter turn (with mirroring) to a display matrix.

        Args:
            matrix: Nine 32-bit integers a, b, u, c, d, v, x, y, w in the byte order of the machine;
                a stored point (x, y) is shown at (a x + c y, b x + d y).
        """
        a, b, _, c, d = np.frombuffer(matrix, dtype=np.int32, count=5).tolist()
        if abs(a) + abs(d) >= abs(b) + abs(c):
            return cls(swaps_axes=False, flips_x=a < 0, flips_y=d < 0)
        return cls(swaps_axes=True, flips_x=c < 0, flips_y=b < 0)

    def apply(self, image: np.ndarray) -> np.ndarray:
        """The upright picture; an (H, W, 3) image, contiguous in memory."""
        if self.swaps_axes:
            image = cv2.transpose(image)
        if self.flips_x or self.flips_y:
            code = -1 if self.flips_x and self.flips_y else 1 if self.flips_x else 0
            image = cv2.flip(image, code)
        return image

    @property
    def turn_degrees(self) -> int:
        """How far clockwise a stored picture is turned, after any mirroring of left and right."""
        if self.swaps_axes:
            return 90 if self.flips_x else 270
        return 180 if self.flips_y else 0

    @property
    def is_mirrored(self) -> bool:
        """Whether left and right change places besides the turn."""
        return self.swaps_axes ^ self.flips_x ^ self.flips_y

    def upright_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """(height, width) of the upright picture of a stored (height, width)."""
        return size[::-1] if self.swaps_axes else size


def orientation_of(picture: av.VideoFrame) -> Orientation:
    """The orientation that a decoded frame asks for."""
    side_data = cast("Mapping[str, bytes]", picture.side_data)  # PyAV's stubs know some keys only
    matrix = side_data.get("DISPLAYMATRIX")
    return Orientation() if matrix is None else Orientation.from_display_matrix(bytes(matrix))


class PictureConverter:
    """Converts the decoded frames of one video, all to the size and orientation of its first.

    Colours follow the stream's matrix and range (BT.601, limited, where nothing is stated). More
    than 8 bits are rounded to 8; HDR curves are left as they are; alpha is dropped.
    """

    def __init__(self, first: av.VideoFrame) -> None:
        self._stored_size = (first.height, first.width)
        self._orientation = orientation_of(first)
        self._reformatter = VideoReformatter()

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the converted pictures."""
        return self._orientation.upright_size(self._stored_size)

    def is_other_size(self, picture: av.VideoFrame) -> bool:
        """Whether a frame is stored in another size than the first and will be scaled."""
        return (picture.height, picture.width) != self._stored_size

    def to_rgb(self, picture: av.VideoFrame) -> np.ndarray:
        """The frame as a new (H, W, 3) uint8 array, RGB."""
        height, width = self._stored_size
        converted = self._reformatter.reformat(picture, width, height, format="rgb24", threads=1)
        stored = converted.to_ndarray()
        image = self._orientation.apply(stored)
        is_own_memory = image is not stored or converted is not picture
        return image if is_own_memory and image.flags.c_contiguous else image.copy()


def stored_bytes(picture: av.VideoFrame) -> int:
    """Memory that a decoded frame holds."""
    return sum(plane.buffer_size for plane in picture.planes)
