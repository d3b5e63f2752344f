"""Exemplars as words of a command line: points, boxes and masks of targets on frames."""

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from tarvis_core.annotation.exemplar import BoxExemplar, Exemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import ConfigError

IGNORED_LABEL = 255
"""Value of label images that stands for "nobody knows"."""

VIDEO_PLACEHOLDER = "{video}"
"""In the path of a mask or label image: the name of the video, without its suffix."""

_NUMBER = r"(-?\d+(?:\.\d*)?)"
_POINT = re.compile(rf"(\d+):(\d+):{_NUMBER},{_NUMBER}")
_BOX = re.compile(rf"(\d+):(\d+):{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}")
_MASK = re.compile(r"(\d+):(\d+):(.+)")
_LABELS = re.compile(r"(\d+):(.+)")


@dataclass(frozen=True)
class MaskFile:
    """A mask in an image file: every pixel that is not 0 (black) is inside."""

    target: TargetId
    frame: int
    path: Path


@dataclass(frozen=True)
class LabelFile:
    """A label image: the value of a pixel is the id of its target, 0 for none, 255 for unknown."""

    frame: int
    path: Path


def point(text: str) -> PointExemplar:
    """ID:FRAME:X,Y."""
    target, frame, x, y = _groups(_POINT, text, "ID:FRAME:X,Y, such as 1:0:320,180")
    return PointExemplar(int(frame), _target(target), float(x), float(y))


def negative_point(text: str) -> PointExemplar:
    """ID:FRAME:X,Y of a point that is not the target."""
    given = point(text)
    return PointExemplar(given.frame, given.target, given.x, given.y, is_positive=False)


def box(text: str) -> BoxExemplar:
    """ID:FRAME:X_MIN,Y_MIN,X_MAX,Y_MAX."""
    form = "ID:FRAME:X_MIN,Y_MIN,X_MAX,Y_MAX, such as 1:0:20,30,80,90"
    target, frame, *sides = _groups(_BOX, text, form)
    x_min, y_min, x_max, y_max = map(float, sides)
    if x_min >= x_max or y_min >= y_max:
        raise argparse.ArgumentTypeError(f"the box {text} is empty; give {form}")
    return BoxExemplar(int(frame), _target(target), (x_min, y_min, x_max, y_max))


def mask_file(text: str) -> MaskFile:
    """ID:FRAME:PNG."""
    target, frame, path = _groups(_MASK, text, "ID:FRAME:PNG, such as 1:0:mask.png")
    return MaskFile(_target(target), int(frame), Path(path))


def label_file(text: str) -> LabelFile:
    """FRAME:PNG."""
    frame, path = _groups(_LABELS, text, "FRAME:PNG, such as 0:00000.png")
    return LabelFile(int(frame), Path(path))


