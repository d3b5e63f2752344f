"""Edits that say who is who: exchange, split, join."""

from dataclasses import replace

import pytest

from tarvis_core.annotation import identity_operations as ops
from tarvis_core.annotation import target_operations
from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.project_changes import ExemplarChange
from tarvis_core.annotation.track import FrameState, Taken
from tarvis_core.errors import AnnotationError
from tests.fakes.projects import (
    COW,
    GRASS,
    keyframe,
    predicted,
    rectangle,
    sample_project,
)


@pytest.fixture
def project():
    return sample_project()


def put(project, target, frames):
    project.apply([project.masks.change_to(target, f, held) for f, held in frames.items()])


def held_by(project, target):
    return dict(project.masks.track(target).items())


def as_law(held):
    return replace(held, state=FrameState.KEYFRAME)


def test_that_splitting_moves_what_is_later_to_a_new_target(project):
    before = held_by(project, COW)
    number, changes = ops.split_at(project, COW, 3)
    project.apply(changes)
    nothing = keyframe(before[6].mask)

    assert list(project.targets) == [GRASS, COW, number]
    assert held_by(project, COW) == {**{f: before[f] for f in (0, 1, 2)}, 3: nothing}
    later = {f: before[f] for f in (4, 5, 6)}
    assert held_by(project, number) == {2: nothing, 3: as_law(before[3]), **later}
    assert project.exemplar_frames(number) == (3,)
    assert project.target(number).category == project.target(COW).category
    assert len({target.colour for target in project.targets.values()}) == 3


def test_that_the_first_mask_of_a_split_target_is_law_though_it_is_away_at_first(project):
    walk = {f: predicted(rectangle(1, 1, 2, 2)) for f in (8, 9)}
    put(project, COW, {3: None, 4: None, 5: None, **walk})
    project.apply([ExemplarChange(COW, 3, project.exemplars_at(COW, 3), ())])
    number, changes = ops.split_at(project, COW, 4)
    project.apply(changes)

    assert project.masks.track(COW).law_frames == (0, 4)
    assert project.masks.track(number).law_frames == (3, 8)


@pytest.mark.parametrize("frame", [0, 7, 100])
def test_that_a_frame_that_divides_nothing_is_told(project, frame):
    with pytest.raises(AnnotationError, match="does not divide Berta"):
        ops.split_at(project, COW, frame)


def test_that_absence_alone_makes_no_law_when_it_is_split_off(project):
    number, changes = ops.split_at(project, COW, 6)
    project.apply(changes)

    assert project.masks.track(COW).law_frames == (0,)
    assert project.masks.track(number).law_frames == ()


def test_that_splitting_and_merging_gives_the_track_back(project):
    before = held_by(project, COW)
    number, changes = ops.split_at(project, COW, 3)
    project.apply(changes)
    project.apply(ops.merge(project, COW, number))

    assert held_by(project, COW) == {**before, 3: as_law(before[3])}
    assert number not in project.targets
    assert project.exemplars == sample_project().exemplars


def test_that_merged_masks_cover_both_and_the_person_wins(project):
    put(project, GRASS, {1: predicted(rectangle(0, 20, 4, 4), 0.9)})
    project.apply(ops.merge(project, COW, GRASS))
    on_0, on_1 = project.masks.get(COW, 0), project.masks.get(COW, 1)

    assert on_0.mask == rectangle(3, 4, 10, 8).union(rectangle(0, 20, 40, 10))
    assert on_0.state is FrameState.KEYFRAME
    assert (on_1.state, on_1.score) == (FrameState.PREDICTED, 0.9)
    assert on_1.mask.area == 80 + 16


def test_that_the_absence_of_one_says_nothing_against_the_other_once_they_are_merged(project):
    nothing = keyframe(held_by(project, COW)[6].mask)
    put(project, GRASS, {2: nothing, 4: nothing})
    before = held_by(project, COW)
    project.apply(ops.merge(project, COW, GRASS))

    assert all(project.masks.get(COW, frame) == before[frame] for frame in (2, 4))


