"""AdamW with the published parameter groups and schedules, or Muon; averaged weights.

Specification, section 10.1. Muon (K. Jordan, 2024) makes the update of each matrix orthogonal: a
network that starts from nothing learns to attend in about half as many steps.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor, nn

from tarvis_core.errors import ConfigError

NORM_TYPES = (nn.LayerNorm, nn.GroupNorm)
"""Layers whose parameters do not decay."""


class OptimiserKind(Enum):
    """Which rule changes the weights."""

    ADAMW = "adamw"
    """The published one."""
    MUON = "muon"
    """Muon for the matrices between the trunk and the embeddings, AdamW for everything else."""


@dataclass(frozen=True)
class OptimiserSettings:
    """How weights are changed."""

    kind: OptimiserKind = OptimiserKind.ADAMW
    """Which rule changes them."""
    matrix_rate_factor: float = 2.5
    """Muon's rate for matrices, as a multiple of `learning_rate`; its updates are scaled to have
    the size of AdamW's."""
    learning_rate: float = 1e-4
    trunk_learning_rate_factor: float = 0.1
    """Of the trunk; 0 freezes it."""
    weight_decay: float = 0.05
    betas: tuple[float, float] = (0.9, 0.999)
    clip_norm: float = 0.01
    """Largest norm of all gradients together."""
    warmup_steps: int = 0
    """Steps over which the rate rises from 0."""
    decay_steps: tuple[int, ...] = ()
    """Steps at which the rate falls to a tenth."""
    is_cosine: bool = False
    """Whether the rate falls to a hundredth along a half cosine instead."""
    average_decay: float = 0.0
    """Weight of the past in the averaged weights; 0 keeps none."""

    def __post_init__(self) -> None:
        if self.learning_rate <= 0 or self.clip_norm <= 0:
            raise ConfigError(
                f"optimiser.learning_rate is {self.learning_rate}, clip_norm {self.clip_norm}; "
                "both must be positive"
            )
        if not 0 <= self.average_decay < 1:
            raise ConfigError(f"optimiser.average_decay is {self.average_decay}; it must be 0…1")


@dataclass(frozen=True)
class ParameterRule:
    """How one parameter is treated, relative to the settings."""

    rate_factor: float
    decays: bool


def parameter_rules(model: nn.Module, trunk_factor: float) -> Mapping[str, ParameterRule]:
    """The rule of each parameter by name.

    The trunk learns more slowly. Norms outside and inside the trunk, learned queries, and the
    embeddings of levels and query types do not decay; biases and position tables do.
    """
    norms = {
        f"{module_name}.{name}" if module_name else name
        for module_name, module in model.named_modules()
        if isinstance(module, NORM_TYPES)
        for name, _ in module.named_parameters(recurse=False)
    }
    return {
        name: ParameterRule(
            rate_factor=trunk_factor if name.startswith("backbone.") else 1.0,
            decays=name not in norms and not _is_embedding(name),
        )
        for name, _ in model.named_parameters()
    }


