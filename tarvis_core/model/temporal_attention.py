"""Attention inside windows that are small in space and span all frames of a clip (Section 3.4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from einops import rearrange, repeat
from torch import Tensor, nn

from tarvis_core.model.attention_layers import FeedForwardLayer, MultiHeadAttention
from tarvis_core.model.deformable_sampling import Size

TOKENS_AT_ONCE = 4096
"""So many tokens' steps stay in a processor's cache (measured)."""


@dataclass(frozen=True)
class TemporalWindows:
    """Which tokens of a frame share a window. Windows are disjoint and cover the frame."""

    tokens_GL: Tensor
    """Token numbers of each window, shape (G, L); 0 where a window has fewer than L tokens."""
    is_token_GL: Tensor | None
    """Where `tokens_GL` is a token of the window; None if everywhere."""
    places_S: Tensor
    """Where each token lies in the flattened `tokens_GL`, shape (S,)."""

    def to(self, device: torch.device) -> "TemporalWindows":
        """The same on another device."""
        is_token_GL = None if self.is_token_GL is None else self.is_token_GL.to(device)
        return TemporalWindows(self.tokens_GL.to(device), is_token_GL, self.places_S.to(device))

    def gather(self, x_BTSC: Tensor) -> Tensor:
        """Tokens of each window over all frames, shape (B · G, T · L, C)."""
        gathered = x_BTSC.index_select(2, self.tokens_GL.flatten())
        num_windows = len(self.tokens_GL)
        return rearrange(gathered, "b t (g l) c -> (b g) (t l) c", g=num_windows)

    def scatter(self, x_GNC: Tensor, num_frames: int) -> Tensor:
        """What `gather` returned, in the order of the tokens, shape (B, T, S, C)."""
        num_windows = len(self.tokens_GL)
        pattern = "(b g) (t l) c -> b t (g l) c"
        x_BTLC = rearrange(x_GNC, pattern, g=num_windows, t=num_frames)
        return x_BTLC.index_select(2, self.places_S)

    def write(self, x_GNC: Tensor, into_BTSC: Tensor) -> None:
        """Put what `gather` returned, in its order, back where it was."""
        batch, num_frames = into_BTSC.shape[:2]
        pattern = "(b g) (t l) c -> b t (g l) c"
        x_BTLC = rearrange(x_GNC, pattern, b=batch, t=num_frames)
        places = self.tokens_GL.flatten()
        if self.is_token_GL is not None:
            is_token = self.is_token_GL.flatten()
            places, x_BTLC = places[is_token], x_BTLC[:, :, is_token]
        into_BTSC.index_copy_(2, places, x_BTLC)

    def groups(self, num_tokens: int, num_frames: int) -> "Iterator[tuple[slice, TemporalWindows]]":
        """A few windows at a time, of about so many tokens; each with its range of the windows."""
        step = max(1, num_tokens // (num_frames * self.tokens_GL.shape[1]))
        for first in range(0, len(self.tokens_GL), step):
            some = slice(first, first + step)
            is_token_GL = None if self.is_token_GL is None else self.is_token_GL[some]
            yield some, TemporalWindows(self.tokens_GL[some], is_token_GL, self.places_S)

    def mask(self, batch: int, num_frames: int) -> Tensor | None:
        """What may be attended to, shape (B · G, 1, 1, T · L); None for everything."""
        if self.is_token_GL is None:
            return None
        return repeat(self.is_token_GL, "g l -> (b g) 1 1 (t l)", b=batch, t=num_frames)


@lru_cache(maxsize=32)
@torch.inference_mode(mode=False)  # what is kept must serve training, too, whoever asks first
def temporal_windows(level_sizes: tuple[Size, ...], window_cells: Size) -> TemporalWindows:
    """Divide the tokens of a frame into windows.

    Args:
        level_sizes: (H, W) of each level, coarse to fine; each has twice the sides of the one
            before. Tokens are numbered level after level, row after row.
        window_cells: (height, width) of a window in cells of the first level.

    Returns:
        Windows in row order, on the CPU.
    """
    num_rows = -(-level_sizes[0][0] // window_cells[0])
    num_columns = -(-level_sizes[0][1] // window_cells[1])
    parts, first_token = [], 0
    for level, (height, width) in enumerate(level_sizes):
        cell_height, cell_width = (side * 2**level for side in window_cells)
        numbers = torch.full((num_rows * cell_height, num_columns * cell_width), -1)
        tokens = first_token + torch.arange(height * width)
        numbers[:height, :width] = rearrange(tokens, "(h w) -> h w", h=height)
        pattern = "(rows h) (columns w) -> (rows columns) (h w)"
        parts.append(rearrange(numbers, pattern, h=cell_height, w=cell_width))
        first_token += height * width
    tokens_GL = torch.cat(parts, dim=1)
    is_token_GL = tokens_GL >= 0
    places_S = tokens_GL.flatten().argsort(stable=True)[-first_token:]
    mask = None if is_token_GL.all() else is_token_GL
    return TemporalWindows(tokens_GL.clamp(min=0), mask, places_S)


class TemporalLayer(nn.Module):
    """Full self-attention inside each window, then feed-forward."""

    def __init__(self, width: int, num_heads: int, feedforward_width: int) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(width, num_heads)
        self.norm = nn.LayerNorm(width)
        self.feedforward = FeedForwardLayer(width, feedforward_width)

    def forward(self, x_BTSC: Tensor, position_GNC: Tensor, windows: TemporalWindows) -> Tensor:
        """Let the frames of a clip inform each other.

        Args:
            x_BTSC: Tokens of the levels that take part.
            position_GNC: Their positions as `windows.gather` orders them, for one sample.
            windows: Which tokens share a window.

        Returns:
            Tokens, shape (B, T, S, C).
        """
        batch, num_frames = x_BTSC.shape[:2]
        position_GNC = repeat(position_GNC, "g n c -> (b g) n c", b=batch)
        mask = windows.mask(batch, num_frames)
        answer_GNC = self.attention.self_attend(windows.gather(x_BTSC), position_GNC, mask)
        x_BTSC = self.norm(x_BTSC + windows.scatter(answer_GNC, num_frames))
        return self.feedforward(x_BTSC)

    def refine_in_groups(
        self, x_BTSC: Tensor, position_GNC: Tensor, windows: TemporalWindows
    ) -> None:
        """`forward` in place: all steps for some windows before the next, within the cache.

        For inference on CPUs; arguments as for `forward`.
        """
        batch, num_frames = x_BTSC.shape[:2]
        for some, group in windows.groups(TOKENS_AT_ONCE, num_frames):
            inside_GNC = group.gather(x_BTSC)
            position = repeat(position_GNC[some], "g n c -> (b g) n c", b=batch)
            mask = group.mask(batch, num_frames)
            answer_GNC = self.attention.self_attend(inside_GNC, position, mask)
            group.write(self.feedforward(self.norm(inside_GNC + answer_GNC)), x_BTSC)


def window_cells(coarsest: Size, window_size: int, windows_per_side: int | None) -> Size:
    """(height, width) of a window in cells of the coarsest level (stride 32).

    Args:
        coarsest: (H, W) of that level.
        window_size: Side in pixels.
        windows_per_side: If given, so many windows lie side by side in each direction instead.
    """
    if windows_per_side is None:
        return window_size // 32, window_size // 32
    height, width = (-(-side // windows_per_side) for side in coarsest)
    return height, width


def split_levels(x_BTSC: Tensor, level_sizes: Sequence[Size]) -> list[Tensor]:
    """The tokens of each level as a map, shape (B, T, C, H, W)."""
    areas = [height * width for height, width in level_sizes]
    return [
        rearrange(part, "b t (h w) c -> b t c h w", h=height)
        for part, (height, _) in zip(x_BTSC.split(areas, dim=2), level_sizes, strict=True)
    ]
