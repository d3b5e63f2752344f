"""The strips of the timeline: right in every pixel, at any zoom and length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tarvis_app.document.edits import Edit
from tarvis_app.timeline.strip_image import strip_image
from tarvis_app.timeline.time_scale import TimeScale, tick_step
from tarvis_app.timeline.track_strip import (
    Plot,
    StripCode,
    StripRow,
    TrackStrips,
    binned_max,
    strip_code,
)
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.track import FrameState, FrameSummary, TrackFrame
from tests.fakes.projects import COW, GRASS, SIZE, keyframe, predicted, rectangle

MASK = rectangle(1, 1, 4, 4)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 7), min_size=1, max_size=300),
    st.integers(1, 120),
    st.floats(0, 1),
    st.floats(0.01, 1),
)
def test_that_a_pixel_shows_the_highest_code_of_its_frames(codes, width, start, share):
    values = np.array(codes, dtype=np.uint8)
    first = start * len(codes)
    last = first + share * len(codes)
    binned = binned_max(values, first, last, width)
    assert binned.shape == (width,)
    if last - first <= width:
        return
    edges = np.linspace(first, last, width + 1)
    for x in range(width):
        frames = values[int(edges[x]) : int(np.ceil(edges[x + 1] - 1e-9))]
        assert binned[x] == (frames.max() if frames.size else 0)


def test_that_the_last_frame_counts_however_many_share_its_pixel():
    assert binned_max(np.array([0, 1], dtype=np.uint8), 0.0, 2.0, 1).tolist() == [1]


def test_that_each_frame_is_drawn_when_frames_are_wider_than_pixels():
    values = np.array([0, 7, 2], dtype=np.uint8)
    assert binned_max(values, 0, 3, 9).tolist() == [0, 0, 0, 7, 7, 7, 2, 2, 2]


A_SUMMARY = st.builds(
    FrameSummary,
    st.sampled_from(FrameState),
    st.floats(0, 1),
    st.one_of(st.none(), st.floats(0, 1)),
    st.just((0, 0, 4, 4)),
    st.integers(0, 9),
    st.one_of(st.none(), st.floats(1e9, 2e9)),
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.integers(-2, 14), A_SUMMARY))
def test_that_a_row_read_at_once_is_as_if_put_frame_by_frame(summaries):
    one_by_one = StripRow.blank(12)
    for frame, summary in summaries.items():
        if 0 <= frame < 12:
            one_by_one.put(frame, summary)
    at_once = StripRow.of(12, summaries)
    for name in ("codes", "doubt", "disagreement", "area", "made_at"):
        values, expected = getattr(at_once, name), getattr(one_by_one, name)
        assert values.dtype == expected.dtype
        assert np.array_equal(values, expected)


def test_that_a_project_of_many_masks_is_read_in_a_blink(monkeypatch, project):
    monkeypatch.setattr(StripRow, "put", lambda *_: pytest.fail("one by one takes seconds"))
    strips = TrackStrips()
    strips.read(project)
    assert strips.codes(COW) is not None


@pytest.mark.parametrize(
    ("held", "code"),
    [
        (None, StripCode.NOTHING),
        (keyframe(MASK), StripCode.KEYFRAME),
        (keyframe(Mask.empty(*SIZE)), StripCode.KEYFRAME_ABSENT),
        (TrackFrame(MASK, FrameState.VERIFIED), StripCode.VERIFIED),
        (TrackFrame(Mask.empty(*SIZE), FrameState.VERIFIED), StripCode.VERIFIED_ABSENT),
        (TrackFrame(Mask.empty(*SIZE), FrameState.ABSENT), StripCode.ABSENT),
        (TrackFrame(MASK, FrameState.PREDICTED, 0.99, 0.01), StripCode.SURE),
        (TrackFrame(MASK, FrameState.PREDICTED, 0.99, 0.4), StripCode.DOUBTFUL),
        (TrackFrame(MASK, FrameState.PREDICTED, 0.1, 0.0), StripCode.UNSURE),
    ],
)
def test_that_states_and_doubt_have_their_codes(held, code):
    assert strip_code(None if held is None else held.summary()) is code


def test_that_strips_followed_change_by_change_equal_strips_read_anew(document):
    strips = TrackStrips()
    strips.read(document.opened)
    document.masks_changed.connect(strips.follow)
    masks = document.opened.masks
    document.edit(Edit("a", tuple(masks.change_to(COW, f, predicted(MASK)) for f in range(3, 9))))
    document.edit(Edit("b", (masks.change_to(GRASS, 2, None),)))
    document.undo()

    fresh = TrackStrips()
    fresh.read(document.opened)
    for target in (COW, GRASS):
        assert (strips.codes(target) == fresh.codes(target)).all()
    for plot in Plot:
        followed, read = (s.binned_plot(plot, [COW, GRASS], 0, 12, 12) for s in (strips, fresh))
        assert (followed == read).all()


def test_that_the_image_has_a_row_per_target_in_its_colour():
    key = StripCode.KEYFRAME
    codes = np.array([[0, key], [key, StripCode.SURE]], dtype=np.uint8)
    image = strip_image(codes, [(10, 20, 30), (200, 100, 50)])
    assert (image.width(), image.height()) == (2, 2)
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(1, 0).getRgb() == (10, 20, 30, 255)
    assert image.pixelColor(1, 1).alpha() < image.pixelColor(0, 1).alpha()


@pytest.mark.parametrize("code", [StripCode.KEYFRAME_ABSENT, StripCode.VERIFIED_ABSENT])
def test_that_confirmed_absence_looks_like_absence(code):
    image = strip_image(np.array([[StripCode.ABSENT, code]], dtype=np.uint8), [(10, 20, 30)])
    assert image.pixelColor(1, 0) == image.pixelColor(0, 0)


def test_that_zooming_in_time_keeps_the_frame_under_the_pointer():
    scale = TimeScale(0, 1000, 500)
    frame = scale.frame_at(200)
    zoomed = scale.zoomed(4, 200, 1000)
    assert zoomed.frame_at(200) == frame
    assert zoomed.last - zoomed.first == 250
    assert scale.zoomed(0.1, 200, 1000) == TimeScale(0, 1000, 500)
    assert zoomed.scrolled(1e6, 1000).last == 1000
    assert zoomed.showing(999, 1000).last >= 999


def test_that_ticks_stand_on_round_numbers_far_enough_apart():
    for pixels in (0.001, 0.03, 0.5, 3, 20, 100):
        step = tick_step(pixels)
        assert str(step).strip("0") in ("1", "2", "5")
        assert step * pixels >= 70
