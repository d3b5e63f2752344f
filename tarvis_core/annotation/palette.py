"""Colours for targets, told apart by people with any colour vision, and the same every time.

The first eight are those of Okabe and Ito ("Color Universal Design", 2008), with grey in the place
of black, which would not show over dark video. Later ones turn the hue by the golden angle, which
never comes near a hue just given, and alternate in lightness.
"""

import colorsys
from collections.abc import Collection, Iterator
from itertools import count

from tarvis_core.annotation.label_set import Colour
from tarvis_core.annotation.target import TargetId

OKABE_ITO: tuple[Colour, ...] = (
    (230, 159, 0),  # orange
    (86, 180, 233),  # sky blue
    (0, 158, 115),  # bluish green
    (240, 228, 66),  # yellow
    (0, 114, 178),  # blue
    (213, 94, 0),  # vermilion
    (204, 121, 167),  # reddish purple
    (153, 153, 153),  # grey
)
_GOLDEN_ANGLE = 0.38196601125010515
"""(3 - √5) / 2 of a full turn."""
_LIGHTNESS = (0.55, 0.40, 0.70)
_SATURATION = 0.80


def free_colours(taken: Collection[Colour]) -> Iterator[Colour]:
    """The palette's colours (RGB) from the first on, without those that are taken; endless."""
    colours = (target_colour(TargetId(number)) for number in count(1))
    return (colour for colour in colours if colour not in taken)


def target_colour(target: TargetId) -> Colour:
    """The palette's colour (RGB) at a number from 1: a target's where nothing is known of others.

    Raises:
        ValueError: The number is below 1.
    """
    if target < 1:
        raise ValueError(f"target ids start at 1, got {target}")
    index = target - 1
    if index < len(OKABE_ITO):
        return OKABE_ITO[index]
    turn = index - len(OKABE_ITO)
    lightness = _LIGHTNESS[turn % len(_LIGHTNESS)]
    red, green, blue = colorsys.hls_to_rgb(turn * _GOLDEN_ANGLE % 1.0, lightness, _SATURATION)
    return (round(red * 255), round(green * 255), round(blue * 255))
