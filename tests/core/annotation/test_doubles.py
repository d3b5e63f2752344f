"""What is found twice: which of it is left out."""

from tarvis_core.annotation.doubles import Candidate, doubles, spread_frames
from tests.fakes.projects import rectangle

HERE, BESIDE, AWAY = rectangle(2, 2, 10, 8), rectangle(3, 2, 10, 8), rectangle(20, 2, 10, 8)


def candidate(masks, category="person", *, is_panoptic=False):
    return Candidate(category, masks.keys(), masks.__getitem__, is_panoptic)


def test_that_the_surer_one_of_a_class_stays():
    first, second, third = (dict.fromkeys(range(4), mask) for mask in (HERE, BESIDE, AWAY))
    found = [candidate(first), candidate(second), candidate(third), candidate(second, "dog")]
    assert doubles(found) == (1,)


def test_that_a_double_of_what_is_left_out_stays_if_it_shows_something_else():
    far = rectangle(5, 2, 10, 8)
    found = [candidate({0: HERE}), candidate({0: BESIDE}), candidate({0: far})]
    assert BESIDE.iou(far) >= 0.6 > HERE.iou(far)
    assert doubles(found) == (1,)


def test_that_tracks_without_a_common_frame_are_no_doubles():
    assert doubles([candidate({0: HERE}), candidate({1: HERE})]) == ()
    assert doubles([candidate({}), candidate({})]) == ()


def test_that_a_panoptic_search_has_no_doubles():
    found = [candidate({0: HERE}), candidate({0: HERE}, is_panoptic=True)]
    assert doubles(found) == ()


def test_that_compared_frames_reach_from_the_first_to_the_last():
    assert spread_frames(range(10, 111)) == (10, 35, 60, 85, 110)
    assert spread_frames([3, 7]) == (3, 7)
    assert spread_frames([]) == ()
