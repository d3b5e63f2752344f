"""Pixels that nobody has."""

import numpy as np
import pytest

from tarvis_core.annotation import gaps
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetKind
from tarvis_core.annotation.target_operations import set_kind, set_locked, set_visible
from tarvis_core.annotation.track import FrameState
from tests.fakes.projects import (
    COW,
    GRASS,
    SIZE,
    content,
    keyframe,
    rectangle,
    sample_project,
)


@pytest.fixture
def project():
    return sample_project()


def test_that_unlabelled_pixels_are_all_but_the_masks(project):
    masks = project.masks.masks_at(0)
    free = gaps.unlabelled(project, 0)
    assert free.sum() == SIZE[0] * SIZE[1] - sum(held.mask.area for held in masks.values())
    assert gaps.unlabelled(project, 11).all()


def test_that_each_crack_goes_to_the_nearest_target(project):
    cracks = np.zeros(SIZE, dtype=bool)
    cracks[::4] = cracks[1::4] = True
    shares = gaps.nearest_targets(project, 0, cracks & gaps.unlabelled(project, 0))
    assert set(shares) == {COW, GRASS}
    owners = project.label_map(0, hidden=True)
    rows, columns = np.nonzero(owners)
    for target, share in shares.items():
        for y, x in np.argwhere(share.to_array())[::97]:
            distances = np.hypot(rows - y, columns - x)
            own = distances[owners[rows, columns] == target].min()
            assert own <= distances.min() + 0.5


def test_that_cracks_go_to_the_nearest_and_what_is_wide_to_a_region(project):
    project.apply(
        [project.masks.change_to(COW, 0, keyframe(rectangle(0, 0, 40, 12))),
         project.masks.change_to(GRASS, 0, keyframe(rectangle(0, 14, 20, 6)))]
    )  # fmt: skip
    shares = gaps.nearest_targets(project, 0, gaps.unlabelled(project, 0))
    assert shares[COW].intersection_area(rectangle(0, 12, 20, 1)) == 17, "but for its mouth"
    assert shares[GRASS].intersection_area(rectangle(24, 20, 16, 10)) == 160
    assert shares[COW].intersection_area(rectangle(20, 20, 20, 10)) == 0


def test_that_what_is_wide_goes_to_no_thing(project):
    project.apply(
        [*set_kind(project, [GRASS], TargetKind.THING),
         project.masks.change_to(COW, 0, keyframe(rectangle(0, 0, 40, 12))),
         project.masks.change_to(GRASS, 0, keyframe(rectangle(0, 14, 20, 6)))]
    )  # fmt: skip
    project.apply(
        gaps.fill(project, 0, gaps.nearest_targets(project, 0, gaps.unlabelled(project, 0)))
    )
    left = Mask.from_array(gaps.unlabelled(project, 0))
    assert left.intersection_area(rectangle(0, 12, 17, 2)) == 0, "a crack"
    assert left.intersection_area(rectangle(0, 20, 40, 10)) == 400
    assert left.intersection_area(rectangle(20, 12, 20, 18)) == 360, "with the nooks of the wide"


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


def test_that_hidden_and_locked_targets_get_nothing(project):
    project.apply(set_visible(project, [GRASS], is_visible=False))
    assert set(gaps.nearest_targets(project, 0, gaps.unlabelled(project, 0))) == {COW}
    project.apply(set_visible(project, [GRASS], is_visible=True))
    project.apply(set_locked(project, [COW], is_locked=True))
    shares = gaps.nearest_targets(project, 0, gaps.unlabelled(project, 0))
    assert set(shares) == {GRASS}
    project.apply(set_locked(project, [GRASS], is_locked=True))
    assert gaps.nearest_targets(project, 0, gaps.unlabelled(project, 0)) == {}


def test_that_a_frame_without_targets_or_without_gaps_gives_nothing(project):
    assert gaps.nearest_targets(project, 11, gaps.unlabelled(project, 11)) == {}
    assert gaps.nearest_targets(project, 0, np.zeros(SIZE, dtype=bool)) == {}
