"""Deformable sampling for inference on CPUs: from the projections' raw numbers to the sums.

The same sums as `deformable_sampling`, which stays the oracle and serves training. Here the
coordinates of x and of y are planes of their own, so that each step is one pass over memory that
lies side by side; chunks of queries share their buffers, which stay in the processor's cache; and
the softmax over a head's samples, whose rows are too short for PyTorch's own, is an exponential and
a product with a matrix of ones.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional

from tarvis_core.model.deformable_sampling import Size

QUERIES_AT_ONCE = 2048
"""So many queries' indices and weights stay in the processor's cache, and are enough for their
linear layers to be fast (measured)."""
LARGEST_EXPONENT = 80.0
"""Exponentials of numbers up to this size neither overflow nor vanish in single precision."""


@dataclass(frozen=True)
class SampleLayout:
    """What depends only on the maps' sizes. R = heads · levels · points, in this order."""

    level_sizes: tuple[Size, ...]
    num_heads: int
    num_tokens: int
    table_starts: tuple[int, ...]
    """First cell of each padded map (a row and column of zeros before, two behind)."""
    num_cells: int
    """Cells of all padded maps."""
    centres_SX: Tensor
    """Each token's place in the padded maps, in cells: first x (R columns), then y."""
    last_x_R: Tensor
    last_y_R: Tensor
    """Where a sample that is beyond the map's far border reads zeros."""
    row_steps_R: Tensor
    """Rows of the table from a cell to the one below it."""
    first_rows_R: Tensor
    """First row of the table for each head and sample."""
    sums_RR: Tensor
    """Ones where two samples belong to the same head."""


@lru_cache(maxsize=4)
def sample_layout(level_sizes: tuple[Size, ...], num_heads: int, num_points: int) -> SampleLayout:
    """The layout for these maps; kept for the next clip of the same size."""
    sizes_L2 = torch.tensor(level_sizes)
    padded_L2 = sizes_L2 + 3
    areas_L = padded_L2.prod(dim=1)
    starts_L = areas_L.cumsum(dim=0) - areas_L
    first_rows_HL = starts_L * num_heads + torch.arange(num_heads)[:, None]

    def for_samples(values_L: Tensor) -> Tensor:
        return values_L.repeat_interleave(num_points).repeat(num_heads)

    centres = []
    for axis in (1, 0):
        places_SL = _token_places(level_sizes, axis)[:, None] * sizes_L2[:, axis] + 0.5
        centres.append(places_SL.repeat_interleave(num_points, dim=1).repeat(1, num_heads))
    head = torch.ones(len(level_sizes) * num_points, len(level_sizes) * num_points)
    return SampleLayout(
        level_sizes,
        num_heads,
        int(sizes_L2.prod(dim=1).sum()),
        tuple(starts_L.tolist()),
        int(areas_L.sum()),
        torch.cat(centres, dim=1),
        for_samples(sizes_L2[:, 1] + 1).float(),
        for_samples(sizes_L2[:, 0] + 1).float(),
        for_samples(padded_L2[:, 1] * num_heads).int(),
        first_rows_HL.flatten().repeat_interleave(num_points).int(),
        torch.block_diag(*[head] * num_heads),
    )


@torch.no_grad()
def sample_projections(raw_NSX: Tensor, value_NSC: Tensor, layout: SampleLayout) -> Tensor:
    """Weighted sums of bilinear samples.

    Args:
        raw_NSX: Per token the offsets in x of its R samples in cells, then those in y, then the
            logits of their weights.
        value_NSC: Values of all levels' cells.
        layout: For the sizes of these levels.

    Returns:
        Sums, shape (N, S, C), single precision.
    """
    sums_NSC = torch.empty(value_NSC.shape)
    sampling = FrameSampling(layout, value_NSC.shape[2])
    for raw_SX, value_SC, sums_SC in zip(raw_NSX, value_NSC, sums_NSC, strict=True):
        sampling.read(value_SC.__getitem__)
        for chunk in sampling.chunks():
            sums_SC[chunk] = sampling.sum(chunk, raw_SX[chunk])
    return sums_NSC


