"""YouTube-VIS (2019, 2021, 2022) and OVIS: COCO's kin with one entry per track.

Each annotation has one segmentation per frame of its video, `null` where the target is absent
(youtubevos/cocoapi, qjy981010/cocoapi). Ground truth holds run lengths as lists, results hold
them as text. OVIS adds how much a target is hidden, for each frame.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    Occlusion,
    TargetMask,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.category_rows import category_rows
from tarvis_core.annotation.formats.coco_rows import image_folders, with_suffix
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities, ScoreDetail
from tarvis_core.annotation.formats.json_search import Glance, find_json
from tarvis_core.annotation.formats.json_value import box_of, uncompressed_rle
from tarvis_core.annotation.formats.json_writer import write_json_list, write_json_object
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.made_up_class import CategoryChooser
from tarvis_core.annotation.formats.number_allocator import NumberAllocator
from tarvis_core.annotation.formats.write_job import Content, WriteJob
from tarvis_core.annotation.formats.youtube_vis_reader import (
    FAMILY,
    YoutubeVisReader,
    YoutubeVisResultsReader,
)
from tarvis_core.annotation.target import CategoryId, TargetId
from tarvis_core.errors import FormatError

_DEFAULT_SCORE = 1.0
_SPLITS = ("train", "valid", "val", "test")


class YoutubeVisFormat(AnnotationFormat):
    """YouTube-VIS."""

    id = "youtube_vis"
    title = "YouTube-VIS JSON (2019, 2021, 2022)"
    capabilities = FormatCapabilities(
        overlaps=True,
        scores=ScoreDetail.TRACK,
        crowd=True,
        categories=True,
        class_names=True,
        extras=FAMILY,
    )
    has_occlusion: ClassVar[bool] = False

    @override
    def recognises(self, path: Path) -> bool:
        return self._find(path) is not None

    def _find(self, path: Path) -> Path | None:
        return find_json(path, _is_youtube_vis, _is_results)

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        file = path if path.is_file() else self._find(path)
        if file is None:
            raise FormatError("{path} holds no file of {title}", path=path, title=self.title)
        if Glance.at(file).is_list:
            return YoutubeVisResultsReader(file, options.label_set)
        return YoutubeVisReader(file, _image_folders(file, options.image_folder))

    @override
    def _write(self, job: WriteJob) -> None:
        writer = _Writer(job, has_occlusion=self.has_occlusion)
        if job.options.content is Content.RESULTS:
            with job.output.open("results.json") as file:
                write_json_list(file, writer.results())
            return
        name = f"annotations_{job.options.split}.json" if self.has_occlusion else "instances.json"
        with job.output.open(name) as file:
            write_json_object(file, writer.members())


class OvisFormat(YoutubeVisFormat):
    """OVIS."""

    id = "ovis"
    title = "OVIS JSON"
    capabilities = replace(YoutubeVisFormat.capabilities, occlusion=True)
    has_occlusion = True

    @override
    def _find(self, path: Path) -> Path | None:
        return find_json(path, _is_ovis)


def _image_folders(file: Path, given: Path | None) -> tuple[Path, ...]:
    """Where the images of a file may lie, the likeliest first.

    Besides the usual places these are the folders of splits, as in `valid/JPEGImages`: of the split
    that the file's name has, else of all. A split's folder that is a link out of the data set's
    folder is left out.

    Args:
        file: The JSON file, in the data set's folder or in `annotations` there.
        given: A folder that the person named; then only that one.
    """
    usual = image_folders(file, given)
    if given is not None:
        return usual
    root = file.parent.parent if file.parent.name == "annotations" else file.parent
    words = re.split(r"[^a-z]+", file.stem.lower())
    named = [split for split in _SPLITS if split in words]
    found = [root / split / inner for split in named or _SPLITS for inner in ("JPEGImages", "")]
    of_splits = [folder for folder in found if _is_below(folder, root)]
    return (*of_splits, *usual) if named else (*usual, *of_splits)


def _is_below(folder: Path, root: Path) -> bool:
    return Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(root))


def _is_youtube_vis(glance: Glance) -> bool:
    return glance.has("videos", "file_names") and not glance.has("images")


def _is_ovis(glance: Glance) -> bool:
    return _is_youtube_vis(glance) and glance.has("occlusion")


def _is_results(glance: Glance) -> bool:
    return glance.is_list and glance.has("video_id", "category_id", "segmentations", "score")


class _Track:
    """One target over the frames of a video, gathered frame by frame."""

    def __init__(self, num_frames: int) -> None:
        self.masks: list[TargetMask | None] = [None] * num_frames
        self.extras: dict[str, Any] = {}

    @property
    def present(self) -> list[TargetMask]:
        return [mask for mask in self.masks if mask is not None]


class _Writer:
    """Makes the lists of a file from a job's videos, one video at a time."""

    def __init__(self, job: WriteJob, *, has_occlusion: bool) -> None:
        self._job = job
        self._has_occlusion = has_occlusion
        self._chooser = CategoryChooser(job.dataset.label_set, job.losses)

    def members(self) -> Iterator[tuple[str, object]]:
        extras = dict(self._job.dataset.extras.get(FAMILY, {}))
        category_extras = extras.pop("categories", {})
        yield from extras.items()
        yield "videos", self._videos()
        yield "annotations", self._annotations()
        yield "categories", category_rows(self._chooser.label_set, extras=category_extras)

    def _video_ids(self) -> Iterator[int]:
        numbers = NumberAllocator()
        for video in self._job.dataset:
            yield numbers.take(video.extras.get(FAMILY, {}).get("id"))

    def _videos(self) -> Iterator[dict[str, Any]]:
        for index, (video, video_id) in enumerate(
            zip(self._job.dataset, self._video_ids(), strict=True)
        ):
            height, width = video.size
            row = {"id": video_id, "width": width, "height": height, "length": video.num_frames}
            names = self._file_names(video, index)
            yield {**video.extras.get(FAMILY, {}), **row, "file_names": names}

    def _file_names(self, video: AnnotatedVideo, index: int) -> list[str]:
        """The names of images, always in a folder: readers take it for the name of the video."""
        folder = self._job.folder_names[index]
        names = [video.frame_names[frame].replace("\\", "/") for frame in range(video.num_frames)]
        return [name if "/" in name else f"{folder}/{with_suffix(name)}" for name in names]

    def _tracks(self) -> Iterator[tuple[AnnotatedVideo, int, dict[TargetId, _Track]]]:
        """Each video with its number and the tracks that have a mask."""
        for position, (video, video_id) in enumerate(
            zip(self._job.videos(), self._video_ids(), strict=True)
        ):
            tracks: dict[TargetId, _Track] = {}
            names = self._file_names(video, position)
            for index, frame in enumerate(video.frames()):
                self._job.write_listed_image(video, index, frame, f"JPEGImages/{names[index]}")
                self._add(tracks, frame, index, video.num_frames)
            yield video, video_id, tracks

    @staticmethod
    def _add(
        tracks: dict[TargetId, _Track], frame: AnnotatedFrame, index: int, num_frames: int
    ) -> None:
        for target, mask in frame.masks.items():
            track = tracks.setdefault(target, _Track(num_frames))
            track.masks[index] = mask
            track.extras |= frame.extras.get(FAMILY, {}).get(target, {})

    def _annotations(self) -> Iterator[dict[str, Any]]:
        numbers = NumberAllocator()
        for video, video_id, tracks in self._tracks():
            categories = self._chooser.categories(video)
            for target, track in tracks.items():
                number = numbers.take(target)
                yield self._annotation(video, track, categories[target]) | {
                    "id": number,
                    "video_id": video_id,
                    **({} if number == target else {"instance_id": target}),
                }

    def _annotation(
        self, video: AnnotatedVideo, track: _Track, category: CategoryId
    ) -> dict[str, Any]:
        height, width = video.size
        masks = [None if mask is None else mask.mask for mask in track.masks]
        row: dict[str, Any] = {
            "length": 1,
            **track.extras,
            "category_id": category,
            "iscrowd": int(any(mask.is_crowd for mask in track.present)),
            "height": height,
            "width": width,
            "segmentations": [mask and uncompressed_rle(mask) for mask in masks],
            "bboxes": [mask and box_of(mask) for mask in masks],
            "areas": [mask and mask.area for mask in masks],
        }
        if any(mask.score is not None for mask in track.present):
            row["score"] = self._score(video, track)
        if self._has_occlusion:
            row["occlusion"] = [
                mask and (mask.occlusion or Occlusion.NONE).value for mask in track.masks
            ]
        return row

    def results(self) -> Iterator[dict[str, Any]]:
        """The entries of a list of results."""
        for video, video_id, tracks in self._tracks():
            categories = self._chooser.categories(video)
            for target, track in tracks.items():
                yield {
                    "video_id": video_id,
                    "category_id": categories[target],
                    "score": self._score(video, track),
                    "segmentations": [mask and mask.mask.to_coco_rle() for mask in track.masks],
                }

    def _score(self, video: AnnotatedVideo, track: _Track) -> float:
        """The mean of a track's scores; where they differ, that is a loss."""
        scores = [mask.score for mask in track.present if mask.score is not None]
        if not scores:
            return _DEFAULT_SCORE
        if min(scores) == max(scores):
            return scores[0]
        self._job.losses.add(LossKind.SCORE_DETAIL, f"{video.name}: {scores[0]:g}, {scores[1]:g}")
        return sum(scores) / len(scores)
