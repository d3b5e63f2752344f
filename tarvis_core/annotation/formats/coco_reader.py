"""Readers of COCO instance files and of COCO result lists."""

from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.category_rows import (
    unnamed_categories,
)
from tarvis_core.annotation.formats.coco_index import VIDEOS, CocoIndex, image_key
from tarvis_core.annotation.formats.file_access import ImageFinder, check_frame_size
from tarvis_core.annotation.formats.indexed_json import ROOT, index_json
from tarvis_core.annotation.formats.json_reader import JsonReader, entry_at
from tarvis_core.annotation.formats.json_value import (
    JsonObject,
    as_integer,
    mask_of_segmentation,
)
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence

FAMILY = "coco"
"""Under which `extras` the fields of these formats are kept."""
_IMAGE_FIELDS = ("file_name", "height", "width", "video_id", "frame_id")
_ANNOTATION_FIELDS = (
    "id",
    "image_id",
    "category_id",
    "iscrowd",
    "area",
    "bbox",
    "segmentation",
    "score",
    "instance_id",
    "video_id",
)


class CocoReader(JsonReader):
    """Reads COCO instances: stills, or the frames of videos where images name their video."""

    family = FAMILY

    def __init__(self, path: Path, image_folders: tuple[Path, ...]) -> None:
        """Look through a file.

        Raises:
            FormatError: It is damaged.
        """
        self.index = CocoIndex(path)
        self.finder = ImageFinder(image_folders)
        self._json = self.index.json
        self._read_members()

    @property
    def problems(self) -> tuple[Sentence, ...]:
        """Members that were too long to be kept."""
        return tuple(
            Sentence("{path}: {name} is too long to be kept", path=self.index.path, name=name)
            for name in self.index.json.left_out
        )

    def __len__(self) -> int:
        """Number of videos; of images where there are no videos."""
        if self.index.videos is None:
            return self.index.num_images
        return len(self.index.videos)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The video, or the still image, at a position."""
        videos = self.index.videos
        positions = (range(len(self))[index],) if videos is None else videos[index]
        images = [self.index.image(position) for position in positions]
        names = tuple(image.text("file_name") for image in images)
        size = images[0].frame_size()
        for image in images:
            if image.frame_size() != size:
                raise FormatError(
                    "{place}: the frame is of size {frame_size}, the video's first of "
                    "{first_size}; all frames of a video must be of one size",
                    place=image.place,
                    frame_size=list(image.frame_size()),
                    first_size=list(size),
                )
        extras: dict[str, Any] = {"images": [image.others(*_IMAGE_FIELDS) for image in images]}
        if videos is not None:
            extras["video"] = self._video_fields(self.index.video_id(positions[0]))
        return AnnotatedVideo(
            name=self._video_name(names, extras.get("video")),
            size=size,
            label_set=self._label_set,
            frame_names=names,
            frame_numbers=self.index.frame_numbers(positions),
            load_frame=partial(self.load_frame, positions, names, size),
            load_targets=partial(self.find_targets, positions),
            extras={self.family: extras},
        )

    def _video_fields(self, video_id: int) -> dict[str, Any]:
        entry = self._video_entries.get(video_id)
        if entry is None:
            return {"id": video_id}
        json = self.index.json
        fields = JsonObject(json.entry(VIDEOS, entry), json.place(VIDEOS, entry))
        if "name" in fields:
            fields.text("name")
        return fields.others("width", "height")

    @cached_property
    def _video_entries(self) -> dict[int, int]:
        """Positions in the list of videos by id."""
        json = self.index.json
        found: dict[int, int] = {}
        for entry, value in enumerate(json.entries(VIDEOS)):
            place = json.place(VIDEOS, entry)
            number = JsonObject(value, place).integer("id")
            if number in found:
                raise FormatError(
                    "{place}: the id {number} is also another video's", place=place, number=number
                )
            found[number] = entry
        return found

    @staticmethod
    def _video_name(names: tuple[str, ...], video: Mapping[str, Any] | None) -> str:
        if video is None:
            return names[0]
        folder = str(PurePosixPath(names[0].replace("\\", "/")).parent)
        return str(video.get("name") or (folder if folder != "." else f"video {video['id']}"))

    def load_frame(
        self, positions: tuple[int, ...], names: tuple[str, ...], size: tuple[int, int], index: int
    ) -> AnnotatedFrame:
        """The annotations of a video's frame.

        Args:
            positions: Positions of the video's images in the file.
            names: Their file names.
            size: (height, width) of all of them.
            index: Which frame.
        """
        masks: dict[TargetId, TargetMask] = {}
        others: dict[TargetId, dict[str, Any]] = {}
        for entry, annotation in self.index.annotations_of(positions[index]):
            target = TargetId(self.index.target_id(entry))
            if target in masks:
                raise FormatError(
                    "{place}: target {target} is twice on one image",
                    place=annotation.place,
                    target=target,
                )
            mask = _target_mask(annotation, size)
            if not mask.mask.is_empty:
                masks[target] = mask
            extra = annotation.others(*_ANNOTATION_FIELDS)
            if extra:
                others[target] = extra
        image_path = self.finder.find(names[index], str(self.index.path))
        extras = {FAMILY: {"annotations": others}} if others else {}
        return AnnotatedFrame(names[index], masks, image_path=image_path, extras=extras)

    def find_targets(self, positions: tuple[int, ...]) -> tuple[Target, ...]:
        """The targets of a video, given the positions of its images."""
        found: dict[int, Target] = {}
        for position in positions:
            for entry, annotation in self.index.annotations_of(position):
                number = self.index.target_id(entry)
                if number not in found:
                    category = annotation.integer("category_id", -(2**31), 2**31)
                    found[number] = make_target(number, category, self._label_set)
        return tuple(found.values())


def _target_mask(annotation: JsonObject, size: tuple[int, int]) -> TargetMask:
    segmentation = annotation.value("segmentation")
    place = f"{annotation.place}: segmentation"
    return TargetMask(
        mask_of_segmentation(segmentation, size, place),
        score=annotation.optional_number("score"),
        is_crowd=annotation.flag("iscrowd"),
    )


class CocoResultsReader(DatasetReader):
    """Reads a list of COCO results; each image that has any is a video of one frame."""

    def __init__(self, path: Path, label_set: LabelSet | None) -> None:
        """Look through a file.

        Args:
            path: The file, one list of {"image_id", "category_id", "score", "segmentation"}.
            label_set: Names of the classes; None to call them by their numbers.

        Raises:
            FormatError: It is damaged.
        """
        self._entries: dict[Any, list[int]] = {}
        self._categories: set[int] = set()
        self._num_noted = 0
        self._path = path
        self._json = index_json(path, (), self._note)
        if not self._json.is_list:
            raise FormatError("{path} is no list of results", path=path)
        self._keys = list(self._entries)
        self._label_set = label_set or unnamed_categories(self._categories, FAMILY)

    def _note(self, name: str, value: Any) -> None:
        result = JsonObject(value, f"{self._path}: {name}[{self._num_noted}]")
        self._entries.setdefault(image_key(result, "image_id"), []).append(self._num_noted)
        self._categories.add(result.integer("category_id"))
        self._num_noted += 1

    @property
    def label_set(self) -> LabelSet:
        """The classes that results name."""
        return self._label_set

    def __len__(self) -> int:
        """Number of images with results."""
        return len(self._keys)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The image at a position, in the order of first results."""
        key = self._keys[index]
        entries = self._entries[key]
        size = self._size_of(self._result(entries[0]))
        return AnnotatedVideo(
            name=str(key),
            size=size,
            label_set=self._label_set,
            frame_names=(str(key),),
            load_frame=partial(self._load_frame, key, size),
            load_targets=partial(self._find_targets, key),
            extras={FAMILY: {"images": [{"id": key}]}},
        )

    def _result(self, entry: int) -> JsonObject:
        return entry_at(self._json, ROOT, entry)

    @staticmethod
    def _size_of(result: JsonObject) -> tuple[int, int]:
        if "segmentation" not in result:
            raise FormatError(
                "{place} has no segmentation; boxes alone are not read", place=result.place
            )
        sides = result.object("segmentation").sequence("size")
        if len(sides) != 2:
            raise FormatError("{place}: size must be [height, width]", place=result.place)
        height, width = (as_integer(side, f"{result.place}: size") for side in sides)
        return check_frame_size(height, width, result.place)

    def _load_frame(self, key: Any, size: tuple[int, int], index: int) -> AnnotatedFrame:
        masks = {}
        for number, entry in enumerate(self._entries[key], start=1):
            mask = _target_mask(self._result(entry), size)
            if not mask.mask.is_empty:
                masks[TargetId(number)] = mask
        return AnnotatedFrame(str(key), masks)

    def _find_targets(self, key: Any) -> tuple[Target, ...]:
        return tuple(
            make_target(number, self._result(entry).integer("category_id"), self._label_set)
            for number, entry in enumerate(self._entries[key], start=1)
        )
