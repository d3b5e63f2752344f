"""Cityscapes-VPS: panoptic images of every fifth frame, and one JSON file of their segments.

As mcahny/vps reads them: `panoptic_gt_SPLIT_city_vps.json` with `SPLIT/panoptic_video/*.png`; an
image is named VIDEO_IMAGE_CITY_SEQUENCE_FRAME and lists are in the order of names. A submission
is `pred.json` with one entry for each image, in that order, and `pan_pred/*.png`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo, DatasetReader
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.category_rows import category_rows
from tarvis_core.annotation.formats.cityscapes_vps_reader import (
    FAMILY,
    PREDICTION_FILE,
    PREDICTIONS,
    TRUE_SUFFIX,
    CityscapesVpsReader,
    CityscapesVpsResultsReader,
    video_of,
)
from tarvis_core.annotation.formats.json_search import Glance, find_json
from tarvis_core.annotation.formats.json_writer import write_json_object
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.made_up_class import CategoryChooser
from tarvis_core.annotation.formats.segment_image import (
    SEGMENTS,
    segment_png,
    segment_rows,
)
from tarvis_core.annotation.formats.write_job import Content, WriteJob, renamed
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.errors import FormatError

IMAGE_SUFFIX = "_newImg8bit.png"
_IMAGE_ID = re.compile(r"\d{4}_\d{4}_\w+_\d{6}_\d{6}", re.ASCII)
_FRAME_SUFFIX = re.compile(r"(_newImg8bit|_leftImg8bit|_final_mask)?\.\w+$")


class CityscapesVpsFormat(AnnotationFormat):
    """Cityscapes-VPS."""

    id = "cityscapes_vps"
    title = "Cityscapes-VPS JSON and RGB PNG"
    capabilities = replace(SEGMENTS, extras=FAMILY)

    @override
    def recognises(self, path: Path) -> bool:
        return _find(path) is not None

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        file = path if path.is_file() else _find(path)
        if file is None:
            raise FormatError("{path} holds no file of {title}", path=path, title=self.title)
        if file.name == PREDICTION_FILE and not Glance.at(file).has("images"):
            label_set = options.label_set or load_label_set(self.id)
            return CityscapesVpsResultsReader(file, label_set)
        return CityscapesVpsReader(file, options.image_folder)

    @override
    def _write(self, job: WriteJob) -> None:
        writer = _Writer(job)
        if job.options.content is Content.RESULTS:
            name, members = PREDICTION_FILE, writer.results()
        else:
            name = f"panoptic_gt_{job.options.split}_city_vps.json"
            members = writer.members()
        with job.output.open(name) as file:
            write_json_object(file, members)


def _find(path: Path) -> Path | None:
    return find_json(path, _is_truth) or _find_results(path)


def _is_truth(glance: Glance) -> bool:
    is_panoptic = glance.has("images", "segments_info") and not glance.has("videos")
    return is_panoptic and glance.holds(TRUE_SUFFIX)


def _find_results(path: Path) -> Path | None:
    """`pred.json` beside a folder of predicted images, without folders of videos in it."""
    file = path / PREDICTION_FILE if path.is_dir() else path
    folder = file.parent / PREDICTIONS
    if file.name != PREDICTION_FILE or not file.is_file() or not folder.is_dir():
        return None
    is_flat = any(entry.suffix == ".png" for entry in folder.iterdir())
    return file if is_flat and Glance.at(file).has("segments_info") else None


class _Writer:
    """Makes the lists of a file, and its PNG files on the way."""

    def __init__(self, job: WriteJob) -> None:
        self._job = job
        self._chooser = CategoryChooser(job.dataset.label_set, job.losses)
        self._ids = _ImageIds(job)

    def members(self) -> Iterator[tuple[str, object]]:
        """The members of ground truth."""
        extras = dict(self._job.dataset.extras.get(FAMILY, {}))
        category_extras = extras.pop("categories", {})
        yield from extras.items()
        yield "images", self._images()
        yield "annotations", self._annotations(f"{self._job.options.split}/panoptic_video/")
        yield (
            "categories",
            category_rows(self._chooser.label_set, with_kinds=True, extras=category_extras),
        )

    def results(self) -> Iterator[tuple[str, object]]:
        """The members of a submission."""
        yield "annotations", self._annotations(f"{PREDICTIONS}/")

    def _images(self) -> Iterator[dict[str, Any]]:
        for position, video in enumerate(self._job.dataset):
            height, width = video.size
            for image_id in self._ids.of(position):
                yield {
                    "id": image_id,
                    "width": width,
                    "height": height,
                    "file_name": image_id + IMAGE_SUFFIX,
                }

    def _annotations(self, folder: str) -> Iterator[dict[str, Any]]:
        is_result = self._job.options.content is Content.RESULTS
        suffix = ".png" if is_result else TRUE_SUFFIX
        for position, video in enumerate(self._job.videos()):
            categories = self._chooser.categories(video)
            for index, frame in enumerate(video.frames()):
                image_id = self._ids.of(position)[index]
                name = image_id + suffix
                self._job.output.write(folder + name, segment_png(frame, video.size))
                image = f"{self._job.options.split}/img/{image_id}{Path(IMAGE_SUFFIX).stem}"
                self._job.write_image(video, index, frame, image, only_png=True)
                rows = segment_rows(frame, categories, with_boxes=False)
                yield {"image_id": image_id, "file_name": name, "segments_info": rows}


class _ImageIds:
    """Names of images: the frames' own where they are right and in order, else made up."""

    def __init__(self, job: WriteJob) -> None:
        self._ids = [_own_ids(video) for video in job.dataset]
        every = [image_id for ids in self._ids for image_id in ids]
        videos = [video_of(ids[0]) for ids in self._ids if ids]
        is_right = all(map(_IMAGE_ID.fullmatch, every)) and every == sorted(set(every))
        if is_right and len(videos) == len(set(videos)):
            return
        self._ids = [_made_up_ids(video, n) for n, video in enumerate(job.dataset, start=1)]
        if every:
            made_up = next(image_id for ids in self._ids for image_id in ids)
            job.losses.add(LossKind.NAMES_CHANGED, renamed(every[0], made_up), len(every))

    def of(self, position: int) -> list[str]:
        """The names of a video's images."""
        return self._ids[position]


def _own_ids(video: AnnotatedVideo) -> list[str]:
    return [_FRAME_SUFFIX.sub("", name.replace("\\", "/")) for name in video.frame_names]


def _made_up_ids(video: AnnotatedVideo, number: int) -> list[str]:
    city = re.sub(r"[^a-zA-Z0-9]", "", video.name) or "video"
    return [
        f"{number:04d}_{index:04d}_{city[:100]}_000000_{frame:06d}"
        for index, frame in enumerate(video.frame_numbers)
    ]
