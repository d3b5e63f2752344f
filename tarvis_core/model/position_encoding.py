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


def _numbers(length: int, like: Tensor) -> Tensor:
    return torch.arange(1, length + 1, device=like.device, dtype=torch.float32)


def _normalised(length: int, like: Tensor) -> Tensor:
    return _numbers(length, like) * (2 * math.pi / (length + EPSILON))


def _join(rows: Tensor, columns: Tensor, num_channels: int) -> Tensor:
    half = num_channels // 2
    row_code = sine_code(rows, half)[:, None, :].expand(-1, len(columns), -1)
    column_code = sine_code(columns, half)[None, :, :].expand(len(rows), -1, -1)
    return torch.cat([row_code, column_code], dim=-1)
