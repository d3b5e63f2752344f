"""Codes of frames in the colours of their targets: one image for all rows."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtGui import QImage

from tarvis_app.timeline.track_strip import StripCode

Colour = tuple[int, int, int]

STRENGTH = {
    StripCode.NOTHING: 0.0,
    StripCode.ABSENT: 0.13,
    StripCode.SURE: 0.85,
    StripCode.LIKELY: 0.65,
    StripCode.DOUBTFUL: 0.48,
    StripCode.UNSURE: 0.34,
    StripCode.VERIFIED_ABSENT: 0.13,
    StripCode.KEYFRAME_ABSENT: 0.13,
    StripCode.VERIFIED: 1.0,
    StripCode.KEYFRAME: 1.0,
}
"""How strongly the target's colour shows: the less sure, the fainter."""


def strip_image(codes: np.ndarray, colours: Sequence[Colour]) -> QImage:
    """Paint codes.

    Args:
        codes: (num_targets, width) uint8 of `StripCode`.
        colours: RGB of each target.

    Returns:
        An image of the same size, ARGB, with its own memory.
    """
    num_rows, width = codes.shape
    if not num_rows or not width:
        return QImage()
    tables = np.zeros((num_rows, len(StripCode)), dtype=np.uint32)
    for row, (red, green, blue) in enumerate(colours):
        for code, strength in STRENGTH.items():
            tables[row, code] = round(strength * 255) << 24 | red << 16 | green << 8 | blue
    pixels = np.ascontiguousarray(np.take_along_axis(tables, codes.astype(np.intp), axis=1))
    image = QImage(pixels.data, width, num_rows, width * 4, QImage.Format.Format_ARGB32)
    return image.copy()
