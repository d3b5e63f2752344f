"""RawClip: some frames of a video with all that is annotated on them, before augmentation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from tarvis_core.annotation.formats.annotated_video import AnnotatedFrame, AnnotatedVideo
from tarvis_core.annotation.target import CategoryId, TargetKind
from tarvis_core.errors import FormatError
from training.augmentation import ColourChange, warp_image, warp_labels
from training.occluders import Occluder

NO_ROW = -1
"""Class of a target without one, and of a pixel that no class covers."""


@dataclass(frozen=True)
class RawClip:
    """Pixels and targets of a clip."""

    images: np.ndarray
    """(T, H, W, 3) RGB uint8."""
    masks: np.ndarray
    """(N, T, H, W) bool; things first seen first."""
    rows: np.ndarray
    """(N,) class of each target as a 0-based row of the label set, or `NO_ROW`."""
    is_thing: np.ndarray
    """(N,) bool."""
    ignored: np.ndarray
    """(T, H, W) bool: nobody labelled these pixels."""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.images.shape[1], self.images.shape[2]

    @property
    def semantic_rows(self) -> np.ndarray:
        """(T, H, W) class row of every pixel, things over stuff; `NO_ROW` where there is none."""
        rows = np.full(self.images.shape[:3], NO_ROW, np.int64)
        for index in np.argsort(self.is_thing, kind="stable"):
            rows[self.masks[index]] = self.rows[index]
        return rows

    def select(self, targets: Sequence[int]) -> Self:
        """The clip with these targets only."""
        kept = list(targets)
        return replace(
            self, masks=self.masks[kept], rows=self.rows[kept], is_thing=self.is_thing[kept]
        )

    def recoloured(self, changes: Sequence[ColourChange]) -> Self:
        """The clip with one change of colours for each frame."""
        images = [change.apply(image) for change, image in zip(changes, self.images, strict=True)]
        return replace(self, images=np.stack(images))

    def flipped(self) -> Self:
        """The clip mirrored, left to right."""
        return replace(
            self,
            images=self.images[:, :, ::-1],
            masks=self.masks[..., ::-1],
            ignored=self.ignored[..., ::-1],
        )

    def cropped(self, top: int, left: int, size: tuple[int, int]) -> Self:
        """A part of all frames."""
        rows, columns = slice(top, top + size[0]), slice(left, left + size[1])
        return replace(
            self,
            images=self.images[:, rows, columns],
            masks=self.masks[..., rows, columns],
            ignored=self.ignored[..., rows, columns],
        )

    def resized(self, size: tuple[int, int]) -> Self:
        """The clip at another (height, width)."""
        if size == self.size:
            return self
        shape = (size[1], size[0])
        images = [cv2.resize(image, shape, interpolation=cv2.INTER_LINEAR) for image in self.images]
        return replace(
            self,
            images=np.stack(images),
            masks=_resized_masks(self.masks, size),
            ignored=_resized_masks(self.ignored, size),
        )

    def warped(self, matrices: Sequence[np.ndarray]) -> Self:
        """Each frame moved by its own 3×3 matrix; what comes from outside is not judged."""
        images = [warp_image(i, m, self.size) for i, m in zip(self.images, matrices, strict=True)]
        masks = np.zeros_like(self.masks)
        ignored = np.zeros_like(self.ignored)
        for frame, matrix in enumerate(matrices):
            for target, by_frame in enumerate(self.masks):
                moved = warp_labels(by_frame[frame].astype(np.uint8), matrix, self.size)
                masks[target, frame] = moved > 0
            unknown = warp_labels(
                self.ignored[frame].astype(np.uint8), matrix, self.size, outside=1
            )
            ignored[frame] = unknown > 0
        return replace(self, images=np.stack(images), masks=masks, ignored=ignored)

    def occluded(self, occluders: Sequence[Occluder]) -> Self:
        """The clip with blobs in front of everything; nothing is visible behind them."""
        images, masks = list(self.images), self.masks.copy()
        for place in range(len(images)):
            for occluder in occluders:
                covered = occluder.covered(self.size, place / max(1, len(images) - 1))
                images[place] = occluder.painted(images[place], covered)
                masks[:, place, covered] = False
        return replace(self, images=np.stack(images), masks=masks)

    def without_invisible(self, min_pixels: int = 1) -> Self:
        """The clip without targets of fewer pixels than this over all frames."""
        visible = self.masks.sum(axis=(1, 2, 3)) >= min_pixels
        return self.select(np.flatnonzero(visible).tolist())


def load_raw_clip(
    video: AnnotatedVideo,
    positions: Sequence[int],
    rows_of_classes: Mapping[CategoryId, int] | None = None,
) -> RawClip:
    """Read some annotated frames of a video.

    Args:
        video: The video.
        positions: Positions among the video's annotated frames; may repeat.
        rows_of_classes: The network's row of each class; none for the order of the video's own.

    Raises:
        FormatError: A frame's image is missing or of another size.
    """
    frames = [video.load_frame(position) for position in positions]
    targets = {target.id: target for target in video.targets}
    ids = list(dict.fromkeys(target for frame in frames for target in frame.masks))
    height, width = video.size
    masks = np.zeros((len(ids), len(frames), height, width), bool)
    ignored = np.zeros((len(frames), height, width), bool)
    for place, frame in enumerate(frames):
        if frame.void is not None:
            ignored[place] = frame.void.to_array()
        for index, target in enumerate(ids):
            given = frame.masks.get(target)
            if given is not None and given.is_crowd:
                ignored[place] |= given.mask.to_array()
            elif given is not None:
                masks[index, place] = given.mask.to_array()
    if rows_of_classes is None:
        rows_of_classes = {c.id: row for row, c in enumerate(video.label_set.categories)}
    rows = [_row(targets[target].category, rows_of_classes) for target in ids]
    kinds = [targets[target].kind is TargetKind.THING for target in ids]
    images = np.stack(
        [_image(video, frame, place) for frame, place in zip(frames, positions, strict=True)]
    )
    clip = RawClip(images, masks, np.array(rows, np.int64), np.array(kinds, bool), ignored)
    return clip.without_invisible()


def _row(category: CategoryId | None, rows: Mapping[CategoryId, int]) -> int:
    return NO_ROW if category is None else rows.get(category, NO_ROW)


def image_at(video: AnnotatedVideo, position: int) -> np.ndarray:
    """The image of an annotated frame, (H, W, 3) uint8 RGB.

    Raises:
        FormatError: It is missing or of another size than the annotations.
    """
    return _image(video, video.load_frame(position), position)


def read_image(path: Path, size: tuple[int, int]) -> np.ndarray:
    """An image file as (H, W, 3) uint8 RGB.

    Raises:
        FormatError: It cannot be read, or has another (height, width) than is expected.
    """
    frame_bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if frame_bgr is None:
        raise FormatError(f"{path} cannot be read as an image; restore the file")
    return _of_size(cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2RGB), size, str(path))


def _image(video: AnnotatedVideo, frame: AnnotatedFrame, position: int) -> np.ndarray:
    if frame.image_path is not None:
        return read_image(frame.image_path, video.size)
    if video.load_image is None:
        raise FormatError(
            f"video {video.name} has no image for frame {frame.name}; training and evaluation need "
            "the images, so put them where the data set's own tools expect them, or name their "
            "folder"
        )
    place = f"frame {frame.name} of video {video.name}"
    return _of_size(video.load_image(position), video.size, place)


def _of_size(image: np.ndarray, size: tuple[int, int], place: str) -> np.ndarray:
    if image.shape[:2] != tuple(size):
        raise FormatError(
            f"the image {place} is {image.shape[:2]}, its annotations {tuple(size)} "
            "(height, width); they must agree"
        )
    return image


def _resized_masks(masks: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Masks (…, H, W) at another size, by the rule of `FrameGeometry`."""
    flat = masks.reshape(-1, *masks.shape[-2:])
    shape = (size[1], size[0])
    resized = [
        cv2.resize(m.astype(np.float32), shape, interpolation=cv2.INTER_LINEAR) for m in flat
    ]
    stacked = np.stack(resized) if resized else np.zeros((0, *size), np.float32)
    return stacked.reshape(*masks.shape[:-2], *size) > 0.5
