"""A run goes on exactly on another number of ranks, with less memory, and shows pictures."""

import dataclasses
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tarvis_core.errors import CheckpointError
from tarvis_core.model.temporal_attention import temporal_windows
from tests.training.miniature_data import write_miniature
from tests.training.test_joint_run import ALONE, batches, run_config
from training.clip_sample import Task
from training.joint_settings import SourceSettings
from training.prediction_pictures import picture_of
from training.task_sampler import BLOCK_STEPS
from training.train import set_up, train, train_step
from training.training_state import Origin, checkpoints

TOLERANCE = 1e-5
"""Sums of gradients are formed in another order; AdamW divides by their size."""


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("miniature")
    names = ("YOUTUBE_VIS", "DAVIS", "CITYSCAPES")
    return {name: write_miniature(name, folder) for name in names}


def weights_in(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(checkpoints(folder)[-1], weights_only=True)["model"]


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
config = run_config([source], num_steps=4)
with joined_ranks("cpu") as ranks:
    train(config, batches(config, ranks.count), folder, ranks)
"""


@pytest.mark.usefixtures("one_thread")
def test_that_a_run_of_one_rank_goes_on_exactly_on_two(sources, tmp_path):
    source = sources["YOUTUBE_VIS"]
    config = run_config([source], num_steps=4, accumulation=2)
    train(config, batches(config, 2), tmp_path / "whole", ALONE)
    train(config, batches(config, 2), tmp_path / "parts", ALONE)
    checkpoints(tmp_path / "parts")[-1].unlink()
    root = Path(__file__).parents[2]
    script = tmp_path / "two_ranks.py"
    script.write_text(TWO_RANKS)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]

    result = subprocess.run(
        [*command, str(script), str(tmp_path / "parts"), json.dumps(vars(source))],
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert result.returncode == 0, result.stderr[-3000:]
    expected = weights_in(tmp_path / "whole")
    for name, value in weights_in(tmp_path / "parts").items():
        assert torch.allclose(value, expected[name], atol=TOLERANCE), name


def test_that_a_run_with_other_batches_in_a_step_is_refused_with_advice(sources, tmp_path, caplog):
    config = run_config([sources["DAVIS"]], num_steps=2, accumulation=2)
    train(config, batches(config, 2), tmp_path, ALONE)
    other = run_config([sources["DAVIS"]], num_steps=3, accumulation=1)

    with pytest.raises(CheckpointError, match=r"2 batches in a step .* this run has 1.*product"):
        train(other, batches(other), tmp_path, ALONE)

    allowed = run_config([sources["DAVIS"]], num_steps=3, allows_other_places=True)
    with caplog.at_level(logging.WARNING):
        state = train(allowed, batches(allowed), tmp_path, ALONE)
    assert state.step == 3
    assert "not those of an uninterrupted run" in caplog.text
    assert "run.num_steps" in caplog.text


def test_that_settings_without_effect_on_the_steps_change_without_a_word(caplog):
    earlier = Origin(2, json.dumps({"run": {"seed": 1, "log_every": 5}}))
    later = Origin(2, json.dumps({"run": {"seed": 1, "log_every": 9}}))

    later.check(earlier, Path("step.pt"), allows_other_places=False)

    assert not caplog.records


def steps_of_all_tasks(source, config) -> dict[Task, int]:
    found: dict[Task, int] = {}
    for step in range(0, config.run.num_steps, BLOCK_STEPS):
        found.setdefault(source.kind(step).task, step)
    return found


def after_one_step(config, step: int):
    learner, state = set_up(config, ALONE)
    state.step = step
    terms, norm, _ = train_step(config, learner, state, batches(config), ALONE)
    return float(terms.total.detach()), norm, state.model.state_dict()


def test_that_recomputed_layers_give_the_same_losses_and_gradients(sources):
    config = run_config(sources.values(), num_steps=24 * BLOCK_STEPS)
    steps = steps_of_all_tasks(batches(config), config)
    run = dataclasses.replace(config.run, checkpoints_activations=True)
    thrifty = dataclasses.replace(config, run=run)

    assert set(steps) == set(Task)
    for step in steps.values():
        loss, norm, weights = after_one_step(config, step)
        again, norm_again, weights_again = after_one_step(thrifty, step)
        assert again == loss
        assert norm_again == pytest.approx(norm, rel=1e-6)
        for name, value in weights.items():
            assert torch.allclose(weights_again[name], value, atol=1e-6), name


def test_that_the_same_seed_gives_the_same_losses_and_another_one_others(sources):
    config = run_config([sources["DAVIS"]], num_steps=8)
    other = dataclasses.replace(config, run=dataclasses.replace(config.run, seed=99))

    losses = [after_one_step(each, 3)[0] for each in (config, config, other)]

    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


def test_that_pictures_show_frame_truth_and_answer_of_every_task(sources):
    config = run_config(sources.values(), num_steps=24 * BLOCK_STEPS)
    source = batches(config)
    learner, _ = set_up(config, ALONE)

    for step in steps_of_all_tasks(source, config).values():
        batch = source.batch(step, 0).batch
        picture = picture_of(learner, batch)
        height, width = picture.shape[0], picture.shape[1] // 3
        frame, truth, _ = (picture[:, i * width : (i + 1) * width] for i in range(3))
        stride = -(-batch.frames.shape[-1] // width)
        assert height == -(-batch.frames.shape[-2] // stride)
        assert (frame != truth).any()


def test_that_pictures_are_in_the_log(sources, tmp_path):
    config = run_config([sources["DAVIS"]], num_steps=1, pictures_every=1)

    train(config, batches(config), tmp_path, ALONE)

    (events,) = (tmp_path / "curves").glob("events.*")
    assert b"frame, truth, prediction" in events.read_bytes()


def test_that_what_inference_keeps_serves_training():
    temporal_windows.cache_clear()
    with torch.inference_mode():
        windows = temporal_windows(((2, 3), (4, 6)), (1, 1))

    assert not windows.tokens_GL.is_inference()
    assert not windows.places_S.is_inference()


def test_that_two_sources_of_one_kind_are_told_apart(sources):
    source = sources["DAVIS"]
    project = SourceSettings("PROJECT", source.path)
    config = run_config([project, project], num_steps=4 * BLOCK_STEPS)

    kinds = {batches(config).kind(step).source for step in range(config.run.num_steps)}

    assert kinds == {"PROJECT", "PROJECT 2"}
