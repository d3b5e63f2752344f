"""Datumaro JSON (openvinotoolkit/datumaro): `annotations/SPLIT.json`, an item per image.

Labels are counted from 0 in the order of the list; a target is known over frames by the attribute
`track_id` of its masks. Ours are an item's attribute `video`, which names its video, and a mask's
attribute `mask_state`, which says who made it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.file_access import ImageFinder, check_frame_size
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities, ScoreDetail
from tarvis_core.annotation.formats.indexed_json import JsonIndex, index_json
from tarvis_core.annotation.formats.json_reader import entry_at
from tarvis_core.annotation.formats.json_search import Glance, find_json
from tarvis_core.annotation.formats.json_value import (
    JsonObject,
    as_integer,
    mask_of_polygons,
    mask_of_segmentation,
    objects_of,
)
from tarvis_core.annotation.formats.json_writer import write_json_object
from tarvis_core.annotation.formats.shape_reader import (
    ListedImage,
    ShapeKey,
    ShapeReader,
    label_set_of_names,
)
from tarvis_core.annotation.formats.shape_writer import ImageNames, LabelNames, shapes_in_order
from tarvis_core.annotation.formats.write_job import WriteJob
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence

ITEMS = "items"
_AREA_TYPES = ("mask", "polygon")
_IMAGE_MEDIA = 2
_NO_LABEL = ""
_STATE = "mask_state"
"""The attribute, which is ours, that says who made a mask."""
_STATES = {state.value: state for state in FrameState if state is not FrameState.ABSENT}


@dataclass(frozen=True)
class _Item:
    """What is known of an item before the list of labels is."""

    name: str
    size: tuple[int, int] | None
    keys: list[tuple[int | None, int | None]]
    """Position of the label and number of the target, for each shape."""
    attributes: JsonObject


class DatumaroReader(ShapeReader):
    """Reads one file, that is one split."""

    def __init__(self, path: Path, image_folder: Path | None, label_set: LabelSet | None) -> None:
        """Look through a file.

        Args:
            path: The JSON file.
            image_folder: Where its images lie; None to look in the usual place.
            label_set: Classes whose ids and kinds are taken over for the same names.

        Raises:
            FormatError: It is damaged.
        """
        self._path = path
        self._listed: list[ListedImage] = []
        self._num_other_shapes = 0
        self._label_names: list[str] = []
        self._raw: list[_Item] = []
        self._json: JsonIndex = index_json(path, (ITEMS,), self._note)
        self._label_names = _labels(JsonObject(self._json.fields, str(path)))
        images = [self._listed_image(position) for position in range(len(self._raw))]
        self._raw = []
        problems = []
        if self._num_other_shapes:
            problems.append(
                Sentence(
                    "{path}: {count} annotations without area left out",
                    path=path,
                    count=self._num_other_shapes,
                )
            )
        folder = path.parent.parent / "images"
        super().__init__(
            images,
            label_set_of_names(filter(None, self._label_names), "datumaro", label_set),
            ImageFinder((image_folder,) if image_folder else (folder / path.stem, folder)),
            path.stem,
            problems,
        )

    def _note(self, name: str, value: Any) -> None:
        item = JsonObject(value, f"{self._path}: {name}[{len(self._raw)}]")
        keys, size = [], _image_size(item)
        for annotation in _annotations(item):
            if annotation.optional_text("type") not in _AREA_TYPES:
                self._num_other_shapes += 1
                continue
            label = annotation.integer("label_id") if "label_id" in annotation else None
            keys.append((label, _track_id(annotation)))
            if size is None and "rle" in annotation:
                size = _size_of(annotation.object("rle"))
        attributes = item.object("attr") if "attr" in item else JsonObject({}, item.place)
        self._raw.append(_Item(_image_name(item), size, keys, attributes))

    def _listed_image(self, position: int) -> ListedImage:
        item = self._raw[position]
        keys = []
        for label, track in item.keys:
            if label is not None and label >= len(self._label_names):
                raise FormatError(
                    "{path}: {field}[{position}] has label {label} of a list of {num_labels}",
                    path=self._path,
                    field=ITEMS,
                    position=position,
                    label=label,
                    num_labels=len(self._label_names),
                )
            keys.append(ShapeKey(_NO_LABEL if label is None else self._label_names[label], track))
        return ListedImage(
            name=item.name,
            size=item.size,
            keys=tuple(keys),
            video=item.attributes.optional_text("video") or None,
            number=item.attributes.integer("frame") if "frame" in item.attributes else None,
        )

    @override
    def shapes_of(self, position: int, size: tuple[int, int]) -> Iterator[TargetMask]:
        item = entry_at(self._json, ITEMS, position)
        for annotation in _annotations(item):
            kind = annotation.optional_text("type")
            if kind not in _AREA_TYPES:
                continue
            if kind == "mask":
                rle = annotation.value("rle")
                mask = mask_of_segmentation(rle, size, f"{annotation.place}: rle")
            else:
                points = annotation.sequence("points")
                mask = mask_of_polygons([points], size, f"{annotation.place}: points")
            attributes = _attributes(annotation)
            yield TargetMask(
                mask,
                score=attributes.optional_number("score"),
                state=_STATES.get(str(attributes.fields.get(_STATE))),
                is_crowd="is_crowd" in attributes and attributes.flag("is_crowd"),
                z_order=as_integer(
                    annotation.fields.get("z_order", 0), annotation.place, -(2**31), 2**31
                ),
            )


def _annotations(item: JsonObject) -> Iterator[JsonObject]:
    value = item.fields.get("annotations")
    return objects_of([] if value is None else value, f"{item.place}: annotations")


def _attributes(annotation: JsonObject) -> JsonObject:
    has_any = "attributes" in annotation
    return annotation.object("attributes") if has_any else JsonObject({}, annotation.place)


def _track_id(annotation: JsonObject) -> int | None:
    attributes = _attributes(annotation)
    return attributes.integer("track_id") if "track_id" in attributes else None


def _labels(content: JsonObject) -> list[str]:
    if "categories" not in content or "label" not in content.object("categories"):
        return []
    labels = content.object("categories").object("label").objects("labels")
    return [label.text("name") for label in labels]


def _image_name(item: JsonObject) -> str:
    image = item.object("image") if "image" in item else JsonObject({}, item.place)
    return image.optional_text("path") or item.text("id")


def _image_size(item: JsonObject) -> tuple[int, int] | None:
    """The size that the item's image has; None where it does not say."""
    if "image" in item and "size" in item.object("image"):
        return _size_of(item.object("image"))
    return None