def test_that_law_stands_where_one_merged_target_goes_on_from_the_other(project):
    put(project, GRASS, {f: predicted(rectangle(0, 20, 4, f)) for f in (7, 8, 9)})
    put(project, COW, {10: predicted(rectangle(1, 1, 2, 2)), 11: predicted(rectangle(1, 1, 2, 2))})
    before = {**held_by(project, COW), **held_by(project, GRASS)}
    project.apply(ops.merge(project, COW, GRASS))

    assert project.masks.track(COW).law_frames == (0, 7, 10)
    assert project.masks.get(COW, 7) == as_law(before[7])
    assert project.masks.get(COW, 10) == as_law(before[10])


def test_that_law_stands_where_merged_targets_are_first_seen_together(project):
    put(project, GRASS, {0: None, **{f: predicted(rectangle(0, 20, 4, f)) for f in (2, 3, 4)}})
    project.apply(ops.merge(project, COW, GRASS))

    assert project.masks.track(COW).law_frames == (0, 2)
    assert project.masks.get(COW, 2).mask.area == 80 + 8


def test_that_masks_without_a_start_of_their_own_are_not_run_over_once_they_are_merged(project):
    number, changes = target_operations.create_target(project)
    project.apply(changes)
    put(project, number, {f: predicted(rectangle(0, 20, 4, f)) for f in (7, 8, 9)})
    project.apply(target_operations.remove_content(project, COW))
    put(project, COW, {f: keyframe(rectangle(1, 1, 2, 2)) for f in (10, 11)})
    project.apply(ops.merge(project, COW, number))

    assert project.masks.track(COW).law_frames == (9, 10, 11)


def test_that_merged_mask_exemplars_are_one(project):
    given = (MaskExemplar(0, COW, rectangle(0, 0, 2, 2)),)
    before = project.exemplars_at(COW, 0)
    project.apply([ExemplarChange(COW, 0, before, (*before, *given))])
    project.apply(ops.merge(project, COW, GRASS))
    masks = [e for e in project.exemplars_at(COW, 0) if isinstance(e, MaskExemplar)]

    assert [m.mask.area for m in masks] == [4 + 400]


@pytest.mark.parametrize("operation", [ops.merge, lambda p, a, b: ops.swap_from(p, a, b, 0)])
def test_that_a_target_is_not_joined_with_itself(project, operation):
    with pytest.raises(AnnotationError, match="itself"):
        operation(project, COW, COW)


def test_that_identities_are_swapped_from_a_frame_on_and_are_law_there(project):
    put(project, GRASS, {f: predicted(rectangle(0, 20, 4, 1 + f)) for f in range(1, 9)})
    cow, grass = held_by(project, COW), held_by(project, GRASS)
    project.apply(ops.swap_from(project, COW, GRASS, 4))

    frames = range(9)
    expected = {f: (grass if f >= 4 else cow).get(f) for f in frames}
    expected[4] = as_law(grass[4])
    assert {f: project.masks.get(COW, f) for f in frames} == expected
    expected = {f: (cow if f >= 4 else grass).get(f) for f in frames}
    expected[4] = as_law(cow[4])
    assert {f: project.masks.get(GRASS, f) for f in frames} == expected
    assert project.exemplar_frames(COW) == (0, 3)


def test_that_a_swap_can_end(project):
    put(project, GRASS, {f: predicted(rectangle(0, 20, 4, 4)) for f in range(1, 9)})
    project.apply(ops.swap_from(project, COW, GRASS, 2, 3))

    heights = [project.masks.get(COW, f).mask.box[3] for f in range(6)]
    assert heights == [12, 12, 24, 24, 12, 12]
    assert project.exemplar_frames(GRASS) == (0, 3)
    assert project.masks.track(COW).law_frames == (0, 2, 4)
    assert project.masks.track(GRASS).law_frames == (0, 2, 4)


