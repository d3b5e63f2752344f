"""Label images: PNG files whose pixel values are numbers of targets or classes, not colours."""

import io
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tarvis_core.annotation.formats.annotated_video import TargetMask
from tarvis_core.annotation.formats.file_access import check_frame_size, read_bytes
from tarvis_core.annotation.formats.palette import pascal_palette
from tarvis_core.annotation.formats.png_file import encode_png, png_size
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.run_length import Segments
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence, Text

# what Pillow raises for damaged files
_IMAGE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def read_image_size(path: Path) -> tuple[int, int]:
    """The size (height, width) of an image from its head.

    Raises:
        FormatError: The file is missing, no image, or too large.
    """
    try:
        with path.open("rb") as file:
            size = png_size(file.read(24))
        if size is None:
            with Image.open(path) as image:
                size = image.height, image.width
    except _IMAGE_ERRORS as error:
        raise FormatError("{path} is no readable image: {error}", path=path, error=error) from error
    return check_frame_size(*size, str(path))


def read_label_image(path: Path, modes: tuple[str, ...]) -> np.ndarray:
    """The stored values of a label image; palettes and colours are not applied.

    Args:
        path: The file.
        modes: Pillow's names of the pixel layouts that the format allows, such as ("P", "L").

    Returns:
        (H, W) for single-channel images, (H, W, 3) uint8 for "RGB".

    Raises:
        FormatError: The file is missing, damaged, too large or of another layout.
    """
    return decode_label_image(read_bytes(path), modes, str(path))


def _either(modes: tuple[str, ...]) -> Text:
    first, *others = modes
    named: Text = first
    for other in others:
        named = Sentence("{one} or {other}", one=named, other=other)
    return named


def decode_label_image(content: bytes, modes: tuple[str, ...], place: Text) -> np.ndarray:
    """As `read_label_image`, for the bytes of a PNG file.

    Raises:
        FormatError: The image is damaged, too large or of another layout.
    """
    size = png_size(content)
    if size is None:
        raise FormatError("{place} is no PNG file, or its head is cut off", place=place)
    if b"IEND" not in content:  # the decoder is content as soon as it has all pixels
        raise FormatError("{place} is cut off", place=place)
    check_frame_size(*size, place)  # before anything is allocated
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
            if image.mode not in modes:
                raise FormatError(
                    "{place}: pixels are of layout {mode}, expected {expected}; the file was "
                    "probably saved by an image editor, which loses the labels",
                    place=place,
                    mode=image.mode,
                    expected=_either(modes),
                )
            return np.asarray(image)
    except _IMAGE_ERRORS as error:
        raise FormatError(
            "{place} is a damaged image: {error}", place=place, error=error
        ) from error


def masks_of_labels(labels: np.ndarray, *, with_zero: bool = False) -> dict[int, Mask]:
    """One mask for each value of a label image.

    The time depends on the number of runs, not on the number of values or their extent.

    Args:
        labels: (H, W) of whole numbers 0 … 2³¹ - 1.
        with_zero: Whether 0 is a value like others; it is left out otherwise.

    Returns:
        Masks by value, in rising order.
    """
    height, width = labels.shape
    starts, ends, values = _vertical_runs(labels, with_zero=with_zero)
    if values.size == 0:
        return {}
    order = np.argsort(values, kind="stable")
    found, first = np.unique(values[order], return_index=True)
    masks = {}
    for value, runs in zip(found.tolist(), np.split(order, first[1:]), strict=True):
        columns, tops = np.divmod(starts[runs], height)
        segments = Segments(columns, tops, tops + ends[runs] - starts[runs])
        masks[value] = Mask.from_segments(height, width, segments)
    return masks


def _vertical_runs(
    labels: np.ndarray, *, with_zero: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Runs of one value within a column.

    Returns:
        (R,) start and end in column-major order, and (R,) values.
    """
    height = labels.shape[0]
    flat = cv2.transpose(_simple(labels)).ravel()
    is_start = np.empty(flat.size, dtype=np.bool_)
    np.not_equal(flat[1:], flat[:-1], out=is_start[1:])
    is_start[::height] = True
    starts = np.flatnonzero(is_start)
    values = flat[starts]
    ends = np.append(starts[1:], flat.size)
    if with_zero:
        return starts, ends, values
    is_target = values != 0
    return starts[is_target], ends[is_target], values[is_target]


def _simple(labels: np.ndarray) -> np.ndarray:
    """The labels as a type that cv2 knows."""
    if labels.dtype == np.bool_:
        return labels.view(np.uint8)
    if labels.dtype in (np.uint8, np.uint16, np.int32):
        return labels
    return labels.astype(np.int32)


def distinct_values(labels: np.ndarray) -> np.ndarray:
    """The values of a label image in rising order, 0 included; only ends of runs are sorted."""
    flat = _simple(labels).ravel()
    if flat.dtype == np.uint8:
        return np.flatnonzero(cv2.calcHist([flat], [0], None, [256], [0, 256]))
    ends = np.flatnonzero(flat[1:] != flat[:-1])
    return np.unique(np.append(flat[ends], flat[-1:])).astype(np.int64)


def labels_of_masks(
    masks: Mapping[TargetId, TargetMask], size: tuple[int, int], dtype: type[np.generic]
) -> np.ndarray:
    """The label image (H, W) of masks that do not overlap; 0 where there is none.

    Args:
        masks: Masks by the value to write.
        size: (height, width).
        dtype: Type of the values.
    """
    labels = np.zeros(size, dtype=dtype)
    for target, mask in masks.items():
        paint(labels, mask.mask, target)
    return labels


def paint(labels: np.ndarray, mask: Mask, value: int) -> None:
    """Set the pixels of a mask to a value, in place."""
    if not mask.is_empty:
        x_min, y_min, x_max, y_max = mask.box
        labels[y_min:y_max, x_min:x_max][mask.crop()] = value


def palette_png(labels: np.ndarray) -> bytes:
    """A PNG file of (H, W) uint8 labels with the PASCAL VOC colours."""
    return encode_png(labels, pascal_palette())


def png(pixels: np.ndarray) -> bytes:
    """A PNG file of (H, W) uint8, (H, W) uint16 or (H, W, 3) uint8 pixels, exactly as they are."""
    return encode_png(pixels)
