"""Swin Transformer trunk for frames of any size (Liu et al., ICCV 2021).

timm's Swin shifts before it pads and shrinks its windows on small maps; the networks that TarViS
weights were trained with pad first and keep their window. Names of parameters are timm's, so that
ImageNet weights load without a table.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from einops import rearrange
from timm.layers import DropPath
from torch import Tensor, nn
from torch.nn import functional

SHIFT_PENALTY = -100.0
"""Added to the attention between cells that only the cyclic shift made neighbours."""


@dataclass(frozen=True)
class SwinSize:
    """What tells Swin-T from Swin-L."""

    width: int
    """Channels of the first stage; each later one has twice as many."""
    depths: tuple[int, int, int, int]
    """Blocks per stage."""
    heads: tuple[int, int, int, int]
    """Attention heads per stage."""
    window: int
    """Side of an attention window in cells."""


SWIN_SIZES = {
    "swin_tiny": SwinSize(96, (2, 2, 6, 2), (3, 6, 12, 24), 7),
    "swin_large": SwinSize(192, (2, 2, 18, 2), (6, 12, 24, 48), 12),
}


class SwinTransformer(nn.Module):
    """Maps at strides 4, 8, 16 and 32, each with a LayerNorm of its own."""

    def __init__(self, size: SwinSize, drop_path_rate: float = 0.0) -> None:
        super().__init__()
        self.num_channels = tuple(size.width * 2**stage for stage in range(4))
        rates = torch.linspace(0, drop_path_rate, sum(size.depths)).split(list(size.depths))
        self.patch_embed = PatchEmbedding(size.width)
        self.layers = nn.ModuleList(
            SwinStage(
                self.num_channels[stage],
                size.heads[stage],
                size.window,
                rates[stage].tolist(),
                is_merging=stage > 0,
            )
            for stage in range(4)
        )
        self.output_norms = nn.ModuleList(nn.LayerNorm(width) for width in self.num_channels)
        self.apply(_initialise)

    def forward(self, images_NCHW: Tensor) -> list[Tensor]:
        """Feature maps, fine to coarse.

        Args:
            images_NCHW: Normalised images; sides are multiples of 32.

        Returns:
            Four maps, shape (N, C, H/s, W/s) for s = 4, 8, 16, 32.
        """
        x_NHWC = self.patch_embed(images_NCHW)
        maps = []
        for stage, norm in zip(self.layers, self.output_norms, strict=True):
            x_NHWC = stage(x_NHWC)
            maps.append(rearrange(norm(x_NHWC), "n h w c -> n c h w"))
        return maps


class PatchEmbedding(nn.Module):
    """Each 4×4 patch becomes one cell."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, kernel_size=4, stride=4)
        self.norm = nn.LayerNorm(width)

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Cells, shape (N, H/4, W/4, C)."""
        return self.norm(rearrange(self.proj(images_NCHW), "n c h w -> n h w c"))


class PatchMerging(nn.Module):
    """Each 2×2 neighbourhood becomes one cell with twice the channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(2 * width)
        self.reduction = nn.Linear(2 * width, width, bias=False)

    def forward(self, x_NHWC: Tensor) -> Tensor:
        """Cells, shape (N, H/2, W/2, 2C); the column of a neighbour varies slowest."""
        pattern = "n (h row) (w column) c -> n h w (column row c)"
        return self.reduction(self.norm(rearrange(x_NHWC, pattern, row=2, column=2)))


