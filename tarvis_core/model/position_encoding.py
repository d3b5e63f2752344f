"""Sine codes that tell the network where, and when, a cell is."""

import math

import torch
from torch import Tensor

TEMPERATURE = 10000.0
EPSILON = 1e-6


def sine_code(values: Tensor, num_channels: int) -> Tensor:
    """Encode numbers as sines and cosines of growing wavelength.

    Args:
        values: Any shape.
        num_channels: Length of the code: even channels are sines, odd ones cosines.

    Returns:
        Codes, shape (…, num_channels).
    """
    channels = torch.arange(num_channels, device=values.device)
    exponents = 2 * (channels // 2) / num_channels
    phases = values[..., None] / TEMPERATURE**exponents
    return torch.where(channels % 2 == 0, phases.sin(), phases.cos())


def frame_positions(size: tuple[int, int], num_channels: int, like: Tensor) -> Tensor:
    """Code of each cell's place in its frame, the frame's sides being 2π.

    Args:
        size: (H, W) of the map.
        num_channels: C; the first half encodes the row, the second the column.
        like: A tensor on the device wanted.

    Returns:
        Codes, shape (H, W, C), single precision.
    """
    rows, columns = (_normalised(side, like) for side in size)
    return _join(rows, columns, num_channels)


def clip_positions(
    num_frames: int, size: tuple[int, int], num_channels: int, like: Tensor
) -> Tensor:
    """Code of each cell's place in its clip: that of its place in the frame plus that of its time.

    Args:
        num_frames: T.
        size: (H, W) of the map.
        num_channels: C.
        like: A tensor on the device wanted.

    Returns:
        Codes, shape (T, H, W, C), single precision.
    """
    times = sine_code(_normalised(num_frames, like), num_channels)
    return frame_positions(size, num_channels, like)[None] + times[:, None, None]


def cell_number_positions(size: tuple[int, int], num_channels: int, like: Tensor) -> Tensor:
    """Code of each cell's row and column number, whatever the frame's size.

    Args:
        size: (H, W) of the map.
        num_channels: C; the first half encodes the row, the second the column.
        like: A tensor on the device wanted.

    Returns:
        Codes, shape (H, W, C), single precision.
    """
    rows, columns = (_numbers(side, like) for side in size)
    return _join(rows, columns, num_channels)


def row_and_column_codes(
    size: tuple[int, int], num_channels: int, like: Tensor
) -> tuple[Tensor, Tensor]:
    """The two halves that `cell_number_positions` joins: (H, C/2) of rows, (W, C/2) of columns."""
    rows, columns = (sine_code(_numbers(side, like), num_channels // 2) for side in size)
    return rows, columns


NUM_PLACE_CHANNELS = 20
"""Channels of `place_waves`."""


def place_waves(size: tuple[int, int], like: Tensor) -> Tensor:
    """Waves over the frame, from half a period across it to eight, for rows and columns.

    Sums of such waves are bumps, so that an inner product with them can mean "about here".

    Args:
        size: (H, W) of the map.
        like: A tensor on the device wanted.

    Returns:
        Sines, then cosines, of rows, then columns; shape (H, W, 20), single precision.
    """
    periods = torch.tensor([0.5, 1.0, 2.0, 4.0, 8.0], device=like.device)
    codes = []
    for side in size:
        places = (_numbers(side, like) - 0.5) / side
        phases = 2 * math.pi * places[:, None] * periods
        codes.append(torch.cat([phases.sin(), phases.cos()], dim=-1))
    row_code = codes[0][:, None, :].expand(-1, size[1], -1)
    column_code = codes[1][None, :, :].expand(size[0], -1, -1)
    return torch.cat([row_code, column_code], dim=-1)


def _numbers(length: int, like: Tensor) -> Tensor:
    return torch.arange(1, length + 1, device=like.device, dtype=torch.float32)


def _normalised(length: int, like: Tensor) -> Tensor:
    return _numbers(length, like) * (2 * math.pi / (length + EPSILON))


def _join(rows: Tensor, columns: Tensor, num_channels: int) -> Tensor:
    half = num_channels // 2
    row_code = sine_code(rows, half)[:, None, :].expand(-1, len(columns), -1)
    column_code = sine_code(columns, half)[None, :, :].expand(len(rows), -1, -1)
    return torch.cat([row_code, column_code], dim=-1)
