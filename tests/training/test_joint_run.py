"""A joint run over all four tasks on miniature data sets of every layout; resuming; two ranks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tarvis_core.model.model_config import (
    BackboneConfig,
    DecoderConfig,
    ModelConfig,
    NeckConfig,
    ObjectEncoderConfig,
    QueryConfig,
)
from tarvis_core.model.released_label_sets import FINE_TUNED_LABEL_SETS, PRETRAINED_LABEL_SETS
from tests.training.miniature_data import write_miniature
from training.clip_sample import Task
from training.datasets.source_recipes import RECIPES
from training.distributed import Ranks
from training.joint_batches import JointBatches
from training.joint_settings import JointSettings
from training.losses.criterion import LossSettings
from training.optimisation import OptimiserSettings
from training.run_config import RunConfig, RunSettings
from training.task_sampler import BLOCK_STEPS
from training.train import NonFiniteLossError, check_finite, set_up, train, train_step
from training.training_state import checkpoints

ALONE = Ranks(0, 1, torch.device("cpu"))
SEED = 5


def micro_model() -> ModelConfig:
    return ModelConfig(
        backbone=BackboneConfig("test_resnet"),
        neck=NeckConfig(num_layers=1, num_points=1, feedforward_width=32),
        queries=QueryConfig(num_instance_queries=8),
        object_encoder=ObjectEncoderConfig(num_layers=1, feedforward_width=32),
        decoder=DecoderConfig(num_layers=3, feedforward_width=32),
        label_sets=FINE_TUNED_LABEL_SETS + PRETRAINED_LABEL_SETS,
        width=32,
        num_heads=2,
    )


def run_config(sources, num_steps: int, **changes) -> RunConfig:
    return RunConfig(
        model=micro_model(),
        run=RunSettings(num_steps=num_steps, save_every=2, log_every=1, seed=SEED, **changes),
        optimiser=OptimiserSettings(learning_rate=1e-3, clip_norm=1.0, average_decay=0.9),
        losses=LossSettings(num_points=64, num_panoptic_points=64),
        joint=JointSettings(sources=tuple(sources), num_frames=2, num_workers=0),
    )


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("miniature")
    return {name: write_miniature(name, folder) for name in RECIPES}


def batches(config: RunConfig, places: int = 1) -> JointBatches:
    return JointBatches(config.joint, config.run.num_steps, config.run.seed, places)


def test_that_a_joint_run_learns_from_every_layout_and_every_task(sources):
    config = run_config(sources.values(), num_steps=64 * BLOCK_STEPS)
    source = batches(config)
    learner, state = set_up(config, ALONE)
    kinds = {}
    for step in range(0, config.run.num_steps, BLOCK_STEPS):
        kind = source.kind(step)
        kinds.setdefault((kind.source, kind.task), step)
    for step in kinds.values():
        state.step = step
        terms, norm, _ = train_step(config, learner, state, source, ALONE)
        assert torch.isfinite(terms.total.detach())
        assert norm > 0
    assert {name for name, _ in kinds} == set(RECIPES)
    assert {task for _, task in kinds} == set(Task)


def test_that_a_resumed_run_equals_an_uninterrupted_one(sources, tmp_path):
    chosen = [sources["DAVIS"], sources["YOUTUBE_VIS"]]
    whole = run_config(chosen, num_steps=4)
    train(whole, batches(whole), tmp_path / "whole", ALONE)
    train(whole, batches(whole), tmp_path / "parts", ALONE)
    checkpoints(tmp_path / "parts")[-1].unlink()

    assert (tmp_path / "parts" / "log.jsonl").read_text("utf-8").count("\n") == 4
    assert list((tmp_path / "parts" / "curves").glob("events.*"))
    resumed = train(whole, batches(whole), tmp_path / "parts", ALONE)

    expected = torch.load(checkpoints(tmp_path / "whole")[-1], weights_only=True)["model"]
    assert resumed.step == 4
    for name, value in resumed.model.state_dict().items():
        assert torch.equal(value, expected[name]), name


def test_that_a_loss_that_is_no_number_stops_the_run_with_advice():
    with pytest.raises(NonFiniteLossError, match=r"clip7.*learning_rate"):
        check_finite(torch.tensor(float("nan")), 3, ("clip7",))


TWO_RANKS = """
import json, sys
from pathlib import Path
import torch
from tests.training.test_joint_run import run_config, batches
from training.distributed import joined_ranks
from training.joint_settings import SourceSettings
from training.train import train
folder, source = Path(sys.argv[1]), SourceSettings(**json.loads(sys.argv[2]))
torch.set_num_threads(1)
config = run_config([source], num_steps=2)
with joined_ranks("cpu") as ranks:
    state = train(config, batches(config, ranks.count), folder, ranks)
    total = float(sum(p.detach().abs().sum() for p in state.model.parameters()))
    if max(ranks.gathered([total])) != min(ranks.gathered([total])):
        raise SystemExit("the ranks' weights differ")
"""


def test_that_two_ranks_train_one_network(sources, tmp_path):
    settings = json.dumps(vars(sources["DAVIS"]))
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    script = tmp_path / "two_ranks.py"
    script.write_text(TWO_RANKS)
    environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}

    result = subprocess.run(
        [*command, str(script), str(tmp_path / "run"), settings],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert result.returncode == 0, result.stderr[-3000:]
    assert checkpoints(tmp_path / "run")
