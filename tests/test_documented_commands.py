"""What README and the guides tell people to type: it is understood, and what can be run is run."""

import dataclasses
import importlib
import re
import shlex
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.commands import command_line, inference_arguments
from tarvis_core.inference.weights_catalog import default_weights, list_weights
from tarvis_core.model.checkpoint import save_checkpoint
from tarvis_core.model.model_config import LabelSetConfig
from tests.fakes.projects import sample_project
from tests.fakes.tiny_model import tiny_config, tiny_model
from tests.fakes.tiny_weights import two_squares

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "docs/user_guide.md", "docs/formats.md", "docs/training.md")
SIZE = (192, 256)
SLOW = ("bench", "doctor")
"""Tested on their own."""


def _commands(document, program="tarvis"):
    """Each `tarvis VERB …` of a document's blocks, as words without `tarvis`."""
    text = (ROOT / document).read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"```(?:text|bash)\n(.*?)```", text, flags=re.DOTALL))
    joined = blocks.replace("\\\n", " ")
    lines = re.findall(rf"^{program} ([a-z].*?)(?:\s+#.*)?$", joined, flags=re.MULTILINE)
    return [shlex.split(line) for line in lines]


COMMANDS = [words for document in DOCUMENTS for words in _commands(document)]
TRAINING = [
    words
    for document in DOCUMENTS
    for program in ("tarvis-train", "torchrun .*? -m training")
    for words in _commands(document, program)
]


def _names(words):
    return " ".join(words)


def _parse(package, words):
    verb = importlib.import_module(f"{package}.commands.{words[0]}")
    parser = ArgumentParser()
    verb.add_arguments(parser)
    meant = {"FORMAT": "davis"}
    return parser.parse_args([meant.get(word, word) for word in words[1:]])


def test_that_the_readme_shows_every_verb():
    assert {words[0] for words in _commands("README.md")} == set(command_line.VERBS)


@pytest.mark.parametrize("words", COMMANDS, ids=_names)
def test_that_a_documented_command_is_understood(words):
    assert _parse("tarvis_core", words)


@pytest.mark.parametrize("words", TRAINING, ids=_names)
def test_that_a_documented_training_command_is_understood(words):
    assert _parse("training", words)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_that_documented_label_sets_are_known_to_the_bundled_weights(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    (bundled,) = [known for known in list_weights() if known.path == default_weights()]

    asked = re.findall(r"--(?:classes|panoptic) ([a-z0-9_]+)", text)

    assert set(asked) <= set(bundled.label_sets)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A newcomer's folder with all that README's commands name."""
    folder = tmp_path_factory.mktemp("newcomer")
    frames = two_squares(3, SIZE)
    for video in ("VIDEO", "VIDEOS/one", "VIDEOS/two"):
        (folder / video).mkdir(parents=True)
        for number, frame in enumerate(frames):
            Image.fromarray(frame).save(folder / video / f"{number:05d}.png")
    pixels = np.zeros(SIZE, np.uint8)
    pixels[8:24, 4:20] = 1
    (folder / "FIRST").mkdir()
    for name in ("first.png", "FIRST/one.png", "FIRST/two.png"):
        Image.fromarray(pixels).save(folder / name)
    ProjectFile.create(folder / "FILE.tarvis", sample_project()).close()
    return folder


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Random weights with the bundled ones' label sets."""
    (bundled,) = [known for known in list_weights() if known.path == default_weights()]
    stored = bundled.metadata["model_config"]["label_sets"]
    label_sets = tuple(
        LabelSetConfig(each["name"], each["num_classes"], tuple(each["things"])) for each in stored
    )
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    clips = {"length": 4, "overlap": 2, "shorter_side": 192}
    config = dataclasses.replace(tiny_config(), label_sets=label_sets)
    save_checkpoint(tiny_model(config), path, {"track_clips": clips})
    return path


def test_that_the_readmes_commands_run_one_after_the_other(workspace, weights, monkeypatch, capsys):
    monkeypatch.chdir(workspace)
    monkeypatch.setattr(inference_arguments, "default_weights", lambda: weights)
    meant = {"IN": ["clicked"], "FORMAT": ["davis"], "DIR": ["converted"], "FILE": ["clicked"]}
    meant["VIDEOS/*"] = ["VIDEOS/one", "VIDEOS/two"]
    point = {"1:0:240,160": ["1:0:12,16"]}

    for words in _commands("README.md"):
        if words[0] not in SLOW:
            real = [each for word in words for each in {**meant, **point}.get(word, [word])]
            assert command_line.main(real) == 0, (words, capsys.readouterr().err)

    written = {path.name for path in workspace.iterdir()}
    assert written >= {"clicked", "painted", "look.mp4", "many", "found", "pixels", "converted"}
