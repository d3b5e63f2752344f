"""Keyframes are law: what runs may write, what they are given, and what their answers change."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarvis_core.annotation import target_operations, track_operations
from tarvis_core.annotation.clicking import ANSWER, CARRIED, FILLED
from tarvis_core.annotation.exemplar import MaskExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project_changes import ExemplarChange
from tarvis_core.annotation.segmentation import ClipMasks, PredictedMask
from tarvis_core.annotation.segmentation_changes import (
    Span,
    changes_from_clip,
    frames_to_renew,
    is_runnable,
    is_stale,
    outdated_frames,
    spans,
    spans_beside,
    sparing_others,
    stale_spans,
)
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tarvis_core.annotation.track_requests import track_request
from tests.fakes.projects import (
    COW,
    GRASS,
    SIZE,
    content,
    keyframe,
    predicted,
    rectangle,
    sample_project,
)

NETWORK = MaskSource("track", "r50", 100.0)
EVERYTHING = Mask.from_array(rectangle(0, 0, 40, 30).to_array())


@pytest.fixture
def project():
    return sample_project()


def put(project, target, frames):
    project.apply([project.masks.change_to(target, f, held) for f, held in frames.items()])


def answer(frames, targets=(COW,), mask=EVERYTHING):
    predictions = dict.fromkeys(frames, PredictedMask(mask, 0.75, 0.25))
    return ClipMasks(tuple(frames), dict.fromkeys(targets, predictions))


def by_person(mask, made_at):
    return TrackFrame(mask, FrameState.KEYFRAME, source=MaskSource("brush", made_at=made_at))


def by_network(mask, made_at):
    return TrackFrame(mask, FrameState.PREDICTED, 0.5, source=MaskSource("track", "r50", made_at))


def test_that_law_frames_divide_a_track_into_spans(project):
    put(project, COW, {5: keyframe(rectangle(0, 0, 2, 2)), 6: keyframe(rectangle(0, 0, 2, 2))})

    assert spans(project.masks.track(COW), 0, 11) == (
        Span(1, 4, left=0, right=5),
        Span(7, 11, left=6, right=None),
    )
    assert spans(project.masks.track(COW), 2, 5) == (Span(2, 4, left=None, right=5),)


def test_that_a_track_without_law_frames_is_one_span(project):
    number, changes = target_operations.create_target(project)
    project.apply(changes)

    assert spans(project.masks.track(number), 0, 11) == (Span(0, 11, left=None, right=None),)


def test_that_a_correction_touches_the_spans_beside_it_only(project):
    for frame in (3, 6, 9):
        put(project, COW, {frame: keyframe(rectangle(0, 0, 2, 2))})
    track = project.masks.track(COW)

    assert spans_beside(track, 6, 0, 11) == (Span(4, 5, 3, 6), Span(7, 8, 6, 9))
    assert spans_beside(track, 7, 0, 11) == (Span(7, 8, 6, 9),)
    assert spans_beside(track, 0, 0, 11) == (Span(1, 2, 0, 3),)


@given(st.sets(st.integers(0, 11)), st.integers(0, 11), st.integers(0, 11))
def test_that_spans_and_law_frames_cover_a_range_once(law, first, last):
    project = sample_project()
    put(project, COW, {0: None, **{f: keyframe(rectangle(0, 0, 2, 2)) for f in law if f}})
    if 0 in law:
        put(project, COW, {0: keyframe(rectangle(0, 0, 2, 2))})
    found = spans(project.masks.track(COW), first, last)

    covered = [f for span in found for f in range(span.first, span.last + 1)]
    assert covered == [f for f in range(first, last + 1) if f not in law]


def test_that_a_span_is_stale_while_frames_are_unknown(project):
    assert is_stale(project, COW, Span(1, 11, left=0, right=None))
    assert not is_stale(project, COW, Span(1, 6, left=0, right=None))


def test_that_a_newer_keyframe_makes_the_spans_beside_it_stale(project):
    network = {f: by_network(rectangle(3, 4, 10, 8), 50.0) for f in range(1, 12)}
    put(project, COW, {0: by_person(rectangle(3, 4, 10, 8), 10.0), **network})
    assert stale_spans(project, COW, 0, 11) == ()

    put(project, COW, {4: by_person(rectangle(3, 4, 10, 8), 60.0)})
    put(project, COW, {8: by_person(rectangle(3, 4, 10, 8), 40.0)})
    assert stale_spans(project, COW, 0, 11) == (Span(1, 3, 0, 4), Span(5, 7, 4, 8))

    put(project, COW, {f: by_network(rectangle(3, 4, 10, 8), 70.0) for f in (1, 2, 3)})
    assert stale_spans(project, COW, 0, 11) == (Span(5, 7, 4, 8),)


def test_that_masks_older_than_a_correction_beside_them_are_outdated(project):
    network = {f: by_network(rectangle(3, 4, 10, 8), 50.0) for f in range(1, 10)}
    put(project, COW, {0: by_person(rectangle(3, 4, 10, 8), 10.0), **network})
    assert outdated_frames(project, COW) == ()

    put(project, COW, {4: by_person(rectangle(3, 4, 10, 8), 60.0)})
    put(project, COW, {8: by_person(rectangle(3, 4, 10, 8), 40.0)})
    put(project, COW, {2: by_network(rectangle(3, 4, 10, 8), 70.0)})
    assert outdated_frames(project, COW) == (1, 3, 5, 6, 7)

    fill = TrackFrame(rectangle(3, 4, 9, 8), FrameState.PREDICTED, 0.5, source=MaskSource(FILLED))
    put(project, COW, {5: fill})
    assert outdated_frames(project, COW) == (1, 3, 6, 7)


def test_that_what_was_said_to_be_absent_is_not_run_again(project):
    project.apply(track_operations.mark_absent_from(project, COW, 4, MaskSource("absent")))
    put(project, COW, {9: by_person(rectangle(3, 4, 10, 8), 60.0)})

    assert not is_runnable(project, COW, Span(5, 8, left=4, right=9))
    assert is_runnable(project, COW, Span(1, 3, left=0, right=4))
    assert Span(5, 8, 4, 9) not in stale_spans(project, COW, 0, 11)


def test_that_a_span_without_anything_given_is_not_runnable(project):
    number, changes = target_operations.create_target(project)
    project.apply(changes)

    assert not is_runnable(project, number, Span(0, 11, None, None))
    assert stale_spans(project, number, 0, 11) == ()


@given(st.sets(st.integers(0, 11)), st.integers(0, 11), st.integers(0, 11), st.booleans())
def test_that_an_answer_never_touches_law_frames_or_what_lies_outside(law, first, last, confirm):
    project = sample_project()
    state = FrameState.VERIFIED if confirm else FrameState.KEYFRAME
    put(project, COW, {f: TrackFrame(rectangle(f, 0, 2, 2), state) for f in sorted(law)})
    before = {f: project.masks.get(COW, f) for f in range(12)}
    wanted = {COW: [Span(first, last, None, None)]}
    project.apply(changes_from_clip(project, answer(range(12)), wanted, NETWORK))

    for frame in range(12):
        held = project.masks.get(COW, frame)
        is_free = first <= frame <= last and frame not in law and frame != 0
        if is_free:
            assert held == TrackFrame(EVERYTHING, FrameState.PREDICTED, 0.75, 0.25, NETWORK)
        else:
            assert held == before[frame]


def test_that_a_target_without_a_mask_on_a_settled_frame_is_absent(project):
    clip = ClipMasks((1, 2), {COW: {1: PredictedMask(EVERYTHING, 0.5)}})
    project.apply(changes_from_clip(project, clip, {COW: [Span(1, 11, 0, None)]}, NETWORK))

    assert project.masks.get(COW, 1).state is FrameState.PREDICTED
    assert project.masks.get(COW, 2).state is FrameState.ABSENT
    assert project.masks.get(COW, 3) == predicted(rectangle(6, 4, 10, 8), 0.6875)


def test_that_a_target_that_a_clip_does_not_answer_for_stays_as_it_is(project):
    before = {frame: project.masks.get(GRASS, frame) for frame in range(12)}
    wanted = {COW: [Span(1, 11, 0, None)], GRASS: [Span(0, 11, None, None)]}
    project.apply(changes_from_clip(project, answer([1, 2], [COW]), wanted, NETWORK))

    assert {frame: project.masks.get(GRASS, frame) for frame in range(12)} == before
    assert project.masks.get(COW, 1).mask == EVERYTHING


def test_that_an_empty_mask_is_an_absence(project):
    clip = answer([1], mask=Mask.empty(*SIZE))
    project.apply(changes_from_clip(project, clip, {COW: [Span(1, 11, 0, None)]}))

    assert project.masks.get(COW, 1).state is FrameState.ABSENT


def test_that_targets_not_asked_for_stay_as_they_are(project):
    before = content(project)
    clip = answer([1, 2], targets=[COW, GRASS])
    project.apply(changes_from_clip(project, clip, {}, NETWORK))
    assert content(project) == before


def test_that_targets_locked_or_deleted_meanwhile_stay_as_they_are(project):
    wanted = {COW: [Span(1, 11, 0, None)], GRASS: [Span(1, 11, 0, None)]}
    project.apply(target_operations.set_locked(project, [COW], is_locked=True))
    project.apply(target_operations.delete_targets(project, [GRASS]))

    assert changes_from_clip(project, answer([1, 2], [COW, GRASS]), wanted) == ()


def test_that_a_later_clip_revises_the_frames_that_both_share(project):
    wanted = {COW: [Span(1, 11, 0, None)]}
    project.apply(changes_from_clip(project, answer([1, 2]), wanted))
    second = answer([2, 3], mask=rectangle(0, 0, 1, 1))
    project.apply(changes_from_clip(project, second, wanted))

    assert [project.masks.get(COW, f).mask.area for f in (1, 2, 3)] == [1200, 1, 1]


ANSWERED = TrackFrame(
    rectangle(3, 3, 6, 6), FrameState.PREDICTED, 0.5, source=MaskSource(ANSWER, made_at=50.0)
)


@pytest.fixture
def clicked(project):
    """With two clicks on frame 4, one of them negative, answered by a mask."""
    points = (PointExemplar(4, COW, 5.5, 5.5), PointExemplar(4, COW, 20.5, 5.5, is_positive=False))
    project.apply([ExemplarChange(COW, 4, (), points)])
    put(project, COW, {4: ANSWERED})
    return project


def test_that_the_answer_to_clicks_comes_back_from_runs_as_old_as_it_was(clicked):
    wanted = {COW: [Span(1, 11, 0, None)]}
    for made_at in (100.0, 200.0):
        network = MaskSource("track", "r50", made_at)
        clicked.apply(changes_from_clip(clicked, answer(range(1, 12)), wanted, network))

        carried = MaskSource(CARRIED, "r50", ANSWERED.source.made_at)
        assert clicked.masks.get(COW, 4) == replace(ANSWERED, source=carried)
        assert clicked.masks.get(COW, 5).mask == EVERYTHING
        request = track_request(clicked, {COW: [Span(4, 11, None, None)]})
        assert request.exemplars[0] == MaskExemplar(4, COW, ANSWERED.mask)


def test_that_the_answer_to_clicks_makes_its_span_stale_until_it_is_carried(clicked):
    tracked = {f: by_network(ANSWERED.mask, 40.0) for f in range(1, 12) if f != 4}
    law = by_person(ANSWERED.mask, 10.0)
    put(clicked, COW, {0: law, **tracked, 9: law})
    assert stale_spans(clicked, COW, 0, 11) == (Span(1, 8, 0, 9),)
    assert list(frames_to_renew(clicked, COW, Span(1, 8, 0, 9))) == [1, 2, 3, 5, 6, 7, 8]

    for part in (Span(4, 8, None, 9), Span(1, 3, 0, None)):
        frames = range(part.first, part.last + 1)
        clicked.apply(changes_from_clip(clicked, answer(frames), {COW: [part]}, NETWORK))
        is_done = part.first == 1
        assert list(frames_to_renew(clicked, COW, Span(1, 8, 0, 9))) == (
            [] if is_done else [1, 2, 3]
        )
    assert stale_spans(clicked, COW, 0, 11) == ()


def test_that_a_clicked_frame_without_its_answer_makes_nothing_stale(clicked):
    put(clicked, COW, {f: by_network(ANSWERED.mask, 40.0) for f in range(1, 12)})
    put(clicked, COW, {0: by_person(ANSWERED.mask, 10.0), 4: by_network(ANSWERED.mask, 60.0)})
    assert stale_spans(clicked, COW, 0, 11) == ()


@pytest.mark.parametrize("state", [FrameState.KEYFRAME, FrameState.VERIFIED, FrameState.PREDICTED])
@pytest.mark.parametrize("is_locked", [False, True])
def test_that_a_run_takes_no_pixel_of_law_frames_and_locked_targets(project, state, is_locked):
    other = rectangle(0, 0, 10, 30)
    put(project, GRASS, {5: TrackFrame(other, state), 6: TrackFrame(other, state)})
    project.apply(target_operations.set_locked(project, [GRASS], is_locked=is_locked))
    changes = changes_from_clip(project, answer([5, 7]), {COW: [Span(1, 11, 0, None)]})

    project.apply(sparing_others(project, changes))

    is_spared = state.is_law or is_locked
    expected = EVERYTHING.difference(other) if is_spared else EVERYTHING
    assert project.masks.get(COW, 5).mask == expected
    assert project.masks.get(COW, 7).mask == EVERYTHING
    assert project.masks.get(GRASS, 5).mask == other


def test_that_a_mask_apart_from_those_of_others_stays_as_it_is(project):
    put(project, GRASS, {5: keyframe(rectangle(20, 0, 10, 30))})
    changes = changes_from_clip(
        project, answer([5], mask=rectangle(0, 0, 10, 30)), {COW: [Span(1, 11, 0, None)]}
    )
    (spared,) = sparing_others(project, changes)
    assert spared is changes[0]


def test_that_what_hides_behind_a_law_frame_spares_the_others_only(project):
    put(project, COW, {5: keyframe(EVERYTHING)})
    put(project, GRASS, {5: keyframe(rectangle(20, 0, 10, 30))})
    hidden = MaskChange(COW, 5, None, predicted(EVERYTHING))
    (spared,) = sparing_others(project, [hidden])
    assert spared.after.mask == EVERYTHING.difference(rectangle(20, 0, 10, 30))


def test_that_nothing_left_is_an_absence_and_answers_to_clicks_keep_what_they_have(clicked):
    put(clicked, GRASS, {4: keyframe(EVERYTHING), 5: keyframe(EVERYTHING)})
    changes = changes_from_clip(clicked, answer([4, 5]), {COW: [Span(1, 11, 0, None)]})

    clicked.apply(sparing_others(clicked, changes))

    assert clicked.masks.get(COW, 4).mask == ANSWERED.mask
    assert clicked.masks.get(COW, 5).state is FrameState.ABSENT
