"""Label images: PNG files whose pixel values are numbers of targets or classes, not colours."""

import io
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from tarvis_core.annotation.formats.annotated_video import TargetMask
from tarvis_core.annotation.formats.file_access import check_frame_size, read_bytes
from tarvis_core.annotation.formats.palette import pascal_palette
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import FormatError

_COMPRESSION = 1
"""zlib level; label images are so regular that higher ones cost time and save little."""
_MAX_LABEL_FOR_BOXES = 2**16
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_HEAD_BYTES = 24
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
            size = _png_size(file.read(_PNG_HEAD_BYTES))
        if size is None:
            with Image.open(path) as image:
                size = image.height, image.width
    except _IMAGE_ERRORS as error:
        raise FormatError(f"{path} is no readable image: {error}") from error
    return check_frame_size(*size, str(path))


def _png_size(content: bytes) -> tuple[int, int] | None:
    """The size (height, width) that a PNG file's head gives; None for other files."""
    if len(content) < _PNG_HEAD_BYTES or not content.startswith(_PNG_SIGNATURE):
        return None
    width, height = struct.unpack_from(">II", content, 16)
    return height, width


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


def decode_label_image(content: bytes, modes: tuple[str, ...], place: str) -> np.ndarray:
    """As `read_label_image`, for the bytes of a PNG file.

    Raises:
        FormatError: The image is damaged, too large or of another layout.
    """
    size = _png_size(content)
    if size is None:
        raise FormatError(f"{place} is no PNG file, or its head is cut off")
    check_frame_size(*size, place)  # before anything is allocated
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
            if image.mode not in modes:
                raise FormatError(
                    f"{place}: pixels are of layout {image.mode}, expected {' or '.join(modes)}; "
                    "the file was probably saved by an image editor, which loses the labels"
                )
            return np.asarray(image)
    except _IMAGE_ERRORS as error:
        raise FormatError(f"{place} is a damaged image: {error}") from error


def masks_of_labels(labels: np.ndarray) -> dict[int, Mask]:
    """One mask for each value but 0 of a label image.

    Args:
        labels: (H, W) of whole numbers from 0.

    Returns:
        Masks by value, in rising order.
    """
    height, width = labels.shape
    values, boxes = _values_and_boxes(labels)
    masks = {}
    for value, (rows, columns) in zip(values, boxes, strict=True):
        crop = labels[rows, columns] == value
        masks[value] = Mask.from_crop(height, width, (columns.start, rows.start), crop)
    return masks


def _values_and_boxes(labels: np.ndarray) -> tuple[list[int], list[tuple[slice, slice]]]:
    if labels.dtype == np.bool_:
        labels = labels.view(np.uint8)
    values = distinct_values(labels)
    values = values[values > 0]
    if values.size == 0:
        return [], []
    if values[-1] < _MAX_LABEL_FOR_BOXES:
        found = ndimage.find_objects(labels)
        boxes = [found[value - 1] for value in values.tolist()]
    else:  # large, sparse ids: number them from 1 first
        found = ndimage.find_objects(np.searchsorted(values, labels, side="right"))
        boxes = list(found)
    return values.tolist(), boxes


def distinct_values(labels: np.ndarray) -> np.ndarray:
    """The values of a label image in rising order; only ends of runs are sorted."""
    flat = labels.ravel()
    if flat.dtype == np.uint8:
        return np.flatnonzero(np.bincount(flat, minlength=256))
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
    image = Image.fromarray(labels)
    image.putpalette(pascal_palette())
    return _png(image)


def png(pixels: np.ndarray) -> bytes:
    """A PNG file of (H, W) uint8, (H, W) uint16 or (H, W, 3) uint8 pixels, exactly as they are."""
    return _png(Image.fromarray(pixels))


def _png(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG", compress_level=_COMPRESSION)
    return content.getvalue()
