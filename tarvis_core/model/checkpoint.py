"""Weights of our own: safetensors files that carry the ModelConfig they belong to."""

import json
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from typing_extensions import override

from tarvis_core.errors import CheckpointError, ConfigError
from tarvis_core.model.model_config import ModelConfig
from tarvis_core.model.tarvis import TarVis

FORMAT = "tarvis-studio"
VERSION = "1"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CheckpointHeader:
    """What a weights file says of itself, before any tensor is read."""

    config: ModelConfig
    """The network that the weights are for."""
    metadata: Mapping[str, str]
    """Whatever the writer added: data, licence, iteration, scores."""


def save_checkpoint(
    model: TarVis,
    path: Path,
    metadata: Mapping[str, str] | None = None,
    *,
    matrix_type: torch.dtype | None = None,
) -> None:
    """Write a network with its config.

    The file is written beside its place and renamed, so that a half-written one never lies there.

    Args:
        model: The network.
        path: Where to; a file already there is replaced.
        metadata: Anything worth knowing about the weights.
        matrix_type: Store tensors with two or more axes in this type (`torch.float16` halves the
            file); None keeps theirs. Norms and biases always keep theirs.
    """
    tensors = {
        name: _stored(value.detach(), matrix_type) for name, value in model.state_dict().items()
    }
    header = {
        "format": FORMAT,
        "version": VERSION,
        "model_config": model.config.to_json(),
        "metadata": json.dumps(dict(metadata or {}), ensure_ascii=False),
    }
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        save_file(tensors, beside, metadata=header)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_header(path: Path) -> CheckpointHeader:
    """What a weights file says of itself.

    Raises:
        CheckpointError: The file cannot be read or was not written by `save_checkpoint`.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return _header(file.metadata() or {}, path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            "{path} cannot be read as a weights file: {error}", path=path, error=error
        ) from error


def load_checkpoint(path: Path, device: torch.device | str = "cpu") -> TarVis:
    """The network that `save_checkpoint` wrote, in single precision, ready for inference.

    Args:
        path: The file.
        device: Where the network goes.

    Raises:
        CheckpointError: The file cannot be read, was not written by `save_checkpoint`, or its
            tensors are not exactly those of its config.
    """
    header = read_header(path)
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    model = build_empty(header.config)
    load_strictly(model, tensors, path)
    _logger.info("weights from %s: %s", path, dict(header.metadata))
    return model.to(device).eval()


def build_empty(config: ModelConfig) -> TarVis:
    """A network whose weights mean nothing yet: for loading, several times faster than `TarVis`."""
    with torch.no_grad(), _FillWithoutDrawing():
        return TarVis(config)


def load_strictly(model: nn.Module, tensors: Mapping[str, Tensor], source: Path) -> None:
    """Overwrite all tensors of a network.

    Args:
        model: The network.
        tensors: By the network's names; half-precision ones become single precision.
        source: Where they come from, for the message.

    Raises:
        CheckpointError: Names or shapes differ; the message lists all that do.
    """
    wanted = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    given = {name: tuple(value.shape) for name, value in tensors.items()}
    problems = [f"missing: {name}" for name in sorted(wanted.keys() - given.keys())]
    problems += [f"surplus: {name}" for name in sorted(given.keys() - wanted.keys())]
    problems += [
        f"shape of {name}: {given[name]} instead of {wanted[name]}"
        for name in sorted(wanted.keys() & given.keys())
        if wanted[name] != given[name]
    ]
    if problems:
        listed = "\n  ".join(problems)
        raise CheckpointError(
            "{source} does not hold the weights of this network; {num_problems} tensors differ:"
            "\n  {listed}",
            source=source,
            num_problems=len(problems),
            listed=listed,
        )
    model.load_state_dict(dict(tensors), strict=True)
    # some trunks keep values derived from their weights while in evaluation mode
    is_training = model.training
    model.train().train(is_training)


class _FillWithoutDrawing(TorchFunctionMode):
    """Fills new tensors with a constant where they would be filled with random numbers."""

    _METHODS = (Tensor.uniform_, Tensor.normal_)
    _FUNCTIONS = (nn.init.uniform_, nn.init.normal_, nn.init.kaiming_uniform_)

    @override
    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if func in self._FUNCTIONS:
            return (args[0] if args else (kwargs or {})["tensor"]).zero_()
        if func in self._METHODS:
            # the lower bound or the mean: a truncated distribution redraws what is out of bounds
            return args[0].fill_(args[1] if len(args) > 1 else 0.0)
        return func(*args, **(kwargs or {}))


def _stored(value: Tensor, matrix_type: torch.dtype | None) -> Tensor:
    if matrix_type is not None and value.is_floating_point() and value.ndim > 1:
        value = value.to(matrix_type)
    return value.to("cpu").contiguous().clone()


def _header(entries: Mapping[str, str], path: Path) -> CheckpointHeader:
    if entries.get("format") != FORMAT:
        raise CheckpointError(
            "{path} holds no network of this program; for released TarViS weights use `tarvis "
            "models import`",
            path=path,
        )
    if entries.get("version") != VERSION:
        raise CheckpointError(
            "{path} has version {version}, this program reads {known_version}; update the program",
            path=path,
            version=entries.get("version"),
            known_version=VERSION,
        )
    try:
        config = ModelConfig.from_json(entries["model_config"])
        metadata = json.loads(entries["metadata"])
    except (KeyError, json.JSONDecodeError, ConfigError) as error:
        raise CheckpointError(
            "the header of {path} is damaged: {error}", path=path, error=error
        ) from error
    return CheckpointHeader(config, metadata)
