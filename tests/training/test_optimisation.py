"""Parameter groups, schedule and averaged weights."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from tarvis_core.errors import ConfigError
from tarvis_core.model.model_config import ModelConfig
from tarvis_core.model.official_checkpoint import own_names
from tarvis_core.model.tarvis import TarVis
from tests.conftest import shared_folder
from tests.fakes.tiny_model import tiny_model
from training.optimisation import (
    AveragedWeights,
    OptimiserKind,
    OptimiserSettings,
    build_optimiser,
    learning_rate,
    parameter_rules,
    set_learning_rate,
)

FOLDER = shared_folder() / "tarvis-spec/fixtures"
GROUPS = sorted(FOLDER.glob("optimizer_groups_*.json"))
SCHEDULES = sorted(FOLDER.glob("lr_schedule*.json"))
FINE_TUNING = OptimiserSettings(warmup_steps=10_000, decay_steps=(50_000, 84_000))


@pytest.mark.skipif(not GROUPS, reason="no stored parameter groups in the reference material")
@pytest.mark.parametrize("path", GROUPS, ids=lambda path: path.stem)
def test_that_every_parameter_is_treated_as_in_the_published_training(path: Path):
    preset = getattr(ModelConfig, path.stem.removeprefix("optimizer_groups_"))
    model = TarVis(preset())
    rules = parameter_rules(model, trunk_factor=0.1)

    wrong = []
    for official, (factor, decay) in json.loads(path.read_text("utf-8")).items():
        for name in own_names(official, model.config.label_sets):
            if name.endswith("_queries.object_background"):
                continue
            rule = rules[name]
            if (rule.rate_factor, 0.05 * rule.decays) != (factor, decay):
                wrong.append((name, rule, factor, decay))
    assert wrong == []


@pytest.mark.skipif(not SCHEDULES, reason="no stored schedule in the reference material")
@pytest.mark.parametrize("path", SCHEDULES, ids=lambda path: path.stem)
def test_that_the_learning_rate_follows_the_published_schedule(path: Path):
    stored = json.loads(path.read_text("utf-8"))["finetune_lr_used_at_iteration"]

    found = {step: learning_rate(FINE_TUNING, int(step), 90_000) for step in stored}

    assert found == pytest.approx(stored, rel=1e-6)


def test_that_a_cosine_ends_at_a_hundredth_of_the_rate():
    settings = OptimiserSettings(learning_rate=1.0, warmup_steps=10, is_cosine=True)

    assert learning_rate(settings, 5, 100) == 0.5
    assert learning_rate(settings, 100, 100) == pytest.approx(0.01)


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Linear(3, 2)
        self.head = nn.Linear(2, 1)


def test_that_a_frozen_trunk_is_left_out_of_the_optimiser():
    model = Small()

    optimiser = build_optimiser(model, OptimiserSettings(trunk_learning_rate_factor=0.0))

    learning = {id(p) for group in optimiser.param_groups for p in group["params"]}
    assert learning == {id(p) for p in model.head.parameters()}
    assert not model.backbone.weight.requires_grad


def test_that_the_trunk_learns_more_slowly():
    optimiser = build_optimiser(Small(), OptimiserSettings(trunk_learning_rate_factor=0.1))

    set_learning_rate(optimiser, 2.0)

    assert sorted(group["lr"] for group in optimiser.param_groups) == pytest.approx([0.2, 2.0])


def test_that_the_average_approaches_weights_that_stay():
    model = Small()
    average = AveragedWeights(model, decay=0.9)
    with torch.no_grad():
        model.head.weight.fill_(1.0)
    for _ in range(200):
        average.update(model)
    other = Small()

    average.copy_to(other)

    torch.testing.assert_close(other.head.weight, model.head.weight)


def test_that_settings_without_meaning_are_refused():
    with pytest.raises(ConfigError, match="clip_norm"):
        OptimiserSettings(clip_norm=0)


def test_that_muon_takes_the_matrices_and_adamw_the_rest():
    model = tiny_model()
    settings = OptimiserSettings(kind=OptimiserKind.MUON, trunk_learning_rate_factor=0.1)

    optimiser = build_optimiser(model, settings)

    by_member = [
        {id(p) for group in member.param_groups for p in group["params"]}
        for member in optimiser.members
    ]
    layer = model.decoder.layers[0].cross_attention
    assert id(layer.in_proj.weight) in by_member[1]
    assert id(layer.in_proj.bias) in by_member[0]
    assert id(model.decoder.scale_codes) in by_member[0]
    assert all(id(p) in by_member[0] for p in model.backbone.parameters() if p.requires_grad)
    assert not by_member[0] & by_member[1]


def test_that_a_paired_optimiser_goes_on_exactly_where_it_was_stored():
    def stepped(optimiser, model, count):
        for step in range(count):
            for parameter in model.parameters():
                parameter.grad = torch.full_like(parameter, 0.1 + step)
            set_learning_rate(optimiser, 1e-3)
            optimiser.step()

    settings = OptimiserSettings(kind=OptimiserKind.MUON)
    straight, stored = nn.Linear(4, 3), nn.Linear(4, 3)
    stored.load_state_dict(straight.state_dict())
    first = build_optimiser(straight, settings)
    stepped(first, straight, 2)
    before = build_optimiser(stored, settings)
    stepped(before, stored, 1)
    after = build_optimiser(stored, settings)
    after.load_state_dict(before.state_dict())

    with torch.no_grad():
        for parameter in stored.parameters():
            parameter.grad = torch.full_like(parameter, 1.1)
    set_learning_rate(after, 1e-3)
    after.step()

    for one, other in zip(straight.parameters(), stored.parameters(), strict=True):
        assert torch.equal(one, other)


def test_that_the_state_of_one_kind_is_refused_by_the_other():
    model = nn.Linear(4, 3)
    state = build_optimiser(model, OptimiserSettings()).state_dict()

    with pytest.raises(ConfigError, match="adamw"):
        build_optimiser(model, OptimiserSettings(kind=OptimiserKind.MUON)).load_state_dict(state)
