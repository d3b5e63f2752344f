"""Settings outlast the program, each under its key, and have a value before they were ever set."""

from pathlib import Path

import pytest

from tarvis_app.kept_values import Kept
from tarvis_app.settings import MAX_REDUCTION, Settings

FIRST_AND_OTHER = {
    "weights": (None, Path("/weights/a, b.safetensors")),
    "device": ("auto", "cpu"),
    "reduction": (0, 2),
    "follows_runs": (False, True),
    "reduces_motion": (False, True),
    "export_folder": (Path.home(), Path("/exports")),
    "has_seen_tour": (False, True),
    "theme": ("system", "light"),
    "recent": ((), (Path("/videos/dog.mp4"),)),
}


@pytest.mark.parametrize("name", FIRST_AND_OTHER)
def test_that_a_setting_has_a_first_value_and_outlasts_the_program(settings, folders, name):
    first, other = FIRST_AND_OTHER[name]
    assert getattr(settings, name) == first
    if name == "recent":
        settings.add_recent(*other)
    else:
        setattr(settings, name, other)
    settings.sync()
    assert getattr(Settings(folders), name) == other


def test_that_weights_can_be_the_best_installed_again(settings):
    settings.weights = Path("/a.safetensors")
    settings.weights = None
    assert settings.weights is None


@pytest.mark.parametrize(("wanted", "kept"), [(-1, 0), (99, MAX_REDUCTION)])
def test_that_a_count_stays_within_its_ends(settings, wanted, kept):
    settings.reduction = wanted
    assert settings.reduction == kept


def test_that_each_setting_has_a_key_of_its_own(settings):
    declared = [value for value in vars(Settings).values() if isinstance(value, Kept)]
    assert len(declared) == len({kept.key for kept in declared}) == 8
