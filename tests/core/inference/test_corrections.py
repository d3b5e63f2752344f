"""Clicks that correct a shown mask: only what they name changes, and runs carry the answer."""

import numpy as np
import pytest
import torch

from tarvis_core.annotation.exemplar import BoxExemplar, MaskExemplar, PointExemplar, ShownMask
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.inference.decoding.corrections import (
    Correction,
    corrected_logits,
    corrected_pixels,
)
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import ClipSettings, InferenceSettings
from tarvis_core.inference.target_cues import TargetCues
from tests.fakes.array_video import RED, ArrayVideo, painted
from tests.fakes.tiny_model import tiny_model

SIZE = (60, 120)
SHOWN = (slice(10, 50), slice(20, 60))
CLIP = ClipSettings(4, 2, 64)
FRAME = 3


def pixels(*parts):
    array = np.zeros(SIZE, np.bool_)
    for part in parts:
        array[part] = True
    return array


def correction(positive=(), negative=()):
    return Correction(Mask.from_array(pixels(SHOWN)), positive, negative)


def test_that_a_positive_click_adds_the_piece_of_the_answer_that_it_lies_in():
    missing, elsewhere = (slice(20, 40), slice(60, 80)), (slice(0, 20), slice(95, 115))
    answer = pixels(SHOWN, missing, elsewhere)

    found = corrected_pixels(answer, correction(positive=[(70.5, 30.5)]))

    assert (found == pixels(SHOWN, missing)).all()


def test_that_a_negative_click_takes_away_the_piece_that_the_answer_leaves_out():
    answer = pixels((slice(10, 50), slice(20, 45)))
    answer[10:14, 20:24] = False

    found = corrected_pixels(answer, correction(negative=[(52.5, 30.5)]))

    assert (found == pixels((slice(10, 50), slice(20, 45)))).all()


def stray_correction(positive=()):
    """The shown mask with a separate piece beside it, and a negative click in that piece."""
    stray = (slice(20, 30), slice(80, 90))
    shown = Mask.from_array(pixels(SHOWN, stray))
    return Correction(shown, positive, negative=[(84.5, 24.5)])


def test_that_a_negative_click_takes_a_separate_piece_as_a_whole():
    wrong = stray_correction()

    found = corrected_pixels(wrong.shown.to_array(), wrong)

    assert (found == pixels(SHOWN)).all()


def test_that_a_separate_piece_with_a_positive_click_loses_a_disk_only():
    wrong = stray_correction(positive=[(88.5, 28.5)])

    found = corrected_pixels(wrong.shown.to_array(), wrong)

    assert found[28, 88]
    assert not found[24, 84]


def test_that_the_larger_part_of_a_mask_is_no_stray_piece():
    small = (slice(0, 10), slice(0, 10))
    shown = Mask.from_array(pixels(SHOWN, small))

    found = corrected_pixels(shown.to_array(), Correction(shown, negative=[(40.5, 30.5)]))

    assert found[SHOWN].sum() > 1000
    assert not found[30, 40]


def test_that_an_outline_drawn_anew_is_no_piece():
    missing, wider = (slice(20, 40), slice(61, 80)), (slice(9, 51), slice(19, 61))

    found = corrected_pixels(pixels(wider, missing), correction(positive=[(70.5, 30.5)]))

    assert found[20:40, 61:80].all()
    assert not found[:, :20].any()
    assert not found[:10].any()


def test_that_a_click_that_the_answer_passes_over_is_right_all_the_same():
    both = correction(positive=[(90.5, 30.5)], negative=[(50.5, 30.5)])

    found = corrected_pixels(pixels(SHOWN), both)

    assert found[30, 90]
    assert not found[30, 50]
    assert found[10:50, 20:40].all()
    assert 0 < (found & ~pixels(SHOWN)).sum() < 0.1 * pixels(SHOWN).sum()


def test_that_a_click_on_what_is_right_already_changes_nothing():
    answer = pixels((slice(0, 60), slice(0, 120)))

    found = corrected_pixels(answer, correction(positive=[(30.5, 30.5)], negative=[(5.5, 5.5)]))

    assert (found == pixels(SHOWN)).all()


def test_that_a_click_adds_no_more_than_was_shown_and_what_is_nearest_to_it():
    answer = pixels((slice(0, 60), slice(0, 120)))

    found = corrected_pixels(answer, correction(positive=[(70.5, 30.5)]))

    added = found & ~pixels(SHOWN)
    assert 0.8 * pixels(SHOWN).sum() < added.sum() < 1.1 * pixels(SHOWN).sum()
    assert added[20:40, 60:80].all()
    assert not added[:, 110:].any()


