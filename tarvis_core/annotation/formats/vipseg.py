"""VIPSeg, converted: a panoptic image per frame and a JSON file of segments by video.

As VIPSeg's tools write and score them (VIPSeg-Dataset/VIPSeg-Dataset): `panomasksRGB/VIDEO/*.png`
and `panoptic_gt_VIPSeg_SPLIT.json`, classes counted from 0; a submission is `pred.json` with
`pan_pred/VIDEO/*.png`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo, DatasetReader
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.category_rows import category_rows
from tarvis_core.annotation.formats.json_search import Glance, find_json
from tarvis_core.annotation.formats.json_writer import write_json_object
from tarvis_core.annotation.formats.made_up_class import CategoryChooser
from tarvis_core.annotation.formats.segment_image import (
    SEGMENTS,
    segment_png,
    segment_rows,
)
from tarvis_core.annotation.formats.vipseg_reader import (
    ANNOTATIONS,
    FAMILY,
    LABEL_FOLDER,
    PREDICTION_FILE,
    PREDICTIONS,
    VIDEOS,
    VipsegReader,
)
from tarvis_core.annotation.formats.write_job import Content, WriteJob
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.errors import FormatError


class VipsegFormat(AnnotationFormat):
    """VIPSeg, panoptic images."""

    id = "vipseg"
    title = "VIPSeg JSON and RGB PNG"
    capabilities = replace(SEGMENTS, extras=FAMILY)

    @override
    def recognises(self, path: Path) -> bool:
        return find_json(path, _is_truth, _is_result) is not None

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        file = path if path.is_file() else find_json(path, _is_truth, _is_result)
        if file is None:
            raise FormatError("{path} holds no file of {title}", path=path, title=self.title)
        label_set = options.label_set or load_label_set(self.id)
        return VipsegReader(file, options.image_folder, label_set)

    @override
    def _write(self, job: WriteJob) -> None:
        writer = _Writer(job)
        name = f"panoptic_gt_VIPSeg_{job.options.split}.json"
        members = writer.members()
        if job.options.content is Content.RESULTS:
            name, members = PREDICTION_FILE, writer.results()
        with job.output.open(name) as file:
            write_json_object(file, members)


def _is_truth(glance: Glance) -> bool:
    return glance.has("videos", "video_id", "images", "segments_info")


def _is_result(glance: Glance) -> bool:
    return glance.has("annotations", "video_id", "segments_info") and not glance.has("images")


class _Writer:
    """Makes the lists of a file, and its PNG files on the way."""

    def __init__(self, job: WriteJob) -> None:
        self._job = job
        self._chooser = CategoryChooser(job.dataset.label_set, job.losses)
        self._stems = [job.frame_stems(video) for video in job.dataset]

    def members(self) -> Iterator[tuple[str, object]]:
        """The members of ground truth."""
        extras = dict(self._job.dataset.extras.get(FAMILY, {}))
        category_extras = extras.pop("categories", {})
        yield from extras.items()
        yield VIDEOS, self._videos()
        yield ANNOTATIONS, self._annotations(LABEL_FOLDER)
        rows = category_rows(self._chooser.label_set, with_kinds=True, extras=category_extras)
        yield "categories", rows

    def results(self) -> Iterator[tuple[str, object]]:
        """The members of a submission."""
        yield ANNOTATIONS, self._annotations(PREDICTIONS)

    def _videos(self) -> Iterator[dict[str, Any]]:
        for video, folder, stems in zip(
            self._job.dataset, self._job.folder_names, self._stems, strict=True
        ):
            height, width = video.size
            images = [
                {"id": stem, "width": width, "height": height, "file_name": f"{stem}.png"}
                for stem in stems
            ]
            yield {"video_id": folder, "images": images}

    def _annotations(self, tree: str) -> Iterator[dict[str, Any]]:
        for position, video in enumerate(self._job.videos()):
            folder = self._job.folder_names[position]
            stems = [f"{folder}/{stem}" for stem in self._stems[position]]
            frames = list(self._frames(video, stems, tree))
            yield {"video_id": folder, "annotations": frames}

    def _frames(
        self, video: AnnotatedVideo, stems: Sequence[str], tree: str
    ) -> Iterator[dict[str, Any]]:
        categories = self._chooser.categories(video)
        for index, (frame, path) in enumerate(zip(video.frames(), stems, strict=True)):
            stem = path.rpartition("/")[2]
            self._job.output.write(f"{tree}/{path}.png", segment_png(frame, video.size))
            self._job.write_listed_image(video, index, frame, f"images/{path}.jpg")
            rows = segment_rows(frame, categories, with_boxes=False)
            yield {"image_id": stem, "file_name": f"{stem}.png", "segments_info": rows}
