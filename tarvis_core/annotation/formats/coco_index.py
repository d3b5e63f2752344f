"""Which annotations belong to which image, and which images to which video, in a COCO file.

Only numbers are kept: about 50 bytes per annotation, whatever its mask takes.
"""

from array import array
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tarvis_core.annotation.formats.indexed_json import JsonIndex, index_json
from tarvis_core.annotation.formats.json_value import (
    JsonObject,
    as_integer,
    require_unique,
    shown,
)
from tarvis_core.errors import FormatError

IMAGES, ANNOTATIONS, VIDEOS = "images", "annotations", "videos"
_TRACK_FIELDS = ("instance_id", "track_id")
_MISSING = -1


def image_key(fields: JsonObject, name: str) -> Hashable:
    """A reference to an image: a number, or a text as some data sets have it.

    Raises:
        FormatError: It is something else.
    """
    value = fields.value(name)
    if isinstance(value, str):
        return value
    return as_integer(value, f"{fields.place}: {name}", -(2**53))


def track_of(annotation: JsonObject) -> int | None:
    """The number that connects an annotation with those of other frames, where there is one.

    Raises:
        FormatError: It is no whole number from 0.
    """
    for name in _TRACK_FIELDS:
        if name in annotation:
            return annotation.integer(name)
    attributes = annotation.fields.get("attributes")
    if isinstance(attributes, Mapping) and attributes.get("track_id") is not None:
        return JsonObject(attributes, f"{annotation.place}: attributes").integer("track_id")
    return None


class CocoIndex:
    """The structure of a COCO file; entries are read from the file when asked for."""

    def __init__(self, path: Path) -> None:
        """Look through a file once.

        Raises:
            FormatError: It is damaged, ids repeat, or an annotation refers to no image.
        """
        self._images: dict[Hashable, int] = {}
        self._owners: list[Hashable] = []
        self._video_ids = array("q")
        self._frame_ids = array("q")
        self._annotation_ids = array("q")
        self._track_ids = array("q")
        self.path = path
        self.json: JsonIndex = index_json(path, (IMAGES, ANNOTATIONS, VIDEOS), self._note)
        if self.json.is_list or IMAGES not in self.json:
            raise FormatError("{path} has no list of images; is it a COCO file?", path=path)
        self._group_annotations()
        self.videos = self._group_images()
        """For each video the positions of its images, in order of frames."""
        self.has_tracks = bool(self._track_ids) and min(self._track_ids) != _MISSING
        """Whether annotations say which target of their video they are."""
        if not self.has_tracks and any(number != _MISSING for number in self._track_ids):
            raise FormatError(
                "{path}: some annotations have a {field} and others lack it",
                path=path,
                field=_TRACK_FIELDS[0],
            )
        require_unique((n for n in self._annotation_ids if n != _MISSING), f"{path}: {ANNOTATIONS}")
        self._spare_id = max(self._annotation_ids, default=0) + 1
        self._images, self._owners = {}, []  # no longer needed

    def image(self, position: int) -> JsonObject:
        """The description of an image."""
        return JsonObject(self.json.entry(IMAGES, position), self.json.place(IMAGES, position))

    @property
    def num_images(self) -> int:
        """Number of images."""
        return self.json.count(IMAGES)

    def annotations_of(self, position: int) -> list[tuple[int, JsonObject]]:
        """The annotations of an image, each with its position in the file."""
        first, end = self._first[position], self._first[position + 1]
        return [
            (
                entry,
                JsonObject(
                    self.json.entry(ANNOTATIONS, entry), self.json.place(ANNOTATIONS, entry)
                ),
            )
            for entry in self._order[first:end].tolist()
        ]

    def target_id(self, entry: int) -> int:
        """The number of an annotation's target: its track, or else its own id, from 1."""
        if self.has_tracks:
            number = self._track_ids[entry]
        else:
            number = self._annotation_ids[entry]
            number = entry + 1 if number == _MISSING else number
        return number if number >= 1 else self._spare_id

    def _note(self, name: str, value: Any) -> None:
        if name == IMAGES:
            self._note_image(JsonObject(value, f"{self.path}: {name}[{len(self._images)}]"))
        elif name == ANNOTATIONS:
            self._note_annotation(JsonObject(value, f"{self.path}: {name}[{len(self._owners)}]"))

    def _note_image(self, image: JsonObject) -> None:
        key = image_key(image, "id")
        if key in self._images:
            raise FormatError(
                "{place}: the id {key!r:.60} is also another image's", place=image.place, key=key
            )
        self._images[key] = len(self._images)
        self._video_ids.append(image.integer("video_id") if "video_id" in image else _MISSING)
        self._frame_ids.append(image.integer("frame_id") if "frame_id" in image else _MISSING)

    def _note_annotation(self, annotation: JsonObject) -> None:
        self._owners.append(image_key(annotation, "image_id"))
        number = annotation.integer("id") if "id" in annotation else _MISSING
        self._annotation_ids.append(number)
        track = track_of(annotation)
        self._track_ids.append(_MISSING if track is None else track)

    def _group_annotations(self) -> None:
        owners = np.empty(len(self._owners), dtype=np.int64)
        for entry, key in enumerate(self._owners):
            position = self._images.get(key)
            if position is None:
                place = self.json.place(ANNOTATIONS, entry)
                raise FormatError(
                    "{place}: there is no image of id {key}", place=place, key=shown(key)
                )
            owners[entry] = position
        self._order = np.argsort(owners, kind="stable")
        bounds = np.arange(len(self._images) + 1)
        self._first = np.searchsorted(owners[self._order], bounds).tolist()

    def _group_images(self) -> list[tuple[int, ...]] | None:
        """Images by video; None where images are stills."""
        if not self._video_ids or max(self._video_ids) == _MISSING:
            return None
        if min(self._video_ids) == _MISSING:
            place = self.json.place(IMAGES, self._video_ids.index(_MISSING))
            raise FormatError(
                "{place} lacks the field 'video_id' that other images have", place=place
            )
        groups: dict[int, list[int]] = {}
        for position, video in enumerate(self._video_ids):
            groups.setdefault(video, []).append(position)
        for positions in groups.values():
            frames = [self._frame_ids[position] for position in positions]
            require_unique(
                (f for f in frames if f != _MISSING), f"{self.path}: frame_id of a video"
            )
            positions.sort(key=lambda position: self._frame_ids[position])
        return [tuple(positions) for positions in groups.values()]

    def frame_numbers(self, positions: tuple[int, ...]) -> tuple[int, ...]:
        """The numbers of a video's frames, counted up where the file gives none."""
        numbers = tuple(self._frame_ids[position] for position in positions)
        return tuple(range(len(positions))) if _MISSING in numbers else numbers

    def video_id(self, position: int) -> int:
        """The id of an image's video."""
        return self._video_ids[position]
