"""Decoded frames kept for stepping back and forth, bounded in bytes, shared by two threads."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np
from PySide6.QtGui import QImage

DEFAULT_BUDGET_BYTES = 512 * 2**20


@dataclass(frozen=True)
class FrameImage:
    """One decoded frame, ready to be painted."""

    frame: int
    image: QImage
    """Format RGB32; its memory belongs to `pixels`."""
    pixels: np.ndarray
    """(height, width, 4) uint8, read-only, kept as long as the image uses it."""


def frame_image(frame: int, rgb: np.ndarray) -> FrameImage:
    """Make a decoded frame paintable.

    Args:
        frame: Its number.
        rgb: (height, width, 3) uint8.
    """
    pixels = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA)
    pixels.flags.writeable = False
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_RGB32)
    return FrameImage(frame, image, pixels)


class FrameCache:
    """The frames used last; what was not used longest goes first. Safe from any thread."""

    def __init__(self, budget_bytes: int = DEFAULT_BUDGET_BYTES) -> None:
        self._budget_bytes = budget_bytes
        self._frames: OrderedDict[int, FrameImage] = OrderedDict()
        self._num_bytes = 0
        self._lock = threading.Lock()

    def get(self, frame: int) -> FrameImage | None:
        """The frame, if it is here; it then counts as used."""
        with self._lock:
            found = self._frames.get(frame)
            if found is not None:
                self._frames.move_to_end(frame)
            return found

    def put(self, found: FrameImage) -> None:
        """Keep a frame and let the least recently used ones go, but never this one."""
        with self._lock:
            self._remove(found.frame)
            self._frames[found.frame] = found
            self._num_bytes += found.pixels.nbytes
            while self._num_bytes > self._budget_bytes and len(self._frames) > 1:
                self._remove(next(iter(self._frames)))

    def clear(self) -> None:
        """Forget every frame."""
        with self._lock:
            self._frames.clear()
            self._num_bytes = 0

    def __contains__(self, frame: int) -> bool:
        """Whether the frame is here; does not count as use."""
        with self._lock:
            return frame in self._frames

    @property
    def num_bytes(self) -> int:
        """Memory that the frames take."""
        with self._lock:
            return self._num_bytes

    def capacity(self, frame_bytes: int) -> int:
        """How many frames of this size fit."""
        return max(1, self._budget_bytes // max(1, frame_bytes))

    def _remove(self, frame: int) -> None:
        removed = self._frames.pop(frame, None)
        if removed is not None:
            self._num_bytes -= removed.pixels.nbytes
