"""Pixels of a frame are shared out among targets when clicks are answered there."""

from dataclasses import replace

import pytest

from tarvis_core.annotation import painting, target_operations
from tarvis_core.annotation.answer_sharing import share_out, taken_by
from tarvis_core.annotation.clicking import ANSWER, CARRIED
from tarvis_core.annotation.exemplar import BoxExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState, MaskSource, Taken, TrackFrame
from tests.fakes.projects import COW, GRASS, SIZE, keyframe, predicted, rectangle, sample_project

AT = 8
"""A frame on which the project has nothing."""
LEFT, RIGHT = rectangle(0, 0, 20, 20), rectangle(15, 0, 20, 20)
"""They share five columns, from 15 to 19."""
LEFT_ALONE, RIGHT_ALONE = rectangle(0, 0, 15, 20), rectangle(20, 0, 15, 20)


@pytest.fixture
def project():
    return sample_project()


def answer(mask, made_at=2.0, tool=ANSWER):
    return replace(predicted(mask), source=MaskSource(tool, made_at=made_at))


def put(project, target, held):
    project.apply([project.masks.change_to(target, AT, held)])


def give(project, target, *given):
    project.apply(painting.set_exemplars(project, target, AT, given))


def click(project, target, x, y=5.5, *, is_positive=True):
    give(project, target, PointExemplar(AT, target, x, y, is_positive))


def answer_target(project, target, mask, **how):
    masks = project.masks.masks_at(AT)
    changes = share_out(project, target, AT, answer(mask), masks, **how)
    project.apply(changes)
    return changes


def answer_cow(project, mask=RIGHT, **how):
    return answer_target(project, COW, mask, **how)


def mask(project, target):
    return project.masks.get(target, AT).mask


@pytest.mark.parametrize("tool", [ANSWER, CARRIED])
def test_that_the_answer_to_other_clicks_gives_way(project, tool):
    click(project, GRASS, 3.5)
    put(project, GRASS, answer(LEFT, 1.0, tool))
    click(project, COW, 30.5)
    answer_cow(project)

    assert (mask(project, GRASS), mask(project, COW)) == (LEFT_ALONE, RIGHT)
    source = project.masks.get(GRASS, AT).source
    assert source == MaskSource(tool, made_at=2.0), "its span waits for a run again"


def test_that_a_mask_of_a_run_keeps_its_pixels(project):
    put(project, GRASS, predicted(LEFT))
    click(project, COW, 30.5)
    changes = answer_cow(project)

    assert (mask(project, GRASS), mask(project, COW)) == (LEFT, RIGHT_ALONE)
    assert len(changes) == 1


@pytest.mark.parametrize(
    "given", [PointExemplar(AT, COW, 17.5, 5.5), BoxExemplar(AT, COW, (10.0, 0.0, 24.0, 9.0))]
)
def test_that_a_mask_of_a_run_gives_way_where_the_target_was_given_inside_it(project, given):
    put(project, GRASS, predicted(LEFT, 0.7))
    give(project, COW, given)
    answer_cow(project)

    assert (mask(project, GRASS), mask(project, COW)) == (LEFT_ALONE, RIGHT)
    held = project.masks.get(GRASS, AT)
    assert (held.state, held.score) == (FrameState.PREDICTED, 0.7)


def test_that_what_was_shown_already_stays_though_another_has_it(project):
    put(project, GRASS, predicted(LEFT))
    put(project, COW, predicted(RIGHT))
    click(project, COW, 37.5)
    larger = rectangle(12, 0, 28, 20)
    answer_cow(project, larger)

    assert mask(project, GRASS) == LEFT
    assert mask(project, COW) == larger.difference(rectangle(12, 0, 3, 20)), "five columns stay"


def test_that_a_negative_click_takes_no_pixels(project):
    put(project, GRASS, predicted(LEFT))
    click(project, COW, 17.5, is_positive=False)
    answer_cow(project)

    assert mask(project, GRASS) == LEFT


@pytest.mark.parametrize("state", [FrameState.KEYFRAME, FrameState.VERIFIED])
def test_that_what_a_person_stands_behind_stays_bit_identical(project, state):
    held = TrackFrame(LEFT, state, 0.75, source=MaskSource(ANSWER, made_at=1.0))
    click(project, GRASS, 3.5)
    put(project, GRASS, held)
    click(project, COW, 17.5)
    answer_cow(project)

    assert project.masks.get(GRASS, AT) == held
    assert mask(project, COW) == RIGHT_ALONE


def test_that_a_locked_target_stays_as_it_is(project):
    click(project, GRASS, 3.5)
    put(project, GRASS, answer(LEFT))
    project.apply(target_operations.set_locked(project, [GRASS], is_locked=True))
    click(project, COW, 17.5)
    answer_cow(project)

    assert (mask(project, GRASS), mask(project, COW)) == (LEFT, RIGHT_ALONE)


