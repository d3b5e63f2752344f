"""The colour map of PASCAL VOC, which DAVIS and its kin store in their label images."""

from functools import cache


@cache
def pascal_palette() -> bytes:
    """The 256 colours as 768 bytes R, G, B: bits of the index spread from the highest down."""
    colours = bytearray()
    for index in range(256):
        red = green = blue = 0
        bits = index
        for shift in range(7, -1, -1):
            red |= (bits & 1) << shift
            green |= (bits >> 1 & 1) << shift
            blue |= (bits >> 2 & 1) << shift
            bits >>= 3
        colours += bytes((red, green, blue))
    return bytes(colours)


def palette_colour(number: int) -> tuple[int, int, int]:
    """The colour (RGB) of a target's number from 1; numbers past 255 begin again."""
    start = 3 * ((number - 1) % 255 + 1)
    red, green, blue = pascal_palette()[start : start + 3]
    return red, green, blue
