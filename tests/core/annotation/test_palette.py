"""Colours of targets."""

import colorsys
import itertools

import pytest

from tarvis_core.annotation.palette import OKABE_ITO, free_colours, target_colour
from tarvis_core.annotation.target import TargetId


def test_that_the_first_eight_targets_have_the_colours_of_okabe_and_ito():
    assert tuple(target_colour(TargetId(i)) for i in range(1, 9)) == OKABE_ITO


def test_that_two_hundred_targets_have_two_hundred_colours():
    assert len({target_colour(TargetId(i)) for i in range(1, 201)}) == 200


def test_that_free_colours_leave_out_what_is_taken():
    taken = {OKABE_ITO[0], OKABE_ITO[2]}
    free = tuple(itertools.islice(free_colours(taken), 8))
    assert free[:6] == (OKABE_ITO[1], *OKABE_ITO[3:])[:6]
    assert len({*free, *taken}) == 10


def test_that_neighbouring_targets_differ_in_hue():
    hues = [
        colorsys.rgb_to_hls(*(c / 255 for c in target_colour(TargetId(i))))[0] for i in range(9, 60)
    ]
    gaps = [min(abs(a - b), 1 - abs(a - b)) for a, b in itertools.pairwise(hues)]

    assert min(gaps) > 0.3


def test_that_target_zero_has_no_colour():
    with pytest.raises(ValueError, match="start at 1"):
        target_colour(TargetId(0))