def test_that_what_is_taken_whole_is_absent_and_comes_back(project):
    click(project, GRASS, 3.5)
    before = answer(LEFT, 1.0)
    put(project, GRASS, before)
    click(project, COW, 30.5)
    answer_cow(project, rectangle(0, 0, 40, 30))
    assert project.masks.get(GRASS, AT).state is FrameState.ABSENT

    answer_cow(project, RIGHT)
    assert mask(project, GRASS) == LEFT_ALONE

    answer_cow(project, RIGHT_ALONE)
    assert project.masks.get(GRASS, AT) == before


def test_that_nobody_gets_back_what_a_third_target_has(project):
    dog, changes = target_operations.create_target(project)
    project.apply(changes)
    click(project, GRASS, 3.5)
    before = answer(LEFT, 1.0)
    put(project, GRASS, before)
    click(project, COW, 30.5)
    answer_cow(project)
    put(project, dog, keyframe(rectangle(15, 0, 3, 20)))

    answer_cow(project, RIGHT_ALONE)

    assert mask(project, GRASS) == LEFT.difference(rectangle(15, 0, 3, 20))


def test_that_an_answer_without_a_pixel_takes_nothing(project):
    click(project, GRASS, 3.5)
    put(project, GRASS, answer(LEFT))
    nothing = TrackFrame(Mask.empty(*SIZE), FrameState.ABSENT)

    (change,) = share_out(project, COW, AT, nothing, project.masks.masks_at(AT))

    assert change.after == nothing


def test_that_an_answer_for_which_others_leave_nothing_is_an_absence(project):
    put(project, GRASS, keyframe(rectangle(0, 0, 40, 30)))
    click(project, COW, 17.5)
    answer_cow(project)

    assert project.masks.get(COW, AT).state is FrameState.ABSENT


@pytest.mark.parametrize("is_exclusive", [True, False])
@pytest.mark.parametrize("state", [FrameState.KEYFRAME, FrameState.VERIFIED])
def test_that_a_mask_let_give_way_loses_what_the_answer_covers_and_stays_law(
    project, state, is_exclusive
):
    whole = TrackFrame(LEFT, state, 0.75, source=MaskSource(ANSWER, made_at=1.0))
    whole = replace(whole, yields_to=frozenset([COW]))
    put(project, GRASS, whole)
    project.apply(target_operations.set_locked(project, [GRASS], is_locked=True))
    click(project, COW, 17.5)
    answer_cow(project, is_exclusive=is_exclusive)

    rest = replace(whole, mask=LEFT_ALONE, taken=Taken(COW, whole))
    assert project.masks.get(GRASS, AT) == rest
    assert mask(project, COW) == RIGHT
    assert project.target(GRASS).is_locked


def test_that_what_an_answer_leaves_goes_back_though_nobody_is_to_give_way_now(project):
    click(project, GRASS, 3.5)
    before = answer(LEFT, 1.0)
    put(project, GRASS, before)
    click(project, COW, 30.5)
    answer_cow(project, RIGHT)

    answer_cow(project, rectangle(18, 0, 20, 20), is_exclusive=False)
    assert mask(project, GRASS) == LEFT.difference(rectangle(18, 0, 20, 20))
    answer_cow(project, rectangle(10, 0, 20, 20), is_exclusive=False)
    assert mask(project, GRASS) == LEFT.difference(rectangle(18, 0, 20, 20)), "no more is taken"


def test_that_two_who_took_pixels_one_after_the_other_give_them_back_in_turn(project):
    dog, changes = target_operations.create_target(project)
    project.apply(changes)
    click(project, GRASS, 3.5)
    put(project, GRASS, answer(LEFT, 1.0))
    click(project, COW, 30.5)
    answer_cow(project)
    first_rest = project.masks.get(GRASS, AT)
    click(project, dog, 3.5)
    answer_target(project, dog, rectangle(0, 0, 5, 20))
    assert mask(project, GRASS) == rectangle(5, 0, 10, 20)

    answer_target(project, dog, rectangle(0, 25, 5, 3))
    assert project.masks.get(GRASS, AT) == first_rest
    answer_cow(project, RIGHT_ALONE)
    assert mask(project, GRASS) == LEFT


def test_that_what_a_mask_was_is_forgotten_after_many_takers_in_a_row(project):
    whole = answer(LEFT)
    for number in range(40):
        whole = replace(whole, taken=taken_by(TargetId(3 + number % 2), whole))
    assert whole.taken is None or whole.taken.depth <= 8


@pytest.mark.parametrize("state", [FrameState.KEYFRAME, FrameState.VERIFIED])
def test_that_a_mask_that_a_person_confirms_gets_nothing_back(project, state):
    click(project, GRASS, 3.5)
    put(project, GRASS, answer(LEFT, 1.0))
    click(project, COW, 30.5)
    answer_cow(project)
    project.apply(painting.set_state(project, GRASS, [AT], state))

    answer_cow(project, RIGHT_ALONE)

    assert mask(project, GRASS) == LEFT_ALONE