class FrameSampling:
    """Samples frame after frame, a chunk of queries at a time, in buffers that are used again."""

    def __init__(self, layout: SampleLayout, width: int) -> None:
        self._layout = layout
        self._table_CC = torch.zeros(layout.num_cells, width)
        self._buffers = _Buffers.of(layout, min(QUERIES_AT_ONCE, layout.num_tokens))

    def read(self, values_of: Callable[[slice], Tensor]) -> None:
        """Take a frame's values, shape (tokens, C) for the tokens asked for; zeros round it stay.

        Args:
            values_of: Asked for some rows of a map at a time.
        """
        first_token = 0
        layout = self._layout
        for (height, width), start in zip(layout.level_sizes, layout.table_starts, strict=True):
            cells = self._table_CC[start : start + (height + 3) * (width + 3)]
            map_HWC = cells.view(height + 3, width + 3, -1)
            for rows in _parts(height, max(1, QUERIES_AT_ONCE // width)):
                tokens = slice(first_token + rows.start * width, first_token + rows.stop * width)
                part_HWC = values_of(tokens).view(rows.stop - rows.start, width, -1)
                map_HWC[rows.start + 1 : rows.stop + 1, 1 : width + 1] = part_HWC
            first_token += height * width

    def chunks(self) -> Iterator[slice]:
        """The frame's tokens in parts."""
        return _parts(self._layout.num_tokens, QUERIES_AT_ONCE)

    def sum(self, chunk: slice, raw_QX: Tensor) -> Tensor:
        """The sums of some queries, single precision, shape (Q, C); see `sample_projections`."""
        layout = self._layout
        numbers_QX = raw_QX.float()
        num_places = layout.centres_SX.shape[1]
        logits_QR = numbers_QX[:, num_places:]
        weights_QR = _weights(logits_QR, layout)
        places_QX = numbers_QX[:, :num_places] + layout.centres_SX[chunk]
        rows_RD = self._table_CC.view(-1, self._table_CC.shape[1] // layout.num_heads)
        return self._buffers.sum(rows_RD, places_QX, weights_QR, layout)


def _parts(length: int, at_once: int) -> Iterator[slice]:
    for first in range(0, length, at_once):
        yield slice(first, min(first + at_once, length))


@dataclass(frozen=True)
class _Buffers:
    """Indices and weights of a chunk's corners, written anew for each chunk."""

    index_QHKP: Tensor
    """Rows of the table; K: the four cells round a sample."""
    weights_QHKP: Tensor
    offsets: Tensor
    """Where the bag of each query and head begins."""

    @classmethod
    def of(cls, layout: SampleLayout, num_queries: int) -> "_Buffers":
        heads = layout.num_heads
        shape = (num_queries, heads, 4, len(layout.last_x_R) // heads)
        bag = shape[2] * shape[3]
        offsets = torch.arange(0, num_queries * heads * bag, bag, dtype=torch.int32)
        return cls(torch.empty(shape, dtype=torch.int32), torch.empty(shape), offsets)

    def sum(
        self, rows_RD: Tensor, places_QX: Tensor, weights_QR: Tensor, layout: SampleLayout
    ) -> Tensor:
        """The sums of a chunk, shape (Q, C)."""
        num_queries, heads = len(places_QX), layout.num_heads
        x_QR, y_QR = places_QX.chunk(2, dim=1)
        x_QR = x_QR.minimum(layout.last_x_R).clamp_(min=0)
        y_QR = y_QR.minimum(layout.last_y_R).clamp_(min=0)
        # what is not a number passes the bounds above, but must not become an index
        left_QR, top_QR = x_QR.int().clamp_(min=0), y_QR.int().clamp_(min=0)
        right_share, bottom_share = x_QR.sub_(left_QR), y_QR.sub_(top_QR)
        corner = top_QR.mul_(layout.row_steps_R).add_(left_QR, alpha=heads)
        self._write_index(corner.add_(layout.first_rows_R), layout)
        bottom = bottom_share.mul_(weights_QR)
        self._write_weights(weights_QR.sub_(bottom), bottom, right_share)
        sums, *_ = torch.embedding_bag(
            rows_RD,
            self.index_QHKP[:num_queries].view(-1),
            self.offsets[: num_queries * heads],
            mode=0,
            per_sample_weights=self.weights_QHKP[:num_queries].view(-1),
        )
        return sums.view(num_queries, -1)

    def _write_index(self, corner_QR: Tensor, layout: SampleLayout) -> None:
        index, heads = self.index_QHKP[: len(corner_QR)], layout.num_heads
        corner = corner_QR.view(len(index), heads, -1)
        index[:, :, 0] = corner
        torch.add(corner, heads, out=index[:, :, 1])
        below = corner.add_(layout.row_steps_R.view(heads, -1))
        index[:, :, 2] = below
        torch.add(below, heads, out=index[:, :, 3])

    def _write_weights(self, top_QR: Tensor, bottom_QR: Tensor, right_QR: Tensor) -> None:
        weights = self.weights_QHKP[: len(top_QR)]
        shape = (len(weights), weights.shape[1], -1)
        top, bottom, right = (each.view(shape) for each in (top_QR, bottom_QR, right_QR))
        torch.mul(top, right, out=weights[:, :, 1])
        torch.sub(top, weights[:, :, 1], out=weights[:, :, 0])
        torch.mul(bottom, right, out=weights[:, :, 3])
        torch.sub(bottom, weights[:, :, 3], out=weights[:, :, 2])


def _token_places(level_sizes: Sequence[Size], axis: int) -> Tensor:
    """Row (0) or column (1) of each token's centre as a share of the frame's side."""
    places = []
    for height, width in level_sizes:
        side = (height, width)[axis]
        steps = (torch.arange(side) + 0.5) / side
        grid = steps[:, None] if axis == 0 else steps[None, :]
        places.append(grid.expand(height, width).flatten())
    return torch.cat(places)


def _weights(logits_QR: Tensor, layout: SampleLayout) -> Tensor:
    """Softmax over the samples of each head, shape (Q, R)."""
    if not bool(logits_QR.abs().amax() <= LARGEST_EXPONENT):
        heads = rearrange(logits_QR, "q (h lp) -> q h lp", h=layout.num_heads)
        return functional.softmax(heads, dim=-1).flatten(1)
    powers_QR = logits_QR.exp()
    with torch.autocast("cpu", enabled=False):
        return powers_QR.div_(powers_QR @ layout.sums_RR)
