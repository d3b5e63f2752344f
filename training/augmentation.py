"""Changes of colour and place, drawn once and applied to as many frames as belong together.

A *draw* (`ColourChange`, a 2×3 matrix) is separate from its application, so that a whole clip can
get the same change. Numbers of the published recipe: specification, sections 10.7 and 10.8.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from training.data_manifest import IGNORED_LABEL

PADDING_VALUE = 128
"""Grey of pixels that lie outside the image, as in the network's own padding."""


@dataclass(frozen=True)
class ColourRange:
    """How far colours may change; ranges are symmetric."""

    hue_and_saturation: int = 12
    """Largest shift of hue and of saturation, in units of 8-bit HSV."""
    contrast: float = 0.05
    """Largest relative change of contrast about mid grey."""
    brightness: int = 25
    """Largest shift of all channels, in grey levels."""

    def draw(self, random: np.random.Generator) -> "ColourChange":
        """Draw one change."""
        limit = self.hue_and_saturation
        return ColourChange(
            hue=int(random.integers(-limit, limit + 1)),
            saturation=int(random.integers(-limit, limit + 1)),
            contrast=float(random.uniform(1 - self.contrast, 1 + self.contrast)),
            brightness=float(random.uniform(-self.brightness, self.brightness)),
        )


@dataclass(frozen=True)
class ColourChange:
    """One change of colours, to be applied to any number of frames."""

    hue: int
    saturation: int
    contrast: float
    brightness: float

    def apply(self, image: np.ndarray) -> np.ndarray:
        """The image, (H, W, 3) RGB uint8, with changed colours."""
        hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).astype(np.int16)
        hsv[..., 0] = (hsv[..., 0] + self.hue) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] + self.saturation, 0, 255)
        rgb = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB).astype(np.float32)
        rgb = (rgb - 127.5) * self.contrast + 127.5 + self.brightness
        return np.clip(rgb, 0, 255).round().astype(np.uint8)


@dataclass(frozen=True)
class Similarity:
    """Rotation, scale, shear and shift about a centre."""

    rotation_degrees: float = 0.0
    scale: float = 1.0
    shear_degrees: float = 0.0
    shift_xy: tuple[float, float] = (0.0, 0.0)

    def matrix(self, centre_xy: tuple[float, float]) -> np.ndarray:
        """The 3×3 matrix that moves points (x, y)."""
        angle, shear = np.deg2rad(self.rotation_degrees), np.deg2rad(self.shear_degrees)
        cosine, sine = np.cos(angle) * self.scale, np.sin(angle) * self.scale
        linear = np.array([[cosine, -sine], [sine, cosine]]) @ np.array(
            [[1, np.tan(shear)], [0, 1]]
        )
        centre = np.asarray(centre_xy)
        matrix = np.eye(3)
        matrix[:2, :2] = linear
        matrix[:2, 2] = centre - linear @ centre + np.asarray(self.shift_xy)
        return matrix


def warp_image(image: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Move an image's pixels; what comes from outside is grey.

    Args:
        image: (H, W, 3) RGB uint8.
        matrix: 3×3, from the image's points (x, y) to the result's.
        size: (height, width) of the result.
    """
    is_smaller = abs(np.linalg.det(matrix[:2, :2])) < 0.5
    return cv2.warpAffine(
        image,
        _pixel_matrix(matrix),
        (size[1], size[0]),
        flags=cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(PADDING_VALUE,) * 3,
    )


def warp_labels(
    labels: np.ndarray, matrix: np.ndarray, size: tuple[int, int], outside: int = 0
) -> np.ndarray:
    """Move a label map's pixels, (H, W) uint8; what comes from outside has the label `outside`."""
    return cv2.warpAffine(
        labels,
        _pixel_matrix(matrix),
        (size[1], size[0]),
        flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=outside,
    )


def flip_matrix(width: int) -> np.ndarray:
    """The 3×3 matrix that mirrors an image of this width, left to right."""
    return np.array([[-1.0, 0, width], [0, 1, 0], [0, 0, 1]])


def visible_labels(label_maps: np.ndarray, min_pixels: int = 1) -> list[int]:
    """The objects of a (…, H, W) label map with at least so many pixels."""
    counts = np.bincount(label_maps.ravel(), minlength=256)
    return [label for label in range(1, IGNORED_LABEL) if counts[label] >= max(min_pixels, 1)]


def _pixel_matrix(matrix: np.ndarray) -> np.ndarray:
    """A matrix for points (pixel centre at +0.5) as OpenCV's for pixel numbers (centre at 0)."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    return (np.linalg.inv(half) @ matrix @ half)[:2]
