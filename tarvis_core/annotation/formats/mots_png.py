"""MOTS label images (KITTI-MOTS): 16-bit PNG of class · 1000 + instance; 10000 is ignored."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import DatasetReader, TargetMask
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.label_image import (
    distinct_values,
    labels_of_masks,
    masks_of_labels,
    paint,
    png,
)
from tarvis_core.annotation.formats.label_tree import (
    GRAY16_LAYOUTS,
    LabelTreeReader,
    has_label_images,
    list_folders,
)
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.mots_reader import (
    IGNORED_CLASS,
    IGNORED_ID,
    MOTS_LABELS,
)
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.formats.target_numbering import number_by_class
from tarvis_core.annotation.formats.write_job import Content, WriteJob
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.errors import FormatError

INSTANCES = "instances"
_IDS_PER_CLASS = 1000
_MAX_VALUE = 2**16 - 1
_IMAGE_FOLDERS = ("image_02", "images", "JPEGImages")


def target_number(category: int, instance: int) -> int | None:
    """The value of an instance of a class."""
    number = category * _IDS_PER_CLASS + instance
    is_possible = 0 < category != IGNORED_CLASS and 0 <= instance < _IDS_PER_CLASS
    return number if is_possible and number <= _MAX_VALUE else None


def target_instance(category: int, number: int) -> int | None:
    """The instance that a value is of a class."""
    is_own = number // _IDS_PER_CLASS == category and number != IGNORED_ID
    return number % _IDS_PER_CLASS if is_own and number <= _MAX_VALUE else None


def number_targets(targets: Sequence[Target]) -> dict[TargetId, TargetId | LossKind]:
    """The values that the targets of a video have."""
    return number_by_class(targets, target_number, target_instance, first_instance=1)


class MotsPngReader(LabelTreeReader):
    """Reads trees of label images; target ids are the values."""

    modes = ("I;16", "I")
    image_suffix = ".png"

    @override
    def _decode(
        self, labels: np.ndarray, path: Path
    ) -> tuple[dict[TargetId, TargetMask], Mask | None]:
        masks = masks_of_labels(labels)
        void = masks.pop(IGNORED_ID, None)
        return {TargetId(value): TargetMask(mask) for value, mask in masks.items()}, void

    @override
    def _target_ids(self, labels: np.ndarray, path: Path) -> set[TargetId]:
        values = distinct_values(labels).tolist()
        return {TargetId(value) for value in values} - {0, IGNORED_ID}

    @override
    def _target(self, video: str, target: TargetId) -> Target:
        return make_target(target, target // _IDS_PER_CLASS, self.label_set)


class MotsPngFormat(AnnotationFormat):
    """MOTS label images."""

    id = "mots_png"
    title = "MOTS PNG (KITTI-MOTS)"
    capabilities = FormatCapabilities(numbering=number_targets, void=True, categories=True)

    @override
    def recognises(self, path: Path) -> bool:
        return _find_tree(path) is not None

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        tree = _find_tree(path)
        if tree is None:
            raise FormatError(
                "{path} has no folder {name} with a folder of 16-bit PNG each",
                path=path,
                name=INSTANCES,
            )
        names = tuple(name for name in list_folders(tree) if _is_sequence(tree / name))
        folders = (tree.parent / name for name in _IMAGE_FOLDERS)
        beside = next((folder for folder in folders if folder.is_dir()), None)
        label_set = options.label_set or MOTS_LABELS
        return MotsPngReader(tree, options.image_folder or beside, names, label_set)

    @override
    def _write(self, job: WriteJob) -> None:
        top = "" if job.options.content is Content.RESULTS else f"{INSTANCES}/"
        for video, folder in zip(job.videos(), job.folder_names, strict=True):
            stems = job.frame_stems(video)
            for index, (frame, stem) in enumerate(zip(video.frames(), stems, strict=True)):
                labels = labels_of_masks(frame.masks, video.size, np.uint16)
                if frame.void is not None:
                    paint(labels, frame.void, IGNORED_ID)
                job.output.write(f"{top}{folder}/{stem}.png", png(labels))
                job.write_image(video, index, frame, f"{_IMAGE_FOLDERS[0]}/{folder}/{stem}")


def _find_tree(path: Path) -> Path | None:
    """The folder with one folder of label images per sequence."""
    for folder in (path / INSTANCES, path):
        is_tree = folder.name == INSTANCES and folder.is_dir()
        if is_tree and any(_is_sequence(folder / name) for name in list_folders(folder)):
            return folder
    return None


def _is_sequence(folder: Path) -> bool:
    return has_label_images(folder, GRAY16_LAYOUTS)
