"""What a mask has too much: none of its own places claims it, and another thing does."""

import numpy as np
import pytest

from tarvis_app.review.click_proposal import Survey
from tarvis_app.review.surplus import MOST_PLACES, deepest
from tarvis_core.annotation.mask import Mask
from tests.fakes.projects import COW

SIZE = (192, 256)
"""Of frames that are compared as they are."""


def block(left, top, width, height):
    pixels = np.zeros(SIZE, dtype=bool)
    pixels[top : top + height, left : left + width] = True
    return pixels


NOTHING = block(0, 0, 0, 0)
BODY, HEAD = block(30, 30, 90, 70), block(120, 30, 40, 24)
GROUND = block(0, 100, 256, 92)
SHADOW = block(30, 100, 90, 30)


def asked(mask, *things):
    """The survey of a mask, and where it asked: whatever lies at a place is one of the things."""
    survey, seen = Survey.of(Mask.from_array(mask)), []
    while survey.open_places:
        places = [(int(y), int(x)) for x, y in survey.open_places]
        seen += places
        survey = survey.answered(
            next((thing for thing in things if thing[place]), NOTHING) for place in places
        )
    return survey, seen


def proposal(mask, *things):
    return asked(mask, *things)[0].propose(COW, 7)


@pytest.mark.parametrize("mask", [NOTHING, block(5, 5, 4, 4)])
def test_that_a_mask_of_few_pixels_is_left_alone(mask):
    survey, seen = asked(mask, GROUND)
    assert seen == []
    assert survey.propose(COW, 7) is None


def test_that_what_another_thing_claims_is_too_much():
    found = proposal(BODY | SHADOW, BODY, GROUND)
    assert (found.target, found.frame, found.is_positive) == (COW, 7, False)
    assert SHADOW[int(found.y), int(found.x)]
    assert found.radius == pytest.approx(15, abs=1)


def test_that_nothing_is_too_much_where_its_own_places_claim_all():
    """A rider and a horse are two things for the network and one for a person."""
    assert proposal(BODY | HEAD, BODY, HEAD) is None


def test_that_what_nothing_claims_is_not_taken_away():
    """The network knows no thing there, or sees the target itself and does not paint it."""
    assert proposal(BODY | SHADOW, BODY) is None
    survey = Survey.of(Mask.from_array(BODY | SHADOW))
    while survey.open_places:
        survey = survey.answered([BODY] * len(survey.open_places))
    assert survey.propose(COW, 7) is None


def test_that_the_middle_of_what_is_unclaimed_is_asked_after_the_deepest_place():
    """Asked, the head claims itself; the wall that it may be in claims more."""
    survey, seen = asked(BODY | HEAD, BODY, HEAD)
    assert seen[0] == deepest(BODY | HEAD)[1]
    assert [bool(HEAD[place]) for place in seen] == [False, True]
    assert survey.propose(COW, 7) is None
    wall = block(120, 0, 130, 192)
    survey, seen = asked(BODY | HEAD, BODY, wall)
    assert HEAD[seen[-1]]
    found = survey.propose(COW, 7)
    assert (int(found.y), int(found.x)) == seen[-1]


def test_that_not_all_of_a_mask_in_pieces_is_asked_about():
    pieces = [block(x, y, 18, 18) for x in range(10, 230, 24) for y in range(10, 160, 24)]
    survey, seen = asked(np.any(pieces, axis=0), *pieces)
    assert len(seen) == MOST_PLACES
    assert survey.propose(COW, 7) is None


def test_that_claims_of_more_than_the_mask_are_its_own_if_they_have_its_deepest_place():
    """Where the mask lacks most of its target, its claims lead away, and nothing is too much."""
    target = BODY | HEAD | block(30, 100, 220, 90)
    assert proposal(BODY | HEAD, target) is None


def test_that_little_is_not_too_much():
    assert proposal(BODY | block(30, 100, 90, 4), BODY, GROUND) is None


def test_that_places_and_proposals_are_in_pixels_of_the_frame():
    def enlarged(mask):
        return np.kron(mask, np.ones((4, 4), dtype=bool))

    mask = BODY | SHADOW
    survey = Survey.of(Mask.from_array(enlarged(mask)))
    assert survey.mask.shape == SIZE
    while survey.open_places:
        places = survey.open_places
        assert all(enlarged(mask)[int(y), int(x)] for x, y in places)
        survey = survey.answered(
            BODY if BODY[int(y / 4), int(x / 4)] else GROUND for x, y in places
        )
    found = survey.propose(COW, 7)
    assert SHADOW[int(found.y / 4), int(found.x / 4)]
    assert found.radius == pytest.approx(60, abs=4)
