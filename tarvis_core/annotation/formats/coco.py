"""COCO instances (cocodataset.org) and the CocoVID flavour of mmtracking.

COCO lists images and their annotations. A video is written as the set of its frames: each image
then has `video_id` and `frame_id`, each annotation an `instance_id`, which COCO's own tools
ignore. CocoVID is the same with a list of videos, and frame ids that count from 0.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.category_rows import category_rows
from tarvis_core.annotation.formats.coco_reader import FAMILY, CocoReader, CocoResultsReader
from tarvis_core.annotation.formats.coco_rows import ImageRows, image_folders, image_name
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities, ScoreDetail
from tarvis_core.annotation.formats.json_search import Glance, find_json
from tarvis_core.annotation.formats.json_value import box_of, uncompressed_rle
from tarvis_core.annotation.formats.json_writer import write_json_list, write_json_object
from tarvis_core.annotation.formats.made_up_class import CategoryChooser
from tarvis_core.annotation.formats.number_allocator import NumberAllocator
from tarvis_core.annotation.formats.write_job import Content, WriteJob
from tarvis_core.annotation.target import CategoryId
from tarvis_core.errors import FormatError

_DEFAULT_RESULT_SCORE = 1.0


class CocoFormat(AnnotationFormat):
    """COCO instances, of stills and of videos as sets of frames."""

    id = "coco"
    title = "COCO instances JSON"
    capabilities = FormatCapabilities(
        overlaps=True,
        scores=ScoreDetail.MASK,
        crowd=True,
        categories=True,
        class_names=True,
        stuff=True,
        frame_numbers=True,
        extras=FAMILY,
    )
    lists_videos: ClassVar[bool] = False

    @override
    def recognises(self, path: Path) -> bool:
        return self._find(path) is not None

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        file = path if path.is_file() else self._find(path)
        if file is None:
            raise FormatError("{path} holds no file of {title}", path=path, title=self.title)
        if Glance.at(file).is_list:
            return CocoResultsReader(file, options.label_set)
        return CocoReader(file, image_folders(file, options.image_folder))

    def _find(self, path: Path) -> Path | None:
        return find_json(path, _is_coco, _is_results)

    @override
    def _write(self, job: WriteJob) -> None:
        writer = _CocoWriter(job, lists_videos=self.lists_videos)
        if job.options.content is Content.RESULTS:
            with job.output.open("results.json") as file:
                write_json_list(file, writer.results())
            return
        with job.output.open(f"instances_{job.options.split}.json") as file:
            write_json_object(file, writer.members())


class CocoVidFormat(CocoFormat):
    """CocoVID: COCO with a list of videos, as mmtracking reads it."""

    id = "cocovid"
    title = "CocoVID JSON (mmtracking)"
    capabilities = replace(CocoFormat.capabilities, frame_numbers=False)
    lists_videos = True

    @override
    def _find(self, path: Path) -> Path | None:
        return find_json(path, _is_cocovid)


def _is_coco(glance: Glance) -> bool:
    is_other = glance.has_any("segments_info", "videos", "file_names", "segmentations")
    return glance.has("images", "file_name") and not is_other


def _is_cocovid(glance: Glance) -> bool:
    return glance.has("images", "videos", "frame_id") and not glance.has("segmentations")


def _is_results(glance: Glance) -> bool:
    return glance.is_list and glance.has("image_id", "category_id", "segmentation", "score")


class _CocoWriter:
    """Makes the lists of a COCO file from a job's videos, one entry at a time."""

    def __init__(self, job: WriteJob, *, lists_videos: bool) -> None:
        self._job = job
        self._lists_videos = lists_videos
        self._rows = ImageRows(job.dataset, FAMILY, lists_videos=lists_videos)
        self._chooser = CategoryChooser(job.dataset.label_set, job.losses)
        self._has_tracks = self._rows.has_videos or FAMILY not in job.dataset.extras
        """Whether annotations say which target they are; else their own ids are the targets'."""

    def members(self) -> Iterator[tuple[str, object]]:
        extras = dict(self._job.dataset.extras.get(FAMILY, {}))
        category_extras = extras.pop("categories", {})
        yield from extras.items()
        if self._lists_videos:
            yield "videos", self._rows.videos()
        yield "images", self._rows.images()
        yield "annotations", self._annotations()
        label_set = self._chooser.label_set
        has_stuff = bool(label_set.stuff)
        rows = category_rows(label_set, with_kinds=has_stuff, extras=category_extras)
        yield "categories", rows

    def _annotations(self) -> Iterator[dict[str, Any]]:
        annotation_ids = NumberAllocator()
        for numbered, video in zip(self._rows.numbered(), self._job.videos(), strict=True):
            categories = self._chooser.categories(video)
            for index, frame in enumerate(video.frames()):
                name = f"images/{image_name(video, index)}"
                self._job.write_listed_image(video, index, frame, name)
                for target, mask in frame.masks.items():
                    extra = frame.extras.get(FAMILY, {}).get("annotations", {}).get(target, {})
                    number = annotation_ids.take(None if self._has_tracks else target)
                    row = {**extra, "id": number, "image_id": numbered.image_ids[index]}
                    if self._lists_videos:
                        row["video_id"] = numbered.video_id
                    if self._has_tracks:
                        row["instance_id"] = target
                    yield row | _annotation(mask, categories[target])

    def results(self) -> Iterator[dict[str, Any]]:
        """The entries of a list of results."""
        for numbered, video in zip(self._rows.numbered(), self._job.videos(), strict=True):
            categories = self._chooser.categories(video)
            for image_id, frame in zip(numbered.image_ids, video.frames(), strict=True):
                for target, mask in frame.masks.items():
                    yield {
                        "image_id": image_id,
                        "category_id": categories[target],
                        "score": _DEFAULT_RESULT_SCORE if mask.score is None else mask.score,
                        "segmentation": mask.mask.to_coco_rle(),
                    }


def _annotation(mask: TargetMask, category: CategoryId) -> dict[str, Any]:
    row: dict[str, Any] = {
        "category_id": category,
        "iscrowd": int(mask.is_crowd),
        "area": mask.mask.area,
        "bbox": box_of(mask.mask),
        "segmentation": uncompressed_rle(mask.mask) if mask.is_crowd else mask.mask.to_coco_rle(),
    }
    if mask.score is not None:
        row["score"] = mask.score
    return row
