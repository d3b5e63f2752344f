"""How a network starts where there are no weights to load."""

import math

import pytest
import torch

from tarvis_core.model.model_config import NeckConfig, TemporalLevels
from tests.fakes.tiny_model import tiny_config, tiny_model

XAVIER = (
    "neck.deformable_layers.1.attention.value_proj",
    "neck.deformable_layers.1.attention.output_proj",
    "neck.deformable_layers.0.feedforward.linear1",
    "neck.temporal_layers.1.attention.in_proj",
    "neck.temporal_layers.1.feedforward.linear2",
    "neck.projections.2.0",
    "decoder.layers.2.cross_attention.in_proj",
    "decoder.layers.2.self_attention.attention.out_proj",
    "decoder.layers.0.feedforward.linear2",
    "object_encoder.layers.0.cross_attention.in_proj",
    "object_encoder.layers.0.feedforward.linear1",
)
ZERO_BIAS = (
    "neck.deformable_layers.1.attention.value_proj",
    "neck.deformable_layers.1.attention.attention_weights",
    "neck.projections.0.0",
    "neck.mask_features",
    "neck.temporal_layers.0.attention.in_proj",
    "decoder.layers.1.cross_attention.out_proj",
)
KAIMING = ("neck.lateral.0", "neck.fusion.0", "neck.mask_features")
STANDARD_NORMAL = (
    "query_bank.instance_queries",
    "query_bank.semantic_queries.animals",
    "query_bank.embeddings.object",
    "neck.level_codes",
    "neck.temporal_level_codes",
    "decoder.scale_codes",
    "object_encoder.mask_embedding",
    "object_encoder.background_embedding",
    "object_encoder.point_reader.embedding",
)


@pytest.fixture(scope="module")
def model():
    neck = NeckConfig(num_layers=2, feedforward_width=48, temporal_levels=TemporalLevels.ALL)
    return tiny_model(tiny_config(neck=neck))


def fills(weight, bound):
    """Whether values are spread over the whole of ±bound."""
    return 0.9 * bound < weight.abs().max() <= bound and weight.mean().abs() < 0.2 * bound


@pytest.mark.parametrize("name", XAVIER)
def test_that_attention_and_feedforward_matrices_are_xavier_uniform(model, name):
    weight = model.get_submodule(name).weight.detach().flatten(1)
    assert fills(weight, math.sqrt(6 / sum(weight.shape)))


@pytest.mark.parametrize("name", KAIMING)
def test_that_the_convolutions_of_stride_4_are_kaiming_uniform(model, name):
    weight = model.get_submodule(name).weight.detach()
    assert fills(weight, math.sqrt(3 / weight[0].numel()))


@pytest.mark.parametrize("name", ZERO_BIAS)
def test_that_these_biases_are_zero(model, name):
    assert model.get_submodule(name).bias.abs().max() == 0


@pytest.mark.parametrize("name", STANDARD_NORMAL)
def test_that_learned_codes_and_queries_are_standard_normal(model, name):
    values = model.state_dict()[name]
    assert values.std() == pytest.approx(1, abs=0.4)
    assert values.abs().max() < 5


def test_that_fresh_heads_look_at_all_their_places_alike(model):
    attention = model.neck.deformable_layers[0].attention
    assert attention.sampling_offsets.weight.abs().max() == 0
    assert attention.attention_weights.weight.abs().max() == 0


def test_that_two_seeds_make_two_networks():
    first, same, other = (tiny_model(seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not torch.equal(first["neck.level_codes"], other["neck.level_codes"])
