"""Deformable sampling for inference on CPUs: from the projections' raw numbers to the sums.

The same sums as `deformable_sampling`, which stays the oracle and serves training. Here the
coordinates of x and of y are planes of their own, so that each step is one pass over memory that
lies side by side; all maps have rows of one length, so that the four cells round a sample lie at
the same index in four views of one table; and the softmax over a head's samples, whose rows are
too short for PyTorch's own, is an exponential before the sums and a quotient after them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from tarvis_core.model.deformable_sampling import Size

QUERIES_AT_ONCE = 2048
"""So many queries' indices and weights stay in the processor's cache, and are enough for their
linear layers to be fast (measured)."""
LARGEST_TOTAL = 1e30
"""Sums of exponentials up to this size, and down to its inverse, are safe in single precision."""
LARGEST_EXACT = 2**24
"""Whole numbers below it are exact in single precision."""


@dataclass(frozen=True)
class SampleLayout:
    """What depends only on the maps' sizes. R = heads · levels · points, in this order."""

    level_sizes: tuple[Size, ...]
    num_heads: int
    num_tokens: int
    row_cells: int
    """Cells in a row of each padded map: the widest map's, a column of zeros before, two behind."""
    table_starts: tuple[int, ...]
    """First cell of each padded map (a row of zeros before, two behind)."""
    num_cells: int
    """Cells of all padded maps."""
    centres_SX: Tensor
    """Each token's place in the padded maps, in cells: first x (R columns), then y."""
    last_X: Tensor
    """Where a sample that is beyond the map's far border reads zeros."""
    first_rows_R: Tensor
    """First row of the table for each head and sample; as all indices, whole numbers as floats."""

    @property
    def corner_steps(self) -> tuple[int, ...]:
        """Rows of the table from a cell to itself, the one on its right, below, and both."""
        below = self.row_cells * self.num_heads
        return 0, self.num_heads, below, below + self.num_heads


