"""VIPSeg's raw masks: a 16-bit PNG per frame, class and instance in one number.

As VIPSeg's tools read them (VIPSeg-Dataset/VIPSeg-Dataset): 0 is void, stuff is class + 1, a thing
(class + 1) · 100 + instance. Beside them lies `video_info.json`, which training codes read.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.category_rows import category_rows, read_categories
from tarvis_core.annotation.formats.file_access import inner_path
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.indexed_json import load_json
from tarvis_core.annotation.formats.json_value import JsonObject
from tarvis_core.annotation.formats.json_writer import json_bytes
from tarvis_core.annotation.formats.label_image import (
    distinct_values,
    labels_of_masks,
    masks_of_labels,
    png,
)
from tarvis_core.annotation.formats.label_tree import (
    GRAY16_LAYOUTS,
    LabelTreeReader,
    has_label_images,
    list_folders,
)
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.formats.target_numbering import number_by_class
from tarvis_core.annotation.formats.write_job import WriteJob
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import Target, TargetId, TargetKind
from tarvis_core.errors import FormatError

MASKS = "panomasks"
INFO = "video_info.json"
NUM_CLASSES = 124
FIRST_THING = 125
"""Values from here on are things."""
_INSTANCES_PER_CLASS = 100
_IMAGE_FOLDERS = ("imgs", "images", "JPEGImages")


def target_number(category: int, instance: int) -> int | None:
    """The value of an instance, counted from 1; 0 is the class region as a whole."""
    if not (0 <= category < NUM_CLASSES and 0 <= instance <= _INSTANCES_PER_CLASS):
        return None
    if instance == 0:
        return category + 1
    number = (category + 1) * _INSTANCES_PER_CLASS + instance - 1
    return number if number >= FIRST_THING else None


def target_instance(category: int, number: int) -> int | None:
    """The instance, counted from 1, that a value is of a class."""
    instance = number - (category + 1) * _INSTANCES_PER_CLASS + 1
    is_own = number >= FIRST_THING and 1 <= instance <= _INSTANCES_PER_CLASS
    return instance if is_own else None


def number_targets(targets: Sequence[Target]) -> dict[TargetId, TargetId | LossKind]:
    """The values that the targets of a video have."""
    return number_by_class(targets, target_number, target_instance, first_instance=1)


class VipsegRawReader(LabelTreeReader):
    """Reads trees of raw masks; target ids are the values."""

    modes = ("I;16", "I")

    @override
    def _decode(
        self, labels: np.ndarray, path: Path
    ) -> tuple[dict[TargetId, TargetMask], Mask | None]:
        found = masks_of_labels(_checked(labels, path), with_zero=True)
        void = found.pop(0, None)
        return {TargetId(value): TargetMask(mask) for value, mask in found.items()}, void

    @override
    def _target_ids(self, labels: np.ndarray, path: Path) -> set[TargetId]:
        return {TargetId(value) for value in distinct_values(_checked(labels, path)).tolist()} - {0}

    @override
    def _target(self, video: str, target: TargetId) -> Target:
        if target < FIRST_THING:
            return make_target(target, target - 1, self.label_set, kind=TargetKind.STUFF)
        category = target // _INSTANCES_PER_CLASS - 1
        return make_target(target, category, self.label_set, kind=TargetKind.THING)


def _checked(labels: np.ndarray, path: Path) -> np.ndarray:
    highest = int(labels.max())
    if int(labels.min()) < 0 or highest // _INSTANCES_PER_CLASS > NUM_CLASSES:
        raise FormatError(
            "{path} has the value {highest}, which stands for no class of VIPSeg",
            path=path,
            highest=highest,
        )
    return labels


class VipsegRawFormat(AnnotationFormat):
    """VIPSeg, raw masks."""

    id = "vipseg_raw"
    title = "VIPSeg raw PNG and video_info.json"
    capabilities = FormatCapabilities(
        numbering=number_targets, void=True, fills_void=True, categories=True, stuff=True
    )

    @override
    def recognises(self, path: Path) -> bool:
        return _find_masks(path) is not None

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        tree = _find_masks(path)
        if tree is None:
            raise FormatError(
                "{path} has no folder {name} with a folder of 16-bit PNG per video",
                path=path,
                name=MASKS,
            )
        info = path if path.is_file() else tree.parent / INFO
        names = tuple(name for name in list_folders(tree) if _is_video(tree / name))
        label_set = options.label_set or load_label_set("vipseg")
        if info.is_file():
            content = JsonObject(load_json(info), str(info))
            names = _listed_videos(content, tree)
            if options.label_set is None and "categories" in content:
                rows = content.value("categories")
                label_set = read_categories(rows, "vipseg", f"{info}: categories")
        images = options.image_folder or _images_beside(tree)
        return VipsegRawReader(tree, images, names, label_set)

    @override
    def _write(self, job: WriteJob) -> None:
        sequences = []
        for video, folder in zip(job.videos(), job.folder_names, strict=True):
            stems = job.frame_stems(video)
            shown: list[list[TargetId]] = []
            for index, (frame, stem) in enumerate(zip(video.frames(), stems, strict=True)):
                labels = labels_of_masks(frame.masks, video.size, np.uint16)
                job.output.write(f"{MASKS}/{folder}/{stem}.png", png(labels))
                job.write_image(video, index, frame, f"{_IMAGE_FOLDERS[0]}/{folder}/{stem}")
                shown.append(sorted(frame.masks))
            sequences.append(_sequence_row(video, folder, stems, shown))
        rows = category_rows(job.dataset.label_set, with_kinds=True, with_supercategories=False)
        job.output.write(INFO, json_bytes({"sequences": sequences, "categories": rows}))


def _sequence_row(
    video: AnnotatedVideo, folder: str, stems: Sequence[str], shown: Sequence[Sequence[TargetId]]
) -> Mapping[str, Any]:
    present = sorted({target for targets in shown for target in targets})
    height, width = video.size
    return {
        "name": folder,
        "filenames": list(stems),
        "height": height,
        "width": width,
        "instance_ids": [value for value in present if value >= FIRST_THING],
        "stuff_classes": [value - 1 for value in present if value < FIRST_THING],
        "frame_instance_occupancy": [
            [value for value in targets if value >= FIRST_THING] for targets in shown
        ],
    }


def _listed_videos(info: JsonObject, tree: Path) -> tuple[str, ...]:
    """The videos that the file lists; all their frames must be there."""
    names = []
    for sequence in info.objects("sequences"):
        name = str(inner_path(sequence.text("name"), f"{sequence.place}: name"))
        for index, stem in enumerate(sequence.texts("filenames")):
            place = f"{sequence.place}: filenames[{index}]"
            path = tree / name / inner_path(f"{stem}.png", place)
            if not path.is_file():
                raise FormatError("{place}: {path} is not there", place=place, path=path)
        names.append(name)
    return tuple(names)


def _find_masks(path: Path) -> Path | None:
    """The folder with one folder of raw masks per video.

    Args:
        path: The data set's folder, `panomasks`, or `video_info.json`.
    """
    if path.is_file():
        path = path.parent if path.name == INFO else path / MASKS
    for folder in (path / MASKS, path):
        is_tree = folder.name == MASKS and folder.is_dir()
        if is_tree and any(_is_video(folder / name) for name in list_folders(folder)):
            return folder
    return None


def _is_video(folder: Path) -> bool:
    return has_label_images(folder, GRAY16_LAYOUTS)


def _images_beside(tree: Path) -> Path | None:
    folders = (tree.parent / name for name in _IMAGE_FOLDERS)
    return next((folder for folder in folders if folder.is_dir()), None)
