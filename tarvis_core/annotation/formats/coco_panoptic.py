"""COCO panoptic (cocodataset.org): a PNG of segment ids per image and a JSON file of segments.

Segment ids are target ids, so a thing keeps its number over the frames of a video. Void is 0.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import AnnotatedFrame, DatasetReader
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.category_rows import category_rows
from tarvis_core.annotation.formats.coco_reader import CocoReader
from tarvis_core.annotation.formats.coco_rows import ImageRows, image_folders, image_name
from tarvis_core.annotation.formats.file_access import path_below
from tarvis_core.annotation.formats.json_search import Glance, find_json
from tarvis_core.annotation.formats.json_value import JsonObject
from tarvis_core.annotation.formats.json_writer import write_json_object
from tarvis_core.annotation.formats.made_up_class import CategoryChooser
from tarvis_core.annotation.formats.segment_image import (
    SEGMENTS,
    Segment,
    read_segment_image,
    read_segments,
    segment_png,
    segment_rows,
    segment_targets,
)
from tarvis_core.annotation.formats.write_job import Content, WriteJob
from tarvis_core.annotation.target import Target
from tarvis_core.errors import FormatError

FAMILY = "coco_panoptic"


class CocoPanopticReader(CocoReader):
    """Reads COCO panoptic: stills, or the frames of videos where images name their video."""

    family = FAMILY

    def __init__(self, path: Path, label_folder: Path, folders: tuple[Path, ...]) -> None:
        """Look through a file.

        Args:
            path: The JSON file.
            label_folder: Where its PNG files lie.
            folders: Where its images may lie.

        Raises:
            FormatError: It is damaged, ids repeat, or an annotation refers to no image.
        """
        super().__init__(path, folders)
        self._label_folder = label_folder

    @override
    def load_frame(
        self, positions: tuple[int, ...], names: tuple[str, ...], size: tuple[int, int], index: int
    ) -> AnnotatedFrame:
        image_path = self.finder.find(names[index], str(self.index.path))
        annotation = self._annotation(positions[index])
        if annotation is None:
            return AnnotatedFrame(names[index], {}, image_path=image_path)
        file_name = annotation.text("file_name")
        path = path_below(self._label_folder, file_name, f"{annotation.place}: file_name")
        masks, void = read_segment_image(path, size, read_segments(annotation))
        return AnnotatedFrame(names[index], masks, void, image_path)

    @override
    def find_targets(self, positions: tuple[int, ...]) -> tuple[Target, ...]:
        found: dict[int, Segment] = {}
        for annotation in filter(None, map(self._annotation, positions)):
            found |= read_segments(annotation)
        return tuple(segment_targets(found, self.label_set))

    def _annotation(self, position: int) -> JsonObject | None:
        """The only annotation of an image; None where there is none."""
        found = self.index.annotations_of(position)
        if len(found) > 1:
            raise FormatError(
                "{place}: its image already has an annotation", place=found[1][1].place
            )
        return found[0][1] if found else None


class CocoPanopticFormat(AnnotationFormat):
    """COCO panoptic."""

    id = "coco_panoptic"
    title = "COCO panoptic PNG and JSON"
    capabilities = replace(SEGMENTS, frame_numbers=True, extras=FAMILY)

    @override
    def recognises(self, path: Path) -> bool:
        return find_json(path, _is_panoptic) is not None

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        file = path if path.is_file() else find_json(path, _is_panoptic)
        if file is None:
            raise FormatError("{path} holds no file of {title}", path=path, title=self.title)
        folders = image_folders(file, options.image_folder)
        return CocoPanopticReader(file, _label_folder(file), folders)

    @override
    def _write(self, job: WriteJob) -> None:
        stem = f"panoptic_{job.options.split}"
        if job.options.content is Content.RESULTS:
            stem = "panoptic_results"
        with job.output.open(f"{stem}.json") as file:
            write_json_object(file, _PanopticWriter(job, stem).members())


def _is_panoptic(glance: Glance) -> bool:
    return glance.has("images", "segments_info") and not glance.has("videos")


def _label_folder(file: Path) -> Path:
    """Where the PNG files of a JSON file lie: a folder of its name, or the usual ones."""
    names = (file.stem, "panoptic", file.stem.removesuffix("_gt"), "panoptic_masks", "masks")
    found = (file.parent / name for name in names if (file.parent / name).is_dir())
    return next(found, file.parent)


class _PanopticWriter:
    """Makes the lists of a panoptic file, and its PNG files on the way."""

    def __init__(self, job: WriteJob, folder: str) -> None:
        self._job = job
        self._folder = folder
        self._rows = ImageRows(job.dataset, FAMILY)
        self._chooser = CategoryChooser(job.dataset.label_set, job.losses)

    def members(self) -> Iterator[tuple[str, object]]:
        extras = dict(self._job.dataset.extras.get(FAMILY, {}))
        category_extras = extras.pop("categories", {})
        if self._job.options.content is not Content.RESULTS:
            yield from extras.items()
            yield "images", self._rows.images()
        yield "annotations", self._annotations()
        label_set = self._chooser.label_set
        yield "categories", category_rows(label_set, with_kinds=True, extras=category_extras)

    def _annotations(self) -> Iterator[dict[str, Any]]:
        used: set[str] = set()
        for numbered, video in zip(self._rows.numbered(), self._job.videos(), strict=True):
            categories = self._chooser.categories(video)
            for index, frame in enumerate(video.frames()):
                image_id = numbered.image_ids[index]
                stem = str(PurePosixPath(image_name(video, index)).with_suffix(""))
                name = f"{stem}_{image_id}.png" if stem in used else f"{stem}.png"
                used.add(stem)
                self._job.output.write(f"{self._folder}/{name}", segment_png(frame, video.size))
                listed = f"images/{image_name(video, index)}"
                self._job.write_listed_image(video, index, frame, listed)
                rows = segment_rows(frame, categories)
                yield {"image_id": image_id, "file_name": name, "segments_info": rows}
