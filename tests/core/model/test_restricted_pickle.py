import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch

from tarvis_core.errors import CheckpointError
from tarvis_core.model.restricted_pickle import read_tensors


class TrainerState:
    """A training object of a program that is not installed here."""

    def __init__(self) -> None:
        self.iteration = 90_000
        self.history = [torch.rand(3)]


class Attack:
    """Runs a function when it is unpickled."""

    def __init__(self, function, *arguments) -> None:
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class ItemAttack(Attack):
    """Runs its function with the items and attributes that follow."""

    def __reduce__(self):
        return (*self.call, {"state": 1}, iter([1, 2]), iter([("a", 1)]))


@pytest.fixture
def tensors():
    torch.manual_seed(0)
    shared = torch.rand(6, 4)
    return {
        "weight": shared[1:4].t(),
        "same numbers": shared,
        "parameter": torch.nn.Parameter(torch.rand(2, 3)).data,
        "count": torch.tensor([4, 4]),
        "half": torch.rand(5).half(),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "flag": torch.tensor([True, False]),
    }


def saved(tmp_path, content, **options):
    path = tmp_path / "weights.pth"
    torch.save(content, path, **options)
    return path


def assert_same(ours, theirs):
    assert list(ours) == list(theirs)
    for name, value in theirs.items():
        assert ours[name].dtype == value.dtype
        assert torch.equal(ours[name], value), name


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: {"model": x, "iteration": 3}])
def test_that_a_plain_file_is_read(tmp_path, tensors, wrap):
    assert_same(read_tensors(saved(tmp_path, wrap(tensors))), tensors)


def test_that_training_objects_beside_the_weights_do_no_harm(tmp_path, tensors):
    content = {
        "trainer_state": TrainerState(),
        "model": tensors,
        "optimizers": [({"lr": 0.1, "params": {1, 2}}, [TrainerState()])],
        "path": Path("somewhere"),
    }
    assert_same(read_tensors(saved(tmp_path, content)), tensors)


@pytest.mark.parametrize(
    "make",
    [
        lambda victim: Attack(os.system, f"touch {victim}"),
        lambda victim: Attack(exec, f"open({str(victim)!r}, 'w')"),
        lambda victim: Attack(eval, f"open({str(victim)!r}, 'w')"),
        lambda victim: Attack(Path.touch, Path(victim)),
        lambda victim: Attack(getattr, Attack(__import__, "os"), "system"),
        lambda victim: ItemAttack(open, str(victim), "w"),
        lambda victim: Attack(torch.load, str(victim)),
    ],
    ids=["shell", "exec", "eval", "method", "attribute", "items", "nested load"],
)
def test_that_a_hostile_file_runs_nothing(tmp_path, tensors, make):
    victim = tmp_path / "victim"
    path = saved(tmp_path, {"attack": make(victim), "model": tensors, "again": [make(victim)]})
    assert_same(read_tensors(path), tensors)
    assert not victim.exists()


def test_that_an_attack_among_the_weights_is_an_error(tmp_path, tensors):
    victim = tmp_path / "victim"
    attack = Attack(os.system, f"touch {victim}")
    with pytest.raises(CheckpointError, match=r"no tensors: \['attack'\]"):
        read_tensors(saved(tmp_path, {"model": tensors | {"attack": attack}}))
    assert not victim.exists()


def test_that_a_bare_pickle_runs_nothing(tmp_path):
    victim = tmp_path / "victim"
    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps(Attack(os.system, f"touch {victim}"), protocol=2))
    with pytest.raises(CheckpointError):
        read_tensors(path)
    assert not victim.exists()


def test_that_a_tensor_outside_its_numbers_is_an_error(tmp_path, tensors):
    path = saved(tmp_path, {"model": {"weight": torch.rand(100)}, "other": TrainerState()})
    short = tmp_path / "short.pth"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(short, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content[:16] if name.endswith("data/0") else content)
    with pytest.raises(CheckpointError, match="damaged"):
        read_tensors(short)


@pytest.mark.parametrize("content", [b"", b"no pickle", b"PK\x03\x04 half a zip"])
def test_that_a_damaged_file_is_told(tmp_path, content):
    (tmp_path / "weights.pth").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"weights\.pth"):
        read_tensors(tmp_path / "weights.pth")


@pytest.mark.parametrize("content", [[1, 2], {}, {"model": {}}, {"model": {"a": 1}}, 7])
def test_that_a_file_without_a_state_dict_is_told(tmp_path, content):
    with pytest.raises(CheckpointError, match="state dict"):
        read_tensors(saved(tmp_path, content))


def test_that_a_missing_file_is_told(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be opened"):
        read_tensors(tmp_path / "absent.pth")
