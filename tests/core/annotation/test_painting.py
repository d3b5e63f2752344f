"""Edits of masks on single frames."""

import pytest

from tarvis_core.annotation import painting, target_operations
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.track import FrameState, MaskSource
from tarvis_core.errors import AnnotationError
from tests.fakes.projects import (
    COW,
    GRASS,
    SIZE,
    keyframe,
    predicted,
    rectangle,
    sample_project,
)

BRUSH = MaskSource("brush", made_at=1.5)


@pytest.fixture
def project():
    return sample_project()


def lock(project, target):
    project.apply(target_operations.set_locked(project, [target], is_locked=True))


def test_that_a_painted_frame_is_a_keyframe(project):
    project.apply(painting.paint(project, COW, 2, rectangle(0, 0, 2, 2), BRUSH))
    held = project.masks.get(COW, 2)

    assert held.mask == rectangle(5, 4, 10, 8).union(rectangle(0, 0, 2, 2))
    assert (held.state, held.score, held.source) == (FrameState.KEYFRAME, 1.0, BRUSH)


def test_that_painting_starts_where_nothing_was(project):
    project.apply(painting.paint(project, COW, 9, rectangle(0, 0, 2, 2)))

    assert project.masks.get(COW, 9) == keyframe(rectangle(0, 0, 2, 2))


def test_that_painting_what_is_there_on_a_keyframe_is_no_edit(project):
    assert painting.paint(project, COW, 0, rectangle(4, 5, 2, 2)) == ()


def test_that_painting_over_others_leaves_them_alone_unless_asked(project):
    stroke = rectangle(0, 18, 6, 6)
    project.apply(painting.paint(project, COW, 0, stroke))
    assert project.masks.get(GRASS, 0).mask.area == 400

    project.apply(painting.paint(project, COW, 0, stroke, is_exclusive=True))
    grass = project.masks.get(GRASS, 0)
    assert grass.mask.area == 400 - 24
    assert grass.state is FrameState.VERIFIED


def test_that_exclusive_painting_gives_way_to_a_locked_target(project):
    lock(project, GRASS)
    changes = painting.paint(project, COW, 0, rectangle(0, 18, 6, 6), is_exclusive=True)
    project.apply(changes)

    assert project.masks.get(GRASS, 0).mask.area == 400
    assert project.masks.get(COW, 0).mask.area == 80 + 12


def test_that_a_prediction_painted_over_whole_is_absent(project):
    project.apply(painting.put_mask(project, GRASS, 2, rectangle(0, 0, 40, 30), is_exclusive=True))
    cow = project.masks.get(COW, 2)

    assert (cow.state, cow.mask.area) == (FrameState.ABSENT, 0)


def test_that_erasing_takes_pixels_and_makes_a_keyframe(project):
    project.apply(painting.erase(project, COW, 2, rectangle(0, 0, 40, 8), BRUSH))
    held = project.masks.get(COW, 2)

    assert held.mask == rectangle(5, 8, 10, 4)
    assert held.state is FrameState.KEYFRAME


@pytest.mark.parametrize("frame", [2, 6, 9])
def test_that_erasing_where_nothing_is_is_no_edit(project, frame):
    assert painting.erase(project, COW, frame, rectangle(30, 20, 4, 4)) == ()


def test_that_the_topmost_target_keeps_the_pixels(project):
    project.apply(painting.put_mask(project, COW, 0, rectangle(0, 15, 10, 10)))
    project.apply(painting.make_exclusive(project, 0))
    assert project.masks.get(GRASS, 0).mask.area == 400 - 50

    project.apply(target_operations.move_target(project, COW, 0))
    project.apply(painting.put_mask(project, GRASS, 0, rectangle(0, 20, 40, 10)))
    project.apply(painting.make_exclusive(project, 0))
    assert project.masks.get(COW, 0).mask.area == 50


def test_that_a_locked_target_keeps_its_pixels_before_the_topmost(project):
    project.apply(painting.put_mask(project, COW, 0, rectangle(0, 15, 10, 10)))
    lock(project, GRASS)
    project.apply(painting.make_exclusive(project, 0))

    assert project.masks.get(GRASS, 0).mask.area == 400
    assert project.masks.get(COW, 0).mask.area == 50


def test_that_holes_and_specks_are_tidied_on_many_frames(project):
    whole = rectangle(2, 2, 10, 10)
    holed = whole.difference(rectangle(5, 5, 2, 2)).union(rectangle(30, 20, 1, 1))
    changes = [project.masks.change_to(COW, f, predicted(holed)) for f in (1, 2, 3)]
    project.apply(changes)
    project.apply(painting.fill_holes_on(project, COW, range(12)))
    project.apply(painting.remove_specks_on(project, COW, [1, 2], 5))

    assert [project.masks.get(COW, f).mask.area for f in (1, 2, 3)] == [100, 100, 101]
    assert project.masks.get(COW, 1).state is FrameState.PREDICTED


def test_that_a_prediction_of_specks_only_is_absent(project):
    project.apply(painting.remove_specks_on(project, COW, [0, 1], 1000))

    states = [project.masks.get(COW, f).state for f in (0, 1)]
    assert states == [FrameState.KEYFRAME, FrameState.ABSENT]


def test_that_states_change_where_there_is_a_mask(project):
    project.apply(painting.set_state(project, COW, range(12), FrameState.VERIFIED))
    assert project.masks.track(COW).law_frames == tuple(range(7))
    project.apply(painting.set_state(project, COW, [0], FrameState.ABSENT))
    assert project.masks.get(COW, 0).mask.is_empty


def test_that_confirming_spares_keyframes_and_locked_targets(project):
    project.apply(painting.verify(project, [COW, GRASS], 0))
    assert project.masks.get(COW, 0).state is FrameState.KEYFRAME
    project.apply(painting.verify(project, [COW, GRASS], 6))
    assert project.masks.get(COW, 6).state is FrameState.VERIFIED
    lock(project, COW)
    assert painting.verify(project, [COW], 1) == ()


def test_that_exemplars_are_replaced_as_a_whole(project):
    points = [PointExemplar(0, COW, 1.5, 2.5)]
    project.apply(painting.set_exemplars(project, COW, 0, points))
    assert project.exemplars_at(COW, 0) == tuple(points)
    assert painting.set_exemplars(project, COW, 0, points) == ()
    project.apply(painting.set_exemplars(project, COW, 0, []))
    assert project.exemplar_frames(COW) == (3,)


@pytest.mark.parametrize(
    "operation",
    [
        lambda p: painting.put_mask(p, COW, 0, Mask.empty(*SIZE)),
        lambda p: painting.paint(p, COW, 0, rectangle(0, 0, 1, 1)),
        lambda p: painting.erase(p, COW, 0, rectangle(0, 0, 40, 30)),
        lambda p: painting.fill_holes_on(p, COW, [0]),
        lambda p: painting.remove_specks_on(p, COW, [0], 9),
        lambda p: painting.set_state(p, COW, [0], FrameState.VERIFIED),
        lambda p: painting.set_exemplars(p, COW, 0, []),
    ],
)
def test_that_a_locked_target_stays_as_it_is(project, operation):
    lock(project, COW)
    with pytest.raises(AnnotationError, match="Berta is locked"):
        operation(project)
