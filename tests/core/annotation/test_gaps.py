"""Pixels that nobody has."""

import numpy as np
import pytest

from tarvis_core.annotation import gaps
from tarvis_core.annotation.target_operations import set_locked
from tarvis_core.annotation.track import FrameState
from tests.fakes.projects import COW, GRASS, SIZE, content, sample_project


@pytest.fixture
def project():
    return sample_project()


def test_that_unlabelled_pixels_are_all_but_the_masks(project):
    masks = project.masks.masks_at(0)
    free = gaps.unlabelled(project, 0)
    assert free.sum() == SIZE[0] * SIZE[1] - sum(held.mask.area for held in masks.values())
    assert gaps.unlabelled(project, 11).all()


def test_that_each_gap_goes_to_the_nearest_target(project):
    free = gaps.unlabelled(project, 0)
    shares = gaps.nearest_targets(project, 0, free)
    assert set(shares) == {COW, GRASS}
    owners = project.label_map(0, hidden=True)
    rows, columns = np.nonzero(owners)
    for target, share in shares.items():
        for y, x in np.argwhere(share.to_array())[::97]:
            distances = np.hypot(rows - y, columns - x)
            own = distances[owners[rows, columns] == target].min()
            assert own <= distances.min() + 0.5


def test_that_a_filled_frame_has_no_gap_and_no_overlap(project):
    before = content(project)
    shares = gaps.nearest_targets(project, 0, gaps.unlabelled(project, 0))
    changes = gaps.fill(project, 0, shares)
    project.apply(changes)
    assert not gaps.unlabelled(project, 0).any()
    areas = [held.mask.area for held in project.masks.masks_at(0).values()]
    assert sum(areas) == SIZE[0] * SIZE[1]
    assert all(h.state is FrameState.KEYFRAME for h in project.masks.masks_at(0).values())
    project.apply(change.reversed() for change in reversed(changes))
    assert content(project) == before


def test_that_locked_targets_get_nothing(project):
    project.apply(set_locked(project, [COW], is_locked=True))
    shares = gaps.nearest_targets(project, 0, gaps.unlabelled(project, 0))
    assert set(shares) == {GRASS}
    project.apply(set_locked(project, [GRASS], is_locked=True))
    assert gaps.nearest_targets(project, 0, gaps.unlabelled(project, 0)) == {}


def test_that_a_frame_without_targets_or_without_gaps_gives_nothing(project):
    assert gaps.nearest_targets(project, 11, gaps.unlabelled(project, 11)) == {}
    assert gaps.nearest_targets(project, 0, np.zeros(SIZE, dtype=bool)) == {}