@lru_cache(maxsize=4)
def sample_layout(level_sizes: tuple[Size, ...], num_heads: int, num_points: int) -> SampleLayout:
    """The layout for these maps; kept for the next clip of the same size."""
    sizes_L2 = torch.tensor(level_sizes)
    row_cells = int(sizes_L2[:, 1].amax()) + 3
    areas_L = (sizes_L2[:, 0] + 3) * row_cells
    starts_L = areas_L.cumsum(dim=0) - areas_L
    first_rows_HL = starts_L * num_heads + torch.arange(num_heads)[:, None]
    num_cells = int(areas_L.sum())
    assert num_cells * num_heads < LARGEST_EXACT

    def for_samples(values_L: Tensor) -> Tensor:
        return values_L.repeat_interleave(num_points).repeat(num_heads)

    centres = []
    for axis in (1, 0):
        places_SL = _token_places(level_sizes, axis)[:, None] * sizes_L2[:, axis] + 0.5
        centres.append(places_SL.repeat_interleave(num_points, dim=1).repeat(1, num_heads))
    return SampleLayout(
        level_sizes,
        num_heads,
        int(sizes_L2.prod(dim=1).sum()),
        row_cells,
        tuple(starts_L.tolist()),
        num_cells,
        torch.cat(centres, dim=1),
        torch.cat([for_samples(sizes_L2[:, axis] + 1) for axis in (1, 0)]).float(),
        first_rows_HL.flatten().repeat_interleave(num_points).float(),
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
    """Samples frame after frame, a chunk of queries at a time, from one table of cells."""

    def __init__(self, layout: SampleLayout, width: int) -> None:
        self._layout = layout
        self._table_CC = torch.empty(layout.num_cells, width)
        for map_HWC, (height, columns) in zip(self._maps(), layout.level_sizes, strict=True):
            for border in (map_HWC[0], map_HWC[height + 1 :]):
                border.zero_()
            for border in (map_HWC[:, 0], map_HWC[:, columns + 1 : columns + 3]):
                border.zero_()
        num_bags = min(QUERIES_AT_ONCE, layout.num_tokens) * layout.num_heads
        bag = len(layout.first_rows_R) // layout.num_heads
        self._bag_starts = torch.arange(0, num_bags * bag, bag, dtype=torch.int32)
        """Where the bag of each query and head begins."""

    def read(self, values_of: Callable[[slice], Tensor]) -> None:
        """Take a frame's values, shape (tokens, C) for the tokens asked for; zeros round it stay.

        Args:
            values_of: Asked for some rows of a map at a time.
        """
        first_token = 0
        for map_HWC, (height, width) in zip(self._maps(), self._layout.level_sizes, strict=True):
            for rows in _parts(height, max(1, QUERIES_AT_ONCE // width)):
                tokens = slice(first_token + rows.start * width, first_token + rows.stop * width)
                part_HWC = values_of(tokens).view(rows.stop - rows.start, width, -1)
                map_HWC[rows.start + 1 : rows.stop + 1, 1 : width + 1] = part_HWC
            first_token += height * width

    def _maps(self) -> Iterator[Tensor]:
        """Each padded map of the table, shape (H + 3, row, C)."""
        layout = self._layout
        for (height, _), start in zip(layout.level_sizes, layout.table_starts, strict=True):
            cells = self._table_CC[start : start + (height + 3) * layout.row_cells]
            yield cells.view(height + 3, layout.row_cells, -1)

    def chunks(self) -> Iterator[slice]:
        """The frame's tokens in parts."""
        return _parts(self._layout.num_tokens, QUERIES_AT_ONCE)

    def sum(self, chunk: slice, raw_QX: Tensor) -> Tensor:
        """The sums of some queries, single precision, shape (Q, C); see `sample_projections`."""
        layout = self._layout
        num_places = layout.centres_SX.shape[1]
        powers_QHP, totals_QH = _powers(raw_QX[:, num_places:].float(), layout.num_heads)
        places_QX = raw_QX[:, :num_places].float() + layout.centres_SX[chunk]
        sums_QHD = self._weighted_cells(places_QX, powers_QHP.flatten(1))
        return sums_QHD.div_(totals_QH[:, :, None]).flatten(1)

    def _weighted_cells(self, places_QX: Tensor, weights_QR: Tensor) -> Tensor:
        """Sums of bilinear samples, shape (Q, heads, C / heads); overwrites what it is given."""
        layout = self._layout
        torch.minimum(places_QX, layout.last_X, out=places_QX).clamp_(min=0)
        cells_QX = places_QX.floor()
        columns_QR, lines_QR = cells_QX.chunk(2, dim=1)
        corner_QR = torch.add(layout.first_rows_R, lines_QR, alpha=layout.corner_steps[2])
        corner_QR.add_(columns_QR, alpha=layout.num_heads)
        # what is not a number passes the bounds above, but must not become an index
        index = corner_QR.int().clamp_(min=0).view(-1)
        right_QR, below_QR = places_QX.sub_(cells_QX).chunk(2, dim=1)
        bottom_QR = below_QR * weights_QR
        top_QR = weights_QR.sub_(bottom_QR)
        corners = []
        for row_QR in (top_QR, bottom_QR):
            on_the_right_QR = row_QR * right_QR
            corners += [row_QR.sub_(on_the_right_QR), on_the_right_QR]
        return self._sum_corners(index, corners).view(len(places_QX), layout.num_heads, -1)

    def _sum_corners(self, index: Tensor, corners: Sequence[Tensor]) -> Tensor:
        """Sums over bags of one index, in as many views of the table as there are corners."""
        rows_RD = self._table_CC.view(-1, self._table_CC.shape[1] // self._layout.num_heads)
        starts = self._bag_starts[: len(corners[0]) * self._layout.num_heads]
        total = None
        for step, weights_QR in zip(self._layout.corner_steps, corners, strict=True):
            sums, *_ = torch.embedding_bag(
                rows_RD[step:], index, starts, mode=0, per_sample_weights=weights_QR.view(-1)
            )
            total = sums if total is None else total.add_(sums)
        assert total is not None
        return total


def _parts(length: int, at_once: int) -> Iterator[slice]:
    for first in range(0, length, at_once):
        yield slice(first, min(first + at_once, length))


def _token_places(level_sizes: Sequence[Size], axis: int) -> Tensor:
    """Row (0) or column (1) of each token's centre as a share of the frame's side."""
    places = []
    for height, width in level_sizes:
        side = (height, width)[axis]
        steps = (torch.arange(side) + 0.5) / side
        grid = steps[:, None] if axis == 0 else steps[None, :]
        places.append(grid.expand(height, width).flatten())
    return torch.cat(places)


def _powers(logits_QR: Tensor, num_heads: int) -> tuple[Tensor, Tensor]:
    """Weights of the samples of each head, shape (Q, heads, L · P), and their sums (Q, heads).

    The quotient is the softmax. Both are changed by whoever asks.
    """
    powers_QHP = logits_QR.exp().view(len(logits_QR), num_heads, -1)
    totals_QH = powers_QHP.sum(dim=-1)
    least, largest = totals_QH.aminmax()
    if bool((least >= 1 / LARGEST_TOTAL) & (largest <= LARGEST_TOTAL)):
        return powers_QHP, totals_QH
    weights_QHP = functional.softmax(logits_QR.reshape(powers_QHP.shape), dim=-1)
    return weights_QHP, torch.ones_like(totals_QH)
