"""LabelMe (wkentaro/labelme): a JSON file beside each image.

Corners count from pixel centres. Shapes with the same label and `group_id` are one target, which
holds over the images of a folder. The member `video`, which LabelMe keeps as it does all others
that it does not know, names the video that an image is a frame of.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.drawn_shapes import Point, mask_of_centres
from tarvis_core.annotation.formats.file_access import ImageFinder, check_frame_size
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.indexed_json import load_json
from tarvis_core.annotation.formats.json_search import Glance
from tarvis_core.annotation.formats.json_value import JsonObject, as_list, as_number
from tarvis_core.annotation.formats.json_writer import json_bytes
from tarvis_core.annotation.formats.label_image import decode_label_image, png, read_image_size
from tarvis_core.annotation.formats.shape_reader import (
    ListedImage,
    ShapeKey,
    ShapeReader,
    label_set_of_names,
)
from tarvis_core.annotation.formats.shape_writer import LabelNames, shapes_in_order
from tarvis_core.annotation.formats.write_job import WriteJob
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence, Text

VERSION = "5.5.0"
"""The version of LabelMe whose files these are like."""
_SHAPES = {
    "polygon": "polygon",
    "oriented_rectangle": "polygon",
    "rectangle": "rectangle",
    "circle": "circle",
    "mask": "mask",
}
_MASK_MODES = ("1", "L", "P", "LA", "RGB", "RGBA", "I;16", "I")
_MAX_MASK_TEXT = 2**26
_MAX_GLANCES = 200


class LabelMeReader(ShapeReader):
    """Reads files one by one; what is kept of them are labels and sizes."""

    def __init__(self, files: tuple[Path, ...], root: Path, label_set: LabelSet | None) -> None:
        """Look through files.

        Args:
            files: The JSON files, in order.
            root: The folder that they are below.
            label_set: Classes whose ids and kinds are taken over for the same names.

        Raises:
            FormatError: A file is damaged.
        """
        self._files = files
        self._num_other_shapes = 0
        images = [self._listed(path, root) for path in files]
        labels = [key.label for image in images for key in image.keys]
        problems = []
        if self._num_other_shapes:
            problems.append(
                Sentence(
                    "{count} shapes without area (points, lines) were left out",
                    count=self._num_other_shapes,
                )
            )
        super().__init__(
            images,
            label_set_of_names(labels, "labelme", label_set),
            ImageFinder((root,)),
            root.name,
            problems,
        )

    def _listed(self, path: Path, root: Path) -> ListedImage:
        content = JsonObject(load_json(path), str(path))
        keys = []
        for shape in content.objects("shapes"):
            if _kind(shape) is None:
                self._num_other_shapes += 1
                continue
            number = shape.integer("group_id") if "group_id" in shape else None
            keys.append(ShapeKey(shape.text("label"), number))
        image = PurePosixPath(content.optional_text("imagePath").replace("\\", "/")).name
        folder = path.parent.relative_to(root).as_posix()
        name = image or f"{path.stem}.jpg"
        return ListedImage(
            name=name if folder == "." else f"{folder}/{name}",
            size=_frame_size(content, path.parent / name),
            keys=tuple(keys),
            video=content.optional_text("video") or None,
        )

    @override
    def shapes_of(self, position: int, size: tuple[int, int]) -> Iterator[TargetMask]:
        path = self._files[position]
        content = JsonObject(load_json(path), str(path))
        for order, shape in enumerate(content.objects("shapes")):
            kind = _kind(shape)
            if kind is not None:
                yield TargetMask(_mask(shape, kind, size), z_order=order)


def _frame_size(content: JsonObject, image: Path) -> tuple[int, int]:
    """The size that the file gives, else that of the image beside it."""
    if "imageHeight" not in content and "imageWidth" not in content and image.is_file():
        return read_image_size(image)
    height, width = content.integer("imageHeight", 1), content.integer("imageWidth", 1)
    return check_frame_size(height, width, content.place)


def _kind(shape: JsonObject) -> str | None:
    """How a shape is drawn; None if it has no area."""
    return _SHAPES.get(shape.optional_text("shape_type", "polygon"))


def _mask(shape: JsonObject, kind: str, size: tuple[int, int]) -> Mask:
    points = [_point(value, shape.place) for value in shape.sequence("points")]
    if kind != "mask":
        return mask_of_centres(points, size, kind, shape.place)
    if len(points) != 2:
        raise FormatError(
            "{place}: a mask has two corners, not {num_points}",
            place=shape.place,
            num_points=len(points),
        )
    (x, y), (x_end, y_end) = points
    left, top = round(x), round(y)
    pixels = _crop(shape)
    expected = (round(y_end) - top + 1, round(x_end) - left + 1)
    is_inside = left >= 0 and top >= 0 and top + expected[0] <= size[0]
    if pixels.shape != expected or not is_inside or left + expected[1] > size[1]:
        raise FormatError(
            "{place}: the mask has {mask_size} pixels (height, width), its corners span {span} in "
            "a frame of {frame_size}",
            place=shape.place,
            mask_size=list(pixels.shape),
            span=list(expected),
            frame_size=list(size),
        )
    return Mask.from_crop(*size, (left, top), pixels)


def _point(value: object, place: Text) -> Point:
    numbers = as_list(value, f"{place}: points")
    if len(numbers) != 2:
        raise FormatError("{place}: a point is [x, y]", place=place)
    return as_number(numbers[0], place), as_number(numbers[1], place)


def _crop(shape: JsonObject) -> np.ndarray:
    """The (height, width) bool pixels of a mask's PNG file in base64."""
    text = shape.value("mask")
    if not isinstance(text, str) or len(text) > _MAX_MASK_TEXT:
        raise FormatError("{place}: mask must be a PNG file in base64", place=shape.place)
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormatError(
            "{place}: mask is no base64: {error}", place=shape.place, error=error
        ) from error
    pixels = decode_label_image(content, _MASK_MODES, f"{shape.place}: mask")
    inside = pixels != 0
    return inside if inside.ndim == 2 else inside[..., 0]


