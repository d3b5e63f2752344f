"""SA-V's validation layout: `Annotations_6fps/VIDEO/OBJECT/00004.png`, one binary PNG per object.

Objects may overlap and are numbered 000, 001, …; a target's number is its object's plus one. File
names are the numbers of frames in a video of 24 frames per second.
"""

from functools import partial
from pathlib import Path

import numpy as np
from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.json_value import id_of_key
from tarvis_core.annotation.formats.label_image import (
    palette_png,
    read_image_size,
    read_label_image,
)
from tarvis_core.annotation.formats.label_tree import (
    IMAGE_SUFFIXES,
    has_label_images,
    list_folders,
    list_names,
)
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.formats.write_job import Content, WriteJob
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.errors import FormatError

ANNOTATIONS, IMAGES = "Annotations_6fps", "JPEGImages_24fps"
_LABEL_SET = LabelSet("sa_v", ())
_MODES = ("P", "L", "1")


class SaVPngFormat(AnnotationFormat):
    """SA-V, PNG."""

    id = "sa_v_png"
    title = "SA-V PNG per object (SAM 2)"
    capabilities = FormatCapabilities(overlaps=True, frame_numbers=True)

    @override
    def recognises(self, path: Path) -> bool:
        return _tree_of(path) is not None

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        tree = _tree_of(path)
        if tree is None:
            raise FormatError("{path} has no folders VIDEO/OBJECT of PNG files", path=path)
        images = options.image_folder or tree.parent / IMAGES
        return SaVPngReader(tree, images if images.is_dir() else None)

    @override
    def _write(self, job: WriteJob) -> None:
        top = "" if job.options.content is Content.RESULTS else f"{ANNOTATIONS}/"
        for video, folder in zip(job.videos(), job.folder_names, strict=True):
            for index, frame in enumerate(video.frames()):
                stem = f"{video.frame_numbers[index]:05d}"
                job.write_image(video, index, frame, f"{IMAGES}/{folder}/{stem}")
                for target in video.targets:
                    mask = frame.masks.get(target.id)
                    pixels = np.zeros(video.size, np.uint8)
                    if mask is not None:
                        pixels = mask.mask.to_array().view(np.uint8)
                    name = f"{top}{folder}/{target.id - 1:03d}/{stem}.png"
                    job.output.write(name, palette_png(pixels))


def _tree_of(path: Path) -> Path | None:
    """The folder with one folder per video, which holds one folder of PNG files per object."""
    return next((tree for tree in (path / ANNOTATIONS, path) if _holds_objects(tree)), None)


def _holds_objects(tree: Path) -> bool:
    if not tree.is_dir():
        return False
    for video in list_folders(tree)[:3]:
        objects = list_folders(tree / video)
        is_numbered = bool(objects) and all(name.isdigit() for name in objects)
        if is_numbered and has_label_images(tree / video / objects[0]):
            return True
    return False


class SaVPngReader(DatasetReader):
    """Reads a tree of one binary PNG per object and frame."""

    def __init__(self, tree: Path, images: Path | None) -> None:
        """List the videos.

        Args:
            tree: Folder with one folder per video.
            images: Folder with one folder of images per video, if there is one.
        """
        self._tree = tree
        self._images = images
        self._videos = tuple(list_folders(tree))

    @property
    def label_set(self) -> LabelSet:
        """No classes: SA-V has none."""
        return _LABEL_SET

    def __len__(self) -> int:
        """Number of videos."""
        return len(self._videos)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The video at a position; the frames are those that any object has a file for."""
        folder = self._tree / self._videos[index]
        objects = _objects_in(folder)
        names: dict[str, Path] = {}
        for name in objects.values():
            names |= {n: folder / name / n for n in list_names(folder / name, (".png",))}
        if not names:
            raise FormatError("{folder} holds no PNG files", folder=folder)
        frames = tuple(sorted(names))
        size = read_image_size(names[frames[0]])
        return AnnotatedVideo(
            name=self._videos[index],
            size=size,
            label_set=_LABEL_SET,
            frame_names=tuple(Path(name).stem + ".jpg" for name in frames),
            frame_numbers=_numbers_of(frames),
            load_frame=partial(self._load_frame, self._videos[index], objects, frames, size),
            load_targets=partial(_find_targets, tuple(objects)),
        )

    def _load_frame(
        self,
        video: str,
        objects: dict[TargetId, str],
        frames: tuple[str, ...],
        size: tuple[int, int],
        index: int,
    ) -> AnnotatedFrame:
        masks = {}
        for target, folder in objects.items():
            path = self._tree / video / folder / frames[index]
            if not path.is_file():
                continue
            mask = _read_mask(path, size)
            if not mask.is_empty:
                masks[target] = TargetMask(mask)
        stem = Path(frames[index]).stem
        return AnnotatedFrame(stem + ".jpg", masks, image_path=self._image(video, stem))

    def _image(self, video: str, stem: str) -> Path | None:
        if self._images is None:
            return None
        candidates = (self._images / video / f"{stem}{suffix}" for suffix in IMAGE_SUFFIXES)
        return next((path for path in candidates if path.is_file()), None)


def _objects_in(folder: Path) -> dict[TargetId, str]:
    objects: dict[TargetId, str] = {}
    for name in list_folders(folder):
        target = TargetId(id_of_key(name, str(folder), 0) + 1)
        if target in objects:
            raise FormatError(
                "{folder}: the folders {other} and {name} are one object",
                folder=folder,
                other=objects[target],
                name=name,
            )
        objects[target] = name
    return objects


def _read_mask(path: Path, size: tuple[int, int]) -> Mask:
    pixels = read_label_image(path, _MODES)
    if pixels.shape != size:
        raise FormatError(
            "{path} is of size {size} (height, width), the video's first PNG of {first_size}",
            path=path,
            size=list(pixels.shape),
            first_size=list(size),
        )
    return Mask.from_array(pixels)


def _numbers_of(frames: tuple[str, ...]) -> tuple[int, ...]:
    stems = [Path(name).stem for name in frames]
    if all(stem.isascii() and stem.isdigit() and len(stem) < 10 for stem in stems):
        return tuple(int(stem) for stem in stems)
    return tuple(range(len(frames)))


def _find_targets(targets: tuple[TargetId, ...]) -> tuple[Target, ...]:
    return tuple(make_target(target, None, _LABEL_SET) for target in targets)
