"""Clips made from one labelled still: the camera moves, things deform, cut-outs pass by.

The still is placed on the canvas by a random walk of affine motion with a smooth deformation; other
objects, look-alikes among them, are pasted over it on paths of their own; each frame gets its own
light, blur, noise and compression. So a still gives motion, occlusion and several targets.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from training.augmentation import (
    ColourRange,
    Similarity,
    flip_matrix,
    visible_labels,
    warp_image,
    warp_labels,
)
from training.canvas import place_on_canvas
from training.data_manifest import IGNORED_LABEL


@dataclass(frozen=True)
class MotionRange:
    """How far something may move from one frame to the next."""

    shift: float = 0.10
    """Largest shift, as a part of the canvas size."""
    scale: float = 0.15
    """Largest relative change of size."""
    rotation_degrees: float = 12.0
    shear_degrees: float = 5.0
    deformation: float = 0.02
    """Largest smooth displacement, as a part of the canvas size."""

    def draw(self, random: np.random.Generator, size: tuple[int, int]) -> Similarity:
        """Draw the motion of one step on a canvas of this (height, width)."""
        shift = random.uniform(-self.shift, self.shift, 2) * (size[1], size[0])
        return Similarity(
            rotation_degrees=float(random.uniform(-1, 1)) * self.rotation_degrees,
            scale=float(np.exp(random.uniform(-self.scale, self.scale))),
            shear_degrees=float(random.uniform(-1, 1)) * self.shear_degrees,
            shift_xy=(float(shift[0]), float(shift[1])),
        )


@dataclass(frozen=True)
class PseudoClipSettings:
    """What pseudo-clips look like."""

    num_frames: int = 3
    size: tuple[int, int] = (256, 384)
    """(height, width) of the canvas."""
    zoom: float = 1.3
    """Largest size of a still on the canvas, as a multiple of what covers it."""
    motion: MotionRange = field(default_factory=MotionRange)
    colour: ColourRange = field(default_factory=lambda: ColourRange(10, 0.15, 20))
    """Change of colours that all frames share."""
    frame_colour: ColourRange = field(default_factory=lambda: ColourRange(3, 0.05, 8))
    """Further change of each frame."""
    max_pasted: int = 3
    pasted_share: float = 0.5
    """Share of the clips that get pasted objects."""
    pasted_motion: MotionRange = field(default_factory=lambda: MotionRange(shift=0.15))
    """How far a pasted object may move from one frame to the next."""
    steadiness: float = 0.5
    """How much of a pasted object's motion stays the same from frame to frame, 0…1."""
    look_alike_share: float = 0.3
    """Share of the pasted objects that are copies of an object of the still itself."""
    degraded_share: float = 0.25
    """Share of the frames with blur, noise or strong compression."""

    def laid_as(self, image_size: tuple[int, int]) -> "PseudoClipSettings":
        """The settings of a landscape canvas, upright where an image (height, width) is."""
        height, width = self.size
        is_portrait = image_size[0] > image_size[1] * 1.1
        return replace(self, size=(width, height) if is_portrait else (height, width))


@dataclass(frozen=True)
class CutOut:
    """One object without its surroundings."""

    image: np.ndarray
    """(H, W, 3) RGB uint8, the object's box."""
    mask: np.ndarray
    """(H, W) bool."""

    @classmethod
    def of_label(cls, image: np.ndarray, labels: np.ndarray, label: int) -> "CutOut":
        """Cut one object out of a labelled image.

        Raises:
            ValueError: No pixel has the label.
        """
        rows, columns = np.nonzero(labels == label)
        if len(rows) == 0:
            raise ValueError(f"no pixel has the label {label}")
        box = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
        return cls(image[box], labels[box] == label)


