"""What a tracking request holds: what targets are carried from, what is wanted, and rivals."""

import pytest

from tarvis_core.annotation import target_operations, track_operations, track_requests
from tarvis_core.annotation.clicking import ANSWER
from tarvis_core.annotation.exemplar import MaskExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project_changes import ExemplarChange
from tarvis_core.annotation.segmentation import Direction
from tarvis_core.annotation.segmentation_changes import Span, stale_spans
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tarvis_core.annotation.track_requests import rivals_on, track_request
from tests.fakes.projects import (
    COW,
    GRASS,
    SIZE,
    absent,
    keyframe,
    predicted,
    rectangle,
    sample_project,
)

ANSWERED = TrackFrame(
    rectangle(3, 3, 6, 6), FrameState.PREDICTED, 0.5, source=MaskSource(ANSWER, made_at=50.0)
)


@pytest.fixture
def project():
    return sample_project()


@pytest.fixture
def clicked(project):
    """With two clicks on frame 4, one of them negative, answered by a mask."""
    points = (PointExemplar(4, COW, 5.5, 5.5), PointExemplar(4, COW, 20.5, 5.5, is_positive=False))
    project.apply([ExemplarChange(COW, 4, (), points)])
    put(project, COW, {4: ANSWERED})
    return project


def put(project, target, frames):
    project.apply([project.masks.change_to(target, f, held) for f, held in frames.items()])


def told_of(request, target):
    """Frame → mask of one target's masks in a request."""
    masks = (e for e in request.exemplars if isinstance(e, MaskExemplar))
    return {each.frame: each.mask for each in masks if each.target == target}


def test_that_a_request_holds_the_keyframes_and_clicks_of_its_spans(project):
    put(project, COW, {9: keyframe(rectangle(1, 1, 2, 2))})
    request = track_request(project, {COW: [Span(1, 8, left=0, right=9)]}, Direction.FORWARD)

    assert (request.first_frame, request.last_frame) == (0, 9)
    assert request.direction is Direction.FORWARD
    assert [(type(e).__name__, e.frame) for e in request.exemplars] == [
        ("MaskExemplar", 0),
        ("BoxExemplar", 3),
        ("MaskExemplar", 9),
    ]


def test_that_an_empty_keyframe_is_no_exemplar(project):
    put(project, COW, {5: keyframe(Mask.empty(*SIZE))})
    request = track_request(project, {COW: [Span(1, 4, left=0, right=5)]})

    assert [e.frame for e in request.exemplars] == [0, 3]
    assert request.last_frame == 5


def test_that_other_targets_are_given_as_rivals(project):
    request = track_request(project, {COW: [Span(1, 11, 0, None)]}, rivals=[GRASS])
    masks = [e for e in request.exemplars if isinstance(e, MaskExemplar)]

    assert [(e.target, e.frame) for e in masks] == [(COW, 0), (GRASS, 0)]


def test_that_a_point_is_enough_to_run(project):
    number, changes = target_operations.create_target(project)
    project.apply(changes)
    point = PointExemplar(4, number, 1.5, 2.5)
    project.apply([track_operations.ExemplarChange(number, 4, (), (point,))])
    request = track_request(project, {number: stale_spans(project, number, 0, 11)})

    assert request.exemplars == (point,)
    assert (request.first_frame, request.last_frame) == (0, 11)


def test_that_a_request_without_spans_is_refused(project):
    with pytest.raises(ValueError, match="needs a span"):
        track_request(project, {COW: []})


def test_that_the_answer_to_clicks_is_carried_as_it_was_shown(clicked):
    (_, no) = clicked.exemplars_at(COW, 4)

    request = track_request(clicked, {COW: [Span(4, 11, None, None)]})

    assert request.exemplars == (MaskExemplar(4, COW, ANSWERED.mask), no)


def test_that_clicks_are_asked_where_their_frame_shows_no_answer(clicked):
    points = clicked.exemplars_at(COW, 4)
    for held in (predicted(ANSWERED.mask), None, absent()):
        put(clicked, COW, {4: held})
        request = track_request(clicked, {COW: [Span(4, 11, None, None)]})
        assert request.exemplars == points


