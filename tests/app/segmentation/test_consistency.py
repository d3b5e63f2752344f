"""Tracking back: from where a stretch ended, compared, and nothing overwritten."""

import pytest

from tarvis_app.segmentation.consistency import check_changes, num_doubtful, plan_check
from tarvis_app.segmentation.requests import ClipAnswer, RequestNumber, RunRequest
from tarvis_app.segmentation.run_stretches import Reach, RunWish
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.painting import set_state
from tarvis_core.annotation.segmentation import ClipMasks, Direction, PredictedMask
from tarvis_core.annotation.target_operations import set_locked
from tarvis_core.annotation.track import FrameState
from tests.fakes.projects import COW, GRASS, SIZE, rectangle


def wish(*targets, limits=(0, 11)):
    return RunWish(targets, 0, limits, Direction.BACKWARD, Reach.WHOLE_RANGE)


def answer(step, masks):
    predicted = {frame: PredictedMask(mask, 0.9) for frame, mask in masks.items()}
    clip = ClipMasks(tuple(sorted(masks, reverse=True)), {COW: predicted})
    return ClipAnswer(RunRequest(RequestNumber(1), (step,)), 0, clip, "weights")


def test_that_a_check_sets_out_from_the_last_mask_of_a_stretch(project):
    (step,) = plan_check(project, wish(COW, GRASS))
    request = step.request
    assert step.is_check
    assert (request.first_frame, request.last_frame) == (1, 5)
    assert request.direction is Direction.BACKWARD
    assert [(e.frame, e.mask) for e in request.exemplars] == [(5, project.masks.get(COW, 5).mask)]
    assert [(s.first, s.last) for s in dict(step.wanted)[COW]] == [(1, 4)]


def test_that_a_stretch_before_a_keyframe_is_checked_from_the_keyframe(project):
    project.apply(set_state(project, COW, [5], FrameState.KEYFRAME))
    (step,) = plan_check(project, wish(COW, limits=(0, 5)))
    assert (step.request.first_frame, step.request.last_frame) == (1, 5)
    assert [(s.first, s.last) for s in dict(step.wanted)[COW]] == [(1, 4)]


def test_that_locked_targets_and_short_stretches_are_not_checked(project):
    assert plan_check(project, wish(COW, limits=(0, 3))) == ()
    project.apply(set_locked(project, [COW], is_locked=True))
    assert plan_check(project, wish(COW)) == ()


def test_that_a_check_notes_disagreement_and_changes_no_mask(project):
    (step,) = plan_check(project, wish(COW))
    masks = project.masks
    before = {frame: masks.get(COW, frame) for frame in range(7)}
    half = rectangle(before[2].mask.box[0], 4, 5, 8)
    found = {4: before[4].mask, 3: Mask.empty(*SIZE), 2: half, 0: half}
    changes = check_changes(project, step, answer(step, found))
    project.apply(changes)
    after = {frame: masks.get(COW, frame) for frame in range(7)}
    assert {f: held.mask for f, held in after.items()} == {f: h.mask for f, h in before.items()}
    noted = {frame: after[frame].disagreement for frame in range(7)}
    assert noted == {0: None, 1: None, 2: pytest.approx(0.5), 3: 1.0, 4: None, 5: None, 6: None}
    assert after[0].state is FrameState.KEYFRAME
    assert num_doubtful(changes) == 1


def test_that_a_disagreement_that_was_known_is_never_made_smaller(project):
    (step,) = plan_check(project, wish(COW))
    half = rectangle(project.masks.get(COW, 2).mask.box[0], 4, 5, 8)
    project.apply(check_changes(project, step, answer(step, {2: Mask.empty(*SIZE)})))
    assert check_changes(project, step, answer(step, {2: half})) == ()
