"""Palette trees: label trees whose pixel values are target numbers and whose void is 255.

DAVIS, YouTube-VOS, MOSE and LVOS keep their masks so; what differs is the folders around them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    TargetMask,
)
from tarvis_core.annotation.formats.json_writer import json_bytes
from tarvis_core.annotation.formats.label_image import (
    distinct_values,
    labels_of_masks,
    masks_of_labels,
    paint,
    palette_png,
)
from tarvis_core.annotation.formats.label_tree import (
    LabelTreeReader,
    has_label_images,
    list_folders,
)
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.formats.write_job import Content, WriteJob
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.errors import FormatError

VOID = 255
MAX_TARGET_ID = 254


class PaletteTreeReader(LabelTreeReader):
    """Reads palette trees."""

    @override
    def _decode(
        self, labels: np.ndarray, path: Path
    ) -> tuple[dict[TargetId, TargetMask], Mask | None]:
        masks = masks_of_labels(labels)
        void = masks.pop(VOID, None)
        return {TargetId(value): TargetMask(mask) for value, mask in masks.items()}, void

    @override
    def _target_ids(self, labels: np.ndarray, path: Path) -> set[TargetId]:
        return {TargetId(value) for value in distinct_values(labels).tolist()} - {0, VOID}

    @override
    def _target(self, video: str, target: TargetId) -> Target:
        return make_target(target, None, self.label_set)


@dataclass(frozen=True)
class WrittenVideo:
    """What a palette tree shows of a video, for the lists beside it."""

    video: AnnotatedVideo
    folder: str
    """Name of its folder."""
    frames: dict[TargetId, list[str]]
    """For each target the names, without suffix, of the frames that it is on."""


def write_palette_tree(job: WriteJob, annotations: str, images: str) -> Iterator[WrittenVideo]:
    """Write a job's videos, one palette PNG per frame; yields each video when it is written.

    For `Content.FIRST_FRAME` only the frames on which a target first appears are written, with
    the targets that appear there.

    Args:
        job: What to write.
        annotations: Path of the tree below the output, ending in `/`, or empty.
        images: The same for images.
    """
    only_first = job.options.content is Content.FIRST_FRAME
    for video, folder in zip(job.videos(), job.folder_names, strict=True):
        written = WrittenVideo(video, folder, {})
        stems = job.frame_stems(video)
        for index, (frame, stem) in enumerate(zip(video.frames(), stems, strict=True)):
            shown = {
                t: m for t, m in frame.masks.items() if not (only_first and t in written.frames)
            }
            job.write_image(video, index, frame, f"{images}{folder}/{stem}")
            for target in frame.masks:
                written.frames.setdefault(target, []).append(stem)
            if shown or not only_first:
                content = _palette_image(frame, shown, video.size)
                job.output.write(f"{annotations}{folder}/{stem}.png", content)
        yield written


def _palette_image(
    frame: AnnotatedFrame, masks: dict[TargetId, TargetMask], size: tuple[int, int]
) -> bytes:
    labels = labels_of_masks(masks, size, np.uint8)
    if frame.void is not None:
        paint(labels, frame.void, VOID)
    return palette_png(labels)


def write_split(
    job: WriteJob, meta: str, objects_of: Callable[[WrittenVideo], Mapping[str, object]]
) -> None:
    """Write a split's trees and beside them its list of objects; of results, the trees alone.

    Args:
        job: What to write.
        meta: Name of the list's file.
        objects_of: The list's entries for a video, by target.
    """
    if job.options.content is Content.RESULTS:
        for _ in write_palette_tree(job, "Annotations/", "JPEGImages/"):
            pass
        return
    split = job.options.split
    written = write_palette_tree(job, f"{split}/Annotations/", f"{split}/JPEGImages/")
    videos = {video.folder: {"objects": objects_of(video)} for video in written}
    job.output.write(f"{split}/{meta}", json_bytes({"videos": videos}))


def open_split(
    path: Path, split: Path | None, given_images: Path | None
) -> tuple[Path, Path | None]:
    """A split's folder, and that of its images if there is one.

    Args:
        path: What was asked for, for the message.
        split: What `find_split` found.
        given_images: A folder that the person named.

    Raises:
        FormatError: Nothing was found.
    """
    if split is None:
        raise FormatError(
            "{path} has no folder Annotations with a folder of PNG per video", path=path
        )
    images = given_images or split / "JPEGImages"
    return split, images if images.is_dir() else None


def videos_in(tree: Path) -> tuple[str, ...]:
    """Names of the folders of a tree that hold palette images, in order."""
    return tuple(name for name in list_folders(tree) if has_label_images(tree / name))


def find_split(path: Path, split: str | None) -> Path | None:
    """The folder of a split: the one with `Annotations/VIDEO/*.png` in it.

    Args:
        path: The data set's folder, that of a split, or `Annotations` itself.
        split: Which split; None for the first.
    """
    candidates = [path, path.parent] if path.name == "Annotations" else [path]
    if path.is_dir():
        candidates += [path / name for name in list_folders(path)]
    for folder in candidates:
        is_wanted = split is None or folder.name == split
        tree = folder / "Annotations"
        if is_wanted and tree.is_dir() and videos_in(tree):
            return folder
    return None
