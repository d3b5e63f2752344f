"""Weights say which clips they were made for."""

import pytest

from tarvis_core.errors import ConfigError
from tarvis_core.inference.settings import TRACK_CLIPS, ClipSettings, recommended_clips


def test_that_weights_may_name_their_clips():
    stored = {"length": 6, "overlap": 3, "shorter_side": 288}

    assert recommended_clips({"track_clips": stored}) == ClipSettings(6, 3, 288)


def test_that_weights_without_an_entry_get_the_usual_clips():
    assert recommended_clips({}) == TRACK_CLIPS


def test_that_an_unknown_field_is_an_error_with_words():
    with pytest.raises(ConfigError, match="track_clips"):
        recommended_clips({"track_clips": {"lenght": 6}})
