"""What an edit said of who is who holds for every later run."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarvis_core.annotation import identity_operations as ops
from tarvis_core.annotation import track_operations
from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskStore
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import reversed_changes
from tarvis_core.annotation.reassigning import give_region_from
from tarvis_core.annotation.segmentation import ClipMasks, PredictedMask
from tarvis_core.annotation.segmentation_changes import (
    changes_from_clip,
    exemplars_for,
    is_runnable,
    outdated_frames,
    spans,
)
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tests.fakes.projects import COW, GRASS, SIZE, content, rectangle, sample_project

LAST = 11
LEFT, RIGHT = rectangle(1, 1, 10, 10), rectangle(25, 15, 10, 10)
"""Where the two things of the video are; they stay there."""
NOW = 1000.0


def made(mask, made_at, state=FrameState.PREDICTED):
    state = FrameState.ABSENT if mask is None else state
    mask = Mask.empty(*SIZE) if mask is None else mask
    return TrackFrame(mask, state, 0.5, source=MaskSource("track", "r50", made_at))


def two_things(tracks):
    """A project in which these are the masks of the cow and the grass."""
    plain = sample_project()
    project = Project(plain.video, plain.label_set, plain.targets.values(), (), MaskStore(SIZE))
    for target, frames in zip((COW, GRASS), tracks, strict=True):
        project.apply(project.masks.change_to(target, f, held) for f, held in frames.items())
    return project


def run_all(project):
    """A run that carries every target over all it may; each frame is as the nearest that is given.

    Raises:
        AssertionError: A keyframe was changed.
    """
    for target in tuple(project.targets):
        track = project.masks.track(target)
        law = {frame: track.get(frame) for frame in track.law_frames}
        for span in spans(track, 0, LAST):
            if is_runnable(project, target, span):
                project.apply(_carried(project, target, span))
        assert {frame: track.get(frame) for frame in law} == law


def _carried(project, target, span):
    starts = [e for e in exemplars_for(project, target, span) if isinstance(e, MaskExemplar)]
    frames = tuple(range(span.first, span.last + 1))
    masks = {
        frame: PredictedMask(min(starts, key=lambda e: abs(e.frame - frame)).mask, 0.9)
        for frame in frames
    }
    source = MaskSource("track", "r50", NOW)
    return changes_from_clip(project, ClipMasks(frames, {target: masks}), {target: [span]}, source)


def seen(project, target):
    """Where a target is, by frame, as far as it is anywhere."""
    items = project.masks.track(target).items()
    return {frame: held.mask for frame, held in items if not held.mask.is_empty}


@st.composite
def tracks(draw, first, last=LAST):
    """Masks of a target that is on LEFT, but for the frames from `first` to `last`: on RIGHT."""
    frames = {0: made(LEFT, draw(st.integers(1, 9)), FrameState.KEYFRAME)}
    for frame in range(1, LAST + 1):
        kind = draw(
            st.sampled_from(["mask", "mask", "mask", "absent", "unknown", "law", "verified"])
        )
        mask = RIGHT if first <= frame <= last else LEFT
        at = draw(st.integers(1, 9))
        if kind in ("law", "verified"):
            state = FrameState.KEYFRAME if kind == "law" else FrameState.VERIFIED
            frames[frame] = made(mask, at, state)
        elif kind != "unknown":
            frames[frame] = made(mask if kind == "mask" else None, at)
    return frames


def mirrored(track):
    """The same of the other thing."""
    other = {LEFT: RIGHT, RIGHT: LEFT}
    return {f: replace(held, mask=other.get(held.mask, held.mask)) for f, held in track.items()}


def law_of(project, *targets):
    """The law frames of some targets, in no order."""
    return [
        project.masks.get(target, frame)
        for target in targets
        for frame in project.masks.track(target).law_frames
    ]


def check_edit(project, changes):
    """An edit keeps all law, makes no mask wait, and is taken back without a trace."""
    before, targets = content(project), tuple(project.targets)
    law = law_of(project, *targets)
    waiting = {frame for target in targets for frame in outdated_frames(project, target)}
    project.apply(changes)
    after, kept = content(project), law_of(project, *project.targets)
    assert all(kept.count(held) >= law.count(held) for held in law)
    for target in project.targets:
        assert {*outdated_frames(project, target)} & set(seen(project, target)) <= waiting
    project.apply(reversed_changes(changes))
    assert content(project) == before
    project.apply(changes)
    assert content(project) == after


@given(st.data(), st.integers(1, LAST))
def test_that_no_run_exchanges_again_what_was_swapped(data, frame):
    cow, grass = data.draw(tracks(frame)), mirrored(data.draw(tracks(frame)))
    project = two_things((cow, grass))
    check_edit(project, ops.swap_from(project, COW, GRASS, frame))

    for _ in range(2):
        assert set(seen(project, COW).values()) <= {LEFT}
        assert set(seen(project, GRASS).values()) <= {RIGHT}
        run_all(project)


@given(st.data(), st.integers(1, LAST), st.integers(1, LAST))
def test_that_no_run_exchanges_again_what_was_swapped_in_a_range(data, first, last):
    cow, grass = data.draw(tracks(first, last)), mirrored(data.draw(tracks(first, last)))
    project = two_things((cow, grass))
    check_edit(project, ops.swap_from(project, COW, GRASS, first, last))

    for _ in range(2):
        assert set(seen(project, COW).values()) <= {LEFT}
        assert set(seen(project, GRASS).values()) <= {RIGHT}
        run_all(project)


@given(st.data(), st.integers(1, LAST))
def test_that_no_run_joins_again_what_was_split(data, frame):
    project = two_things((data.draw(tracks(frame)), {}))
    if project.masks.track(COW).frames[-1] < frame:
        return
    number, changes = ops.split_at(project, COW, frame)
    check_edit(project, changes)

    is_part = any(f >= frame for f in seen(project, number))
    for _ in range(2):
        assert set(seen(project, COW).values()) <= {LEFT}
        assert set(seen(project, number).values()) <= {RIGHT}
        assert not is_part or all(f < frame for f in seen(project, COW))
        assert all(f >= frame for f in seen(project, number))
        run_all(project)


@given(st.data(), st.integers(1, LAST))
def test_that_no_run_parts_again_what_was_merged(data, frame):
    cow, other = data.draw(tracks(frame)), data.draw(tracks(frame))
    other = {f: held for f, held in other.items() if f >= frame and held.mask == RIGHT}
    project = two_things(({f: held for f, held in cow.items() if f < frame}, other))
    before = content(project)
    changes = ops.merge(project, COW, GRASS)
    project.apply(changes)
    run_all(project)

    if other:
        later = {f: mask for f, mask in seen(project, COW).items() if f >= min(other)}
        assert set(later.values()) == {RIGHT}
        assert set(other) <= set(later)
    project = two_things(({f: held for f, held in cow.items() if f < frame}, other))
    project.apply(changes)
    project.apply(reversed_changes(changes))
    assert content(project) == before


def test_that_a_correction_before_a_swap_makes_the_swapped_masks_no_older_than_it():
    """The rider is corrected on frame 3, and exchanged with the horse from frame 5 on."""
    cow = {f: made(LEFT if f < 5 else RIGHT, 10.0) for f in range(LAST + 1)}
    grass = mirrored(cow)
    for track in (cow, grass):
        track[0] = replace(track[0], state=FrameState.KEYFRAME)
    grass[3] = made(RIGHT, 20.0, FrameState.KEYFRAME)
    project = two_things((cow, grass))
    assert outdated_frames(project, GRASS) == (1, 2, *range(4, LAST + 1))
    project.apply(ops.swap_from(project, COW, GRASS, 5))

    assert outdated_frames(project, GRASS) == (1, 2, 4)
    assert outdated_frames(project, COW) == ()


def test_that_what_is_before_a_swap_does_not_wait_for_what_was_drawn_on_its_first_frame():
    cow = {f: made(LEFT if f < 5 else RIGHT, 10.0) for f in range(LAST + 1)}
    grass = mirrored(cow)
    for track in (cow, grass):
        track[0] = replace(track[0], state=FrameState.KEYFRAME)
    drawn = grass[5] = made(LEFT, 20.0, FrameState.KEYFRAME)
    project = two_things((cow, grass))
    project.apply(ops.swap_from(project, COW, GRASS, 5))

    assert project.masks.get(COW, 5) == drawn
    assert project.masks.track(COW).law_frames == (0, 4, 5)
    assert all(frame > 5 for frame in outdated_frames(project, COW))


def test_that_law_at_a_border_is_what_was_there_and_no_newer_than_its_neighbours():
    cow = {f: made(LEFT if f < 5 else RIGHT, 10.0 + f) for f in range(LAST + 1)}
    cow[0] = replace(cow[0], state=FrameState.KEYFRAME)
    project = two_things((cow, mirrored(cow)))
    project.apply(ops.swap_from(project, COW, GRASS, 5))

    held = project.masks.get(COW, 5)
    assert (held.mask, held.state, held.score) == (LEFT, FrameState.KEYFRAME, 0.5)
    assert held.source == MaskSource("track", "r50", 11.0)


def test_that_saying_that_a_target_is_gone_makes_nothing_wait_before_it():
    cow = {f: made(LEFT, 10.0) for f in range(LAST + 1)}
    cow[0] = replace(cow[0], state=FrameState.KEYFRAME)
    project = two_things((cow, {}))
    said = MaskSource("absent", made_at=NOW)
    project.apply(track_operations.mark_absent_from(project, COW, 5, said))

    assert outdated_frames(project, COW) == ()
    run_all(project)
    assert set(seen(project, COW)) == set(range(5))


BOTH = LEFT.union(RIGHT)


def given_from_5(grass, region):
    """A project in which the cow had both things, and the grass has some of it from frame 5 on."""
    cow = {f: made(BOTH, 10.0) for f in range(LAST + 1)}
    cow[0] = replace(cow[0], state=FrameState.KEYFRAME)
    project = two_things((cow, grass))
    source = MaskSource("reassign", made_at=NOW)
    project.apply(give_region_from(project, COW, GRASS, 5, region, source))
    return project


@pytest.mark.parametrize(("region", "rest"), [(RIGHT, LEFT), (BOTH, None)])
def test_that_a_target_made_of_a_mask_from_a_frame_on_gets_nothing_before_it(region, rest):
    project = given_from_5({}, region)
    assert outdated_frames(project, COW) == outdated_frames(project, GRASS) == ()
    run_all(project)

    before = dict.fromkeys(range(5), BOTH)
    later = range(5, LAST + 1)
    assert seen(project, COW) == {**before, **(dict.fromkeys(later, rest) if rest else {})}
    assert seen(project, GRASS) == dict.fromkeys(later, region)


def test_that_a_piece_given_from_a_frame_on_is_a_correction_of_both_before_it_too():
    small = rectangle(38, 28, 2, 2)
    project = given_from_5({f: made(small, 10.0) for f in range(LAST + 1)}, RIGHT)

    assert outdated_frames(project, COW) == (1, 2, 3, 4)
    assert outdated_frames(project, GRASS) == (0, 1, 2, 3, 4)


def test_that_a_giver_of_all_of_its_mask_waits_for_no_run():
    small = rectangle(38, 28, 2, 2)
    project = given_from_5({f: made(small, 10.0) for f in range(LAST + 1)}, BOTH)

    assert outdated_frames(project, COW) == ()
    run_all(project)
    assert seen(project, COW) == dict.fromkeys(range(5), BOTH)


def test_that_a_piece_is_not_carried_over_a_keyframe_of_the_giver_that_has_it():
    cow = {f: made(BOTH, 10.0) for f in range(LAST + 1)}
    cow[8] = replace(cow[8], state=FrameState.KEYFRAME)
    project = two_things((cow, {}))
    project.apply(give_region_from(project, COW, GRASS, 5, RIGHT, MaskSource("reassign")))
    run_all(project)

    assert set(seen(project, GRASS)) == {5, 6, 7}
    assert project.masks.get(COW, 8) == cow[8]
