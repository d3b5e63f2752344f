"""Edits of targets through time."""

import pytest

from tarvis_core.annotation import target_operations
from tarvis_core.annotation import track_operations as ops
from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.mask_shapes import centroid
from tarvis_core.annotation.track import FrameState, MaskSource
from tarvis_core.errors import AnnotationError
from tests.fakes.projects import (
    COW,
    GRASS,
    keyframe,
    predicted,
    rectangle,
    sample_project,
)

SOURCE = MaskSource("test", made_at=3.5)


@pytest.fixture
def project():
    return sample_project()


def put(project, target, frames):
    project.apply([project.masks.change_to(target, f, held) for f, held in frames.items()])


def states(project, target):
    summaries = project.masks.track(target).summaries
    return {frame: summaries[frame].state.value for frame in sorted(summaries)}


def test_that_deleting_from_a_frame_keeps_what_was_before(project):
    project.apply(ops.delete_from(project, COW, 3))

    assert project.masks.track(COW).frames == (0, 1, 2)
    assert project.exemplar_frames(COW) == (0,)
    assert project.masks.track(GRASS).frames == (0,)


def test_that_a_range_is_deleted_with_both_ends(project):
    project.apply(ops.delete_range(project, COW, 2, 4))

    assert project.masks.track(COW).frames == (0, 1, 5, 6)
    assert project.exemplar_frames(COW) == (0,)


def test_that_splitting_moves_what_is_later_to_a_new_target(project):
    before = dict(project.masks.track(COW).items())
    number, changes = ops.split_at(project, COW, 3)
    project.apply(changes)

    assert list(project.targets) == [GRASS, COW, number]
    assert dict(project.masks.track(COW).items()) == {f: before[f] for f in (0, 1, 2)}
    assert dict(project.masks.track(number).items()) == {f: before[f] for f in (3, 4, 5, 6)}
    assert project.exemplar_frames(number) == (3,)
    assert project.target(number).category == project.target(COW).category
    assert len({target.colour for target in project.targets.values()}) == 3


@pytest.mark.parametrize("frame", [0, 7, 100])
def test_that_a_frame_that_divides_nothing_is_told(project, frame):
    with pytest.raises(AnnotationError, match="does not divide Berta"):
        ops.split_at(project, COW, frame)


def test_that_splitting_and_merging_gives_the_track_back(project):
    before = dict(project.masks.track(COW).items())
    number, changes = ops.split_at(project, COW, 3)
    project.apply(changes)
    project.apply(ops.merge(project, COW, number))

    assert dict(project.masks.track(COW).items()) == before
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


def test_that_merged_mask_exemplars_are_one(project):
    given = (MaskExemplar(0, COW, rectangle(0, 0, 2, 2)),)
    project.apply([*_exemplar_change(project, COW, 0, (*project.exemplars_at(COW, 0), *given))])
    project.apply(ops.merge(project, COW, GRASS))
    masks = [e for e in project.exemplars_at(COW, 0) if isinstance(e, MaskExemplar)]

    assert [m.mask.area for m in masks] == [4 + 400]


def _exemplar_change(project, target, frame, after):
    change = ops.ExemplarChange(target, frame, project.exemplars_at(target, frame), after)
    return (change,)


@pytest.mark.parametrize("operation", [ops.merge, lambda p, a, b: ops.swap_from(p, a, b, 0)])
def test_that_a_target_is_not_joined_with_itself(project, operation):
    with pytest.raises(AnnotationError, match="itself"):
        operation(project, COW, COW)


def test_that_identities_are_swapped_from_a_frame_on(project):
    put(project, GRASS, {f: predicted(rectangle(0, 20, 4, 1 + f)) for f in range(1, 9)})
    cow = dict(project.masks.track(COW).items())
    grass = dict(project.masks.track(GRASS).items())
    project.apply(ops.swap_from(project, COW, GRASS, 4))

    frames = range(9)
    expected = {f: (grass if f >= 4 else cow).get(f) for f in frames}
    assert {f: project.masks.get(COW, f) for f in frames} == expected
    expected = {f: (cow if f >= 4 else grass).get(f) for f in frames}
    assert {f: project.masks.get(GRASS, f) for f in frames} == expected
    assert project.exemplar_frames(COW) == (0, 3)


