"""A TarViS network that is small enough for unit tests: random weights, a fraction of a second."""

import dataclasses

import torch

from tarvis_core.model.model_config import (
    BackboneConfig,
    DecoderConfig,
    ModelConfig,
    NeckConfig,
    ObjectEncoderConfig,
    QueryConfig,
)
from tarvis_core.model.released_label_sets import LabelSetConfig
from tarvis_core.model.tarvis import TarVis

TINY_LABEL_SETS = (
    LabelSetConfig("animals", num_classes=5, things=(0, 1, 3)),
    LabelSetConfig("vehicles", num_classes=3, things=(0, 1, 2)),
)


def tiny_config(**changes) -> ModelConfig:
    """32 channels, one or two layers per part, two label sets."""
    config = ModelConfig(
        backbone=BackboneConfig("test_efficientnet"),
        neck=NeckConfig(num_layers=2, feedforward_width=48, num_points=2),
        queries=QueryConfig(num_instance_queries=7),
        object_encoder=ObjectEncoderConfig(num_layers=1, feedforward_width=48),
        decoder=DecoderConfig(num_layers=3, feedforward_width=48),
        label_sets=TINY_LABEL_SETS,
        width=32,
        num_heads=4,
    )
    return dataclasses.replace(config, **changes)


def tiny_model(config: ModelConfig | None = None, seed: int = 0) -> TarVis:
    """A network of this config with weights drawn from this seed, ready for inference."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return TarVis(config or tiny_config()).eval()
