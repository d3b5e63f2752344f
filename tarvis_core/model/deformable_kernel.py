"""Deformable sampling as one GPU kernel in Triton: from the projections' raw numbers to the sums.

The same sums as `deformable_sampling`, whose plain way stays the oracle. That way writes every
sample to memory before it is weighed (347 MB per frame and layer at 480×854 in half precision);
here weights, places and samples live in registers, and only the sums are written.

Importing this needs Triton. `fused_sampling` asks whether it is there and sound.
"""

# ruff: noqa: ANN001, ANN202, PLR0913  (within kernels only Triton's own annotations mean something)

from collections.abc import Sequence
from functools import lru_cache

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.errors import TritonError

from tarvis_core.model.deformable_sampling import Size

__all__ = ["TritonError", "sample_fused"]

TOKENS_AT_ONCE = 32
"""Tokens of one program: 32 × 32 sums in registers. Not tuned: no GPU was at hand."""


@triton.jit
def _centres(token_Q, levels, num_levels: tl.constexpr, block_tokens: tl.constexpr):
    """Centre (x, y) of each token's cell in units of the frame's sides."""
    x_Q = tl.full([block_tokens], 0.0, tl.float32)
    y_Q = tl.full([block_tokens], 0.0, tl.float32)
    for level in tl.static_range(num_levels):
        height = tl.load(levels + 3 * level)
        width = tl.load(levels + 3 * level + 1)
        cell_Q = token_Q - tl.load(levels + 3 * level + 2)
        is_here_Q = (cell_Q >= 0) & (cell_Q < height * width)
        x_Q = tl.where(is_here_Q, (cell_Q % width + 0.5) / width, x_Q)
        y_Q = tl.where(is_here_Q, (cell_Q // width + 0.5) / height, y_Q)
    return x_Q, y_Q


@triton.jit
def _largest_logit(logits_Q, is_token_Q, num_samples: tl.constexpr, block_tokens: tl.constexpr):
    """Largest logit of a head's samples: the exponentials are taken relative to it."""
    largest_Q = tl.full([block_tokens], float("-inf"), tl.float32)
    for sample in tl.static_range(num_samples):
        logit_Q = tl.load(logits_Q + sample, mask=is_token_Q, other=0.0)
        largest_Q = tl.maximum(largest_Q, logit_Q.to(tl.float32))
    return largest_Q


@triton.jit
def _read_cells(cells_D, row_Q, column_Q, height, width, row_length: tl.constexpr, is_read_QD):
    """One cell per token, zeros outside of the map, in single precision."""
    is_inside_Q = (row_Q >= 0) & (row_Q < height) & (column_Q >= 0) & (column_Q < width)
    place_Q = (row_Q * width + column_Q) * row_length
    is_read_QD = is_read_QD & is_inside_Q[:, None]
    return tl.load(cells_D + place_Q[:, None], mask=is_read_QD, other=0.0).to(tl.float32)


@triton.jit
def _bilinear(cells_D, x_Q, y_Q, height, width, row_length: tl.constexpr, is_read_QD):
    """One bilinear sample per token; x and y in cells, 0 in the middle of the first."""
    # a cell before the map and one behind it read zeros, so what is farther goes there
    x_Q = tl.minimum(tl.maximum(x_Q, -1.0), width)
    y_Q = tl.minimum(tl.maximum(y_Q, -1.0), height)
    left_Q = tl.floor(x_Q).to(tl.int32)
    top_Q = tl.floor(y_Q).to(tl.int32)
    right_share_Q = (x_Q - left_Q)[:, None]
    bottom_share_Q = (y_Q - top_Q)[:, None]
    top_left = _read_cells(cells_D, top_Q, left_Q, height, width, row_length, is_read_QD)
    top_right = _read_cells(cells_D, top_Q, left_Q + 1, height, width, row_length, is_read_QD)
    left = _read_cells(cells_D, top_Q + 1, left_Q, height, width, row_length, is_read_QD)
    right = _read_cells(cells_D, top_Q + 1, left_Q + 1, height, width, row_length, is_read_QD)
    top = top_left + right_share_Q * (top_right - top_left)
    bottom = left + right_share_Q * (right - left)
    return top + bottom_share_Q * (bottom - top)


@triton.jit
def _sum_samples(
    raw,
    value,
    sums,
    levels,
    num_tokens,
    num_heads: tl.constexpr,
    num_levels: tl.constexpr,
    num_points: tl.constexpr,
    head_width: tl.constexpr,
    block_tokens: tl.constexpr,
    block_width: tl.constexpr,
):
    """One program: some tokens of one frame, one head."""
    head = tl.program_id(1)
    first_token = tl.program_id(2).to(tl.int64) * num_tokens
    token_Q = tl.program_id(0) * block_tokens + tl.arange(0, block_tokens)
    channel_D = tl.arange(0, block_width)[None, :]
    is_token_Q = token_Q < num_tokens
    is_read_QD = is_token_Q[:, None] & (channel_D < head_width)
    num_samples: tl.constexpr = num_levels * num_points
    part: tl.constexpr = num_heads * num_samples
    row_length: tl.constexpr = num_heads * head_width
    raw_Q = raw + (first_token + token_Q) * (3 * part) + head * num_samples
    channels_D = head * head_width + channel_D
    centre_x_Q, centre_y_Q = _centres(token_Q, levels, num_levels, block_tokens)
    largest_Q = _largest_logit(raw_Q + 2 * part, is_token_Q, num_samples, block_tokens)
    total_Q = tl.full([block_tokens], 0.0, tl.float32)
    sum_QD = tl.full([block_tokens, block_width], 0.0, tl.float32)
    for level in tl.static_range(num_levels):
        height = tl.load(levels + 3 * level)
        width = tl.load(levels + 3 * level + 1)
        first_cell = first_token + tl.load(levels + 3 * level + 2)
        cells_D = value + first_cell * row_length + channels_D
        for point in range(num_points):  # written out, it would need all of a thread's registers
            sample_Q = raw_Q + level * num_points + point
            x_Q = tl.load(sample_Q, mask=is_token_Q, other=0.0).to(tl.float32)
            y_Q = tl.load(sample_Q + part, mask=is_token_Q, other=0.0).to(tl.float32)
            logit_Q = tl.load(sample_Q + 2 * part, mask=is_token_Q, other=0.0).to(tl.float32)
            weight_Q = tl.exp(logit_Q - largest_Q)
            x_Q += centre_x_Q * width - 0.5
            y_Q += centre_y_Q * height - 0.5
            read_QD = _bilinear(cells_D, x_Q, y_Q, height, width, row_length, is_read_QD)
            total_Q += weight_Q
            sum_QD += weight_Q[:, None] * read_QD
    place_QD = (first_token + token_Q)[:, None] * row_length + channels_D
    tl.store(sums + place_QD, sum_QD / total_Q[:, None], mask=is_read_QD)


@torch.no_grad()
def sample_fused(
    raw_NSX: Tensor, value_NSC: Tensor, level_sizes: Sequence[Size], num_heads: int
) -> Tensor:
    """Weighted sums of bilinear samples.

    Args:
        raw_NSX: Per token the offsets in x of its samples in cells, then those in y, then the
            logits of their weights; each in the order head, level, point. float32, float16 or
            bfloat16.
        value_NSC: Values of all levels' cells, of one of these types.
        level_sizes: (H, W) of each level; S is the sum of their areas.
        num_heads: Heads among the C channels.

    Returns:
        Sums, shape (N, S, C), in the type of the values.
    """
    raw_NSX, value_NSC = raw_NSX.contiguous(), value_NSC.contiguous()
    num_frames, num_tokens, width = value_NSC.shape
    head_width = width // num_heads
    sums_NSC = torch.empty_like(value_NSC)
    grid = (triton.cdiv(num_tokens, TOKENS_AT_ONCE), num_heads, num_frames)
    with torch.cuda.device_of(value_NSC):
        _sum_samples[grid](
            raw_NSX,
            value_NSC,
            sums_NSC,
            _level_table(tuple(level_sizes), value_NSC.device),
            num_tokens,
            num_heads=num_heads,
            num_levels=len(level_sizes),
            num_points=raw_NSX.shape[-1] // (3 * num_heads * len(level_sizes)),
            head_width=head_width,
            block_tokens=TOKENS_AT_ONCE,
            block_width=triton.next_power_of_2(head_width),
            enable_fp_fusion=True,  # the usual choice; left open, Triton warns
        )
    return sums_NSC


@lru_cache(maxsize=8)
@torch.inference_mode(mode=False)
def _level_table(level_sizes: tuple[Size, ...], device: torch.device) -> Tensor:
    """Height, width and first token of each level, int32; kept, as copying it would wait."""
    sizes_L2 = torch.tensor(level_sizes, dtype=torch.int32)
    areas_L = sizes_L2.prod(dim=1, dtype=torch.int32)
    starts_L1 = (areas_L.cumsum(dim=0, dtype=torch.int32) - areas_L)[:, None]
    return torch.cat([sizes_L2, starts_L1], dim=1).contiguous().to(device)