class SwinStage(nn.Module):
    """Merging (but in the first stage), then blocks with every other one shifted."""

    def __init__(
        self, width: int, num_heads: int, window: int, rates: list[float], *, is_merging: bool
    ) -> None:
        super().__init__()
        self.downsample = PatchMerging(width) if is_merging else nn.Identity()
        self.blocks = nn.ModuleList(
            SwinBlock(width, num_heads, window, shift=window // 2 * (index % 2), drop_path=rate)
            for index, rate in enumerate(rates)
        )

    def forward(self, x_NHWC: Tensor) -> Tensor:
        """Cells of this stage."""
        x_NHWC = self.downsample(x_NHWC)
        for block in self.blocks:
            x_NHWC = block(x_NHWC)
        return x_NHWC


class SwinBlock(nn.Module):
    """Window attention and feed-forward, each after a norm and round a skip connection."""

    def __init__(
        self, width: int, num_heads: int, window: int, *, shift: int, drop_path: float
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = WindowAttention(width, num_heads, window, shift)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = FeedForward(width)
        self.drop_path = DropPath(drop_path) if drop_path > 0 else nn.Identity()

    def forward(self, x_NHWC: Tensor) -> Tensor:
        """Cells of the same shape."""
        x_NHWC = x_NHWC + self.drop_path(self.attn(self.norm1(x_NHWC)))
        return x_NHWC + self.drop_path(self.mlp(self.norm2(x_NHWC)))


class FeedForward(nn.Module):
    """Two linear layers, four times as wide in between."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Features of the same shape."""
        return self.fc2(functional.gelu(self.fc1(x)))


class WindowAttention(nn.Module):
    """Attention inside windows of a (cyclically shifted) map, with a learned relative position."""

    def __init__(self, width: int, num_heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.window = window
        self.shift = shift
        self.num_heads = num_heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.relative_position_bias_table = nn.Parameter(
            torch.zeros((2 * window - 1) ** 2, num_heads)
        )
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)
        index = relative_position_index(window)
        self.register_buffer("relative_position_index", index, persistent=False)

    def forward(self, x_NHWC: Tensor) -> Tensor:
        """Cells of the same shape, each informed by its window."""
        _, height, width, _ = x_NHWC.shape
        pad_bottom, pad_right = -height % self.window, -width % self.window
        padded_NHWC = functional.pad(x_NHWC, (0, 0, 0, pad_right, 0, pad_bottom))
        rolled_NHWC = padded_NHWC.roll((-self.shift, -self.shift), dims=(1, 2))
        attended_NHWC = self._attend(rolled_NHWC).roll((self.shift, self.shift), dims=(1, 2))
        return attended_NHWC[:, :height, :width]

    def _attend(self, x_NHWC: Tensor) -> Tensor:
        num_rows, num_columns = (side // self.window for side in x_NHWC.shape[1:3])
        pattern = "n (rows h) (columns w) (three head d) -> three n (rows columns) head (h w) d"
        query, key, value = rearrange(
            self.qkv(x_NHWC), pattern, h=self.window, w=self.window, three=3, head=self.num_heads
        )
        bias_GHLL = self._bias(num_rows, num_columns, x_NHWC)
        # one image at a time: the bias of all windows is then shared, not copied per image
        out_NGHLD = torch.stack(
            [
                functional.scaled_dot_product_attention(q, k, v, attn_mask=bias_GHLL)
                for q, k, v in zip(query, key, value, strict=True)
            ]
        )
        pattern = "n (rows columns) head (h w) d -> n (rows h) (columns w) (head d)"
        return self.proj(rearrange(out_NGHLD, pattern, rows=num_rows, h=self.window))

    def _bias(self, num_rows: int, num_columns: int, like: Tensor) -> Tensor:
        """What is added to the logits, shape (windows or 1, heads, L, L)."""
        bias_LLH = self.relative_position_bias_table[self.relative_position_index]
        bias_GHLL = rearrange(bias_LLH, "query key head -> 1 head query key").to(like.dtype)
        if self.shift == 0:
            return bias_GHLL
        penalty_GLL = shift_penalty(num_rows, num_columns, self.window, self.shift)
        return bias_GHLL + rearrange(penalty_GLL, "g query key -> g 1 query key").to(like)


def relative_position_index(window: int) -> Tensor:
    """Row of the bias table for each pair of cells of a window, shape (L, L), int64."""
    cells = torch.arange(window**2)
    rows, columns = cells // window, cells % window
    row_step = rows[:, None] - rows[None, :] + window - 1
    column_step = columns[:, None] - columns[None, :] + window - 1
    return row_step * (2 * window - 1) + column_step


def shift_penalty(num_rows: int, num_columns: int, window: int, shift: int) -> Tensor:
    """Penalty between cells of a window that come from different sides of the map.

    Returns:
        0 or `SHIFT_PENALTY`, shape (num_rows * num_columns, L, L).
    """
    rows = _regions(num_rows * window, window, shift)
    columns = _regions(num_columns * window, window, shift)
    regions = 3 * rows[:, None] + columns[None, :]
    pattern = "(rows h) (columns w) -> (rows columns) (h w)"
    regions_GL = rearrange(regions, pattern, h=window, w=window)
    is_foreign_GLL = regions_GL[:, :, None] != regions_GL[:, None, :]
    return is_foreign_GLL * SHIFT_PENALTY


def _regions(length: int, window: int, shift: int) -> Tensor:
    """Along one axis: 0 for undisturbed windows, 1 and 2 for the two parts of the last one."""
    regions = torch.zeros(length, dtype=torch.long)
    bounds = (0, length - window, length - shift, length)
    for region, (start, end) in enumerate(pairwise(bounds)):
        regions[start:end] = region
    return regions


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
