"""AdamW with the published parameter groups and schedules; averaged weights.

Specification, section 10.1.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tarvis_core.errors import ConfigError

NORM_TYPES = (nn.LayerNorm, nn.GroupNorm)
"""Layers whose parameters do not decay."""


@dataclass(frozen=True)
class OptimiserSettings:
    """How weights are changed."""

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


def build_optimiser(model: nn.Module, settings: OptimiserSettings) -> torch.optim.AdamW:
    """AdamW over the parameters that learn; a frozen trunk's are switched off."""
    rules = parameter_rules(model, settings.trunk_learning_rate_factor)
    groups: dict[ParameterRule, list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if rules[name].rate_factor == 0:
            parameter.requires_grad_(requires_grad=False)
        elif parameter.requires_grad:
            groups.setdefault(rules[name], []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "rate_factor": rule.rate_factor,
                "weight_decay": settings.weight_decay if rule.decays else 0.0,
            }
            for rule, parameters in groups.items()
        ],
        lr=settings.learning_rate,
        betas=settings.betas,
    )


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