def test_that_a_target_that_is_nowhere_after_a_swap_is_said_to_be_gone(project):
    project.apply(ops.swap_from(project, COW, GRASS, 2))

    gone = project.masks.get(COW, 2)
    assert (gone.state, gone.mask.is_empty) == (FrameState.KEYFRAME, True)
    assert project.masks.track(COW).frames == (0, 1, 2)
    assert project.masks.track(GRASS).law_frames == (0, 2)


def test_that_the_first_mask_after_a_swap_is_law_where_it_comes_later(project):
    put(project, GRASS, {f: predicted(rectangle(0, 20, 4, 4)) for f in range(5, 9)})
    project.apply(ops.swap_from(project, COW, GRASS, 2))

    assert project.masks.track(COW).law_frames == (0, 2, 5)
    assert project.masks.get(COW, 2).mask.is_empty
    assert not project.masks.get(COW, 5).mask.is_empty


def test_that_two_swaps_are_none(project):
    cow, grass = held_by(project, COW), held_by(project, GRASS)
    for _ in range(2):
        project.apply(ops.swap_from(project, COW, GRASS, 0))

    assert (held_by(project, COW), held_by(project, GRASS)) == (cow, grass)
    assert project.exemplars == sample_project().exemplars


def with_takers(project):
    """The cow's click on frame 3 took pixels of the grass and of a third target, and may again."""
    project.apply(target_operations.create_target(project)[1])
    (third,) = set(project.targets) - {COW, GRASS}
    whole = predicted(rectangle(0, 20, 9, 9))
    rest = replace(
        predicted(rectangle(0, 20, 4, 4)), taken=Taken(COW, whole), yields_to=frozenset({COW})
    )
    put(project, GRASS, {3: rest})
    put(project, third, {3: rest})
    return third, rest


def taken_and_taker(held):
    return None if held.taken is None else held.taken.by, *held.yields_to


def test_that_whose_click_took_pixels_is_known_after_a_swap(project):
    third, rest = with_takers(project)
    project.apply(ops.swap_from(project, COW, GRASS, 2))

    renamed = replace(rest, taken=replace(rest.taken, by=GRASS), yields_to=frozenset({GRASS}))
    assert project.masks.get(third, 3) == renamed
    assert project.masks.get(COW, 3).mask == rest.mask
    assert project.exemplar_frames(GRASS) == (0, 3)


@pytest.mark.parametrize("frame", [3, 2])
def test_that_only_what_is_law_forgets_what_a_click_took_in_a_swap(project, frame):
    _, rest = with_takers(project)
    put(project, GRASS, {2: predicted(rest.mask)})
    project.apply(ops.swap_from(project, COW, GRASS, frame))

    took = taken_and_taker(project.masks.get(COW, 3))
    assert took == ((None,) if frame == 3 else (GRASS, GRASS))


def test_that_whose_click_took_pixels_is_known_after_a_split(project):
    third, _ = with_takers(project)
    number, changes = ops.split_at(project, COW, 2)
    project.apply(changes)

    assert taken_and_taker(project.masks.get(GRASS, 3)) == (number, number)
    assert taken_and_taker(project.masks.get(third, 3)) == (number, number)


def test_that_whose_click_took_pixels_is_known_after_a_merge(project):
    third, _ = with_takers(project)
    put(project, COW, {3: None})
    project.apply(ops.merge(project, GRASS, COW))

    assert taken_and_taker(project.masks.get(GRASS, 3)) == (None,)
    assert taken_and_taker(project.masks.get(third, 3)) == (GRASS, GRASS)


@pytest.mark.parametrize(
    "operation",
    [
        lambda p: ops.split_at(p, COW, 3),
        lambda p: ops.merge(p, GRASS, COW),
        lambda p: ops.swap_from(p, GRASS, COW, 0),
    ],
)
def test_that_a_locked_target_stays_as_it_is(project, operation):
    project.apply(target_operations.set_locked(project, [COW], is_locked=True))
    with pytest.raises(AnnotationError, match="Berta is locked"):
        operation(project)
