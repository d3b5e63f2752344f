"""Weights say which clips they were made for."""

import pytest

from tarvis_core.errors import ConfigError
from tarvis_core.inference.settings import TRACK_CLIPS, ClipSettings, recommended_clips


def test_that_weights_may_name_their_clips():
    stored = {"length": 6, "overlap": 3, "shorter_side": 288}

    assert recommended_clips({"track_clips": stored}) == ClipSettings(6, 3, 288)


def test_that_weights_may_name_how_frames_are_padded():
    stored = {"length": 6, "overlap": 3, "shorter_side": 288, "multiple": 32}

    assert recommended_clips({"track_clips": stored}).multiple == 32


def test_that_an_odd_padding_is_refused():
    with pytest.raises(ConfigError, match="multiples of 32 or 64"):
        ClipSettings(6, 3, multiple=48)


def test_that_weights_without_an_entry_get_the_usual_clips():
    assert recommended_clips({}) == TRACK_CLIPS


def test_that_an_unknown_field_is_an_error_with_words():
    with pytest.raises(ConfigError, match="track_clips"):
        recommended_clips({"track_clips": {"lenght": 6}})
