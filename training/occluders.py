"""Synthetic occluders: textured blobs that drift through a clip and hide what is behind them."""

from dataclasses import dataclass

import cv2
import numpy as np

LEAST_SIDE, MOST_SIDE = 0.1, 0.35
"""Diameters of a blob, as parts of the frame's shorter side."""
MOST_DRIFT = 0.25
"""How far a blob moves over the clip at most, as a part of the frame's shorter side."""
TEXTURE_CELLS = 6


@dataclass(frozen=True)
class Occluder:
    """One blob: an ellipse with a texture of its own."""

    start_xy: tuple[float, float]
    drift_xy: tuple[float, float]
    """Over the whole clip, in pixels."""
    radii: tuple[float, float]
    angle_degrees: float
    texture: np.ndarray
    """(TEXTURE_CELLS, TEXTURE_CELLS, 3) uint8, stretched over the blob's box."""

    @classmethod
    def draw(cls, size: tuple[int, int], random: np.random.Generator) -> "Occluder":
        """Draw one for frames of this (height, width)."""
        shorter = min(size)
        radii = random.uniform(LEAST_SIDE / 2, MOST_SIDE / 2, 2) * shorter
        drift = random.uniform(-MOST_DRIFT, MOST_DRIFT, 2) * shorter
        base = random.integers(0, 256, 3)
        noise = random.normal(0, 40, (TEXTURE_CELLS, TEXTURE_CELLS, 3))
        return cls(
            (float(random.uniform(0, size[1])), float(random.uniform(0, size[0]))),
            (float(drift[0]), float(drift[1])),
            (float(radii[0]), float(radii[1])),
            float(random.uniform(0, 180)),
            np.clip(base + noise, 0, 255).astype(np.uint8),
        )

    def covered(self, size: tuple[int, int], part: float) -> np.ndarray:
        """The pixels that it hides, (H, W) bool, at this part 0…1 of the clip."""
        x = self.start_xy[0] + part * self.drift_xy[0]
        y = self.start_xy[1] + part * self.drift_xy[1]
        drawn = np.zeros(size, np.uint8)
        box = ((x, y), (2 * self.radii[0], 2 * self.radii[1]), self.angle_degrees)
        cv2.ellipse(drawn, box, 1, thickness=-1)
        return drawn > 0

    def painted(self, image: np.ndarray, covered: np.ndarray) -> np.ndarray:
        """The image, (H, W, 3) uint8 RGB, with the blob over it."""
        rows, columns = np.nonzero(covered)
        if len(rows) == 0:
            return image
        top, left = rows.min(), columns.min()
        shape = int(columns.max() - left + 1), int(rows.max() - top + 1)
        texture = cv2.resize(self.texture, shape, interpolation=cv2.INTER_CUBIC)
        result = image.copy()
        result[rows, columns] = texture[rows - top, columns - left]
        return result
