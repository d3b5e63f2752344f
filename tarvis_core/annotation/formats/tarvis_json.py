"""The generic JSON of the published TarViS training code (Ali2500/TarViS).

Each sequence has compressed run lengths by target for each frame and, for panoptic data, by class
(`semantic_segmentations`, things included, 255 for void). The readers of that code want every
target of `categories` to have a mask somewhere.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.coco_rows import image_folders, image_name
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.json_search import Glance, find_json
from tarvis_core.annotation.formats.json_writer import write_json_object
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.made_up_class import CategoryChooser
from tarvis_core.annotation.formats.tarvis_json_reader import (
    FAMILY,
    LAYER_TARGETS,
    THING_CLASSES,
    VOID_CLASS,
    TarvisJsonReader,
)
from tarvis_core.annotation.formats.write_job import WriteJob
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import CategoryId, TargetId, TargetKind
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence


class TarvisJsonFormat(AnnotationFormat):
    """TarViS generic training JSON."""

    id = "tarvis"
    title = "TarViS training JSON"
    capabilities = FormatCapabilities(
        overlaps=True,
        void=True,
        crowd=True,
        categories=True,
        class_names=True,
        stuff=True,
        semantic=True,
        extras=FAMILY,
    )

    @override
    def recognises(self, path: Path) -> bool:
        return find_json(path, _is_tarvis) is not None

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        file = path if path.is_file() else find_json(path, _is_tarvis)
        if file is None:
            raise FormatError("{path} holds no file of {title}", path=path, title=self.title)
        return TarvisJsonReader(file, image_folders(file, options.image_folder))

    @override
    def _write(self, job: WriteJob) -> None:
        with job.output.open("annotations.json") as file:
            write_json_object(file, _Writer(job).members())


def _is_tarvis(glance: Glance) -> bool:
    return glance.has("sequences", "image_paths", "segmentations")


class _Writer:
    """Makes the members of a file from a job's videos, one video at a time."""

    def __init__(self, job: WriteJob) -> None:
        self._job = job
        self._chooser = CategoryChooser(job.dataset.label_set, job.losses)

    def members(self) -> Iterator[tuple[str, object]]:
        extras = dict(self._job.dataset.extras.get(FAMILY, {}))
        yield "sequences", self._sequences()
        meta = extras.pop("meta", None) or {}
        if "category_labels" not in meta:
            categories = self._chooser.label_set.categories
            meta = {
                **meta,
                "category_labels": {str(c.id): c.name for c in categories},
                THING_CLASSES: [c.id for c in categories if c.kind is TargetKind.THING],
            }
        yield "meta", meta
        yield from extras.items()

    def _sequences(self) -> Iterator[dict[str, Any]]:
        for video, folder in zip(self._job.videos(), self._job.folder_names, strict=True):
            height, width = video.size
            row: dict[str, Any] = {**video.extras.get(FAMILY, {}), "id": folder}
            row |= {"height": height, "width": width}
            row["image_paths"] = [_image_path(video, i, folder) for i in range(video.num_frames)]
            yield row | self._tracks(video, folder)

    def _tracks(self, video: AnnotatedVideo, folder: str) -> dict[str, Any]:
        categories = self._chooser.categories(video)
        stuff = {target.id for target in video.targets if target.kind is TargetKind.STUFF}
        frames = []
        for index, frame in enumerate(video.frames()):
            stem = _image_path(video, index, folder).rpartition(".")[0]
            self._job.write_image(video, index, frame, stem)
            frames.append(frame)
        things = [
            {t: m.mask for t, m in frame.masks.items() if t not in stuff and not m.is_crowd}
            for frame in frames
        ]
        shown = sorted({target for masks in things for target in masks})
        regions: dict[CategoryId, TargetId] = {}
        for frame, masks in zip(frames, things, strict=True):
            for target in frame.masks.keys() - masks.keys():
                self._note_region(regions, categories[target], target, video.name)
        row: dict[str, Any] = {
            "categories": {str(t): categories[t] for t in shown},
            "segmentations": [{str(t): _code(mask) for t, mask in m.items()} for m in things],
        }
        layers = [_semantic_layer(f, categories, has_regions=bool(regions)) for f in frames]
        if any(layers):
            row["semantic_segmentations"] = [
                {str(c): _code(mask) for c, mask in sorted(layer.items())} for layer in layers
            ]
        if regions:
            row[LAYER_TARGETS] = {str(c): target for c, target in sorted(regions.items())}
        return row

    def _note_region(
        self,
        regions: dict[CategoryId, TargetId],
        category: CategoryId,
        target: TargetId,
        place: str,
    ) -> None:
        """Remember which target a class region is; two of one class become one."""
        if regions.setdefault(category, target) != target:
            example = Sentence(
                "{place}: {first} and {second} are one class region",
                place=place,
                first=regions[category],
                second=target,
            )
            self._job.losses.add(LossKind.MERGED_REGIONS, example)


def _image_path(video: AnnotatedVideo, index: int, folder: str) -> str:
    name = image_name(video, index)
    return name if "/" in name else f"{folder}/{name}"


def _semantic_layer(
    frame: AnnotatedFrame, categories: dict[TargetId, CategoryId], *, has_regions: bool
) -> dict[int, Mask]:
    """The region of each class: the frame's own layer, or one made of its targets.

    Args:
        frame: The frame.
        categories: The class of each target.
        has_regions: Whether the video has targets that are class regions; things belong into
            the layer then.
    """
    layer: dict[int, Mask] = {int(number): mask for number, mask in frame.semantic.items()}
    if not layer and has_regions:
        for target, mask in frame.masks.items():
            _add(layer, categories[target], mask.mask)
    if frame.void is not None:
        _add(layer, VOID_CLASS, frame.void)
    return layer


def _add(layer: dict[int, Mask], number: int, mask: Mask) -> None:
    layer[number] = layer[number].union(mask) if number in layer else mask


def _code(mask: Mask) -> str:
    return str(mask.to_coco_rle()["counts"])
