"""Readers of YouTube-VIS and OVIS files and of their result lists."""

from array import array
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    Occlusion,
    TargetMask,
)
from tarvis_core.annotation.formats.category_rows import (
    unnamed_categories,
)
from tarvis_core.annotation.formats.file_access import ImageFinder, check_frame_size
from tarvis_core.annotation.formats.indexed_json import ROOT, JsonIndex, index_json
from tarvis_core.annotation.formats.json_reader import JsonReader, entry_at
from tarvis_core.annotation.formats.json_value import (
    JsonObject,
    as_integer,
    mask_of_segmentation,
    require_unique,
    shown,
)
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.errors import FormatError

FAMILY = "youtube_vis"
"""Under which `extras` the fields of these formats are kept."""
VIDEOS, ANNOTATIONS = "videos", "annotations"
_VIDEO_FIELDS = ("width", "height", "length", "file_names")
_ANNOTATION_FIELDS = (
    "id",
    "video_id",
    "category_id",
    "iscrowd",
    "height",
    "width",
    "segmentations",
    "bboxes",
    "areas",
    "occlusion",
    "score",
    "instance_id",
)
_OCCLUSIONS = {occlusion.value: occlusion for occlusion in Occlusion}
_MISSING = -1


class _Tracks:
    """The annotations of one video, read together on first use and kept as long as the video."""

    def __init__(
        self,
        json: JsonIndex,
        list_name: str,
        entries: Mapping[TargetId, int],
        size: tuple[int, int],
        num_frames: int,
    ) -> None:
        self._json = json
        self._list_name = list_name
        self._entries = entries
        self._size = size
        self._num_frames = num_frames

    @cached_property
    def annotations(self) -> dict[TargetId, JsonObject]:
        """The annotations by target, their lists checked for length."""
        found = {}
        for target, entry in self._entries.items():
            annotation = entry_at(self._json, self._list_name, entry)
            for name in ("segmentations", "occlusion"):
                if name == "segmentations" or name in annotation:
                    self._require_length(annotation, name)
            found[target] = annotation
        return found

    def _require_length(self, annotation: JsonObject, name: str) -> None:
        if len(annotation.sequence(name)) != self._num_frames:
            raise FormatError(
                "{place}: {name} has {num_entries} entries for {num_frames} frames; there must be "
                "one per frame, null where absent",
                place=annotation.place,
                name=name,
                num_entries=len(annotation.sequence(name)),
                num_frames=self._num_frames,
            )

    def masks_at(self, index: int) -> dict[TargetId, TargetMask]:
        """The masks of a frame; a target whose mask is null or empty is absent."""
        masks = {}
        for target, annotation in self.annotations.items():
            segmentation = annotation.sequence("segmentations")[index]
            if not segmentation:
                continue
            place = f"{annotation.place}: segmentations[{index}]"
            mask = mask_of_segmentation(segmentation, self._size, place)
            if not mask.is_empty:
                masks[target] = TargetMask(
                    mask,
                    score=annotation.optional_number("score"),
                    is_crowd=annotation.flag("iscrowd"),
                    occlusion=_occlusion(annotation, index),
                )
        return masks

    def targets(self, label_set: LabelSet) -> tuple[Target, ...]:
        """The targets of the video."""
        return tuple(
            make_target(target, annotation.integer("category_id"), label_set)
            for target, annotation in self.annotations.items()
        )

    def extras(self) -> dict[TargetId, dict[str, Any]]:
        """The annotations' other fields, by target."""
        others = {t: a.others(*_ANNOTATION_FIELDS) for t, a in self.annotations.items()}
        return {target: fields for target, fields in others.items() if fields}


def _occlusion(annotation: JsonObject, index: int) -> Occlusion | None:
    if "occlusion" not in annotation:
        return None
    value = annotation.sequence("occlusion")[index]
    if value is None:
        return None
    occlusion = _OCCLUSIONS.get(value) if isinstance(value, str) else None
    if occlusion is None:
        raise FormatError(
            "{place}: occlusion[{index}] is {value}",
            place=annotation.place,
            index=index,
            value=shown(value),
        )
    return occlusion