def test_that_a_click_may_make_much_of_a_speck():
    speck, object_ = pixels((slice(30, 32), slice(20, 22))), pixels((slice(28, 34), slice(16, 28)))

    found = corrected_pixels(object_, Correction(Mask.from_array(speck), [(25.5, 30.5)]))

    assert (found == object_).all()


def test_that_later_clicks_leave_alone_what_earlier_ones_took_away():
    first, second = (50.5, 15.5), (50.5, 45.5)
    taken = (slice(10, 20), slice(40, 60))
    shown = pixels(SHOWN) & ~pixels(taken)
    answer = pixels((slice(10, 40), slice(20, 60)))

    found = corrected_pixels(answer, Correction(Mask.from_array(shown), (), [first, second]))

    assert (found == shown & answer).all()


def test_that_logits_keep_their_sizes():
    logits = torch.linspace(-3.0, 3.0, SIZE[0] * SIZE[1]).reshape(SIZE)

    found = corrected_logits(logits, correction(negative=[(30.5, 45.5)]))

    assert torch.equal(found.abs(), logits.abs())
    assert bool(((found > 0).numpy() == pixels(SHOWN))[:, :20].all())


def test_that_a_shown_mask_starts_its_target_and_leaves_the_clicks_in_force():
    shown = ShownMask(2, 1, Mask.from_array(pixels(SHOWN)))
    wrong = PointExemplar(2, 1, 55.5, 30.5, is_positive=False)

    cues = TargetCues([wrong, shown], SIZE)

    assert cues.starts(1) == (2,)
    assert cues.at(2).points == {-1: ((55.5, 30.5),)}
    assert cues.at(2).rules.masks == {}
    assert cues.at(2).rules.corrections == {1: Correction(shown.mask, (), ((55.5, 30.5),))}


def test_that_a_drawn_mask_or_a_box_takes_the_place_of_a_shown_one():
    shown = ShownMask(2, 1, Mask.from_array(pixels(SHOWN)))
    drawn = MaskExemplar(2, 1, Mask.from_array(pixels((slice(0, 5), slice(0, 5)))))

    assert TargetCues([shown, drawn], SIZE).at(2).shown == {}
    assert TargetCues([shown, BoxExemplar(2, 1, (0, 0, 9, 9))], SIZE).at(2).shown == {}


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture
def video():
    return ArrayVideo(painted(9, SIZE, lambda f: [(RED, 4 + 3 * f, 8, 16)]))


SHOWN_MASK = ShownMask(FRAME, 1, Mask.from_array(pixels(SHOWN)))
MISSING = PointExemplar(FRAME, 1, 90.5, 30.5)
TOO_MUCH = PointExemplar(FRAME, 1, 50.5, 30.5, is_positive=False)


@pytest.fixture(params=[192, 0], ids=["larger frames", "clips"])
def engine(request, model):
    settings = InferenceSettings(clip=CLIP, click_side=request.param)
    return InferenceEngine(model, torch.device("cpu"), settings)


def test_that_clicks_are_honoured_by_whatever_network(engine, video):
    found = engine.preview(video, FRAME, [SHOWN_MASK, MISSING, TOO_MUCH])[1].mask.to_array()

    assert found[30, 90]
    assert not found[30, 50]
    assert (found & pixels(SHOWN)).any()


def test_that_a_run_carries_the_corrected_mask_as_if_it_were_drawn(engine, video):
    answer = engine.preview(video, FRAME, [SHOWN_MASK, MISSING])[1].mask

    corrected = engine.track(video, TrackRequest((SHOWN_MASK, MISSING), 0, 8))
    drawn = engine.track(video, TrackRequest((MaskExemplar(FRAME, 1, answer),), 0, 8))

    assert list(corrected) == list(drawn)


def test_that_a_run_shows_what_negative_clicks_showed(engine, video):
    answer = engine.preview(video, FRAME, [SHOWN_MASK, TOO_MUCH])[1].mask

    clips = engine.track(video, TrackRequest((SHOWN_MASK, TOO_MUCH), 0, 8))

    assert [clip.masks[1][FRAME].mask for clip in clips if FRAME in clip.masks[1]][-1] == answer
