"""Label Studio's code of brush strokes: runs of the bytes R, G, B, A of every pixel, in bits.

As HumanSignal/label-studio-converter `label_studio_converter/brush.py` writes it: 32 bits number
of values, 5 bits word size less 1, 4 × 4 bits sizes of run lengths less 1; then for each run one
bit (1 for one value repeated, 0 for values one by one), 2 bits for the size of its length, the
length less 1, and the values. The mask is the alpha channel.
"""

from collections.abc import Sequence

import numpy as np

from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError

_WORD_BITS = 8
_LENGTH_BITS = (3, 4, 8, 16)
_HEAD_BITS = 32 + 5 + 4 * 4
_HALF = 128
"""An alpha value from here on is inside."""


class _Bits:
    """Reads numbers from bits, the highest first."""

    def __init__(self, content: bytes, place: str) -> None:
        self.values = np.unpackbits(np.frombuffer(content, dtype=np.uint8))
        self.position = 0
        self._place = place

    def number(self, num_bits: int) -> int:
        """The next number."""
        value = 0
        for bit in self.take(num_bits).tolist():
            value = value << 1 | bit
        return value

    def take(self, num_bits: int) -> np.ndarray:
        """The next bits."""
        end = self.position + num_bits
        if end > self.values.size:
            raise FormatError(f"{self._place}: the brush code is cut off")
        bits = self.values[self.position : end]
        self.position = end
        return bits


def mask_of_brush(code: Sequence[int], size: tuple[int, int], place: str) -> Mask:
    """The mask of a brush code.

    Args:
        code: Bytes as a list of numbers 0…255.
        size: (height, width) of the frame.
        place: How messages name it.

    Raises:
        FormatError: The code is damaged or belongs to a frame of another size.
    """
    if not all(isinstance(byte, int) and 0 <= byte <= 255 for byte in code):
        raise FormatError(f"{place}: a brush code is a list of numbers from 0 to 255")
    bits = _Bits(bytes(code), place)
    num_values, num_pixels = bits.number(32), size[0] * size[1]
    if num_values != 4 * num_pixels:
        raise FormatError(
            f"{place}: the brush code has {num_values} values, a frame of {size[0]} × {size[1]} "
            f"has {4 * num_pixels}"
        )
    word_bits = bits.number(5) + 1
    if word_bits != _WORD_BITS:
        raise FormatError(f"{place}: values of the brush code have {word_bits} bits, not 8")
    length_bits = [bits.number(4) + 1 for _ in range(4)]
    alpha = np.zeros(num_pixels, dtype=np.uint8)
    filled = 0
    while filled < num_values:
        is_repeated = bits.number(1)
        length = bits.number(length_bits[bits.number(2)]) + 1
        if filled + length > num_values:
            raise FormatError(f"{place}: the brush code has more values than its head says")
        end = filled + length
        num_bits = _WORD_BITS if is_repeated else _WORD_BITS * length
        values = np.packbits(bits.take(num_bits))
        # every fourth value is an alpha value
        alpha[filled // 4 : end // 4] = values if is_repeated else values[3 - filled % 4 :: 4]
        filled = end
    return Mask.from_array(alpha.reshape(size) >= _HALF)


def brush_of_mask(mask: Mask) -> list[int]:
    """The brush code of a mask: its pixels are white and opaque, all others transparent."""
    flat = mask.to_array().ravel()
    ends = np.append(np.flatnonzero(flat[1:] != flat[:-1]) + 1, flat.size)
    parts = [f"{4 * flat.size:032b}", f"{_WORD_BITS - 1:05b}"]
    parts += [f"{bits - 1:04b}" for bits in _LENGTH_BITS]
    start = 0
    for end in ends.tolist():
        value = 255 if flat[start] else 0
        parts.append(_repeated(value, 4 * (end - start)))
        start = end
    text = "".join(parts)
    padded = text + "0" * (-len(text) % 8) + ("0" * 8 if len(text) % 8 == 0 else "")
    bits = np.frombuffer(padded.encode("ascii"), dtype=np.uint8) - ord("0")
    return np.packbits(bits).tolist()


def _repeated(value: int, count: int) -> str:
    """The bits of a value that is repeated, in as many runs as its count needs."""
    parts = []
    while count:
        length = min(count, 2 ** _LENGTH_BITS[-1])
        index = next(i for i, bits in enumerate(_LENGTH_BITS) if length <= 2**bits)
        parts.append(f"1{index:02b}{length - 1:0{_LENGTH_BITS[index]}b}{value:08b}")
        count -= length
    return "".join(parts)
