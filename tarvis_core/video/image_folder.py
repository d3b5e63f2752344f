"""ImageFolder: the images of a folder, in the order a person would count them, as frames."""

import re
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tarvis_core.errors import VideoError
from tarvis_core.sentence import Sentence
from tarvis_core.video.frame_index import FrameIndex
from tarvis_core.video.opening_watch import OpeningWatch, unwatched
from tarvis_core.video.video_facts import VideoFacts

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
"""What counts as an image, the likeliest frames first: of two files that differ only in suffix,
the later kind is taken for a mask or a thumbnail of the other."""

CODEC = "images"
"""What stands for the codec."""

_EXIF_ORIENTATION = 0x0112
_FIRST_SIDEWAYS_ORIENTATION = 5


def is_image_file(path: Path) -> bool:
    """Whether a file's name is that of an image."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def natural_order(name: str) -> tuple[list[str | int], str]:
    """Sorting key of a name in which numbers count as numbers: frame2 comes before frame10."""
    parts = re.split("([0-9]+)", name.casefold())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], name


class ImageFolder:
    """The images of a folder, or one image, as frames. Sub-folders are not looked into.

    Args:
        path: A folder, or a single image.
        fps: Frames per second that the images stand for.
        watch: Told how far opening is; may end it.

    Raises:
        VideoError: There is no image, none can be read, or they differ in size.
    """

    def __init__(self, path: Path, fps: float, watch: OpeningWatch = unwatched) -> None:
        self.path = path
        self.image_paths = _list_images(path, watch) if path.is_dir() else (path,)
        """The files of the frames, in order."""
        self._damaged: set[int] = set()
        self.size = self._check_headers(watch)
        count = len(self.image_paths)
        rate = Fraction(fps).limit_denominator(1_000_000)
        self.index = FrameIndex(
            np.arange(count), np.ones(count, dtype=np.bool_), 1 / rate, (), claimed_fps=rate
        )
        self.facts = VideoFacts(CODEC, num_key_frames=count)
        """How the frames are stored."""

    @property
    def problems(self) -> tuple[Sentence, ...]:
        """Images that cannot be read, as far as it has shown."""
        return tuple(
            Sentence(
                "{name} cannot be read and shows the image next to it",
                name=self.image_paths[number].name,
            )
            for number in sorted(self._damaged)
        )

    def frame(self, number: int) -> np.ndarray:
        """An image as a new (H, W, 3) uint8 array, RGB; the nearest before it if it is damaged.

        Raises:
            VideoError: An image has changed its size, or none can be read any more.
        """
        count = len(self.image_paths)
        for candidate in (*range(number, -1, -1), *range(number + 1, count)):
            image = None if candidate in self._damaged else _read_image(self.image_paths[candidate])
            if image is None:
                self._damaged.add(candidate)
            elif image.shape[:2] != self.size:
                raise self._size_error(candidate, image.shape[:2])
            else:
                return image
        raise VideoError(
            "no image of {path} can be read any more: is the drive there?", path=self.path
        )

    def close(self) -> None:
        """Nothing is kept open."""

    def _check_headers(self, watch: OpeningWatch) -> tuple[int, int]:
        """The size that all images share, by their headers."""
        size = None
        for number, path in enumerate(self.image_paths):
            watch(number, len(self.image_paths))
            found = _header_size(path)
            if found is None:
                self._damaged.add(number)
                continue
            size = size or found
            if found != size:
                self.size = size
                raise self._size_error(number, found)
        if size is None:
            raise VideoError(
                "no image of {path} can be read: the files are damaged", path=self.path
            )
        return size

    def _size_error(self, number: int, found: tuple[int, ...]) -> VideoError:
        name = self.image_paths[number].name
        return VideoError(
            "the images of {path} differ in size: {name} has {width} × {height} pixels, others "
            "{other_width} × {other_height}; put each size in a folder of its own",
            path=self.path,
            name=name,
            width=found[1],
            height=found[0],
            other_width=self.size[1],
            other_height=self.size[0],
        )


def _list_images(folder: Path, watch: OpeningWatch) -> tuple[Path, ...]:
    try:
        entries = [entry for entry in folder.iterdir() if is_image_file(entry)]
    except OSError as error:
        raise VideoError(
            "the folder {folder} cannot be read: {reason}", folder=folder, reason=error.strerror
        ) from error
    by_stem: dict[str, Path] = {}
    for entry in entries:
        watch(0, 0)  # each is looked at on the disk
        if entry.name.startswith(".") or not entry.is_file():
            continue
        rival = by_stem.get(entry.stem)
        if rival is None or _kind(entry) < _kind(rival):
            by_stem[entry.stem] = entry
    if not by_stem:
        kinds = ", ".join(IMAGE_SUFFIXES)
        raise VideoError(
            "the folder {folder} holds no images ({kinds}): choose another folder",
            folder=folder,
            kinds=kinds,
        )
    return tuple(by_stem[stem] for stem in sorted(by_stem, key=natural_order))


def _kind(path: Path) -> tuple[int, str]:
    return IMAGE_SUFFIXES.index(path.suffix.lower()), path.suffix


def _header_size(path: Path) -> tuple[int, int] | None:
    """(height, width) of an image as it will be shown; None if it is none."""
    try:
        with Image.open(path) as image:
            width, height = image.size
            is_sideways = image.getexif().get(_EXIF_ORIENTATION, 1) >= _FIRST_SIDEWAYS_ORIENTATION
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return (width, height) if is_sideways else (height, width)


def _read_image(path: Path) -> np.ndarray | None:
    """The image, upright, (H, W, 3) uint8 RGB; None if it cannot be read."""
    try:
        data = np.fromfile(path, dtype=np.uint8)
        image_bgr = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except (OSError, cv2.error):
        return None
    return None if image_bgr is None else cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB)
