"""BURST (Ali2500/BURST-benchmark): sequences of frames, each with run lengths by track.

Written are the files of all classes, of results, and the first-frame file: each track only where
it first appears, with a box and one point inside, as exemplar-guided methods are given it.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.burst_reader import FAMILY, BurstReader
from tarvis_core.annotation.formats.category_rows import category_rows
from tarvis_core.annotation.formats.coco_rows import image_folders, image_name
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities, ScoreDetail
from tarvis_core.annotation.formats.json_search import Glance, find_json
from tarvis_core.annotation.formats.json_value import box_of
from tarvis_core.annotation.formats.json_writer import write_json_object
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.made_up_class import CategoryChooser
from tarvis_core.annotation.formats.number_allocator import NumberAllocator
from tarvis_core.annotation.formats.write_job import Content, WriteJob
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence

_FILE_NAMES = {
    Content.ANNOTATIONS: "all_classes.json",
    Content.FIRST_FRAME: "first_frame_annotations.json",
    Content.RESULTS: "results.json",
}
_DEFAULT_DATASET = "custom"
_DEFAULT_SCORE = 1.0
_NUMBERED = re.compile(r"^(.*_)?(frame)?\d+$")


class BurstFormat(AnnotationFormat):
    """BURST."""

    id = "burst"
    title = "BURST JSON"
    has_first_frame = True
    capabilities = FormatCapabilities(
        overlaps=True,
        scores=ScoreDetail.MASK,
        categories=True,
        class_names=True,
        states=True,
        points=True,
        frame_numbers=True,
        fps=True,
        extras=FAMILY,
    )

    @override
    def recognises(self, path: Path) -> bool:
        return find_json(path, _is_burst) is not None

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        file = path if path.is_file() else find_json(path, _is_burst)
        if file is None:
            raise FormatError("{path} holds no file of {title}", path=path, title=self.title)
        folders = image_folders(file, options.image_folder)
        return BurstReader(file, (*folders, file.parent / "frames", file.parents[1] / "frames"))

    @override
    def _write(self, job: WriteJob) -> None:
        with job.output.open(_FILE_NAMES[job.options.content]) as file:
            write_json_object(file, _Writer(job).members())


def _is_burst(glance: Glance) -> bool:
    return glance.has("sequences", "track_category_ids", "segmentations")


class _Writer:
    """Makes the members of a BURST file from a job's videos, one video at a time."""

    def __init__(self, job: WriteJob) -> None:
        self._job = job
        self._content = job.options.content
        self._chooser = CategoryChooser(job.dataset.label_set, job.losses)

    def members(self) -> Iterator[tuple[str, object]]:
        extras = dict(self._job.dataset.extras.get(FAMILY, {}))
        category_extras = extras.pop("categories", {})
        yield "sequences", self._sequences()
        yield "split", extras.pop("split", self._job.options.split)
        yield from extras.items()
        rows = category_rows(
            self._chooser.label_set, with_supercategories=False, extras=category_extras
        )
        yield "categories", [_completed(row) for row in rows]

    def _sequences(self) -> Iterator[dict[str, Any]]:
        numbers = NumberAllocator()
        for video in self._job.videos():
            extras = dict(video.extras.get(FAMILY, {}))
            height, width = video.size
            names = self._image_names(video)
            dataset, _, sequence = video.name.rpartition("/")
            row = {
                "dataset": dataset or _DEFAULT_DATASET,
                "seq_name": sequence,
                "neg_category_ids": [],
                "not_exhaustive_category_ids": [],
                **extras,
                "id": numbers.take(extras.get("id")),
                "width": width,
                "height": height,
                "fps": video.fps,
                "all_image_paths": self._all_names(video, names),
                "annotated_image_paths": names,
            }
            yield row | self._tracks(video, f"{row['dataset']}/{row['seq_name']}", names)

    def _image_names(self, video: AnnotatedVideo) -> list[str]:
        """Image names that end in a number, for evaluators read the frame's number from them."""
        names = [PurePosixPath(image_name(video, i)).name for i in range(video.num_frames)]
        stems = [PurePosixPath(name).stem for name in names]
        if len(set(names)) == len(names) and all(map(_NUMBERED.match, stems)):
            return names
        self._job.losses.add(LossKind.NAMES_CHANGED, f"{video.name}: {names[0]}", len(names))
        return [f"frame{number + 1:07d}.jpg" for number in video.frame_numbers]

    def _all_names(self, video: AnnotatedVideo, names: list[str]) -> list[str]:
        """Names of all frames of the video, where they are known."""
        known = video.extras.get(FAMILY, {}).get("all_image_paths")
        if known:
            return list(known)
        numbers = video.frame_numbers
        if numbers and all(map(_is_named_by, names, numbers)):
            width = len(PurePosixPath(names[0]).stem)
            suffix = PurePosixPath(names[0]).suffix
            return [f"{number:0{width}d}{suffix}" for number in range(numbers[-1] + 1)]
        if numbers != tuple(range(video.num_frames)):
            example = Sentence(
                "{video}: the names of frames between annotated ones are not known",
                video=video.name,
            )
            self._job.losses.add(LossKind.FRAME_NUMBERS, example)
        return names

    def _tracks(self, video: AnnotatedVideo, folder: str, names: list[str]) -> dict[str, Any]:
        categories = self._chooser.categories(video)
        seen: set[TargetId] = set()
        segmentations = []
        for index, frame in enumerate(video.frames()):
            stem = PurePosixPath(names[index]).stem
            image = f"frames/{self._job.options.split}/{folder}/{stem}"
            self._job.write_image(video, index, frame, image)
            chosen = dict(frame.masks)
            if self._content is Content.FIRST_FRAME:
                chosen = {t: mask for t, mask in chosen.items() if t not in seen}
            seen |= set(frame.masks)
            segmentations.append({str(t): self._entry(frame, t, m) for t, m in chosen.items()})
        classes = {str(target): categories[target] for target in categories if target in seen}
        return {"track_category_ids": classes, "segmentations": segmentations}

    def _entry(self, frame: AnnotatedFrame, target: TargetId, mask: TargetMask) -> dict[str, Any]:
        is_result = self._content is Content.RESULTS
        is_made = mask.is_law or self._content is Content.FIRST_FRAME
        entry: dict[str, Any] = {
            "rle": mask.mask.to_coco_rle()["counts"],
            "is_gt": is_made and not is_result,
        }
        if mask.score is not None or is_result:
            entry["score"] = _DEFAULT_SCORE if mask.score is None else mask.score
        if self._content is Content.FIRST_FRAME or target in frame.points:
            x, y = frame.points.get(target) or inner_point(mask.mask)
            entry["bbox"] = [int(side) for side in box_of(mask.mask)]
            entry["point"] = {"x": int(x), "y": int(y)}
        return entry


def _is_named_by(name: str, number: int) -> bool:
    """Whether an image is named by nothing but the number of its frame."""
    stem = PurePosixPath(name).stem
    return stem.isdecimal() and int(stem) == number


def _completed(row: Mapping[str, Any]) -> dict[str, Any]:
    """A category with the fields that readers expect beside id and name."""
    return {"synset": "", "def": "", "synonyms": [row["name"]], **row}


def inner_point(mask: Mask) -> tuple[float, float]:
    """The centre (x, y) of the pixel deepest inside a mask; of several the first in its box.

    Args:
        mask: A mask that is not empty.
    """
    inside = np.pad(mask.crop(), 1).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    y, x = divmod(int(depth.argmax()), depth.shape[1])
    return mask.box[0] + x + 0.5, mask.box[1] + y + 0.5
