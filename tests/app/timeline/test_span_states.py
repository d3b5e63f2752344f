"""What waits for a run, what a run is writing, and what it left undone."""

import random

import numpy as np
import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.requests import (
    ClipAnswer,
    JobEnd,
    Outcome,
    RequestNumber,
    RunRequest,
    TrackStep,
)
from tarvis_app.timeline.row_painter import spans_in_view
from tarvis_app.timeline.span_states import MarkedSpan, RunMarks, SpanState, stretches
from tarvis_app.timeline.time_scale import TimeScale
from tarvis_app.timeline.track_strip import TrackStrips
from tarvis_core.annotation.clicking import ANSWER, CARRIED, FILLED
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import ClipMasks, TrackRequest
from tarvis_core.annotation.segmentation_changes import (
    Span,
    frames_to_renew,
    is_runnable,
    spans,
    stale_spans,
)
from tarvis_core.annotation.target import Target
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tests.fakes.projects import COW, SIZE, rectangle, video_identity

NUM_FRAMES = 30
MASK = rectangle(1, 1, 5, 5)


def waiting(project):
    strips = TrackStrips()
    strips.read(project)
    return strips.waiting(project, COW)


def herd(frames, exemplars=()):
    """A project of one target with these frames, by number."""
    identity = video_identity(NUM_FRAMES)
    project = Project(identity, LabelSet("", ()), [Target(COW, "Cow")], exemplars)
    changes = [project.masks.change_to(COW, frame, held) for frame, held in frames.items()]
    project.apply(changes)
    return project


def made(state, at, mask=MASK, tool="test"):
    return TrackFrame(mask, state, source=MaskSource(tool, made_at=at))


def tracked(at, first=0, last=NUM_FRAMES - 1):
    return {frame: made(FrameState.PREDICTED, at) for frame in range(first, last + 1)}


def test_that_a_correction_makes_the_spans_beside_it_stale_and_no_others():
    law = {0: 1.0, 10: 1.0, 15: 9.0, 20: 1.0}
    keyframes = {frame: made(FrameState.KEYFRAME, at) for frame, at in law.items()}
    project = herd({**tracked(2.0), **keyframes})
    assert waiting(project) == (
        MarkedSpan(11, 14, SpanState.STALE),
        MarkedSpan(16, 19, SpanState.STALE),
    )


def test_that_a_run_over_a_part_of_a_span_leaves_that_part_unmarked():
    correction = {23: made(FrameState.KEYFRAME, 5.0)}
    project = herd({**tracked(2.0), **tracked(6.0, 18, 26), **correction})
    assert stale_spans(project, COW, 18, 26) == ()
    assert waiting(project) == (
        MarkedSpan(0, 17, SpanState.STALE),
        MarkedSpan(27, 29, SpanState.STALE),
    )


def test_that_frames_without_an_answer_are_open_and_nothing_else_is():
    project = herd({0: made(FrameState.KEYFRAME, 1.0), **tracked(2.0, 1, 9)})
    assert waiting(project) == (MarkedSpan(10, 29, SpanState.OPEN),)


def test_that_a_click_opens_the_row_and_a_target_without_anything_has_none():
    assert waiting(herd({}, [PointExemplar(4, COW, 3, 3)])) == (MarkedSpan(0, 29, SpanState.OPEN),)
    assert waiting(herd({})) == ()


def test_that_nothing_waits_where_the_target_was_said_to_be_gone():
    gone = made(FrameState.VERIFIED, 5.0, Mask.empty(*SIZE))
    assert waiting(herd({**tracked(2.0, 0, 9), 10: gone, 0: made(FrameState.KEYFRAME, 1.0)})) == (
        MarkedSpan(1, 9, SpanState.STALE),
    )


@pytest.mark.parametrize("seed", range(20))
def test_that_the_marked_frames_lie_in_the_spans_that_a_run_would_take(seed):
    random.seed(seed)
    frames = {}
    for frame in range(NUM_FRAMES):
        state = random.choice([None, *[FrameState.PREDICTED] * 6, FrameState.KEYFRAME])
        mask = random.choice([MASK, MASK, Mask.empty(*SIZE)])
        if state is not None:
            frames[frame] = made(state, random.choice([1.0, 2.0, 3.0]), mask)
    clicked = random.sample(range(NUM_FRAMES), 3)
    for frame in clicked:
        tool, at = random.choice([ANSWER, CARRIED, FILLED, "test"]), random.choice([1.0, 2.5])
        frames[frame] = made(FrameState.PREDICTED, at, tool=tool)
    project = herd(frames, [PointExemplar(frame, COW, 3, 3) for frame in clicked])
    run = stale_spans(project, COW, 0, NUM_FRAMES - 1)
    marked = waiting(project)
    assert {s for s in run if any(s.first <= m.first <= s.last for m in marked)} == set(run)
    assert [f for m in marked for f in range(m.first, m.last + 1)] == [
        frame
        for span in spans(project.masks.track(COW), 0, NUM_FRAMES - 1)
        if is_runnable(project, COW, span)
        for frame in frames_to_renew(project, COW, span)
    ]


