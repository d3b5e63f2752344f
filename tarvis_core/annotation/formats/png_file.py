"""Writes label images as PNG files (W3C PNG, third edition), faster than general encoders.

Label images are so regular that the search for the best filter of each row, which takes most of a
general encoder's time, finds nothing: rows are stored as they are. Measured on 1080p: a third of
Pillow's time for RGB, at its size; other zlib strategies are smaller, and slower to read.
"""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GRAY, _RGB, _PALETTE = 0, 2, 3
_FILTER_NONE = 0


def encode_png(pixels: np.ndarray, palette: bytes | None = None) -> bytes:
    """A PNG file of exactly these values.

    Args:
        pixels: (H, W) uint8 or uint16, or (H, W, 3) uint8.
        palette: Colours R, G, B of each value, for (H, W) uint8.

    Raises:
        TypeError: There is no such PNG file.
    """
    height, width = pixels.shape[:2]
    kind = _RGB if pixels.ndim == 3 else _GRAY if palette is None else _PALETTE
    is_wide = pixels.dtype == np.uint16 and kind == _GRAY
    if not is_wide and pixels.dtype != np.uint8:
        raise TypeError(f"no PNG file holds {pixels.dtype} of shape {pixels.shape}")
    stored = pixels.astype(">u2") if is_wide else np.ascontiguousarray(pixels)
    head = struct.pack(">IIBBBBB", width, height, 16 if is_wide else 8, kind, 0, 0, 0)
    chunks = [_chunk(b"IHDR", head)]
    if palette is not None:
        chunks.append(_chunk(b"PLTE", palette))
    chunks.append(_chunk(b"IDAT", _compressed(stored.view(np.uint8).reshape(height, -1))))
    return SIGNATURE + b"".join(chunks) + _chunk(b"IEND", b"")


def _compressed(rows: np.ndarray) -> bytes:
    """The image data of (H, bytes per row) uint8."""
    filtered = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = _FILTER_NONE
    filtered[:, 1:] = rows
    return zlib.compress(filtered.data, 1)


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(data, zlib.crc32(name))
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def png_size(head: bytes) -> tuple[int, int] | None:
    """The size (height, width) that the first 24 bytes of a PNG file give; None for others."""
    if len(head) < 24 or not head.startswith(SIGNATURE):
        return None
    width, height = struct.unpack_from(">II", head, 16)
    return height, width
