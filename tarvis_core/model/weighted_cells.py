"""The object encoder's fast reading of masks: each F4 cell once, weighted by its pixels.

All pixels of a mask that lie in one cell have the same feature and position. Attending to n copies
of a key is attending to one with log n added to its logit, and their mean is a weighted mean. So
this computes exactly what `point_sampling.sample_pixels` without a limit does, with up to 16 times
fewer keys. Further, the keys' and values' projections are applied to the few queries instead of the
many cells: q · (W x) = (Wᵀ q) · x, and the sum of weighted W x is W times the weighted sum of x.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from einops import einsum, rearrange
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from tarvis_core.model.attention_layers import MultiHeadAttention
from tarvis_core.model.mask_segments import (
    SegmentPixels,
    background_borders,
    segments_without_background,
)
from tarvis_core.model.model_config import ObjectEncoderConfig
from tarvis_core.model.object_exemplars import ObjectExemplars
from tarvis_core.model.point_sampling import STRIDE, cells_of_pixels
from tarvis_core.model.position_encoding import row_and_column_codes


@dataclass(frozen=True)
class _Bucket:
    """Queries with about equally many cells, padded to the longest list."""

    tokens_QLC: Tensor
    """Features of the cells."""
    log_counts_QL: Tensor
    """Logarithm of the number of pixels in each cell; minus infinity for padding."""
    rows_QL: Tensor
    """Row of each cell in its frame."""
    columns_QL: Tensor
    """Column of each cell in its frame."""


@dataclass(frozen=True)
class WeightedCells:
    """What each query may attend to: the cells of its own pixels."""

    buckets: tuple[_Bucket, ...]
    """Queries in order of their number of cells; those without any are in none."""
    order_Q: Tensor
    """The queries of the buckets, one after the other."""
    places_Q: Tensor
    """Where each query is in the buckets' order, behind those without cells."""
    row_codes_HC: Tensor
    """Positions' part for the rows, shape (H4, C/2)."""
    column_codes_WC: Tensor
    """Positions' part for the columns, shape (W4, C/2)."""

    def mean(self) -> Tensor:
        """Mean feature of each query's pixels, shape (Q, C); zero for a query without any."""
        means = [
            einsum(bucket.log_counts_QL.softmax(-1).to(tokens), tokens, "q l, q l c -> q c")
            for bucket in self.buckets
            for tokens in [bucket.tokens_QLC]
        ]
        return self._in_order(means)

    def attend(self, attention: MultiHeadAttention, query_QC: Tensor) -> Tensor:
        """Let each query attend to its own pixels, shape (Q, C)."""
        (key_weight, _), (value_weight, value_bias) = (
            attention.projection(1),
            attention.projection(2),
        )
        heads = attention.num_heads
        query_QHD = attention.query_heads(query_QC[None])[0].transpose(0, 1)
        query_QHD = query_QHD * (attention.width // heads) ** -0.5
        # the keys' bias adds the same to all logits of a query and drops out
        key_weight_HDC = rearrange(key_weight, "(h d) c -> h d c", h=heads)
        folded_QHC = einsum(query_QHD, key_weight_HDC, "q h d, h d c -> q h c")
        folded_QHC = folded_QHC[self.order_Q]
        sizes = [len(bucket.tokens_QLC) for bucket in self.buckets]
        mixed = [
            self._mix(bucket, folded)
            for bucket, folded in zip(self.buckets, folded_QHC.split(sizes), strict=True)
        ]
        value_weight_HDC = rearrange(value_weight, "(h d) c -> h d c", h=heads)
        answer_QHD = einsum(self._in_order(mixed), value_weight_HDC, "q h c, h d c -> q h d")
        return attention.out_proj(rearrange(answer_QHD, "q h d -> q (h d)") + value_bias)

    def _mix(self, bucket: _Bucket, folded_QHC: Tensor) -> Tensor:
        """Mean of the cells' features as weighted by attention, shape (Q, heads, C)."""
        logits_QHL = folded_QHC @ bucket.tokens_QLC.transpose(1, 2)
        # a position is a row's code beside a column's, so its logit is a sum of two table entries
        row_part, column_part = folded_QHC.chunk(2, dim=-1)
        for part, codes, places_QL in (
            (row_part, self.row_codes_HC, bucket.rows_QL),
            (column_part, self.column_codes_WC, bucket.columns_QL),
        ):
            table = part @ codes.to(part.dtype).T
            places_QHL = places_QL[:, None, :].expand(-1, table.shape[1], -1)
            logits_QHL = logits_QHL + table.gather(2, places_QHL)
        logits_QHL = logits_QHL.float() + bucket.log_counts_QL[:, None, :]
        return logits_QHL.softmax(dim=-1).to(folded_QHC.dtype) @ bucket.tokens_QLC

    def _in_order(self, parts: Sequence[Tensor]) -> Tensor:
        """Rows per query in the buckets' order, brought into the queries' order."""
        rows = torch.cat(list(parts))
        nothing = rows.new_zeros(len(self.places_Q) - len(rows), *rows.shape[1:])
        return torch.cat([nothing, rows])[self.places_Q]


def weigh_cells(
    batch: Sequence[ObjectExemplars],
    num_segments: int,
    config: ObjectEncoderConfig,
    tokens_BNC: Tensor,
) -> WeightedCells:
    """Count the pixels of every segment in every cell.

    Args:
        batch: The objects of each sample.
        num_segments: Queries per object given by its mask.
        config: How background and masks are divided.
        tokens_BNC: F4 of each sample's reference frames, flattened in (T, H4, W4) order.

    Returns:
        One query per segment, sample after sample: background first, then object by object.
    """
    size = batch[0].size
    num_cells, channels = tokens_BNC.shape[1:]
    cells, counts = [], []
    for sample, objects in enumerate(batch):
        for present, count in _counted_segments(objects, num_segments, config):
            cells.append(present + sample * num_cells)
            counts.append(count)
    sizes_Q = torch.tensor([len(present) for present in cells])
    order_Q = sizes_Q.argsort(stable=True)
    filled_Q = order_Q[(sizes_Q == 0).sum() :]
    tokens_NC = rearrange(tokens_BNC, "b n c -> (b n) c")
    buckets = tuple(
        _bucket([cells[q] for q in queries], [counts[q] for q in queries], tokens_NC, size)
        for queries in _group_by_size(filled_Q.tolist(), sizes_Q.tolist())
    )
    return WeightedCells(
        buckets,
        filled_Q.to(tokens_NC.device),
        order_Q.argsort().to(tokens_NC.device),
        *row_and_column_codes((size[0] // STRIDE, size[1] // STRIDE), channels, tokens_NC),
    )


def _counted_segments(
    objects: ObjectExemplars, num_segments: int, config: ObjectEncoderConfig
) -> Iterator[tuple[Tensor, Tensor]]:
    """Each segment's cells, and its pixels in each of them."""
    yield from _counted_background(objects, config.background_grid)
    num_cells = objects.num_frames * objects.size[0] * objects.size[1] // STRIDE**2
    for segment in segments_without_background(objects, num_segments, config):
        for count_N in _count_cells(segment, num_cells, objects.size):
            present = count_N.nonzero().flatten()
            yield present, count_N[present]


def _counted_background(
    objects: ObjectExemplars, grid: tuple[int, int]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Cell by cell of the background's grid, whose pixels are never listed one by one."""
    height, width = objects.size
    is_background_THW = ~objects.masks_NTHW.any(dim=0)
    borders = (
        background_borders(side, cells) for side, cells in zip(objects.size, grid, strict=True)
    )
    for (top, bottom), (left, right) in itertools.product(*map(itertools.pairwise, borders)):
        first_row, first_column = top // STRIDE, left // STRIDE
        rows = slice(first_row * STRIDE, -(-bottom // STRIDE) * STRIDE)
        columns = slice(first_column * STRIDE, -(-right // STRIDE) * STRIDE)
        part_THW = is_background_THW[:, rows, columns].to(torch.uint8)
        part_THW[:, : top - rows.start] = 0
        part_THW[:, bottom - rows.start :] = 0
        part_THW[:, :, : left - columns.start] = 0
        part_THW[:, :, right - columns.start :] = 0
        count_THW = _sum_of_blocks(part_THW)
        frames, in_rows, in_columns = count_THW.nonzero().unbind(dim=1)
        places = frames * (height // STRIDE) + in_rows + first_row
        present = places * (width // STRIDE) + in_columns + first_column
        yield present, count_THW[frames, in_rows, in_columns]


def _sum_of_blocks(pixels_THW: Tensor) -> Tensor:
    """Sums over blocks of STRIDE × STRIDE pixels."""
    rows = pixels_THW.unflatten(1, (-1, STRIDE))
    lines_THW = sum(rows[:, :, index] for index in range(STRIDE))
    columns = lines_THW.unflatten(2, (-1, STRIDE))
    return sum(columns[..., index] for index in range(STRIDE))


def _count_cells(segment: SegmentPixels, num_cells: int, size: tuple[int, int]) -> Tensor:
    """Pixels of each segment in each cell, shape (segments, cells), int64."""
    index_P = segment.segments_P * num_cells + cells_of_pixels(segment.pixels_P, size)
    counts = index_P.bincount(minlength=segment.num_segments * num_cells)
    return rearrange(counts, "(s n) -> s n", s=segment.num_segments)


def _group_by_size(queries: Sequence[int], sizes: Sequence[int]) -> list[list[int]]:
    """Neighbours in ascending order of size, the largest at most twice the smallest."""
    groups: list[list[int]] = []
    for query in queries:
        if not groups or sizes[query] > 2 * sizes[groups[-1][0]]:
            groups.append([])
        groups[-1].append(query)
    return groups


def _bucket(
    cells: list[Tensor], counts: list[Tensor], tokens_NC: Tensor, size: tuple[int, int]
) -> _Bucket:
    cells_QL = pad_sequence(cells, batch_first=True)
    counts_QL = pad_sequence(counts, batch_first=True)
    height, width = size[0] // STRIDE, size[1] // STRIDE
    return _Bucket(
        tokens_NC[cells_QL],
        counts_QL.float().log(),
        cells_QL // width % height,
        cells_QL % width,
    )
