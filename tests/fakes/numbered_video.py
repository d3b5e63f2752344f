"""Writes small videos whose frames carry their number as a row of black and white squares."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

_NUM_BITS = 10
_SQUARE = 8
_MARGIN = 4
HEIGHT, WIDTH = 64, 96
MOVING_COLOUR = (200, 60, 90)


def numbered_frame(number: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """A grey frame with its number at the top and a patch that moves below: (H, W, 3) uint8."""
    frame = np.full((height, width, 3), 60, dtype=np.uint8)
    for bit in range(_NUM_BITS):
        x = _MARGIN + bit * _SQUARE
        frame[8:24, x : x + _SQUARE] = 235 if number >> bit & 1 else 16
    x = number * 3 % (width - 16)
    frame[30:60, x : x + 12] = MOVING_COLOUR
    return frame


def number_in(frame: np.ndarray) -> int:
    """The number that a frame carries."""
    squares = [_MARGIN + bit * _SQUARE for bit in range(_NUM_BITS)]
    bits = [frame[10:22, x + 2 : x + _SQUARE - 2].mean() > 120 for x in squares]
    return sum(1 << bit for bit, is_set in enumerate(bits) if is_set)


@dataclass(frozen=True)
class Recipe:
    """How a numbered video is coded."""

    name: str
    """File name; the suffix chooses the container."""
    codec: str = "libx264"
    options: dict[str, str] = field(default_factory=dict)
    pixel_format: str = "yuv420p"
    num_frames: int = 60
    size: tuple[int, int] = (HEIGHT, WIDTH)
    rate: int = 24
    times: Sequence[int] | None = None
    """Presentation times in 1/`rate` s; None for one frame per unit."""
    rotation: int = 0
    shift: int = 0
    """By how many frames packets are written later; negative: what then lies before the beginning
    is cut off by an edit list (MP4 and MOV)."""
    container_options: dict[str, str] = field(default_factory=dict)


def write_numbered_video(
    folder: Path,
    recipe: Recipe,
    draw: Callable[[int, int, int], np.ndarray] = numbered_frame,
) -> Path:
    """Write the video of a recipe."""
    path = folder / recipe.name
    with av.open(str(path), "w", options=recipe.container_options) as container:
        stream = container.add_stream(recipe.codec, rate=recipe.rate, options=recipe.options)
        stream.height, stream.width = recipe.size
        stream.pix_fmt = recipe.pixel_format
        stream.codec_context.thread_count = 1
        if recipe.rotation:
            stream.set_display_rotation(recipe.rotation)
        pictures = [
            av.VideoFrame.from_ndarray(draw(number, *recipe.size))
            for number in range(recipe.num_frames)
        ]
        for number, picture in enumerate(pictures):
            picture.pts = number if recipe.times is None else recipe.times[number]
            picture.time_base = Fraction(1, recipe.rate)
        for picture in [*pictures, None]:
            for packet in stream.encode(picture):
                packet.pts += recipe.shift
                packet.dts += recipe.shift
                container.mux(packet)
    return path
