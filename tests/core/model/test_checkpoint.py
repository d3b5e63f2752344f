import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tarvis_core.errors import CheckpointError
from tarvis_core.model.checkpoint import (
    build_empty,
    load_checkpoint,
    read_header,
    save_checkpoint,
)
from tests.fakes.tiny_model import tiny_config, tiny_model


@pytest.fixture
def model():
    return tiny_model(seed=3)


@pytest.fixture
def path(model, tmp_path):
    save_checkpoint(model, tmp_path / "tiny.safetensors", {"data": "none", "licence": "MIT"})
    return tmp_path / "tiny.safetensors"


def rewrite(path, change_tensors=None, **header):
    """The file again, with some of it changed."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() | header
    tensors = load_file(path)
    if change_tensors:
        change_tensors(tensors)
    save_file(tensors, path, metadata=metadata)


def test_that_a_network_survives_a_file(model, path):
    loaded = load_checkpoint(path)
    assert loaded.config == model.config
    assert not loaded.training
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name


def test_that_a_file_says_what_it_holds_without_being_loaded(model, path):
    header = read_header(path)
    assert header.config == model.config
    assert header.metadata == {"data": "none", "licence": "MIT"}


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_that_half_precision_storage_halves_matrices_and_loads_as_single(model, tmp_path, kind):
    path = tmp_path / "half.safetensors"
    save_checkpoint(model, path, matrix_type=kind)
    stored = load_file(path)
    assert {value.dtype for value in stored.values() if value.ndim > 1} == {kind}
    assert {value.dtype for value in stored.values() if value.ndim == 1} == {torch.float32}
    loaded = load_checkpoint(path)
    for name, value in model.state_dict().items():
        assert loaded.state_dict()[name].dtype == value.dtype
        torch.testing.assert_close(loaded.state_dict()[name], value, rtol=1e-2, atol=1e-3)


def test_that_one_error_lists_everything_that_does_not_fit(path):
    def damage(tensors):
        del tensors["neck.level_codes"]
        del tensors["query_bank.instance_queries"]
        tensors["neck.surprise"] = torch.zeros(1)
        tensors["decoder.scale_codes"] = torch.zeros(3, 31)

    rewrite(path, damage)
    with pytest.raises(CheckpointError) as error:
        load_checkpoint(path)
    for problem in (
        "4 tensors differ",
        "missing: neck.level_codes",
        "missing: query_bank.instance_queries",
        "surplus: neck.surprise",
        "shape of decoder.scale_codes: (3, 31) instead of (3, 32)",
    ):
        assert problem in str(error.value)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"format": "pt"}, "holds no network of this program"),
        ({"version": "2"}, "update the program"),
        ({"model_config": "{}"}, "header of .* is damaged"),
        ({"metadata": "nothing"}, "header of .* is damaged"),
    ],
)
def test_that_a_foreign_or_damaged_header_is_told(path, header, message):
    rewrite(path, **header)
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(path)


@pytest.mark.parametrize("content", [b"", b"\x80\x02}q\x00.", b"x" * 100])
def test_that_a_file_of_another_kind_is_told(tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(CheckpointError, match="cannot be read as a weights file"):
        load_checkpoint(tmp_path / "other")


def test_that_a_missing_file_is_told(tmp_path):
    with pytest.raises(CheckpointError, match=r"absent\.safetensors"):
        load_checkpoint(tmp_path / "absent.safetensors")


def test_that_a_failed_save_leaves_the_old_file(model, path, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr("tarvis_core.model.checkpoint.save_file", write_half)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(model, path)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def write_half(_tensors, path, metadata):
    path.write_text(json.dumps(metadata)[:50])
    raise OSError("disk full")


def test_that_an_empty_network_has_the_shapes_of_a_fresh_one(model):
    empty = build_empty(tiny_config())
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    assert {name: value.shape for name, value in empty.state_dict().items()} == shapes
