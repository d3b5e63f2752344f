"""Label trees: a folder per video with a label image per frame, as DAVIS and its kin have it."""

import os
from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.label_image import read_image_size, read_label_image
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.errors import FormatError

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
PngLayout = tuple[int, int]
"""Bits per channel and colour type, as a PNG file's head has them."""
PALETTE_LAYOUTS = tuple((bits, kind) for bits in (1, 2, 4, 8) for kind in (0, 3))
"""Gray or palette images of at most 8 bits."""
RGB_LAYOUTS: tuple[PngLayout, ...] = ((8, 2),)
GRAY16_LAYOUTS: tuple[PngLayout, ...] = ((16, 0),)
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def list_names(folder: Path, suffixes: tuple[str, ...]) -> list[str]:
    """Names of the files of a folder that end so, in order.

    Raises:
        FormatError: The folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if _is(entry.is_file)]
    except (OSError, ValueError) as error:
        raise FormatError(
            "the folder {folder} cannot be read: {error}", folder=folder, error=error
        ) from error
    return sorted(name for name in names if name.lower().endswith(suffixes))


def _is(question: Callable[[], bool]) -> bool:
    """The answer about an entry; False for a link that leads nowhere."""
    try:
        return question()
    except OSError:
        return False


def list_folders(folder: Path) -> list[str]:
    """Names of the folders in a folder, in order; hidden ones are left out.

    Raises:
        FormatError: The folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if _is(entry.is_dir)]
    except (OSError, ValueError) as error:
        raise FormatError(
            "the folder {folder} cannot be read: {error}", folder=folder, error=error
        ) from error
    return sorted(name for name in names if not name.startswith("."))


def has_label_images(folder: Path, layouts: tuple[PngLayout, ...] = PALETTE_LAYOUTS) -> bool:
    """Whether a folder holds PNG files, the first of such a layout; False where unreadable."""
    try:
        with os.scandir(folder) as entries:
            name = min((e.name for e in entries if e.name.lower().endswith(".png")), default=None)
        if name is None:
            return False
        with (folder / name).open("rb") as file:
            head = file.read(26)
    except (OSError, ValueError):
        return False
    return len(head) == 26 and head.startswith(_PNG_SIGNATURE) and (head[24], head[25]) in layouts


class LabelTreeReader(DatasetReader):
    """Reads a label tree; what a pixel value means is the subclass's business."""

    modes: tuple[str, ...] = ("P", "L")
    """Pillow's names of the pixel layouts allowed."""
    image_suffix = ".jpg"
    """What images are called where there are none to be found."""

    def __init__(
        self,
        annotations: Path,
        images: Path | None,
        videos: tuple[str, ...],
        label_set: LabelSet,
    ) -> None:
        """Describe a tree.

        Args:
            annotations: Folder with one folder of PNG files per video.
            images: Folder with one folder of images per video, if there is one.
            videos: Names of the videos' folders.
            label_set: Classes of the targets.
        """
        self._annotations = annotations
        self._images = images
        self._videos = videos
        self._label_set = label_set

    @property
    def label_set(self) -> LabelSet:
        """The classes that the videos' targets belong to."""
        return self._label_set

    def __len__(self) -> int:
        """Number of videos."""
        return len(self._videos)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The video at a position; its list of frames and first label image are looked at."""
        name = self._videos[index]
        folder = self._annotations / name
        label_names = tuple(list_names(folder, (".png",)))
        if not label_names:
            raise FormatError("{folder} holds no label images (PNG)", folder=folder)
        size = read_image_size(folder / label_names[0])
        images = self._image_names(name)
        stems = [Path(label_name).stem for label_name in label_names]
        return AnnotatedVideo(
            name=name,
            size=size,
            label_set=self._label_set,
            frame_names=tuple(images.get(stem, stem + self.image_suffix) for stem in stems),
            frame_numbers=_positions(stems, images),
            load_frame=partial(self._load_frame, name, size, label_names, images),
            load_targets=partial(self._find_targets, name, size, label_names),
        )

    def _image_names(self, video: str) -> dict[str, str]:
        """Image file names of a video by their stem, in order."""
        if self._images is None or not (self._images / video).is_dir():
            return {}
        return {Path(n).stem: n for n in list_names(self._images / video, IMAGE_SUFFIXES)}

    def _load_frame(
        self,
        video: str,
        size: tuple[int, int],
        label_names: tuple[str, ...],
        images: Mapping[str, str],
        index: int,
    ) -> AnnotatedFrame:
        path = self._annotations / video / label_names[index]
        masks, void = self._decode(self._read(path, size), path)
        image = images.get(path.stem)
        if self._images is None or image is None:
            return AnnotatedFrame(path.stem + self.image_suffix, masks, void)
        return AnnotatedFrame(image, masks, void, self._images / video / image)

    def _read(self, path: Path, size: tuple[int, int]) -> np.ndarray:
        labels = read_label_image(path, self.modes)
        if labels.shape[:2] != size:
            raise FormatError(
                "{path} has {height} × {width} pixels, the video's first label image "
                "{first_height} × {first_width}; all must be of one size",
                path=path,
                height=labels.shape[0],
                width=labels.shape[1],
                first_height=size[0],
                first_width=size[1],
            )
        return labels

    def _find_targets(
        self, video: str, size: tuple[int, int], label_names: tuple[str, ...]
    ) -> tuple[Target, ...]:
        found: set[TargetId] = set()
        for name in label_names:
            path = self._annotations / video / name
            found |= self._target_ids(self._read(path, size), path)
        return tuple(self._target(video, target) for target in sorted(found))

    @abstractmethod
    def _decode(
        self, labels: np.ndarray, path: Path
    ) -> tuple[dict[TargetId, TargetMask], Mask | None]:
        """Masks and void region of a label image."""

    @abstractmethod
    def _target_ids(self, labels: np.ndarray, path: Path) -> set[TargetId]:
        """Which targets a label image shows; called for every frame, so it should be quick."""

    @abstractmethod
    def _target(self, video: str, target: TargetId) -> Target:
        """A target of a video as its number describes it."""


def _positions(stems: list[str], images: Mapping[str, str]) -> tuple[int, ...]:
    """Positions of frames among the images where all have one, else counted up."""
    positions = {stem: number for number, stem in enumerate(images)}
    numbers = [positions.get(stem) for stem in stems]
    found = tuple(number for number in numbers if number is not None)
    return found if len(found) == len(stems) else tuple(range(len(stems)))
