"""The network against what it answered when it agreed with the published one."""

import numpy as np
import pytest
import torch

from tests.parity.tiny_clip import LEVELS, PATH, answers, tiny_network

TOLERANCES = {torch.float32: 1e-4, torch.bfloat16: 0.3}


@pytest.fixture(scope="module")
def stored():
    loaded = np.load(PATH)
    return {name: loaded[name] for name in loaded.files}


@pytest.mark.parametrize("kind", TOLERANCES, ids=str)
@pytest.mark.parametrize("version", LEVELS)
def test_that_the_network_answers_as_it_did(version, kind, stored):
    ours = answers(tiny_network(LEVELS[version]), kind)
    expected = {
        name.removeprefix(f"{version}_"): value
        for name, value in stored.items()
        if name.startswith(version)
    }
    assert set(ours) == set(expected)
    differences = {name: np.abs(ours[name] - expected[name]).mean() for name in expected}
    too_large = {name: d for name, d in differences.items() if d > TOLERANCES[kind]}
    assert too_large == {}
