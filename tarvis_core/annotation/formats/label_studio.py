"""Label Studio: a JSON list of tasks, each an image with its brush strokes (HumanSignal).

Outlines are in percent of the image; brush strokes have a code of their own (`brush_code`).
Label Studio has no tracks: `meta.track_id` of a region, which it keeps but does not show, is the
target's number, and `data.video` of a task names its video.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.brush_code import brush_of_mask, mask_of_brush
from tarvis_core.annotation.formats.drawn_shapes import (
    Point,
    ellipse_points,
    mask_of_points,
    rotated,
)
from tarvis_core.annotation.formats.file_access import ImageFinder, check_frame_size
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.indexed_json import ROOT, index_json
from tarvis_core.annotation.formats.json_reader import entry_at
from tarvis_core.annotation.formats.json_search import Glance, find_json
from tarvis_core.annotation.formats.json_value import JsonObject, as_list, as_number
from tarvis_core.annotation.formats.json_writer import write_json_list
from tarvis_core.annotation.formats.shape_reader import (
    ListedImage,
    ShapeKey,
    ShapeReader,
    label_set_of_names,
)
from tarvis_core.annotation.formats.shape_writer import ImageNames, LabelNames, shapes_in_order
from tarvis_core.annotation.formats.write_job import WriteJob
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence

FILE = "tasks.json"
IMAGES = "images"
_LOCAL_FILES = "/data/local-files/?d="
_BRUSH, _POLYGON, _RECTANGLE, _ELLIPSE = (
    "brushlabels",
    "polygonlabels",
    "rectanglelabels",
    "ellipselabels",
)
_STATES = {
    "manual": FrameState.KEYFRAME,
    "prediction-changed": FrameState.KEYFRAME,
    "prediction": FrameState.PREDICTED,
}
"""What a region's `origin` says of who made it."""
_AREA_TYPES = (_BRUSH, _POLYGON, _RECTANGLE, _ELLIPSE)


class LabelStudioReader(ShapeReader):
    """Reads one list of tasks."""

    def __init__(self, path: Path, image_folder: Path | None, label_set: LabelSet | None) -> None:
        """Look through a file.

        Args:
            path: The JSON file.
            image_folder: Where its images lie; None to look beside it.
            label_set: Classes whose ids and kinds are taken over for the same names.

        Raises:
            FormatError: It is damaged.
        """
        self._path = path
        self._found: list[ListedImage] = []
        self._num_other_regions = 0
        self._json = index_json(path, (), self._note)
        if not self._json.is_list:
            raise FormatError("{path} is no list of tasks", path=path)
        labels = [key.label for image in self._found for key in image.keys]
        problems = []
        if self._num_other_regions:
            problems.append(
                Sentence(
                    "{path}: {count} regions without area left out",
                    path=path,
                    count=self._num_other_regions,
                )
            )
        folders = (image_folder,) if image_folder else (path.parent, path.parent / IMAGES)
        super().__init__(
            self._found,
            label_set_of_names(labels, "label_studio", label_set),
            ImageFinder(folders),
            path.stem,
            problems,
        )

    def _note(self, name: str, value: Any) -> None:
        task = JsonObject(value, f"{self._path}: task {len(self._found)}")
        keys, size = [], None
        for region in _regions(task):
            if region.optional_text("type") not in _AREA_TYPES:
                self._num_other_regions += 1
                continue
            keys.append(_key(region))
            own_size = _size(region)
            if size not in (None, own_size):
                raise FormatError(
                    "{place}: an image of {own_size}, before of {size}",
                    place=region.place,
                    own_size=own_size,
                    size=size,
                )
            size = own_size
        data = task.object("data")
        self._found.append(
            ListedImage(
                name=_image_name(data),
                size=size,
                keys=tuple(keys),
                video=data.optional_text("video") or None,
            )
        )

    @override
    def shapes_of(self, position: int, size: tuple[int, int]) -> Iterator[TargetMask]:
        task = entry_at(self._json, ROOT, position)
        regions = (r for r in _regions(task) if r.optional_text("type") in _AREA_TYPES)
        for order, region in enumerate(regions):
            state = _STATES.get(str(region.fields.get("origin")))
            yield TargetMask(_mask(region, size), z_order=order, state=state)


def _regions(task: JsonObject) -> Iterator[JsonObject]:
    """The regions of the first annotation of a task that was not cancelled."""
    if "annotations" not in task:
        return iter(())
    for annotation in task.objects("annotations"):
        if not ("was_cancelled" in annotation and annotation.flag("was_cancelled")):
            return annotation.objects("result") if "result" in annotation else iter(())
    return iter(())


