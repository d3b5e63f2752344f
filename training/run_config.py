"""RunConfig: everything that decides how a run goes, read strictly from YAML."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import yaml

from tarvis_core.errors import ConfigError
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.config_json import from_json, to_json
from tarvis_core.model.model_config import ModelConfig
from tarvis_core.model.released_label_sets import FINE_TUNED_LABEL_SETS, PRETRAINED_LABEL_SETS
from training.class_questions import SUPERCATEGORIES, StoredClassSettings
from training.joint_settings import JointSettings
from training.losses.criterion import LossSettings
from training.optimisation import OptimiserSettings
from training.stored_batch_settings import StoredBatchSettings

PRESETS = {
    "resnet50": ModelConfig.resnet50,
    "swin_tiny": ModelConfig.swin_tiny,
    "swin_large": ModelConfig.swin_large,
    "starter": ModelConfig.starter,
}
"""What a run file may name as `model.preset`; its other keys under `model` change the preset."""

LABEL_SETS = {
    "fine_tuned": FINE_TUNED_LABEL_SETS,
    "pre_trained": PRETRAINED_LABEL_SETS,
    "supercategories": (SUPERCATEGORIES,),
}
"""What a run file may name as `model.label_sets` instead of listing them."""


class Precision(Enum):
    """Number format of most of the computation."""

    SINGLE = "fp32"
    BFLOAT16 = "bf16"
    HALF = "fp16"
    """With dynamic loss scaling; GPUs only."""


@dataclass(frozen=True)
class RunSettings:
    """Length and rhythm of a run."""

    num_steps: int = 90_000
    accumulation: int = 1
    """Batches per step and rank; their gradients are averaged."""
    precision: Precision = Precision.SINGLE
    seed: int = 42
    save_every: int = 1000
    log_every: int = 20
    pictures_every: int = 500
    """Steps between pictures of predictions in TensorBoard; 0 for none."""
    checkpoints_activations: bool = False
    """Whether layers compute their insides again in the backward pass instead of keeping them:
    less memory, more time, the same gradients."""
    allows_other_places: bool = False
    """Whether a run may go on with another number of batches per step (ranks × accumulation)."""
    num_threads: int = 0
    """CPU threads; 0 leaves torch's choice."""

    def __post_init__(self) -> None:
        for name in ("num_steps", "accumulation", "save_every", "log_every"):
            if getattr(self, name) < 1:
                raise ConfigError(f"run.{name} is {getattr(self, name)}; it must be 1 or more")


@dataclass(frozen=True)
class StartSettings:
    """Where the first weights come from; empty paths for random ones."""

    trunk: str = ""
    """A safetensors file with the trunk's weights under timm's names."""
    weights: str = ""
    """A checkpoint of this program, or the name of weights (`tarvis models list`); parts of another
    shape start anew."""


@dataclass(frozen=True)
class RunConfig:
    """One training run."""

    model: ModelConfig = field(default_factory=ModelConfig.starter)
    behaviour: Behaviour = Behaviour.INTENDED
    """Published: repeat the released code's errors in training (pixels of masks, VIS labels)."""
    run: RunSettings = field(default_factory=RunSettings)
    start: StartSettings = field(default_factory=StartSettings)
    optimiser: OptimiserSettings = field(default_factory=OptimiserSettings)
    losses: LossSettings = field(default_factory=LossSettings)
    stored_clips: StoredBatchSettings = field(default_factory=StoredBatchSettings)
    """Batches of a run on a feature store."""
    stored_classes: StoredClassSettings = field(default_factory=StoredClassSettings)
    """Batches about classes among those of a feature store."""
    joint: JointSettings = field(default_factory=JointSettings)
    """Data sets of a joint run; it needs no store."""


def read_run_config(path: Path) -> RunConfig:
    """Read a run file. Keys that it leaves out have their default values.

    Raises:
        ConfigError: The file is missing or no YAML, or a key or value has no meaning.
    """
    try:
        values = yaml.safe_load(path.read_text("utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read as a run file: {error}") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path} must hold keys and values, not {type(values).__name__}")
    values["model"] = _expanded_preset(values.get("model", {}), path)
    try:
        return from_json(RunConfig, json.dumps(_completed(RunConfig, values)))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _expanded_preset(model: Any, path: Path) -> Any:
    if not isinstance(model, Mapping):
        return model
    preset = model.get("preset", "starter")
    if preset not in PRESETS:
        raise ConfigError(f"{path}: model.preset is {preset!r}; it must be one of {list(PRESETS)}")
    rest = {key: value for key, value in model.items() if key != "preset"}
    named = rest.get("label_sets")
    if isinstance(named, str):
        if named not in LABEL_SETS:
            known = list(LABEL_SETS)
            raise ConfigError(f"{path}: model.label_sets is {named!r}; name one of {known}")
        del rest["label_sets"]
        return _merged(json.loads(to_json(PRESETS[preset](LABEL_SETS[named]))), rest)
    return _merged(json.loads(to_json(PRESETS[preset]())), rest)


def _merged(base: Mapping, changes: Mapping) -> dict:
    """Nested mappings, with the changes' leaves over the base's."""
    result = dict(base)
    for key, value in changes.items():
        nested = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = _merged(result[key], value) if nested else value
    return result


def _completed(kind: Any, value: Any) -> Any:
    """A JSON value with the default of every dataclass field that it leaves out."""
    if get_origin(kind) is tuple and isinstance(value, list):
        return [_completed(get_args(kind)[0], entry) for entry in value]
    if not dataclasses.is_dataclass(kind) or not isinstance(value, Mapping):
        return value
    completed = dict(value)
    types = get_type_hints(kind)
    for each in dataclasses.fields(kind):
        if each.name in completed:
            completed[each.name] = _completed(types[each.name], completed[each.name])
        elif each.default is not dataclasses.MISSING:
            completed[each.name] = _as_json(each.default)
        elif each.default_factory is not dataclasses.MISSING:
            completed[each.name] = _as_json(each.default_factory())
    return completed


def _as_json(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return json.loads(to_json(value))
    if isinstance(value, Enum):
        return value.value
    return [_as_json(entry) for entry in value] if isinstance(value, tuple) else value