class YoutubeVisReader(JsonReader):
    """Reads YouTube-VIS and OVIS ground truth; a video's tracks are in memory at a time."""

    family = FAMILY

    def __init__(self, path: Path, folders: tuple[Path, ...]) -> None:
        """Look through a file.

        Args:
            path: The JSON file; its annotations may be missing or null, as in validation files.
            folders: Where its images may lie.

        Raises:
            FormatError: It is damaged, ids repeat, or an annotation refers to no video.
        """
        self._path = path
        self._finder = ImageFinder(folders)
        self._positions: dict[int, int] = {}
        self._owners = array("q")
        self._ids = array("q")
        self._instance_ids = array("q")
        self._json = index_json(path, (VIDEOS, ANNOTATIONS), self._note)
        if VIDEOS not in self._json:
            raise FormatError("{path} has no list of videos", path=path)
        require_unique((n for n in self._ids if n != _MISSING), f"{path}: {ANNOTATIONS}")
        self._entries = self._grouped()
        self._read_members()

    def _note(self, name: str, value: Any) -> None:
        if name == VIDEOS:
            video = JsonObject(value, f"{self._path}: {name}[{len(self._positions)}]")
            number = video.integer("id")
            if number in self._positions:
                raise FormatError(
                    "{place}: the id {number} is also another video's",
                    place=video.place,
                    number=number,
                )
            self._positions[number] = len(self._positions)
        else:
            annotation = JsonObject(value, f"{self._path}: {name}[{len(self._owners)}]")
            self._owners.append(annotation.integer("video_id"))
            for noted, field in ((self._ids, "id"), (self._instance_ids, "instance_id")):
                noted.append(annotation.integer(field) if field in annotation else _MISSING)

    def _grouped(self) -> list[dict[TargetId, int]]:
        """For each video the positions of its annotations by target."""
        groups: list[dict[TargetId, int]] = [{} for _ in self._positions]
        spare = max(self._ids, default=0) + 1
        for entry, owner in enumerate(self._owners):
            place = self._json.place(ANNOTATIONS, entry)
            if owner not in self._positions:
                raise FormatError(
                    "{place}: there is no video of id {owner}", place=place, owner=owner
                )
            number = self._instance_ids[entry]
            if number == _MISSING:
                number = self._ids[entry] if self._ids[entry] != _MISSING else entry + 1
            target = TargetId(number or spare)
            group = groups[self._positions[owner]]
            if target in group:
                raise FormatError(
                    "{place}: target {target} is twice in one video", place=place, target=target
                )
            group[target] = entry
        return groups

    def __len__(self) -> int:
        """Number of videos."""
        return len(self._entries)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The video at a position."""
        video = self._entry(VIDEOS, index)
        names, size = video.texts("file_names"), video.frame_size()
        tracks = _Tracks(self._json, ANNOTATIONS, self._entries[index], size, len(names))
        load = _FrameLoader(tracks, names, self._finder, f"{video.place}: file_names")
        return AnnotatedVideo(
            name=_video_name(names, video),
            size=size,
            label_set=self._label_set,
            frame_names=names,
            load_frame=load,
            load_targets=load.targets_of(self._label_set),
            extras={FAMILY: video.others(*_VIDEO_FIELDS)},
        )


def _video_name(names: Sequence[str], video: JsonObject) -> str:
    folder = str(PurePosixPath(names[0].replace("\\", "/")).parent) if names else "."
    if folder != ".":
        return folder
    return video.optional_text("name", f"video {video.integer('id')}")


class _FrameLoader:
    """Loads the frames of one video."""

    def __init__(
        self, tracks: _Tracks, names: Sequence[str], finder: ImageFinder, place: str
    ) -> None:
        self._tracks = tracks
        self._names = names
        self._finder = finder
        self._place = place

    def __call__(self, index: int) -> AnnotatedFrame:
        name = self._names[index]
        image_path = self._finder.find(name, f"{self._place}[{index}]")
        extras = {FAMILY: self._tracks.extras()}
        masks = self._tracks.masks_at(index)
        return AnnotatedFrame(name, masks, image_path=image_path, extras=extras)

    def targets_of(self, label_set: LabelSet) -> "_TargetLoader":
        return _TargetLoader(self._tracks, label_set)


class _TargetLoader:
    """Finds the targets of one video."""

    def __init__(self, tracks: _Tracks, label_set: LabelSet) -> None:
        self._tracks = tracks
        self._label_set = label_set

    def __call__(self) -> tuple[Target, ...]:
        return self._tracks.targets(self._label_set)


class YoutubeVisResultsReader(DatasetReader):
    """Reads a list of results; frames are named by their numbers, for the file has no names."""

    def __init__(self, path: Path, label_set: LabelSet | None) -> None:
        """Look through a file.

        Args:
            path: The file, one list of {"video_id", "category_id", "score", "segmentations"}.
            label_set: Names of the classes; None to call them by their numbers.

        Raises:
            FormatError: It is damaged.
        """
        self._path = path
        self._entries: dict[int, dict[TargetId, int]] = {}
        self._shapes: dict[int, tuple[tuple[int, int] | None, int]] = {}
        self._categories: set[int] = set()
        self._num_noted = 0
        self._json = index_json(path, (), self._note)
        if not self._json.is_list:
            raise FormatError("{path} is no list of results", path=path)
        self._video_ids = list(self._entries)
        self._label_set = label_set or unnamed_categories(self._categories, FAMILY)

    def _note(self, name: str, value: Any) -> None:
        result = JsonObject(value, f"{self._path}: {name}[{self._num_noted}]")
        video = result.integer("video_id")
        group = self._entries.setdefault(video, {})
        group[TargetId(len(group) + 1)] = self._num_noted
        self._categories.add(result.integer("category_id"))
        self._note_shape(video, result)
        self._num_noted += 1

    def _note_shape(self, video: int, result: JsonObject) -> None:
        """Remember length and frame size, which results only give through their masks."""
        segmentations = result.sequence("segmentations")
        size, length = self._shapes.get(video, (None, len(segmentations)))
        if length != len(segmentations):
            raise FormatError(
                "{place}: {num_segmentations} segmentations, another result of video {video} has "
                "{num_other}; there must be one per frame",
                place=result.place,
                num_segmentations=len(segmentations),
                video=video,
                num_other=length,
            )
        if size is None:
            code = next((code for code in segmentations if code), None)
            size = None if code is None else _size_of(JsonObject(code, result.place))
        self._shapes[video] = (size, length)

    @property
    def label_set(self) -> LabelSet:
        """The classes that results name."""
        return self._label_set

    def __len__(self) -> int:
        """Number of videos with results."""
        return len(self._video_ids)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The video at a position, in the order of first results."""
        video = self._video_ids[index]
        size, length = self._shapes[video]
        if size is None:
            raise FormatError(
                "{path}: the results of video {video} have no mask at all",
                path=self._path,
                video=video,
            )
        names = tuple(f"{number:05d}" for number in range(length))
        tracks = _Tracks(self._json, ROOT, self._entries[video], size, length)
        load = _FrameLoader(tracks, names, ImageFinder(()), str(self._path))
        return AnnotatedVideo(
            name=f"video {video}",
            size=size,
            label_set=self._label_set,
            frame_names=names,
            load_frame=load,
            load_targets=load.targets_of(self._label_set),
            extras={FAMILY: {"id": video}},
        )


def _size_of(code: JsonObject) -> tuple[int, int]:
    sides = code.sequence("size")
    if len(sides) != 2:
        raise FormatError("{place}: size must be [height, width]", place=code.place)
    height, width = (as_integer(side, f"{code.place}: size") for side in sides)
    return check_frame_size(height, width, code.place)
