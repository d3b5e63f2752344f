"""What answers change: predicted frames only, inside the pass only."""

from dataclasses import replace

import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.requests import (
    ClipAnswer,
    RequestNumber,
    RunRequest,
    TrackStep,
)
from tarvis_app.segmentation.run_writer import track_changes
from tarvis_core.annotation import painting, target_operations
from tarvis_core.annotation.segmentation import (
    ClipMasks,
    PredictedMask,
    TrackRequest,
)
from tarvis_core.annotation.segmentation_changes import Span, frames_to_renew, spans
from tarvis_core.annotation.track import FrameState, MaskSource
from tests.fakes.projects import COW, GRASS, keyframe, rectangle

FRESH = rectangle(8, 8, 5, 5)
BEGUN_AT = 1_700_000_000.0


def step_over(first, last, *targets):
    span = Span(first, last, None, None)
    return TrackStep(TrackRequest((), first, last), tuple((target, (span,)) for target in targets))


def answer(step, masks, frames=tuple(range(12))):
    job = RunRequest(RequestNumber(1), (step,))
    clip = ClipMasks(frames, masks, (), len(frames), len(frames))
    return ClipAnswer(job, 0, clip, "fake")


def everywhere(mask=FRESH, frames=range(12)):
    return {frame: PredictedMask(mask, 0.7, 0.2) for frame in frames}


def clip_of(step, frames):
    return answer(step, {COW: everywhere(frames=frames)}, tuple(frames))


def stale_frames(project):
    stretches = spans(project.masks.track(COW), 0, 11)
    return [f for span in stretches for f in frames_to_renew(project, COW, span)]


def test_that_keyframes_and_verified_frames_come_back_bit_exact(document):
    project = document.opened
    document.edit(Edit("key", (project.masks.change_to(COW, 4, keyframe(rectangle(1, 2, 3, 4))),)))
    document.edit(Edit("ok", painting.set_state(project, COW, [2], FrameState.VERIFIED)))
    law = {frame: project.masks.get(COW, frame) for frame in project.masks.track(COW).law_frames}
    step = step_over(0, 11, COW)

    changes = track_changes(project, step, answer(step, {COW: everywhere()}), BEGUN_AT)
    document.edit(Edit("track", changes))

    assert {2, 4} <= set(law)
    for frame in range(12):
        held = project.masks.get(COW, frame)
        if frame in law:
            assert held == law[frame]
        else:
            assert (held.mask, held.state) == (FRESH, FrameState.PREDICTED)


def test_that_nothing_outside_the_pass_and_no_other_target_changes(document):
    project = document.opened
    step = step_over(3, 5, COW)
    found = answer(step, {COW: everywhere(), GRASS: everywhere()})
    changes = track_changes(project, step, found, BEGUN_AT)
    assert {(change.target, change.frame) for change in changes} <= {(COW, f) for f in (3, 4, 5)}
    assert changes


def test_that_a_target_without_a_mask_is_absent_and_one_not_answered_for_is_untouched(document):
    project = document.opened
    step = step_over(9, 11, COW, GRASS)
    found = answer(step, {COW: everywhere(frames=[9])}, (9, 10, 11))
    changes = track_changes(project, step, found, BEGUN_AT)
    assert {change.target for change in changes} == {COW}
    states = {change.frame: change.after.state for change in changes}
    assert states[10] is FrameState.ABSENT


@pytest.mark.parametrize("gone", ["locked", "removed"])
def test_that_a_target_locked_or_removed_during_a_run_is_not_written(document, gone):
    project = document.opened
    if gone == "locked":
        lock = target_operations.set_locked(project, [COW], is_locked=True)
        document.edit(Edit("lock", lock))
    else:
        document.edit(Edit("remove", target_operations.delete_targets(project, [COW])))
    step = step_over(0, 11, COW)
    assert track_changes(project, step, answer(step, {COW: everywhere()}), BEGUN_AT) == ()


def test_that_masks_are_older_than_a_correction_that_came_while_the_run_went_on(document):
    project = document.opened
    step = step_over(0, 11, COW)
    document.edit(Edit("clip", track_changes(project, step, clip_of(step, range(4)), BEGUN_AT)))
    source = MaskSource("brush", made_at=BEGUN_AT + 1)
    drawn = replace(keyframe(rectangle(1, 2, 3, 4)), source=source)
    document.edit(Edit("key", (project.masks.change_to(COW, 5, drawn),)))
    assert stale_frames(project) == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11]

    document.edit(Edit("clip", track_changes(project, step, clip_of(step, range(4, 12)), BEGUN_AT)))
    assert stale_frames(project) == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11]

    renewed = track_changes(project, step, clip_of(step, range(12)), BEGUN_AT + 2)
    document.edit(Edit("again", renewed))
    assert stale_frames(project) == []