def _size_of(fields: JsonObject) -> tuple[int, int]:
    sides = fields.sequence("size")
    if len(sides) != 2:
        raise FormatError("{place}: a size is [height, width]", place=fields.place)
    height, width = (as_integer(side, f"{fields.place}: size") for side in sides)
    return check_frame_size(height, width, fields.place)


class DatumaroFormat(AnnotationFormat):
    """Datumaro."""

    id = "datumaro"
    title = "Datumaro JSON"
    capabilities = FormatCapabilities(
        overlaps=True,
        scores=ScoreDetail.MASK,
        crowd=True,
        categories=True,
        class_ids=False,
        class_names=True,
        stuff=True,
        states=True,
        frame_numbers=True,
    )

    @override
    def recognises(self, path: Path) -> bool:
        return _find(path, None) is not None

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        file = _find(path, options.split)
        if file is None:
            raise FormatError("{path} holds no file of {title}", path=path, title=self.title)
        return DatumaroReader(file, options.image_folder, options.label_set)

    @override
    def _write(self, job: WriteJob) -> None:
        with job.output.open(f"annotations/{job.options.split}.json") as file:
            write_json_object(file, _Writer(job).members())


def _find(path: Path, split: str | None) -> Path | None:
    """The file of a split; the first if none is named."""
    if split is not None and path.is_dir():
        named = (folder / f"{split}.json" for folder in (path / "annotations", path))
        return next((file for file in named if find_json(file, _is_datumaro)), None)
    return find_json(path, _is_datumaro)


def _is_datumaro(glance: Glance) -> bool:
    return glance.has(ITEMS) and glance.has_any("dm_format_version", "label_groups", "media_type")


class _Writer:
    """Makes the members of a file, one video at a time."""

    def __init__(self, job: WriteJob) -> None:
        self._job = job
        self._labels = LabelNames(job)
        self._names = ImageNames(job)
        self._item_ids: set[str] = set()

    def members(self) -> Iterator[tuple[str, object]]:
        """The members in order."""
        labels = [{"name": name, "parent": "", "attributes": []} for name in self._labels.all]
        yield "dm_format_version", "1.0"
        yield "media_type", _IMAGE_MEDIA
        yield "infos", {}
        yield (
            "categories",
            {"label": {"labels": labels, "label_groups": [], "attributes": []}},
        )
        yield ITEMS, self._items()

    def _items(self) -> Iterator[dict[str, Any]]:
        positions = {name: position for position, name in enumerate(self._labels.all)}
        for video, folder in zip(self._job.videos(), self._job.folder_names, strict=True):
            names = self._names.of(video, folder)
            labels = {t: positions[name] for t, name in self._labels.of(video).items()}
            for index, frame in enumerate(video.frames()):
                yield self._item(video, index, frame, names[index], folder) | {
                    "annotations": _rows(frame, labels)
                }

    def _item(
        self, video: AnnotatedVideo, index: int, frame: AnnotatedFrame, name: str, folder: str
    ) -> dict[str, Any]:
        stem = str(PurePosixPath(name).with_suffix(""))
        self._job.write_image(video, index, frame, f"images/{self._job.options.split}/{stem}")
        item_id = stem if stem not in self._item_ids else name
        self._item_ids.add(item_id)
        return {
            "id": item_id,
            "attr": {"frame": video.frame_numbers[index], "video": folder},
            "image": {"path": name, "size": list(video.size)},
        }


def _rows(frame: AnnotatedFrame, labels: Mapping[TargetId, int]) -> list[dict[str, Any]]:
    rows = []
    for number, (target, mask) in enumerate(shapes_in_order(frame)):
        attributes: dict[str, Any] = {"track_id": target, "keyframe": True}
        if mask.is_crowd:
            attributes["is_crowd"] = True
        if mask.score is not None:
            attributes["score"] = mask.score
        if mask.state is not None:
            attributes[_STATE] = mask.state.value
        rows.append(
            {
                "id": number,
                "type": "mask",
                "attributes": attributes,
                "group": target,
                "label_id": labels[target],
                "rle": mask.mask.to_coco_rle(),
                "z_order": mask.z_order,
            }
        )
    return rows