def add_exemplar_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--point`, `--negative`, `--box`, `--mask` and `--labels`; each may come often."""
    group = parser.add_argument_group(
        "targets",
        "ID is a number from 1, FRAME counts from 0, X and Y are pixels from its upper left "
        "corner. Several exemplars of one target, on one frame or several, are used together. In "
        f"a PNG's path, {VIDEO_PLACEHOLDER} stands for the name of the video, so that several "
        f"videos have masks of their own, such as --labels 0:Annotations/{VIDEO_PLACEHOLDER}/"
        "00000.png",
    )
    declarations = (
        ("--point", point, "ID:FRAME:X,Y", "a point on the target"),
        ("--negative", negative_point, "ID:FRAME:X,Y", "a point that is not the target"),
        ("--box", box, "ID:FRAME:X0,Y0,X1,Y1", "a box round the target"),
        ("--mask", mask_file, "ID:FRAME:PNG", "the target's mask: what is not black is inside"),
        ("--labels", label_file, "FRAME:PNG", "an image whose pixel values are the targets' ids"),
    )
    for name, kind, form, purpose in declarations:
        group.add_argument(name, type=kind, metavar=form, help=purpose, action="append", default=[])


def check_own_masks(arguments: argparse.Namespace) -> None:
    """See that the arguments mean something for several videos.

    Raises:
        ConfigError: A place, or one image, is to name targets of several videos.
    """
    if arguments.point or arguments.negative or arguments.box:
        raise ConfigError(
            "points and boxes are places in one video; of several videos, name the targets with "
            "--labels or --mask and a path that contains {placeholder}",
            placeholder=VIDEO_PLACEHOLDER,
        )
    for given in (*arguments.mask, *arguments.labels):
        if VIDEO_PLACEHOLDER not in str(given.path):
            raise ConfigError(
                "{path} would be the mask of several videos; write {placeholder} where the name "
                "of the video is in the path",
                path=given.path,
                placeholder=VIDEO_PLACEHOLDER,
            )


def exemplars_of(
    arguments: argparse.Namespace, size: tuple[int, int], name: str = ""
) -> tuple[Exemplar, ...]:
    """The exemplars that the arguments name.

    Args:
        arguments: Parsed with `add_exemplar_arguments`.
        size: (height, width) of the video.
        name: Of the video, for the placeholder.

    Raises:
        ConfigError: An image cannot be read, or does not fit the video.
    """
    found: list[Exemplar] = [*arguments.point, *arguments.negative, *arguments.box]
    for given in arguments.mask:
        path = _path_for(given.path, name)
        pixels = _read_image(path, size) != 0
        if not pixels.any():
            raise ConfigError("the mask {path} is empty; every pixel of it is black", path=path)
        found.append(MaskExemplar(given.frame, given.target, Mask.from_array(pixels)))
    for labels in arguments.labels:
        own = LabelFile(labels.frame, _path_for(labels.path, name))
        found.extend(_masks_of_labels(own, size))
    _check_points(found, size)
    return tuple(found)


def _path_for(path: Path, video_name: str) -> Path:
    return Path(str(path).replace(VIDEO_PLACEHOLDER, video_name)) if video_name else path


def _masks_of_labels(labels: LabelFile, size: tuple[int, int]) -> Iterator[MaskExemplar]:
    values = _read_image(labels.path, size)
    ids = [value for value in np.unique(values).tolist() if value not in {0, IGNORED_LABEL}]
    if not ids:
        raise ConfigError("the label image {path} names no target", path=labels.path)
    for number in ids:
        mask = Mask.from_array(values == number)
        yield MaskExemplar(labels.frame, TargetId(number), mask)


def _read_image(path: Path, size: tuple[int, int]) -> np.ndarray:
    """The pixel values of a palette or grey image; of a colour image, its largest channel."""
    try:
        with Image.open(path) as image:
            is_indexed = image.mode in {"P", "L", "1", "I", "I;16"}
            values = np.asarray(image if is_indexed else image.convert("RGB"))
    except FileNotFoundError as error:
        raise ConfigError("there is no file {path}; name the image of a mask", path=path) from error
    except UnidentifiedImageError as error:
        raise ConfigError("{path} is no image; give a PNG file with the mask", path=path) from error
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(
            "{path} cannot be read as an image: {reason}", path=path, reason=reason
        ) from error
    if values.ndim == 3:
        values = values.max(axis=2)
    if values.shape != size:
        raise ConfigError(
            "{path} has {width} × {height} pixels, the video {video_width} × {video_height}; give "
            "masks of the video's size",
            path=path,
            width=values.shape[1],
            height=values.shape[0],
            video_width=size[1],
            video_height=size[0],
        )
    return values


def _check_points(exemplars: Sequence[Exemplar], size: tuple[int, int]) -> None:
    height, width = size
    for each in exemplars:
        if isinstance(each, PointExemplar) and not (0 <= each.x <= width and 0 <= each.y <= height):
            raise ConfigError(
                "the point {x:g},{y:g} of target {target} lies outside the frame of {width} × "
                "{height} pixels",
                x=each.x,
                y=each.y,
                target=each.target,
                width=width,
                height=height,
            )


def _groups(pattern: re.Pattern[str], text: str, form: str) -> tuple[str, ...]:
    match = pattern.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"“{text}” is not {form}")
    return match.groups()


def _target(text: str) -> TargetId:
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"target ids start at 1, got {text}")
    return TargetId(int(text))
