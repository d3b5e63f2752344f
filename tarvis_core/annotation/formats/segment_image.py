"""Panoptic images: RGB label images of segment ids, id = R + 256 G + 65536 B, 0 for void.

The code of COCO panoptic (cocodataset/panopticapi), also used by VIPSeg and Cityscapes-VPS, where
each image comes with a list `segments_info` of {"id", "category_id", "iscrowd", …}.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tarvis_core.annotation.formats.annotated_video import AnnotatedFrame, TargetMask
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.json_value import JsonObject, box_of
from tarvis_core.annotation.formats.label_image import (
    labels_of_masks,
    masks_of_labels,
    png,
    read_label_image,
)
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import CategoryId, Target, TargetId
from tarvis_core.errors import FormatError

MAX_SEGMENT_ID = 2**24 - 1
SEGMENTS = FormatCapabilities(
    max_target_id=MAX_SEGMENT_ID,
    void=True,
    fills_void=True,
    crowd=True,
    categories=True,
    class_names=True,
    stuff=True,
)
"""What panoptic images with their lists hold."""


@dataclass(frozen=True)
class Segment:
    """One entry of `segments_info`."""

    id: int
    category: int
    is_crowd: bool


def read_segments(image: JsonObject) -> dict[int, Segment]:
    """The segments that an annotation lists, by id.

    Raises:
        FormatError: One is damaged or listed twice.
    """
    segments: dict[int, Segment] = {}
    for entry in image.objects("segments_info"):
        number = entry.integer("id", 1, MAX_SEGMENT_ID)
        if number in segments:
            raise FormatError(
                "{place}: segment {number} is listed twice", place=entry.place, number=number
            )
        category = entry.integer("category_id", -(2**31), 2**31)
        segments[number] = Segment(number, category, entry.flag("iscrowd"))
    return segments


def segment_targets(segments: Mapping[int, Segment], label_set: LabelSet) -> list[Target]:
    """The targets that segments are: their ids are the segments'."""
    return [make_target(s.id, s.category, label_set) for s in segments.values()]


def read_segment_image(
    path: Path, size: tuple[int, int], segments: Mapping[int, Segment]
) -> tuple[dict[TargetId, TargetMask], Mask | None]:
    """Masks and void region of a panoptic image.

    Args:
        path: The PNG file.
        size: (height, width) that the JSON gives.
        segments: What the JSON lists for the image.

    Returns:
        Masks by target in the order of the list, and the void region.

    Raises:
        FormatError: The image is damaged, of another size, or disagrees with the list.
    """
    pixels = read_label_image(path, ("RGB",))
    if pixels.shape[:2] != size:
        raise FormatError(
            "{path} is of size {size} (height, width), the JSON file says {stated_size}",
            path=path,
            size=list(pixels.shape[:2]),
            stated_size=list(size),
        )
    masks = masks_of_labels(segment_ids(pixels), with_zero=True)
    void = masks.pop(0, None)
    _require_agreement(set(masks), set(segments), path)
    found = {
        TargetId(number): TargetMask(masks[number], is_crowd=segment.is_crowd)
        for number, segment in segments.items()
    }
    return found, void


def _require_agreement(painted: set[int], listed: set[int], path: Path) -> None:
    if painted - listed:
        raise FormatError(
            "{path} shows segment {segment}, which its list of segments lacks",
            path=path,
            segment=min(painted - listed),
        )
    if listed - painted:
        raise FormatError(
            "{path} lacks segment {segment}, which its list of segments has",
            path=path,
            segment=min(listed - painted),
        )


def segment_ids(pixels: np.ndarray) -> np.ndarray:
    """(H, W) int32 segment ids of (H, W, 3) uint8 RGB pixels."""
    padded = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2RGBA)
    ids: np.ndarray = padded.view("<i4")[..., 0] & MAX_SEGMENT_ID
    return ids


def segment_pixels(ids: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 RGB pixels of (H, W) segment ids."""
    height, width = ids.shape
    bytes_of_ids = np.ascontiguousarray(ids, dtype="<i4").view(np.uint8)
    return cv2.cvtColor(bytes_of_ids.reshape(height, width, 4), cv2.COLOR_RGBA2RGB)


def segment_png(frame: AnnotatedFrame, size: tuple[int, int]) -> bytes:
    """The panoptic image of a frame without overlaps, as a PNG file."""
    return png(segment_pixels(labels_of_masks(frame.masks, size, np.int32)))


def segment_rows(
    frame: AnnotatedFrame, categories: Mapping[TargetId, CategoryId], *, with_boxes: bool = True
) -> list[dict[str, Any]]:
    """The list `segments_info` of a frame.

    Args:
        frame: A frame without overlaps.
        categories: The class of each target.
        with_boxes: Whether `bbox` is given.
    """
    rows = []
    for target, mask in frame.masks.items():
        row: dict[str, Any] = {"id": target, "category_id": categories[target]}
        row["iscrowd"] = int(mask.is_crowd)
        if with_boxes:
            row["bbox"] = [int(side) for side in box_of(mask.mask)]
        rows.append({**row, "area": mask.mask.area})
    return rows