def build_optimiser(model: nn.Module, settings: OptimiserSettings) -> torch.optim.Optimizer:
    """The optimiser over the parameters that learn; a frozen trunk's are switched off."""
    rules = parameter_rules(model, settings.trunk_learning_rate_factor)
    groups: dict[tuple[bool, ParameterRule], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if rules[name].rate_factor == 0:
            parameter.requires_grad_(requires_grad=False)
        elif parameter.requires_grad:
            is_matrix = (
                settings.kind is OptimiserKind.MUON
                and parameter.ndim == 2
                and rules[name].decays
                and not name.startswith("backbone.")
            )
            groups.setdefault((is_matrix, rules[name]), []).append(parameter)
    plain = torch.optim.AdamW(
        [
            _group(parameters, rule.rate_factor, settings, decays=rule.decays)
            for (is_matrix, rule), parameters in groups.items()
            if not is_matrix
        ],
        lr=settings.learning_rate,
        betas=settings.betas,
    )
    if settings.kind is OptimiserKind.ADAMW:
        return plain
    matrices = torch.optim.Muon(
        [
            _group(
                parameters,
                rule.rate_factor * settings.matrix_rate_factor,
                settings,
                decays=rule.decays,
            )
            for (is_matrix, rule), parameters in groups.items()
            if is_matrix
        ],
        lr=settings.learning_rate,
        momentum=settings.betas[0],
        adjust_lr_fn="match_rms_adamw",
    )
    return PairedOptimiser(plain, matrices)


class PairedOptimiser(torch.optim.Optimizer):
    """Two optimisers that step together, each over its own parameters (`members`)."""

    def __init__(self, first: torch.optim.Optimizer, second: torch.optim.Optimizer) -> None:
        self.members = (first, second)
        super().__init__([*first.param_groups, *second.param_groups], {})
        self.param_groups = [*first.param_groups, *second.param_groups]

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Change all weights; a closure is not taken."""
        if closure is not None:
            raise ValueError("paired optimisers take no closure")
        for member in self.members:
            member.step()

    def state_dict(self) -> dict:
        """What `load_state_dict` reads."""
        return {"members": [member.state_dict() for member in self.members]}

    def load_state_dict(self, state_dict: dict) -> None:
        """Continue from a stored state.

        Raises:
            ConfigError: The state is that of a single optimiser.
        """
        if "members" not in state_dict:
            raise ConfigError(
                "the checkpoint was written with optimiser.kind adamw; go on with that, or start "
                "a new folder from its weights"
            )
        for member, state in zip(self.members, state_dict["members"], strict=True):
            member.load_state_dict(state)
        self.param_groups = [group for member in self.members for group in member.param_groups]


def _group(
    parameters: list[Tensor], rate_factor: float, settings: OptimiserSettings, *, decays: bool
) -> dict:
    return {
        "params": parameters,
        "rate_factor": rate_factor,
        "weight_decay": settings.weight_decay if decays else 0.0,
    }


def learning_rate(settings: OptimiserSettings, step: int, num_steps: int) -> float:
    """The rate of the step with this 0-based number, before the groups' factors."""
    rate = settings.learning_rate
    if step <= settings.warmup_steps and settings.warmup_steps > 0:
        return rate * step / settings.warmup_steps
    if settings.is_cosine:
        part = (step - settings.warmup_steps) / max(1, num_steps - settings.warmup_steps)
        cosine = 0.5 * (1 + float(torch.cos(torch.tensor(min(part, 1.0) * torch.pi))))
        return rate * (0.01 + 0.99 * cosine)
    return rate * 0.1 ** sum(step >= decay for decay in settings.decay_steps)


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the rate of all groups, each times its factor."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group["rate_factor"]


class AveragedWeights:
    """An exponential moving average of a network's weights."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._decay = decay
        self._num_updates = 0
        self._average = {
            name: parameter.detach().clone()
            for name, parameter in model.named_parameters()
            if parameter.requires_grad
        }

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move the average towards the weights; early averages forget faster."""
        self._num_updates += 1
        decay = min(self._decay, (1 + self._num_updates) / (10 + self._num_updates))
        parameters = dict(model.named_parameters())
        for name, average in self._average.items():
            average.lerp_(parameters[name].detach(), 1 - decay)

    @torch.no_grad()
    def copy_to(self, model: nn.Module) -> None:
        """Overwrite a network's weights by the average."""
        parameters = dict(model.named_parameters())
        for name, average in self._average.items():
            parameters[name].copy_(average)

    def state_dict(self) -> dict:
        """What `load_state_dict` reads."""
        return {"num_updates": self._num_updates, "average": self._average}

    def load_state_dict(self, state: Mapping) -> None:
        """Continue from a stored average."""
        self._num_updates = state["num_updates"]
        for name, average in self._average.items():
            average.copy_(state["average"][name])


def clip_gradients(parameters: Iterable[Tensor], max_norm: float) -> float:
    """Shorten all gradients together to a norm; return the norm they had."""
    return float(nn.utils.clip_grad_norm_(list(parameters), max_norm))


def _is_embedding(name: str) -> bool:
    """Whether a parameter is a learned query, or the code of a level or of a type of query."""
    return re.search(r"^query_bank\.|_codes$|(^|[._])embedding$", name) is not None
