"""Run files are read strictly."""

import pytest
import torch

from tarvis_core.errors import ConfigError
from tarvis_core.model.behaviour import Behaviour
from tests.fakes.tiny_model import tiny_config
from training.commands.train import CONFIGS
from training.distributed import Ranks
from training.run_config import Precision, RunConfig, read_run_config
from training.train import set_up

FILES = sorted(CONFIGS.glob("*.yaml"))


def write(folder, text: str):
    path = folder / "run.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_that_every_run_file_of_the_program_can_be_read(path):
    assert read_run_config(path).run.num_steps > 0


def test_that_an_unknown_key_is_an_error_with_the_nearest_match(tmp_path):
    with pytest.raises(ConfigError, match=r"learning_rates.*learning_rate"):
        read_run_config(write(tmp_path, "optimiser: {learning_rates: 1}"))


def test_that_a_preset_can_be_changed_in_parts(tmp_path):
    config = read_run_config(
        write(tmp_path, "model: {preset: resnet50, neck: {num_layers: 2}}\nrun: {precision: bf16}")
    )

    assert config.model.neck.num_layers == 2
    assert config.model.width == 256
    assert config.run.precision is Precision.BFLOAT16


def test_that_an_unknown_preset_is_told(tmp_path):
    with pytest.raises(ConfigError, match="resnet50"):
        read_run_config(write(tmp_path, "model: {preset: resnet51}"))


def test_that_entries_of_lists_get_their_defaults(tmp_path):
    text = "stored_clips: {forms: [{share: 1.0, question: {num_corrections: 2}}]}"

    (form,) = read_run_config(write(tmp_path, text)).stored_clips.forms

    assert (form.num_frames, form.question.num_points) == (1, 1)
    assert form.question.num_corrections == 2


@pytest.mark.parametrize("behaviour", Behaviour)
def test_that_one_key_switches_network_and_losses(tmp_path, behaviour):
    read = read_run_config(write(tmp_path, f"behaviour: {behaviour.value}"))
    config = RunConfig(model=tiny_config(), behaviour=read.behaviour)

    learner, state = set_up(config, Ranks(0, 1, torch.device("cpu")))

    assert state.model.object_encoder.behaviour is behaviour
    assert learner.criterion.behaviour is behaviour


def test_that_a_run_file_cannot_name_the_switch_of_before(tmp_path):
    with pytest.raises(ConfigError, match="unknown key “reproduce_published_errors”"):
        read_run_config(write(tmp_path, "model: {reproduce_published_errors: true}"))
