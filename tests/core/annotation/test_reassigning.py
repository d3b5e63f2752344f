"""Parts of masks that change hands."""

import numpy as np
import pytest

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.reassigning import give_region, give_region_from, region_at
from tarvis_core.annotation.target_operations import set_locked
from tarvis_core.annotation.track import FrameState
from tarvis_core.errors import AnnotationError
from tests.fakes.projects import COW, GRASS, SIZE, content, keyframe, predicted, rectangle
from tests.fakes.projects import sample_project as make_project

CALF_X = 30


def calf(frame):
    """A second piece of the cow's mask, moving down."""
    return rectangle(CALF_X, 2 + frame, 6, 5)


@pytest.fixture
def project():
    """The cow's masks cover a calf as well, from frame 1 to 5."""
    project = make_project()
    for frame in range(1, 6):
        held = project.masks.get(COW, frame)
        both = predicted(held.mask.union(calf(frame)), 0.6)
        project.apply([project.masks.change_to(COW, frame, both)])
    return project


def mask(project, target, frame):
    held = project.masks.get(target, frame)
    return Mask.empty(*SIZE) if held is None else held.mask


def test_that_a_region_is_one_piece_with_corners(project):
    assert region_at(mask(project, COW, 2), CALF_X + 0.5, 5.5) == calf(2)
    assert region_at(mask(project, COW, 2), 39.5, 29.5) is None
    assert region_at(mask(project, COW, 2), CALF_X - 1.0, 5.5) is None
    assert region_at(Mask.empty(*SIZE), 0, 0) is None
    diagonal = np.eye(8, dtype=bool)
    assert region_at(Mask.from_array(diagonal), 3, 3).area == 8


def test_that_a_region_changes_hands_on_its_frame_alone(project):
    before = content(project)
    changes = give_region(project, COW, GRASS, 2, calf(2))
    project.apply(changes)
    assert mask(project, GRASS, 2) == calf(2)
    assert not mask(project, COW, 2).intersection_area(calf(2))
    assert mask(project, GRASS, 3).is_empty
    states = {project.masks.get(target, 2).state for target in (COW, GRASS)}
    assert states == {FrameState.KEYFRAME}
    project.apply(change.reversed() for change in reversed(changes))
    assert content(project) == before


def test_that_from_here_on_the_piece_is_followed_and_stays_predicted(project):
    project.apply(give_region_from(project, COW, GRASS, 2, calf(2)))
    for frame in range(3, 6):
        assert mask(project, GRASS, frame) == calf(frame)
        assert not mask(project, COW, frame).intersection_area(calf(frame))
        assert project.masks.get(GRASS, frame).state is FrameState.PREDICTED
    assert mask(project, COW, 1).intersection_area(calf(1)) == calf(1).area
    assert mask(project, GRASS, 6).is_empty


@pytest.mark.parametrize("who", [COW, GRASS])
def test_that_keyframes_of_either_end_the_way(project, who):
    law = keyframe(rectangle(0, 0, 3, 3))
    project.apply([project.masks.change_to(who, 4, law)])
    project.apply(give_region_from(project, COW, GRASS, 2, calf(2)))
    assert project.masks.get(who, 4) == law
    assert mask(project, GRASS, 3) == calf(3)
    assert mask(project, COW, 5).intersection_area(calf(5))


def test_that_a_whole_mask_changes_hands_even_where_it_jumps(project):
    jump = predicted(rectangle(0, 0, 4, 4))
    project.apply([project.masks.change_to(COW, 3, jump)])
    project.apply([project.masks.change_to(COW, 7, jump)])
    project.apply(give_region_from(project, COW, GRASS, 2, mask(project, COW, 2)))
    assert mask(project, GRASS, 3) == mask(project, GRASS, 7) == jump.mask
    assert project.masks.get(COW, 3).state is FrameState.ABSENT


def test_that_locked_targets_and_the_giver_itself_are_refused(project):
    with pytest.raises(AnnotationError, match="itself"):
        give_region(project, COW, COW, 2, calf(2))
    with pytest.raises(AnnotationError, match="nothing there"):
        give_region(project, COW, GRASS, 2, rectangle(0, 28, 2, 2))
    project.apply(set_locked(project, [GRASS], is_locked=True))
    with pytest.raises(AnnotationError, match="locked"):
        give_region_from(project, COW, GRASS, 2, calf(2))