def test_that_the_answer_to_a_click_makes_its_span_stale_until_a_run_carried_it():
    law = {5: made(FrameState.KEYFRAME, 1.0), 25: made(FrameState.KEYFRAME, 1.0)}
    clicks = [PointExemplar(12, COW, 3, 3)]
    before = {**tracked(2.0), **law, 12: made(FrameState.PREDICTED, 5.0, tool=ANSWER)}
    assert waiting(herd(before, clicks)) == (
        MarkedSpan(6, 11, SpanState.STALE),
        MarkedSpan(13, 24, SpanState.STALE),
    )
    filled = {f: made(FrameState.PREDICTED, 0.0, tool=FILLED) for f in (13, 14)}
    assert waiting(herd({**before, **filled}, clicks)) == (
        MarkedSpan(6, 11, SpanState.STALE),
        MarkedSpan(13, 14, SpanState.PROVISIONAL),
        MarkedSpan(15, 24, SpanState.STALE),
    )

    carried = made(FrameState.PREDICTED, 5.0, tool=CARRIED)
    forward = {**before, **tracked(6.0, 13, 24), 12: carried}
    assert waiting(herd(forward, clicks)) == (MarkedSpan(6, 11, SpanState.STALE),)
    assert waiting(herd({**forward, **tracked(7.0, 6, 11)}, clicks)) == ()


def test_that_what_a_click_gave_beside_its_frame_is_not_called_older_than_a_correction():
    filled = {f: made(FrameState.PREDICTED, 0.0, tool=FILLED) for f in range(3, 9)}
    clicked = {5: made(FrameState.PREDICTED, 5.0, tool=ANSWER)}
    project = herd({**filled, **clicked}, [PointExemplar(5, COW, 3, 3)])
    assert waiting(project) == (
        MarkedSpan(0, 2, SpanState.OPEN),
        MarkedSpan(3, 4, SpanState.PROVISIONAL),
        MarkedSpan(6, 8, SpanState.PROVISIONAL),
        MarkedSpan(9, 29, SpanState.OPEN),
    )


def test_that_imported_masks_beside_a_correction_are_older_than_it():
    imported = {f: made(FrameState.PREDICTED, 0.0, tool="import coco") for f in range(10)}
    project = herd({**imported, 4: made(FrameState.KEYFRAME, 5.0)})
    assert MarkedSpan(0, 3, SpanState.STALE) in waiting(project)


def run_over(first, last):
    request = TrackRequest((PointExemplar(first, COW, 3, 3),), first, last)
    return RunRequest(
        RequestNumber(1), (TrackStep(request, ((COW, (Span(first, last, None, None),)),)),)
    )


def clip_of(job, frames):
    return ClipAnswer(job, 0, ClipMasks(tuple(frames), {}), "weights")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Outcome.STOPPED, SpanState.PAUSED), (Outcome.FAILED, SpanState.FAILED)],
)
def test_that_a_run_marks_what_it_has_still_to_write_and_what_it_left_undone(outcome, state):
    marks, job = RunMarks(), run_over(5, 20)
    marks.begin(job, NUM_FRAMES)
    marks.settle(clip_of(job, range(5, 9)))
    assert marks.spans(COW) == (MarkedSpan(9, 20, SpanState.RUNNING),)
    marks.end(JobEnd(job, outcome))
    assert marks.spans(COW) == (MarkedSpan(9, 20, state),)
    marks.follow([MaskChange(COW, 6, made(FrameState.PREDICTED, 1.0), None)])
    assert marks.spans(COW) == ()


def test_that_a_finished_run_leaves_no_mark():
    marks, job = RunMarks(), run_over(5, 20)
    marks.begin(job, NUM_FRAMES)
    marks.end(JobEnd(job, Outcome.FINISHED))
    assert marks.spans(COW) == ()


def test_that_stretches_are_found_at_both_ends():
    assert stretches(np.array([True, True, False, True])) == [(0, 1), (3, 3)]
    assert stretches(np.array([], dtype=bool)) == []


def test_that_what_waits_follows_the_edits(document):
    strips = TrackStrips()
    strips.read(document.opened)
    document.masks_changed.connect(strips.follow)
    before = strips.waiting(document.opened, COW)
    masks = document.opened.masks
    document.edit(Edit("mend", (masks.change_to(COW, 3, made(FrameState.KEYFRAME, 99.0)),)))
    after = strips.waiting(document.opened, COW)
    assert before != after
    assert MarkedSpan(1, 2, SpanState.STALE) in after


def test_that_of_thousands_of_spans_no_more_are_drawn_than_there_are_pixels():
    many = [
        MarkedSpan(frame, frame + 3, SpanState.STALE if frame % 20 else SpanState.OPEN)
        for frame in range(0, 100_000, 10)
    ]
    whole = spans_in_view(many, TimeScale(0.0, 100_000.0, 500))
    assert [(span.first, span.last) for span in whole] == [(0, 99_983), (10, 99_993)]
    middle = spans_in_view(many, TimeScale(50_001.0, 50_101.0, 500))
    assert middle == [span for span in many if span.last >= 50_001 and span.first <= 50_101]


def test_that_spans_a_pixel_or_more_apart_are_drawn_apart():
    spans = [MarkedSpan(0, 9, SpanState.STALE), MarkedSpan(14, 20, SpanState.STALE)]
    assert spans_in_view(spans, TimeScale(0.0, 400.0, 100)) == spans
    joined = spans_in_view(spans, TimeScale(0.0, 500.0, 100))
    assert joined == [MarkedSpan(0, 20, SpanState.STALE)]