class PseudoClipMaker:
    """Makes clips from stills, by settings and a random generator."""

    def __init__(self, settings: PseudoClipSettings) -> None:
        self._settings = settings

    def make(
        self,
        image: np.ndarray,
        labels: np.ndarray,
        cut_outs: Sequence[CutOut],
        random: np.random.Generator,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Make one clip.

        Args:
            image: (H, W, 3) RGB uint8.
            labels: (H, W) uint8, 255 where nothing is known.
            cut_outs: Objects of other images, candidates for pasting.
            random: Source of all draws.

        Returns:
            Frames (T, H, W, 3) and label maps (T, H, W) on the canvas. Pasted objects have labels
            above those of the still.
        """
        settings = self._settings
        frames, maps = self._move_still(image, labels, random)
        self.paste_objects(image, labels, cut_outs, frames, maps, random)
        colour = settings.colour.draw(random)
        for index, frame in enumerate(frames):
            changed = settings.frame_colour.draw(random).apply(colour.apply(frame))
            if random.random() < settings.degraded_share:
                changed = degrade(changed, random)
            frames[index] = changed
        return frames, maps

    def paste_objects(
        self,
        image: np.ndarray,
        labels: np.ndarray,
        cut_outs: Sequence[CutOut],
        frames: np.ndarray,
        maps: np.ndarray,
        random: np.random.Generator,
    ) -> None:
        """Paste a few moving objects into some of the clips, in place.

        Args:
            image: (H, W, 3) RGB uint8, where look-alikes are cut out.
            labels: (H, W) uint8, its objects.
            cut_outs: Objects of other images.
            frames: (T, H, W, 3) RGB uint8 of the settings' size; changed.
            maps: (T, H, W) uint8; changed.
            random: Source of all draws.
        """
        if random.random() >= self._settings.pasted_share:
            return
        for _ in range(int(random.integers(1, self._settings.max_pasted + 1))):
            cut_out = self._choose_cut_out(image, labels, cut_outs, random)
            if cut_out is not None:
                self._paste(cut_out, frames, maps, random)

    def _move_still(
        self, image: np.ndarray, labels: np.ndarray, random: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        settings = self._settings
        height, width = settings.size
        place = place_on_canvas(image.shape[:2], settings.size, random, settings.zoom)
        strength = float(random.choice([0.3, 1.0, 1.6]))
        frames = np.empty((settings.num_frames, height, width, 3), np.uint8)
        maps = np.empty((settings.num_frames, height, width), np.uint8)
        for index in range(settings.num_frames):
            if index > 0:
                step = _weakened(settings.motion.draw(random, settings.size), strength)
                place = step.matrix((width / 2, height / 2)) @ place
            frames[index] = warp_image(image, place, settings.size)
            maps[index] = warp_labels(labels, place, settings.size)
            if index > 0 and random.random() < 0.5:
                field = smooth_field(settings.size, settings.motion.deformation * strength, random)
                frames[index], maps[index] = _deform(frames[index], maps[index], field)
        return frames, maps

    def _choose_cut_out(
        self,
        image: np.ndarray,
        labels: np.ndarray,
        cut_outs: Sequence[CutOut],
        random: np.random.Generator,
    ) -> CutOut | None:
        own = visible_labels(labels, min_pixels=200)
        if own and random.random() < self._settings.look_alike_share:
            return CutOut.of_label(image, labels, int(random.choice(own)))
        if not cut_outs:
            return None
        return cut_outs[int(random.integers(len(cut_outs)))]

    def _paste(
        self, cut_out: CutOut, frames: np.ndarray, maps: np.ndarray, random: np.random.Generator
    ) -> None:
        """Paste one object into all frames, moving, with the next free label."""
        size = self._settings.size
        label = max(visible_labels(maps), default=0) + 1
        if label >= IGNORED_LABEL:
            return
        image, mask = cut_out.image, cut_out.mask.astype(np.uint8)
        wanted = random.uniform(0.15, 0.6) * size[0]
        scale = wanted / max(image.shape[:2])
        start = random.uniform(0.1, 0.9, 2) * (size[1], size[0])
        centre = np.array([image.shape[1], image.shape[0]]) * scale / 2
        place = np.diag([scale, scale, 1.0])
        place[:2, 2] = start - centre
        if random.random() < 0.5:
            place = place @ flip_matrix(image.shape[1])
        motion, steadiness = self._settings.pasted_motion, self._settings.steadiness
        steady = _weakened(motion.draw(random, size), steadiness)
        for index in range(len(frames)):
            if index > 0:
                now = place[:2, :2] @ (np.array(image.shape[1::-1]) / 2) + place[:2, 2]
                centre = float(now[0]), float(now[1])
                fresh = _weakened(motion.draw(random, size), 1 - steadiness)
                place = steady.matrix(centre) @ fresh.matrix(centre) @ place
            moved = warp_image(image, place, size)
            alpha = cv2.GaussianBlur(warp_labels(mask * 255, place, size), (3, 3), 0.7)[..., None]
            blended = moved * (alpha / 255.0) + frames[index] * (1 - alpha / 255.0)
            frames[index] = blended.round().astype(np.uint8)
            maps[index][alpha[..., 0] > 127] = label


def smooth_field(size: tuple[int, int], strength: float, random: np.random.Generator) -> np.ndarray:
    """A smooth displacement (H, W, 2) in pixels, at most `strength` of the larger side."""
    coarse = random.uniform(-1, 1, (4, 5, 2)).astype(np.float32) * strength * max(size)
    return cv2.resize(coarse, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)


def degrade(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Blur along a line, add noise, or compress strongly, as poor cameras do."""
    kind = random.integers(3)
    if kind == 0:
        length = int(random.integers(3, 10))
        kernel = np.zeros((length, length), np.float32)
        angle = random.uniform(0, np.pi)
        half = np.array([np.cos(angle), np.sin(angle)]) * (length - 1) / 2
        middle = (length - 1) / 2
        first, last = np.round(middle - half).astype(int), np.round(middle + half).astype(int)
        cv2.line(kernel, tuple(map(int, first)), tuple(map(int, last)), 1.0)
        return cv2.filter2D(image, -1, kernel / kernel.sum())
    if kind == 1:
        noise = random.normal(0, random.uniform(2, 12), image.shape)
        return np.clip(image + noise, 0, 255).astype(np.uint8)
    quality = int(random.integers(15, 60))
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def _weakened(motion: Similarity, strength: float) -> Similarity:
    return Similarity(
        rotation_degrees=motion.rotation_degrees * strength,
        scale=motion.scale**strength,
        shear_degrees=motion.shear_degrees * strength,
        shift_xy=(motion.shift_xy[0] * strength, motion.shift_xy[1] * strength),
    )


def _deform(
    frame: np.ndarray, labels: np.ndarray, field: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    height, width = labels.shape
    columns, rows = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    map_x, map_y = columns + field[..., 0], rows + field[..., 1]
    return (
        cv2.remap(frame, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101),
        cv2.remap(labels, map_x, map_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101),
    )
