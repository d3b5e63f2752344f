"""What weights will need is known from their header and the video's size alone."""

import dataclasses

import pytest

from tarvis_core.inference.memory_forecast import count_parameters, forecast_memory
from tarvis_core.inference.weights_catalog import KnownWeights, WeightsSource, read_metadata
from tests.fakes.tiny_model import tiny_model
from tests.fakes.tiny_weights import write_tiny_weights

RELEASED = KnownWeights("r", WeightsSource.RELEASED, "R", parameters_million=57.0, trunk="resnet50")


@pytest.fixture
def installed(tmp_path):
    path = write_tiny_weights(tmp_path / "tiny.safetensors")
    return KnownWeights(
        "tiny", WeightsSource.INSTALLED, "T", path=path, metadata=read_metadata(path)
    )


def with_clips(weights, **clips):
    about = {**weights.metadata["metadata"], "track_clips": clips}
    return dataclasses.replace(weights, metadata={**weights.metadata, "metadata": about})


def test_that_parameters_are_counted_without_loading_them(installed):
    num_parameters = count_parameters(installed.path)
    need = forecast_memory(installed, (480, 854))
    assert num_parameters > sum(p.numel() for p in tiny_model().parameters()) // 2
    assert need.network_bytes == 4 * num_parameters


def test_that_a_clip_needs_as_much_as_its_padded_frames(installed):
    full = with_clips(installed, length=8, overlap=4, shorter_side=None)
    short = with_clips(installed, length=4, overlap=2, shorter_side=None)
    assert forecast_memory(full, (100, 200)).input_size == (128, 256)
    large, small = (forecast_memory(w, (480, 854)).clip_bytes for w in (full, short))
    assert large == 2 * small
    assert forecast_memory(full, (960, 1708)).clip_bytes > 3 * large


def test_that_published_weights_are_forecast_before_they_are_here():
    need = forecast_memory(RELEASED, (1080, 1920))
    assert need.network_bytes == 228 * 10**6
    assert need.input_size == (512, 896)
    assert need.clip_bytes > 0


def test_that_nothing_is_said_of_what_says_nothing_of_itself(installed, tmp_path):
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"no weights")
    assert forecast_memory(dataclasses.replace(installed, path=damaged), (480, 854)) is None
    assert forecast_memory(dataclasses.replace(RELEASED, trunk=""), (480, 854)) is None
    odd = with_clips(installed, length=1, overlap=1)
    assert forecast_memory(odd, (480, 854)) is None