class LabelMeFormat(AnnotationFormat):
    """LabelMe."""

    id = "labelme"
    has_file_per_frame = True
    title = "LabelMe JSON"
    capabilities = FormatCapabilities(
        overlaps=True, categories=True, class_ids=False, class_names=True, stuff=True
    )

    @override
    def recognises(self, path: Path) -> bool:
        return bool(_find(path, only_first=True))

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        files = _find(path, only_first=False)
        if not files:
            raise FormatError("{path} holds no file of {title}", path=path, title=self.title)
        root = path.parent if path.is_file() else path
        return LabelMeReader(tuple(files), root, options.label_set)

    @override
    def _write(self, job: WriteJob) -> None:
        labels = LabelNames(job)
        for video, folder in zip(job.videos(), job.folder_names, strict=True):
            own_labels = labels.of(video)
            for index, (frame, stem) in enumerate(
                zip(video.frames(), job.frame_stems(video), strict=True)
            ):
                content: dict[str, Any] = {
                    "version": VERSION,
                    "flags": {},
                    "shapes": _rows(frame, own_labels),
                    "imagePath": f"{stem}.jpg",
                    "imageData": None,
                    "imageHeight": video.size[0],
                    "imageWidth": video.size[1],
                    "video": folder,
                }
                job.output.write(f"{folder}/{stem}.json", json_bytes(content))
                job.write_image(video, index, frame, f"{folder}/{stem}")


def _find(path: Path, *, only_first: bool) -> list[Path]:
    """The files at a path: itself, or those in the folder and the folders in it."""
    try:
        if path.is_file():
            files = [path] if path.suffix.lower() == ".json" else []
        else:
            files = sorted((*path.glob("*.json"), *path.glob("*/*.json")))
    except (OSError, ValueError):
        return []
    found: list[Path] = []
    for file in files[:_MAX_GLANCES] if only_first else files:
        if file.is_file() and _is_labelme(Glance.at(file)):
            found.append(file)
        if only_first and found:
            break
    return found


def _is_labelme(glance: Glance) -> bool:
    return glance.has("shapes") and glance.has_any("imageHeight", "imagePath", "imageData")


def _rows(frame: AnnotatedFrame, labels: Mapping[TargetId, str]) -> list[dict[str, Any]]:
    rows = []
    for target, mask in shapes_in_order(frame):
        x_min, y_min, x_max, y_max = mask.mask.box
        rows.append(
            {
                "label": labels[target],
                "points": [[float(x_min), float(y_min)], [float(x_max - 1), float(y_max - 1)]],
                "group_id": target,
                "description": "",
                "shape_type": "mask",
                "flags": {},
                "mask": _coded(mask.mask),
            }
        )
    return rows


def _coded(mask: Mask) -> str:
    """The crop of a mask as a PNG file in base64."""
    return base64.b64encode(png(mask.crop().view(np.uint8))).decode("ascii")