def test_that_a_swap_can_end(project):
    put(project, GRASS, {f: predicted(rectangle(0, 20, 4, 4)) for f in range(1, 9)})
    project.apply(ops.swap_from(project, COW, GRASS, 2, 3))

    heights = [project.masks.get(COW, f).mask.box[3] for f in range(6)]
    assert heights == [12, 12, 24, 24, 12, 12]
    assert project.exemplar_frames(GRASS) == (0, 3)


def test_that_two_swaps_are_none(project):
    before = dict(project.masks.track(COW).items())
    for _ in range(2):
        project.apply(ops.swap_from(project, COW, GRASS, 0))

    assert dict(project.masks.track(COW).items()) == before
    assert project.exemplars == sample_project().exemplars


def test_that_a_target_is_absent_until_a_person_saw_it_again(project):
    put(project, COW, {8: keyframe(rectangle(1, 1, 2, 2)), 9: predicted(rectangle(1, 1, 2, 2))})
    project.apply(ops.mark_absent_from(project, COW, 3, SOURCE))
    found = states(project, COW)

    assert found[3] == "keyframe"
    assert [found[f] for f in range(4, 8)] == ["absent"] * 4
    assert (found[2], found[8], found[9]) == ("predicted", "keyframe", "predicted")
    assert all(project.masks.get(COW, f).mask.is_empty for f in range(3, 8))
    assert project.exemplar_frames(COW) == (0,)


def test_that_absence_without_return_lasts_to_the_end_of_the_video(project):
    project.apply(ops.mark_absent_from(project, COW, 9))

    assert {f: s for f, s in states(project, COW).items() if f > 6} == {
        9: "keyframe",
        10: "absent",
        11: "absent",
    }


def test_that_a_copied_mask_is_a_keyframe_and_spares_what_a_person_made(project):
    put(project, COW, {8: keyframe(rectangle(1, 1, 2, 2))})
    project.apply(ops.copy_to_frames(project, COW, 2, [0, 1, 2, 7, 8], SOURCE))

    copied = [
        f
        for f in range(12)
        if project.masks.track(COW).get(f) and project.masks.get(COW, f).source == SOURCE
    ]
    assert copied == [1, 7]
    assert project.masks.get(COW, 7).mask == rectangle(5, 4, 10, 8)
    assert states(project, COW)[7] == "keyframe"


@pytest.mark.parametrize("frame", [6, 9])
def test_that_nothing_is_copied_from_a_frame_without_a_mask(project, frame):
    with pytest.raises(AnnotationError, match=f"no mask on frame {frame} to copy"):
        ops.copy_to_frames(project, COW, frame, [1])


def test_that_frames_between_keyframes_get_shapes_between(project):
    put(project, COW, {8: keyframe(rectangle(19, 20, 10, 8))})
    project.apply(ops.interpolate(project, COW, 3, SOURCE))
    masks = {f: project.masks.get(COW, f) for f in range(9)}

    assert all(masks[f].state is FrameState.PREDICTED for f in range(1, 8))
    assert all(masks[f].source == SOURCE for f in range(1, 8))
    assert [masks[f].mask.area for f in range(9)] == [80] * 9
    assert centroid(masks[4].mask) == (16, 16)
    assert (masks[0].source, masks[8].source) == (None, None)


@pytest.mark.parametrize("frame", [0, 3])
def test_that_interpolation_needs_keyframes_on_both_sides(project, frame):
    with pytest.raises(AnnotationError, match="both sides"):
        ops.interpolate(project, COW, frame)


def test_that_interpolation_needs_masks_on_both_sides(project):
    project.apply(ops.mark_absent_from(project, COW, 5))
    with pytest.raises(AnnotationError, match="keyframes 0 and 5 must both have a mask"):
        ops.interpolate(project, COW, 3)


@pytest.mark.parametrize(
    "operation",
    [
        lambda p: ops.delete_from(p, COW, 0),
        lambda p: ops.delete_range(p, COW, 0, 1),
        lambda p: ops.split_at(p, COW, 3),
        lambda p: ops.merge(p, GRASS, COW),
        lambda p: ops.swap_from(p, GRASS, COW, 0),
        lambda p: ops.mark_absent_from(p, COW, 0),
        lambda p: ops.copy_to_frames(p, COW, 0, [1]),
        lambda p: ops.interpolate(p, COW, 0),
    ],
)
def test_that_a_locked_target_stays_as_it_is(project, operation):
    project.apply(target_operations.set_locked(project, [COW], is_locked=True))
    with pytest.raises(AnnotationError, match="Berta is locked"):
        operation(project)
