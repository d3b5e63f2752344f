"""Features at points and pixels: the object encoder's plain, readable reading of masks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from einops import rearrange, repeat
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from tarvis_core.model.attention_layers import MultiHeadAttention
from tarvis_core.model.mask_segments import SegmentPixels
from tarvis_core.model.position_encoding import cell_number_positions

STRIDE = 4
"""Pixels per cell of F4."""


@dataclass(frozen=True)
class SampledFeatures:
    """What each query may attend to: features of its own points, padded to the longest list."""

    values_QPC: Tensor
    """Features."""
    keys_QPC: Tensor
    """Features with their positions."""
    is_point_QP: Tensor | None
    """Where there is a point and no padding; None if everywhere."""

    def mean(self) -> Tensor:
        """Mean feature of each query's points, shape (Q, C)."""
        if self.is_point_QP is None:
            return self.values_QPC.mean(dim=1)
        weights_QP1 = self.is_point_QP[:, :, None].to(self.values_QPC.dtype)
        return (self.values_QPC * weights_QP1).sum(dim=1) / weights_QP1.sum(dim=1)

    def attend(self, attention: MultiHeadAttention, query_QC: Tensor) -> Tensor:
        """Let each query attend to its own points, shape (Q, C)."""
        mask = None
        if self.is_point_QP is not None:
            mask = rearrange(self.is_point_QP, "q p -> q 1 1 p")
        query_Q1C = query_QC[:, None, :]
        return attention(query_Q1C, self.keys_QPC, self.values_QPC, mask)[:, 0]


def nearest_features(
    map_TCHW: Tensor, points_N2: Tensor, frames_N: Tensor, size: tuple[int, int]
) -> Tensor:
    """Feature of the cell nearest to each point.

    Args:
        map_TCHW: A map of the frames.
        points_N2: (x, y) in pixels of the padded frame.
        frames_N: The frame of each point.
        size: (H, W) of the padded frame in pixels.

    Returns:
        Features, shape (N, C).
    """
    columns, rows = (
        # halves round to even: what the released weights were trained with
        (points_N2[:, axis] / side * cells - 0.5).round().long().clamp(0, cells - 1)
        for axis, (side, cells) in enumerate(
            zip(reversed(size), reversed(map_TCHW.shape[-2:]), strict=True)
        )
    )
    return map_TCHW[frames_N, :, rows, columns]


def cells_of_pixels(pixels_P: Tensor, size: tuple[int, int]) -> Tensor:
    """Number of the stride-4 cell, in the flattened (T, H4, W4) volume, that each pixel lies in.

    Args:
        pixels_P: Pixel numbers in the flattened (T, H, W) volume.
        size: (H, W).
    """
    height, width = size
    frames, in_frame = pixels_P // (height * width), pixels_P % (height * width)
    rows, columns = in_frame // width // STRIDE, in_frame % width // STRIDE
    return (frames * (height // STRIDE) + rows) * (width // STRIDE) + columns


def sample_pixels(
    samples: Sequence[Iterable[SegmentPixels]],
    tokens_BNC: Tensor,
    size: tuple[int, int],
    max_points: int | None,
) -> SampledFeatures:
    """The feature of every pixel of every segment, or of a random subset, as published.

    Args:
        samples: For each sample of the batch: background first, then object by object.
        tokens_BNC: F4 of each sample's reference frames, flattened in (T, H4, W4) order.
        size: (H, W) of the padded frame in pixels.
        max_points: A segment with more pixels is represented by this many of them, drawn from the
            CPU's global random generator; None for no limit.

    Returns:
        One query per segment, sample after sample. A segment without pixels has one point with a
        feature and a position of zero.
    """
    num_cells, channels = tokens_BNC.shape[1:]
    cells_HW = size[0] // STRIDE, size[1] // STRIDE
    codes_HWC = cell_number_positions(cells_HW, channels, tokens_BNC).to(tokens_BNC.dtype)
    codes_NC = repeat(codes_HWC, "h w c -> (t h w) c", t=num_cells // codes_HWC[..., 0].numel())
    values, keys = [], []
    for segments, tokens_NC in zip(samples, tokens_BNC, strict=True):
        for pixels_P in _pixels_of_queries(segments, max_points):
            cells_P = cells_of_pixels(pixels_P, size)
            value_PC, key_PC = tokens_NC[cells_P], tokens_NC[cells_P] + codes_NC[cells_P]
            nothing_1C = tokens_NC.new_zeros(1, channels)
            values.append(value_PC if len(pixels_P) else nothing_1C)
            keys.append(key_PC if len(pixels_P) else nothing_1C)
    is_point = [value.new_ones(len(value), dtype=torch.bool) for value in values]
    return SampledFeatures(
        pad_sequence(values, batch_first=True),
        pad_sequence(keys, batch_first=True),
        pad_sequence(is_point, batch_first=True),
    )


def _pixels_of_queries(
    segments: Iterable[SegmentPixels], max_points: int | None
) -> Iterator[Tensor]:
    """The pixels that represent each segment."""
    for segment in segments:
        for number in range(segment.num_segments):
            pixels_P = segment.pixels_P[segment.segments_P == number]
            if max_points is not None and len(pixels_P) > max_points:
                chosen = torch.randperm(len(pixels_P))[:max_points]
                pixels_P = pixels_P[chosen.to(pixels_P.device)]
            yield pixels_P
