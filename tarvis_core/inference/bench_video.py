"""A made-up video for timing: coloured discs that move over noise, drawn frame by frame."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from tarvis_core.annotation.mask import Mask

DISC_COLOURS = ((210, 60, 50), (60, 180, 80), (60, 90, 210), (220, 200, 60))
NOISE_TILE = 64


class BenchVideo:
    """The part of `VideoReader` that the engine uses; frames cost next to nothing."""

    def __init__(self, num_frames: int, size: tuple[int, int], num_discs: int = 1) -> None:
        """Make a video.

        Args:
            num_frames: Frames.
            size: (height, width).
            num_discs: Discs side by side.
        """
        self.num_frames = num_frames
        self.size = size
        self.fps = 25.0
        self.path = Path("synthetic video")
        self._num_discs = num_discs
        random = np.random.default_rng(0)
        tile = random.integers(80, 176, (NOISE_TILE, NOISE_TILE, 3), dtype=np.uint8)
        height, width = size
        repeats = (-(-height // NOISE_TILE), -(-width // NOISE_TILE), 1)
        self._background = np.tile(tile, repeats)[:height, :width]

    def frame(self, number: int) -> np.ndarray:
        """One frame, (H, W, 3) uint8."""
        image = self._background.copy()
        for disc in range(self._num_discs):
            image[self._disc(number, disc)] = DISC_COLOURS[disc % len(DISC_COLOURS)]
        return image

    def frames(self, numbers: Iterable[int]) -> Iterator[np.ndarray]:
        """Some frames, in the order asked for."""
        return (self.frame(number) for number in numbers)

    def mask(self, number: int, disc: int = 0) -> Mask:
        """Where a disc is."""
        return Mask.from_array(self._disc(number, disc))

    def _disc(self, number: int, disc: int) -> np.ndarray:
        height, width = self.size
        columns = max(1, round(self._num_discs**0.5 + 0.49))
        row, column = divmod(disc, columns)
        rows = -(-self._num_discs // columns)
        radius = max(2.0, 0.4 * min(height / rows, width / columns))
        shift = radius / 3 * np.sin(number / 10)
        y = height * (row + 0.5) / rows
        x = width * (column + 0.5) / columns + shift
        grid_y, grid_x = np.ogrid[:height, :width]
        return (grid_y + 0.5 - y) ** 2 + (grid_x + 0.5 - x) ** 2 <= radius**2
