"""A video held in memory, with the interface of `VideoReader`; and painted frames to fill it."""

import numpy as np

from tarvis_core.errors import VideoError

GREY = (90, 90, 90)
RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 60), (40, 60, 220), (220, 210, 40)

Square = tuple[tuple[int, int, int], int, int, int]
"""Colour, x_min, y_min, side."""


class ArrayVideo:
    """Frames of a uint8 array (T, H, W, 3); notes which ones were read."""

    def __init__(self, frames, fps=25.0, broken_from=None):
        self._frames = frames
        self.fps = fps
        self.num_frames = len(frames)
        self.size = frames.shape[1:3]
        self.read = []
        self._broken_from = broken_from

    def frame(self, number):
        if self._broken_from is not None and number >= self._broken_from:
            raise VideoError(f"frame {number} cannot be read")
        self.read.append(number)
        return self._frames[number]

    def frames(self, numbers):
        return (self.frame(number) for number in numbers)


def painted(num_frames, size=(64, 96), squares=lambda frame: (), background=GREY):
    """Frames of one colour with squares on them.

    Args:
        squares: Frame number → squares on it.
    """
    height, width = size
    frames = np.empty((num_frames, height, width, 3), np.uint8)
    frames[:] = background
    for number in range(num_frames):
        for colour, x, y, side in squares(number):
            frames[number, y : y + side, x : x + side] = colour
    return frames


def pixels_of(frames, number, colour):
    """Where a frame has exactly this colour, bool (H, W)."""
    return (frames[number] == colour).all(axis=-1)
