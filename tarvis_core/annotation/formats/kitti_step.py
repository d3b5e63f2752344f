"""KITTI-STEP: an RGB PNG per frame, R the class, G and B the instance (256 G + B).

Layout as deeplab2 has it (g3doc/setup/kitti_step.md): `panoptic_maps/SPLIT/SEQUENCE/000000.png`;
results have the sequences' folders at the top. Classes are Cityscapes train ids, 255 is void. A
thing with instance 0 is a crowd region; stuff always has instance 0.
"""

import re
from collections.abc import Sequence
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
from tarvis_core.annotation.formats.label_image import (
    distinct_values,
    masks_of_labels,
    paint,
    png,
)
from tarvis_core.annotation.formats.label_tree import (
    RGB_LAYOUTS,
    LabelTreeReader,
    has_label_images,
    list_folders,
)
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.segment_image import segment_ids, segment_pixels
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.formats.target_numbering import number_by_class
from tarvis_core.annotation.formats.write_job import Content, WriteJob
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import CategoryId, Target, TargetId, TargetKind
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence

VOID = 255
MAX_INSTANCE = 2**16 - 1
_CROWD = 2**24
"""Crowd regions are targets with numbers from here on, which no instance has."""
_ANNOTATIONS = "panoptic_maps"
_IMAGE_FOLDERS = ("images", "image_02", "JPEGImages")
_SEQUENCE = re.compile(r"\d{4}")


def target_number(category: int, instance: int) -> int | None:
    """The target id of an instance: below 2^24, so that panoptic images can hold it too.

    Stuff (instance 0) has the numbers 1…255; instance and class can be read from the others.
    """
    if not (0 <= category < VOID and 0 <= instance <= MAX_INSTANCE):
        return None
    return instance * 256 + category + 1


def target_instance(category: int, number: int) -> int | None:
    """The instance that a target of this class and number is; 2^16 for a crowd region."""
    instance, rest = divmod(number, 256)
    return instance if rest == category + 1 and 0 < instance <= MAX_INSTANCE + 1 else None


def number_targets(targets: Sequence[Target]) -> dict[TargetId, TargetId | LossKind]:
    """The numbers by which the reader knows the targets of a video."""
    return number_by_class(targets, target_number, target_instance, first_instance=1)


class KittiStepReader(LabelTreeReader):
    """Reads trees of class and instance images."""

    modes = ("RGB",)
    image_suffix = ".png"

    @override
    def _decode(
        self, labels: np.ndarray, path: Path
    ) -> tuple[dict[TargetId, TargetMask], Mask | None]:
        masks: dict[TargetId, TargetMask] = {}
        void: Mask | None = None
        for code, mask in masks_of_labels(_codes(labels), with_zero=True).items():
            number = self._number(code)
            if number:
                masks[TargetId(number)] = TargetMask(mask, is_crowd=number >= _CROWD)
            else:  # void may have an instance, which means nothing
                void = mask if void is None else void.union(mask)
        return masks, void

    @override
    def _target_ids(self, labels: np.ndarray, path: Path) -> set[TargetId]:
        numbers = map(self._number, distinct_values(_codes(labels)).tolist())
        return {TargetId(number) for number in numbers if number}

    @override
    def _target(self, video: str, target: TargetId) -> Target:
        kind = TargetKind.THING if target >= 256 else TargetKind.STUFF
        return make_target(target, target % 256 - 1, self.label_set, kind=kind)

    def _number(self, code: int) -> int:
        """The target number that a code stands for; 0 for void."""
        category, instance = (code & 255) ^ VOID, code & 0xFF00 | code >> 16
        if category == VOID:
            return 0
        is_crowd = instance == 0 and self._is_thing(CategoryId(category))
        return instance * 256 + category + 1 + (_CROWD if is_crowd else 0)

    def _is_thing(self, category: CategoryId) -> bool:
        known = category in self.label_set
        return known and self.label_set.category(category).kind is TargetKind.THING