def _key(region: JsonObject) -> ShapeKey:
    kind = region.text("type")
    labels = region.object("value").texts(kind)
    if not labels:
        raise FormatError("{place}: {kind} is empty", place=region.place, kind=kind)
    meta = region.object("meta") if "meta" in region else JsonObject({}, region.place)
    return ShapeKey(labels[0], meta.integer("track_id") if "track_id" in meta else None)


def _size(region: JsonObject) -> tuple[int, int]:
    return check_frame_size(
        region.integer("original_height", 1), region.integer("original_width", 1), region.place
    )


def _image_name(data: JsonObject) -> str:
    """The path of an image below the folder of images, from what may be an address."""
    address = urlsplit(data.text("image"))
    local = parse_qs(address.query).get("d")
    name = local[0] if local else unquote(address.path)
    parts = [
        part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..")
    ]
    return "/".join(parts[-2:]) if parts else "image"


def _mask(region: JsonObject, size: tuple[int, int]) -> Mask:
    kind, value = region.text("type"), region.object("value")
    if kind == _BRUSH:
        if value.optional_text("format", "rle") != "rle":
            raise FormatError(
                "{place}: only the format rle of brush strokes is known", place=value.place
            )
        return mask_of_brush(value.sequence("rle"), size, f"{value.place}: rle")
    return mask_of_points(_outline(kind, value, size), size, value.place)


def _outline(kind: str, value: JsonObject, size: tuple[int, int]) -> list[Point]:
    """The corners of an outline in pixels, from percent of the image."""
    to_x, to_y = size[1] / 100, size[0] / 100
    if kind == _POLYGON:
        pairs = [as_list(point, value.place) for point in value.sequence("points")]
        if any(len(pair) != 2 for pair in pairs):
            raise FormatError("{place}: a point is [x, y]", place=value.place)
        numbers = [[as_number(number, value.place) for number in pair] for pair in pairs]
        return [(x * to_x, y * to_y) for x, y in numbers]
    x, y = value.number("x") * to_x, value.number("y") * to_y
    degrees = value.optional_number("rotation") or 0.0
    if kind == _ELLIPSE:
        radii = (value.number("radiusX") * to_x, value.number("radiusY") * to_y)
        return ellipse_points((x, y), radii, degrees)
    right, bottom = x + value.number("width") * to_x, y + value.number("height") * to_y
    # Label Studio turns rectangles about their upper left corner
    return rotated([(x, y), (right, y), (right, bottom), (x, bottom)], (x, y), degrees)


class LabelStudioFormat(AnnotationFormat):
    """Label Studio."""

    id = "label_studio"
    title = "Label Studio JSON (brush)"
    capabilities = FormatCapabilities(
        overlaps=True,
        categories=True,
        class_ids=False,
        class_names=True,
        stuff=True,
        states=True,
    )

    @override
    def recognises(self, path: Path) -> bool:
        return find_json(path, _is_label_studio) is not None

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        file = path if path.is_file() else find_json(path, _is_label_studio)
        if file is None:
            raise FormatError("{path} holds no file of {title}", path=path, title=self.title)
        return LabelStudioReader(file, options.image_folder, options.label_set)

    @override
    def _write(self, job: WriteJob) -> None:
        with job.output.open(FILE) as file:
            write_json_list(file, _tasks(job))


def _is_label_studio(glance: Glance) -> bool:
    return glance.is_list and glance.has("data", "annotations") and glance.has("image")


def _tasks(job: WriteJob) -> Iterator[dict[str, Any]]:
    labels, image_names = LabelNames(job), ImageNames(job)
    number = 0
    for video, folder in zip(job.videos(), job.folder_names, strict=True):
        names, own_labels = image_names.of(video, folder), labels.of(video)
        for index, frame in enumerate(video.frames()):
            number += 1
            stem = str(PurePosixPath(names[index]).with_suffix(""))
            job.write_image(video, index, frame, f"{IMAGES}/{stem}")
            yield {
                "id": number,
                "data": {"image": _LOCAL_FILES + quote(names[index]), "video": folder},
                "annotations": [{"result": _results(frame, own_labels, video.size)}],
            }


def _results(
    frame: AnnotatedFrame, labels: Mapping[TargetId, str], size: tuple[int, int]
) -> list[dict[str, Any]]:
    return [
        {
            "id": f"target_{target}",
            "from_name": "tag",
            "to_name": "image",
            "type": _BRUSH,
            **_origin(mask),
            "image_rotation": 0,
            "original_width": size[1],
            "original_height": size[0],
            "value": {"format": "rle", "rle": brush_of_mask(mask.mask), _BRUSH: [labels[target]]},
            "meta": {"track_id": target},
        }
        for target, mask in shapes_in_order(frame)
    ]


def _origin(mask: TargetMask) -> dict[str, str]:
    """What a region says of who made it; nothing where that is not known."""
    if mask.state is None:
        return {}
    return {"origin": "manual" if mask.is_law else "prediction"}
