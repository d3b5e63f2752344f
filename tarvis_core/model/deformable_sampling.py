"""Weighted sums of bilinear samples of several maps: the core of deformable attention.

Two ways to the same numbers. `sample_by_grid` is the plain one and runs on any device.
`sample_by_bags` is about ten times faster on a CPU: a bilinear sample is a weighted sum of four
cells, so all samples of a query's head are one weighted sum over rows of a table of cells, which is
what `embedding_bag` computes without writing the samples down.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional

Size = tuple[int, int]

QUERIES_AT_ONCE = 2048
"""So many queries' indices and weights stay in the processor's cache (measured)."""


def at_least_single(x: Tensor) -> Tensor:
    """The same values; half precision, which cannot tell cells apart, becomes single."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def sample_levels(
    value_NSHD: Tensor, level_sizes: Sequence[Size], locations: Tensor, weights: Tensor
) -> Tensor:
    """Weighted sum of bilinear samples of several maps.

    Args:
        value_NSHD: Values of all levels' cells, D channels per head.
        level_sizes: (H, W) of each level.
        locations: Places (x, y) in units of the maps' sides, shape (N, Q, heads, L, P, 2), single
            precision or better. Outside the map is zero.
        weights: Shape (N, Q, heads, L, P).

    Returns:
        Sums, shape (N, Q, heads · D), in the type of the values.
    """
    if value_NSHD.device.type == "cpu":
        return sample_by_bags(value_NSHD, level_sizes, locations, weights)
    return sample_by_grid(value_NSHD, level_sizes, locations, weights)


def sample_by_grid(
    value_NSHD: Tensor, level_sizes: Sequence[Size], locations: Tensor, weights: Tensor
) -> Tensor:
    """`sample_levels`, map by map with PyTorch's own sampling."""
    num_heads = value_NSHD.shape[2]
    areas = [height * width for height, width in level_sizes]
    grids = rearrange(2 * locations - 1, "n q h l p xy -> l (n h) q p xy")
    weights_L = rearrange(at_least_single(weights), "n q h l p -> l (n h) 1 q p")
    total = None
    for level, value in enumerate(value_NSHD.split(areas, dim=1)):
        map_NDHW = rearrange(value, "n (y x) h d -> (n h) d y x", y=level_sizes[level][0])
        # grid_sample wants one type for map and grid
        samples = functional.grid_sample(
            at_least_single(map_NDHW), grids[level], align_corners=False
        )
        weighted_NDQ = (samples * weights_L[level]).sum(dim=-1)
        total = weighted_NDQ if total is None else total + weighted_NDQ
    assert total is not None
    sums_NQC = rearrange(total, "(n h) d q -> n q (h d)", h=num_heads)
    return sums_NQC.to(value_NSHD.dtype)


def sample_by_bags(
    value_NSHD: Tensor, level_sizes: Sequence[Size], locations: Tensor, weights: Tensor
) -> Tensor:
    """`sample_levels` as weighted sums over rows of one table of cells."""
    num_heads, num_points = value_NSHD.shape[2], locations.shape[4]
    table = _CellTable.of(level_sizes, num_points, num_heads, value_NSHD.device)
    locations_NQHP2 = rearrange(locations, "n q h l p xy -> n q h (l p) xy")
    weights_NQHP = rearrange(weights, "n q h l p -> n q h (l p)")
    sums = []
    for value_SHD, places, shares in zip(value_NSHD, locations_NQHP2, weights_NQHP, strict=True):
        rows_RD = _padded_rows(value_SHD, level_sizes)
        chunks = zip(places.split(QUERIES_AT_ONCE), shares.split(QUERIES_AT_ONCE), strict=True)
        sums.append(torch.cat([table.sum(rows_RD, place, share) for place, share in chunks]))
    return torch.stack(sums)


@dataclass(frozen=True)
class _CellTable:
    """Where a table holds which cell of which map, for the samples (level, point) of a query.

    Each map has one row and column of zeros before it and two behind, so that a sample near or
    beyond the border needs no special case. A cell has one row of the table per head.
    """

    widths_P: Tensor
    """Width of each sample's map in cells."""
    heights_P: Tensor
    """Height of each sample's map in cells."""
    row_steps_P: Tensor
    """Rows of the table from a cell to the one below it."""
    starts_HP: Tensor
    """First row of the table for each head and sample."""
    num_heads: int
    """Rows of the table from a cell to the one on its right."""

    @classmethod
    def of(
        cls, level_sizes: Sequence[Size], num_points: int, num_heads: int, device: torch.device
    ) -> "_CellTable":
        """The table for these maps."""
        sizes = torch.tensor(level_sizes, device=device)
        padded = sizes + 3
        areas = padded.prod(dim=1)
        starts = (areas.cumsum(dim=0) - areas) * num_heads
        heads = torch.arange(num_heads, device=device)
        heights_P, widths_P = sizes.repeat_interleave(num_points, dim=0).float().unbind(dim=1)
        row_steps_P = (padded[:, 1] * num_heads).repeat_interleave(num_points)
        starts_HP = starts.repeat_interleave(num_points) + heads[:, None]
        return cls(widths_P, heights_P, row_steps_P.int(), starts_HP.int(), num_heads)

    def sum(self, rows_RD: Tensor, places_QHP2: Tensor, weights_QHP: Tensor) -> Tensor:
        """Weighted sums of bilinear samples, shape (Q, heads · D)."""
        x_QHP, left_QHP = _locate(places_QHP2[..., 0], self.widths_P)
        y_QHP, top_QHP = _locate(places_QHP2[..., 1], self.heights_P)
        corner = top_QHP * self.row_steps_P + (left_QHP * self.num_heads + self.starts_HP)
        below = corner + self.row_steps_P
        index = torch.stack([corner, corner + self.num_heads, below, below + self.num_heads], dim=2)
        bottom = weights_QHP * (y_QHP - top_QHP)
        top = weights_QHP - bottom
        to_the_right = x_QHP - left_QHP
        top_right, bottom_right = top * to_the_right, bottom * to_the_right
        corners = [top - top_right, top_right, bottom - bottom_right, bottom_right]
        weights = torch.stack(corners, dim=2).to(rows_RD.dtype)
        sums = functional.embedding_bag(
            rearrange(index, "q h corner p -> (q h) (corner p)"),
            rows_RD,
            mode="sum",
            per_sample_weights=rearrange(weights, "q h corner p -> (q h) (corner p)"),
        )
        return rearrange(sums, "(q h) d -> q (h d)", h=self.num_heads)


def _padded_rows(value_SHD: Tensor, level_sizes: Sequence[Size]) -> Tensor:
    """The table: one row per cell and head."""
    areas = [height * width for height, width in level_sizes]
    padded = [
        functional.pad(rearrange(part, "(y x) h d -> y x (h d)", y=height), (0, 0, 1, 2, 1, 2))
        for part, (height, _) in zip(value_SHD.split(areas), level_sizes, strict=True)
    ]
    head_width = value_SHD.shape[-1]
    return torch.cat([rearrange(x, "y x (h d) -> (y x h) d", d=head_width) for x in padded])


def _locate(places: Tensor, sides: Tensor) -> tuple[Tensor, Tensor]:
    """Coordinate in a padded map, and the cell before it (int32).

    What is out of the map, or not a number, is moved to where everything is zero.
    """
    coordinate = torch.fmin(torch.fmax(places * sides + 0.5, torch.zeros_like(sides)), sides + 1)
    return coordinate, coordinate.detach().int()
