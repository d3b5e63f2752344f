"""Edits of targets through time."""

import pytest

from tarvis_core.annotation import target_operations
from tarvis_core.annotation import track_operations as ops
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
        lambda p: ops.mark_absent_from(p, COW, 0),
        lambda p: ops.copy_to_frames(p, COW, 0, [1]),
        lambda p: ops.interpolate(p, COW, 0),
    ],
)
def test_that_a_locked_target_stays_as_it_is(project, operation):
    project.apply(target_operations.set_locked(project, [COW], is_locked=True))
    with pytest.raises(AnnotationError, match="Berta is locked"):
        operation(project)
