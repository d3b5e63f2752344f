"""What a negative click took: the piece that it lies in, whatever else an answer draws anew."""

import numpy as np

from tarvis_core.annotation.clicked_away import clicked_away
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.mask import Mask

SIZE = (60, 90)


def mask(*boxes):
    pixels = np.zeros(SIZE, dtype=bool)
    for x_min, y_min, x_max, y_max in boxes:
        pixels[y_min:y_max, x_min:x_max] = True
    return Mask.from_array(pixels)


def click(x, y):
    return PointExemplar(3, 1, x, y, is_positive=False)


BODY, SPECK = (5, 5, 45, 55), (60, 10, 70, 20)
SHOWN = mask(BODY, SPECK)


def test_that_it_is_the_piece_that_the_click_lies_in():
    other = (75, 40, 80, 45)
    assert clicked_away(mask(BODY, SPECK, other), mask(BODY), click(64.5, 14.5)) == mask(SPECK)


def test_that_an_outline_that_is_drawn_anew_is_no_part_of_it():
    bite, rest = (35, 20, 45, 30), (6, 6, 44, 54)
    pixels = mask(rest).to_array()
    pixels[20:30, 34:46] = False
    piece = clicked_away(SHOWN, Mask.from_array(pixels), click(40.5, 25.5))
    assert piece.intersection_area(mask(bite)) == 100
    assert piece.area < 130, "the thin rim all round the body is not clicked away"


def test_that_a_click_that_the_answer_passes_over_takes_nothing():
    assert clicked_away(SHOWN, SHOWN, click(64.5, 14.5)).is_empty
    assert clicked_away(SHOWN, mask(BODY), click(80.5, 50.5)).is_empty


def test_that_a_click_that_takes_most_of_the_mask_is_not_held_to_it():
    assert clicked_away(SHOWN, mask(SPECK), click(20.5, 20.5)).is_empty
    assert clicked_away(Mask.empty(*SIZE), Mask.empty(*SIZE), click(20.5, 20.5)).is_empty


def test_that_pieces_at_the_edge_of_the_frame_are_found():
    corner = (80, 50, 90, 60)
    assert clicked_away(mask(BODY, corner), mask(BODY), click(89.5, 59.5)) == mask(corner)
