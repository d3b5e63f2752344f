"""Which pixels each object query and each background query stands for (Section 3.3)."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from tarvis_core.model.model_config import ObjectEncoderConfig, PointEncoding, SegmentRule
from tarvis_core.model.object_exemplars import ObjectExemplars


@dataclass(frozen=True)
class SegmentPixels:
    """The pixels of an object (or of the background), divided into segments."""

    pixels_P: Tensor
    """Pixel numbers in the flattened (T, H, W) volume, int64. One may occur more than once."""
    segments_P: Tensor
    """The segment of each, int64, 0…num_segments-1."""
    num_segments: int
    """How many segments there are; those of the background may have no pixels."""


def background_cells(size: tuple[int, int], grid: tuple[int, int], device: torch.device) -> Tensor:
    """Number of the background cell that each pixel of a frame belongs to.

    Args:
        size: (H, W) of the padded frame.
        grid: Rows and columns of cells.
        device: Where the result lies.

    Returns:
        Cell numbers, row by row, int64, shape (H, W).
    """
    rows, columns = (
        _cells_along(side, cells, device) for side, cells in zip(size, grid, strict=True)
    )
    return rows[:, None] * grid[1] + columns[None, :]


def background_borders(side: int, num_cells: int) -> tuple[int, ...]:
    """Where the background's cells begin along one side of the frame, in pixels, and its end."""
    counts = _cells_along(side, num_cells, torch.device("cpu")).bincount(minlength=num_cells)
    return (0, *counts.cumsum(dim=0).tolist())


def _cells_along(side: int, num_cells: int, device: torch.device) -> Tensor:
    places = torch.linspace(-0.499, num_cells - 0.501, side, device=device)
    return places.round().long().clamp(min=0)


def divide_mask(mask_THW: Tensor, num_segments: int, rule: SegmentRule) -> SegmentPixels:
    """Divide a mask into equal parts.

    Args:
        mask_THW: Bool, with at least one pixel.
        num_segments: How many parts.
        rule: Whether the whole volume or each frame is cut.
    """
    if rule is SegmentRule.WHOLE_VOLUME:
        return _cut(mask_THW.flatten().nonzero().flatten(), num_segments)
    frame_area = mask_THW[0].numel()
    parts = []
    for frame, mask_HW in enumerate(mask_THW):
        pixels = mask_HW.flatten().nonzero().flatten()
        if len(pixels):
            parts.append(_cut(pixels + frame * frame_area, num_segments))
    return SegmentPixels(
        torch.cat([part.pixels_P for part in parts]),
        torch.cat([part.segments_P for part in parts]),
        num_segments,
    )


def segments_of_objects(
    objects: ObjectExemplars, num_segments: int, config: ObjectEncoderConfig
) -> Iterator[SegmentPixels]:
    """The pixels that queries are made of: first those of the background, then object by object.

    Args:
        objects: The objects of one sample.
        num_segments: Queries per object given by its mask.
        config: How masks are divided and points encoded.
    """
    cells_HW = background_cells(objects.size, config.background_grid, objects.masks_NTHW.device)
    is_background_THW = ~objects.masks_NTHW.any(dim=0)
    cells_THW = cells_HW.expand(objects.num_frames, -1, -1)
    pixels = is_background_THW.flatten().nonzero().flatten()
    cells = cells_THW.flatten()[pixels]
    yield SegmentPixels(pixels, cells, config.num_background_queries)
    yield from segments_without_background(objects, num_segments, config)


def segments_without_background(
    objects: ObjectExemplars, num_segments: int, config: ObjectEncoderConfig
) -> Iterator[SegmentPixels]:
    """The rest of `segments_of_objects`: object by object."""
    for mask_THW in objects.masks_NTHW:
        yield divide_mask(mask_THW, num_segments, config.segment_rule)
    if config.point_encoding is PointEncoding.ONE_PIXEL_MASK:
        yield from _pixels_of_points(objects)


def _cut(pixels: Tensor, num_segments: int) -> SegmentPixels:
    """Consecutive, nearly equal parts; too short a list is repeated until each part has a pixel."""
    pixels = pixels.repeat(-(-num_segments // len(pixels)))
    size, num_larger = divmod(len(pixels), num_segments)
    sizes = torch.full((num_segments,), size, device=pixels.device)
    sizes[:num_larger] += 1
    numbers = torch.arange(num_segments, device=pixels.device)
    return SegmentPixels(pixels, numbers.repeat_interleave(sizes), num_segments)


def _pixels_of_points(objects: ObjectExemplars) -> Iterator[SegmentPixels]:
    height, width = objects.size
    columns = objects.points_N2[:, 0].floor().long().clamp(0, width - 1)
    rows = objects.points_N2[:, 1].floor().long().clamp(0, height - 1)
    pixels_N = (objects.point_frames_N * height + rows) * width + columns
    for pixel_1 in pixels_N.split(1):
        yield SegmentPixels(pixel_1, torch.zeros_like(pixel_1), 1)