def test_that_carried_frames_are_wanted_with_the_law_frames_beside_them(project):
    put(project, COW, {5: keyframe(rectangle(1, 1, 2, 2))})
    carried = {COW: [Span(1, 4, 0, 5), Span(6, 9, 5, None)]}

    assert track_request(project, carried).wanted == {COW: ((0, 9),)}
    written = {COW: [Span(1, 2, 0, 5), Span(7, 9, 5, None)]}
    assert track_request(project, carried, written=written).wanted == {COW: ((0, 2), (7, 9))}


def test_that_a_run_is_told_what_is_shown_of_others_where_it_starts(project):
    shown = rectangle(20, 10, 6, 6)
    put(project, GRASS, {0: predicted(shown), 1: predicted(shown)})

    request = track_request(project, {COW: [Span(1, 2, 0, None)]}, rivals=[GRASS])

    assert told_of(request, GRASS) == {0: shown}
    assert request.wanted.keys() == {COW}


def test_that_a_rival_has_no_pixel_of_what_is_carried(project):
    put(project, COW, {0: keyframe(rectangle(0, 0, 10, 10))})
    put(project, GRASS, {0: predicted(rectangle(8, 0, 10, 10))})

    request = track_request(project, {COW: [Span(1, 11, 0, None)]}, rivals=[GRASS])

    assert told_of(request, GRASS) == {0: rectangle(10, 0, 8, 10)}


def test_that_a_rival_that_lies_on_what_is_carried_is_not_told(project):
    put(project, COW, {0: keyframe(rectangle(0, 0, 10, 10))})
    put(project, GRASS, {0: predicted(rectangle(4, 0, 10, 10))})

    request = track_request(project, {COW: [Span(1, 11, 0, None)]}, rivals=[GRASS])

    assert told_of(request, GRASS) == {}


def test_that_law_frames_of_rivals_are_told_thinned_out_and_as_they_are(project):
    put(project, COW, {1: keyframe(rectangle(0, 0, 10, 10))})
    law = {frame: keyframe(rectangle(0, 0, 12, 12)) for frame in range(2, 9)}
    put(project, GRASS, {**law, 10: keyframe(Mask.empty(*SIZE))})

    request = track_request(project, {COW: [Span(4, 11, 1, None)]}, rivals=[GRASS])

    told = told_of(request, GRASS)
    assert list(told) == [2, 6, 10]
    assert told[6] == rectangle(0, 0, 12, 12)
    assert told[10].is_empty


def test_that_of_many_law_frames_a_few_are_told_and_all_comings_and_goings(project, monkeypatch):
    put(project, COW, {1: keyframe(rectangle(0, 0, 10, 10))})
    law = {frame: keyframe(rectangle(0, 0, 12, 12)) for frame in range(2, 12)}
    away = dict.fromkeys((4, 5), keyframe(Mask.empty(*SIZE)))
    put(project, GRASS, {**law, **away})
    monkeypatch.setattr(track_requests, "MOST_LAW", 2)

    request = track_request(project, {COW: [Span(9, 11, 1, None)]}, rivals=[GRASS])

    assert list(told_of(request, GRASS)) == [2, 4, 6, 11]


def test_that_a_carried_target_is_a_rival_where_it_is_not_carried(project):
    put(project, COW, {0: keyframe(rectangle(0, 0, 2, 2)), 6: keyframe(rectangle(0, 0, 3, 3))})
    put(project, GRASS, {0: predicted(rectangle(9, 9, 3, 3)), 8: keyframe(rectangle(9, 9, 4, 4))})
    carried = {COW: [Span(1, 5, 0, 6)], GRASS: [Span(3, 7, None, 8)]}

    request = track_request(project, carried, rivals=[COW, GRASS])

    assert list(told_of(request, COW)) == [0, 6]
    assert list(told_of(request, GRASS)) == [0, 8], "on 6 it is carried anew"


def test_that_all_other_targets_of_a_frame_are_rivals(clicked):
    put(clicked, GRASS, {4: keyframe(rectangle(20, 20, 4, 4))})
    (_, no) = clicked.exemplars_at(COW, 4)
    dog = MaskExemplar(4, 9, rectangle(0, 0, 2, 2))

    told = rivals_on(clicked, (4,), [dog])

    drawn = [MaskExemplar(4, COW, ANSWERED.mask), MaskExemplar(4, GRASS, rectangle(20, 20, 4, 4))]
    assert set(told) == {*drawn, no}
    assert rivals_on(clicked, (4,), [drawn[0]]) == (drawn[1],)
