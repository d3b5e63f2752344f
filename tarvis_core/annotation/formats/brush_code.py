"""Label Studio's code of brush strokes: runs of the bytes R, G, B, A of every pixel, in bits.

As HumanSignal/label-studio-converter `label_studio_converter/brush.py` writes it: 32 bits number
of values, 5 bits word size less 1, 4 × 4 bits sizes of run lengths less 1; then for each run one
bit (1 for one value repeated, 0 for values one by one), 2 bits for the size of its length, the
length less 1, and the values. The mask is the alpha channel.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Text

_WORD_BITS = 8
_LENGTH_BITS = (3, 4, 8, 16)
_HEAD_BITS = 32 + 5 + 4 * 4
_HALF = 128
"""An alpha value from here on is inside."""


class _Bits:
    """Reads numbers from bits, the highest first."""

    def __init__(self, content: bytes, place: Text) -> None:
        bits = np.unpackbits(np.frombuffer(content, dtype=np.uint8))
        self._text = (bits + ord("0")).tobytes().decode("ascii")  # int() of text is quick
        self._position = 0
        self._place = place

    def number(self, num_bits: int) -> int:
        """The next number."""
        return int(self.take(num_bits), 2)

    def take(self, num_bits: int) -> str:
        """The next bits as a text of 0 and 1."""
        end = self._position + num_bits
        if end > len(self._text):
            raise FormatError("{place}: the brush code is cut off", place=self._place)
        bits = self._text[self._position : end]
        self._position = end
        return bits

    def words(self, count: int) -> np.ndarray:
        """The next bytes, (count,) uint8."""
        text = self.take(_WORD_BITS * count).encode("ascii")
        return np.packbits(np.frombuffer(text, dtype=np.uint8) - ord("0"))


def mask_of_brush(code: Sequence[int], size: tuple[int, int], place: Text) -> Mask:
    """The mask of a brush code.

    Args:
        code: Bytes as a list of numbers 0…255.
        size: (height, width) of the frame.
        place: How messages name it.

    Raises:
        FormatError: The code is damaged or belongs to a frame of another size.
    """
    if not all(isinstance(byte, int) and 0 <= byte <= 255 for byte in code):
        raise FormatError("{place}: a brush code is a list of numbers from 0 to 255", place=place)
    bits = _Bits(bytes(code), place)
    num_values, num_pixels = bits.number(32), size[0] * size[1]
    if num_values != 4 * num_pixels:
        raise FormatError(
            "{place}: the brush code has {num_values} values, a frame of {height} × {width} has "
            "{num_expected}",
            place=place,
            num_values=num_values,
            height=size[0],
            width=size[1],
            num_expected=4 * num_pixels,
        )
    word_bits = bits.number(5) + 1
    if word_bits != _WORD_BITS:
        raise FormatError(
            "{place}: values of the brush code have {word_bits} bits, not 8",
            place=place,
            word_bits=word_bits,
        )
    length_bits = [bits.number(4) + 1 for _ in range(4)]
    pixels = np.concatenate(
        [np.zeros((0, 2), np.int64), *_opaque_runs(bits, num_values, length_bits, place)]
    )
    return _mask_of_runs(pixels, size)


def _opaque_runs(
    bits: _Bits, num_values: int, length_bits: Sequence[int], place: Text
) -> Iterator[np.ndarray]:
    """The pixels that are inside, as (N, 2) of first pixel and the pixel after the last."""
    filled = 0
    while filled < num_values:
        is_repeated = bits.number(1)
        end = filled + bits.number(length_bits[bits.number(2)]) + 1
        if end > num_values:
            raise FormatError(
                "{place}: the brush code has more values than its head says", place=place
            )
        # every fourth value is an alpha value
        if not is_repeated:
            alpha = bits.words(end - filled)[3 - filled % 4 :: 4]
            inside = filled // 4 + np.flatnonzero(alpha >= _HALF)
            yield np.stack([inside, inside + 1], axis=1)
        elif bits.number(_WORD_BITS) >= _HALF and filled // 4 < end // 4:
            yield np.array([[filled // 4, end // 4]])
        filled = end


def _mask_of_runs(runs: np.ndarray, size: tuple[int, int]) -> Mask:
    """The mask of row-major runs of pixels; only the rows from first to last are drawn."""
    if not runs.size:
        return Mask.empty(*size)
    height, width = size
    first_row, last_row = int(runs[0, 0]) // width, int(runs[-1, 1] - 1) // width
    changes = np.zeros((last_row - first_row + 1) * width + 1, dtype=np.int8)
    np.add.at(changes, runs[:, 0] - first_row * width, 1)
    np.add.at(changes, runs[:, 1] - first_row * width, -1)
    inside = np.cumsum(changes[:-1], dtype=np.int8).view(np.bool_)
    return Mask.from_crop(height, width, (0, first_row), inside.reshape(-1, width))


def brush_of_mask(mask: Mask) -> list[int]:
    """The brush code of a mask: its pixels are white and opaque, all others transparent."""
    parts = [f"{4 * mask.height * mask.width:032b}", f"{_WORD_BITS - 1:05b}"]
    parts += [f"{bits - 1:04b}" for bits in _LENGTH_BITS]
    position = 0
    for start, end in _runs_of_mask(mask):
        parts.append(_repeated(0, 4 * (start - position)))
        parts.append(_repeated(255, 4 * (end - start)))
        position = end
    parts.append(_repeated(0, 4 * (mask.height * mask.width - position)))
    text = "".join(parts)
    padded = text + "0" * (-len(text) % 8) + ("0" * 8 if len(text) % 8 == 0 else "")
    bits = np.frombuffer(padded.encode("ascii"), dtype=np.uint8) - ord("0")
    return np.packbits(bits).tolist()


def _runs_of_mask(mask: Mask) -> list[tuple[int, int]]:
    """The row-major runs of pixels inside: first pixel and the pixel after the last."""
    if mask.is_empty:
        return []
    x_min, y_min, x_max, y_max = mask.box
    rows = np.zeros((y_max - y_min, x_max - x_min + 2), dtype=np.int8)
    rows[:, 1:-1] = mask.crop()
    changes = np.diff(rows, axis=1)
    starts, ends = np.argwhere(changes == 1), np.argwhere(changes == -1)
    corner = y_min * mask.width + x_min
    firsts = corner + starts[:, 0] * mask.width + starts[:, 1]
    afters = corner + ends[:, 0] * mask.width + ends[:, 1]
    return list(zip(firsts.tolist(), afters.tolist(), strict=True))


def _repeated(value: int, count: int) -> str:
    """The bits of a value that is repeated, in as many runs as its count needs."""
    parts = []
    while count:
        length = min(count, 2 ** _LENGTH_BITS[-1])
        index = next(i for i, bits in enumerate(_LENGTH_BITS) if length <= 2**bits)
        parts.append(f"1{index:02b}{length - 1:0{_LENGTH_BITS[index]}b}{value:08b}")
        count -= length
    return "".join(parts)
