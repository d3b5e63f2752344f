"""A run's mask loses pixels to another target's click: it waits, and a run leaves them out."""

from dataclasses import replace

import pytest

from tarvis_core.annotation import painting, target_operations
from tarvis_core.annotation.answer_sharing import share_out
from tarvis_core.annotation.clicking import ANSWER, FILLED, RUN
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.project_changes import ExemplarChange
from tarvis_core.annotation.segmentation import ClipMasks, PredictedMask
from tarvis_core.annotation.segmentation_changes import (
    Span,
    changes_from_clip,
    outdated_frames,
    sparing_others,
    stale_spans,
)
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tests.fakes.projects import COW, GRASS, predicted, rectangle, sample_project

AT = 4
HORSE, LEG = rectangle(0, 0, 20, 20), rectangle(15, 0, 10, 20)
REST = HORSE.difference(LEG)
BESIDE = (1, 2, 3, 5, 6, 7, 8, 9, 10, 11)
WHOLE = Span(1, 11, 0, None)


def made(mask, tool, made_at):
    return replace(predicted(mask, 0.9), source=MaskSource(tool, made_at=made_at))


@pytest.fixture
def project():
    """The grass was carried through the clip at 100 s; nothing else is there yet."""
    project = sample_project()
    masks = project.masks
    gone = [masks.change_to(COW, frame, None) for frame in masks.track(COW)]
    run = [masks.change_to(GRASS, f, made(HORSE, RUN, 100.0)) for f in range(1, 12)]
    project.apply([*gone, *run])
    assert outdated_frames(project, GRASS) == ()
    return project


def click_cow(project, answer=LEG, made_at=200.0):
    click = PointExemplar(AT, COW, 17.5, 5.5)
    project.apply(painting.set_exemplars(project, COW, AT, [click]))
    masks = project.masks.masks_at(AT)
    changes = share_out(project, COW, AT, made(answer, ANSWER, made_at), masks)
    project.apply(changes)
    return changes


def run_grass(project, span, made_at, mask=HORSE):
    frames = range(span.first, span.last + 1)
    answer = ClipMasks(tuple(frames), {GRASS: {f: PredictedMask(mask, 0.8) for f in frames}})
    changes = changes_from_clip(project, answer, {GRASS: [span]}, MaskSource(RUN, "net", made_at))
    project.apply(sparing_others(project, changes))


def test_that_the_masks_beside_a_cut_one_wait_for_a_run_until_the_click_is_undone(project):
    changes = click_cow(project)
    assert project.masks.get(GRASS, AT).mask == REST
    assert outdated_frames(project, GRASS) == BESIDE
    assert stale_spans(project, GRASS, 0, 11) == (WHOLE,)
    project.apply([change.reversed() for change in reversed(changes)])
    assert outdated_frames(project, GRASS) == ()


def test_that_an_answer_that_leaves_it_again_outdates_nothing(project):
    click_cow(project)
    click_cow(project, rectangle(25, 0, 5, 20), made_at=201.0)
    assert project.masks.get(GRASS, AT) == made(HORSE, RUN, 100.0)
    assert outdated_frames(project, GRASS) == ()


@pytest.mark.parametrize("state", [FrameState.KEYFRAME, FrameState.VERIFIED])
def test_that_they_wait_once_the_cut_mask_is_accepted_too(project, state):
    click_cow(project)
    project.apply(painting.set_state(project, GRASS, [AT], state))
    assert outdated_frames(project, GRASS) == BESIDE


@pytest.mark.parametrize("is_accepted", [False, True])
def test_that_a_run_renews_them_and_leaves_out_what_was_cut_away(project, is_accepted):
    click_cow(project)
    if is_accepted:
        project.apply(painting.set_state(project, COW, [AT], FrameState.KEYFRAME))
    for made_at in (300.0, 400.0):
        run_grass(project, WHOLE, made_at)
        assert project.masks.get(GRASS, AT).mask == REST
        assert project.masks.get(GRASS, AT - 1).mask == HORSE
        assert project.masks.get(COW, AT).mask == LEG
        assert outdated_frames(project, GRASS) == ()


def test_that_what_a_run_does_not_reach_goes_on_waiting(project):
    click_cow(project)
    run_grass(project, Span(AT, 11, None, None), 300.0)
    assert outdated_frames(project, GRASS) == (1, 2, 3)
    run_grass(project, Span(1, AT - 1, 0, None), 400.0)
    assert outdated_frames(project, GRASS) == ()


def test_that_a_later_answer_gives_back_what_the_run_has_there(project):
    click_cow(project)
    run_grass(project, WHOLE, 300.0, mask=rectangle(0, 0, 18, 25))
    click_cow(project, rectangle(16, 0, 9, 20), made_at=500.0)
    given_back = rectangle(0, 0, 18, 25).difference(rectangle(16, 0, 9, 20))
    assert project.masks.get(GRASS, AT).mask == given_back


def test_that_clicks_that_are_gone_spare_no_pixels(project):
    dog, changes = target_operations.create_target(project)
    elsewhere = PointExemplar(AT, dog, 38.5, 25.5)
    project.apply((*changes, ExemplarChange(dog, AT, (), (elsewhere,))))
    click_cow(project)
    project.apply(painting.set_exemplars(project, COW, AT, []))
    assert outdated_frames(project, GRASS) == ()
    run_grass(project, WHOLE, 300.0)
    assert project.masks.get(GRASS, AT).mask == HORSE


def test_that_what_a_click_filled_stays_without_a_time(project):
    fill = TrackFrame(HORSE, FrameState.PREDICTED, 0.9, source=MaskSource(FILLED))
    project.apply([project.masks.change_to(GRASS, AT, fill)])
    click_cow(project)
    assert project.masks.get(GRASS, AT).source == MaskSource(FILLED)
