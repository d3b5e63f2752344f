"""What a mask has too much: what none of its own places claims; the network is told by hand."""

import numpy as np
import pytest

from tarvis_app.review.click_proposal import Survey
from tarvis_app.review.surplus import MOST_PLACES, deepest, largest_surplus, places_to_ask
from tarvis_core.annotation.mask import Mask
from tests.fakes.projects import COW

SHAPE = (90, 120)


def block(left, top, width, height):
    pixels = np.zeros(SHAPE, dtype=bool)
    pixels[top : top + height, left : left + width] = True
    return pixels


BODY, HEAD, SHADOW = block(10, 10, 40, 30), block(50, 10, 20, 12), block(10, 40, 40, 16)


def claims_of(mask, *things):
    """A network that sees, at each place, the thing that lies there."""
    places = places_to_ask(mask)
    at = [next((thing for thing in things if thing[place]), block(0, 0, 0, 0)) for place in places]
    return places, np.array(at)


def test_that_places_lie_all_over_the_mask_and_away_from_its_outline():
    mask = BODY | HEAD
    places = places_to_ask(mask)
    assert places[0] == deepest(mask)[1]
    assert 4 <= len(places) <= MOST_PLACES
    assert len(set(places)) == len(places)
    outline = ~mask
    for row, column in places:
        assert not outline[row - 1 : row + 2, column - 1 : column + 2].any()
    assert {bool(BODY[place]) for place in places} == {True, False}
    assert len(places_to_ask(np.ones((400, 600), dtype=bool))) == MOST_PLACES


def test_that_a_mask_of_few_pixels_is_left_alone():
    assert places_to_ask(block(5, 5, 4, 4)) == []
    assert largest_surplus(block(5, 5, 4, 4), [], np.zeros((0, *SHAPE), dtype=bool)) is None
    assert places_to_ask(block(0, 0, 0, 0)) == []


def test_that_nothing_is_too_much_where_its_own_places_claim_all():
    """A rider and a horse are two things for the network and one for a person."""
    mask = BODY | HEAD
    assert largest_surplus(mask, *claims_of(mask, BODY, HEAD)) is None


def test_that_what_no_place_claims_is_too_much():
    """Also a click in the middle of it gives the body: the network knows no thing there."""
    mask = BODY | SHADOW
    places, claims = claims_of(mask, BODY)
    claims[~claims.any(axis=(1, 2))] = BODY
    radius, middle = largest_surplus(mask, places, claims)
    assert SHADOW[middle]
    assert radius == pytest.approx(8, abs=1)


def test_that_what_another_thing_reaches_into_is_too_much():
    """The claim of a wall that the mask has run into leads away from the mask."""
    wall = block(50, 0, 70, 90)
    mask = BODY | HEAD
    _, middle = largest_surplus(mask, *claims_of(mask, BODY, wall))
    assert HEAD[middle]


def test_that_a_claim_of_more_than_the_mask_is_its_own_if_it_has_the_deepest_place():
    """Where the mask lacks most of its target, its claims lead away, and nothing is too much."""
    mask, target = BODY | HEAD, BODY | HEAD | block(10, 40, 110, 50)
    assert largest_surplus(mask, *claims_of(mask, target)) is None


def test_that_little_is_not_too_much():
    mask = BODY | block(10, 40, 40, 2)
    places, claims = claims_of(mask, BODY)
    claims[:] = BODY
    assert largest_surplus(mask, places, claims) is None


def test_that_the_proposal_takes_away_and_is_told_in_pixels_of_the_frame():
    large = np.kron(BODY | SHADOW, np.ones((8, 8), dtype=bool))
    survey = Survey.of(Mask.from_array(large))
    assert survey.mask.shape == (192, 256)
    for x, y in survey.places:
        assert large[int(y), int(x)]
    body = Survey.of(Mask.from_array(np.kron(BODY, np.ones((8, 8), dtype=bool)))).mask
    claims = np.repeat(body[None], len(survey.places), axis=0)
    proposal = survey.propose(COW, 7, claims)
    assert (proposal.target, proposal.frame, proposal.is_positive) == (COW, 7, False)
    assert SHADOW[int(proposal.y / 8), int(proposal.x / 8)]
    assert proposal.radius == pytest.approx(64, abs=8)
    assert survey.propose(COW, 7, np.repeat(survey.mask[None], len(survey.places), 0)) is None