def _codes(pixels: np.ndarray) -> np.ndarray:
    """(H, W) int32 of R, G and B in one, R turned so that void is 0."""
    return segment_ids(pixels) ^ VOID


class KittiStepFormat(AnnotationFormat):
    """KITTI-STEP."""

    id = "kitti_step"
    title = "KITTI-STEP PNG"
    capabilities = FormatCapabilities(
        numbering=number_targets,
        void=True,
        fills_void=True,
        crowd=True,
        categories=True,
        stuff=True,
    )

    @override
    def recognises(self, path: Path) -> bool:
        return _find_sequences(path, None) is not None

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        sequences = _find_sequences(path, options.split)
        if sequences is None:
            raise FormatError(
                "{path} has no folder {name} with a folder of RGB PNG each",
                path=path,
                name=_ANNOTATIONS,
            )
        names = tuple(name for name in list_folders(sequences) if _is_sequence(sequences / name))
        images = options.image_folder or _images_beside(sequences)
        label_set = options.label_set or load_label_set(self.id)
        return KittiStepReader(sequences, images, names, label_set)

    @override
    def _write(self, job: WriteJob) -> None:
        is_result = job.options.content is Content.RESULTS
        split = job.options.split
        top = "" if is_result else f"{_ANNOTATIONS}/{split}/"
        for video, folder in zip(job.videos(), job.folder_names, strict=True):
            stems = job.frame_stems(video)
            categories = {t.id: t.category for t in video.targets if t.category is not None}
            for index, (frame, stem) in enumerate(zip(video.frames(), stems, strict=True)):
                pixels = _pixels(job, video, frame, categories)
                job.output.write(f"{top}{folder}/{stem}.png", png(pixels))
                job.write_image(video, index, frame, f"images/{split}/{folder}/{stem}")


def _pixels(
    job: WriteJob,
    video: AnnotatedVideo,
    frame: AnnotatedFrame,
    categories: dict[TargetId, CategoryId],
) -> np.ndarray:
    """The (H, W, 3) uint8 pixels of a frame."""
    codes = np.full(video.size, VOID, dtype=np.int32)
    for target, mask in frame.masks.items():
        instance = 0 if mask.is_crowd or target >= _CROWD else target // 256
        if mask.is_crowd and target < _CROWD:
            example = Sentence(
                "{video}, frame {frame}: crowd {target} became a class region",
                video=video.name,
                frame=frame.name,
                target=target,
            )
            job.losses.add(LossKind.IDS_CHANGED, example)
        green, blue = divmod(instance, 256)
        paint(codes, mask.mask, categories[target] | green << 8 | blue << 16)
    return segment_pixels(codes)


def _find_sequences(path: Path, split: str | None) -> Path | None:
    """The folder that holds one folder of RGB PNG files per sequence.

    Args:
        path: The data set's folder, `panoptic_maps`, a split in it, or a folder of results.
        split: Which split; None for the first.
    """
    top = path / _ANNOTATIONS if (path / _ANNOTATIONS).is_dir() else path
    is_named = _ANNOTATIONS in (top.name, top.parent.name)
    candidates = [top / split] if split else [top]
    if split is None and is_named and top.is_dir():
        candidates += [top / name for name in list_folders(top)]
    for folder in candidates:
        names = list_folders(folder) if folder.is_dir() else []
        if not is_named:
            names = [name for name in names if _SEQUENCE.fullmatch(name)]
        if any(_is_sequence(folder / name) for name in names):
            return folder
    return None


def _is_sequence(folder: Path) -> bool:
    return has_label_images(folder, RGB_LAYOUTS)


def _images_beside(sequences: Path) -> Path | None:
    """The folder of images of the same split, beside `panoptic_maps`."""
    is_split = sequences.parent.name == _ANNOTATIONS
    root = sequences.parents[1] if is_split else sequences.parent
    for name in _IMAGE_FOLDERS:
        folder = root / name / sequences.name if is_split else root / name
        if folder.is_dir():
            return folder
    return None
