"""Training, visible: set up, then step by step until the end.

One command starts it on one machine or many; `torchrun` sets the environment that
`training.distributed` reads.
"""

import json
import logging
import math
import time
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import nn

from tarvis_core.errors import ConfigError, TarvisError
from tarvis_core.inference.weights_catalog import find_weights
from tarvis_core.model.backbone import load_backbone_weights
from tarvis_core.model.checkpoint import save_checkpoint
from tarvis_core.model.config_json import to_json
from tarvis_core.model.tarvis import TarVis
from training.activation_checkpointing import recompute_in_backward
from training.clip_sample import AskedBatch
from training.distributed import Ranks, mean_over_ranks
from training.learner import Learner
from training.losses.criterion import Criterion
from training.losses.loss_terms import LossTerms
from training.optimisation import (
    AveragedWeights,
    build_optimiser,
    clip_gradients,
    learning_rate,
    set_learning_rate,
)
from training.prediction_pictures import picture_of
from training.run_config import Precision, RunConfig
from training.training_log import TrainingLog
from training.training_state import Origin, TrainingState, checkpoints, seed_step
from training.weights import start_from

logger = logging.getLogger(__name__)


class NonFiniteLossError(TarvisError):
    """The loss is no number; the weights were left as they were."""


class BatchSource(Protocol):
    """Where batches come from; step and place decide the batch."""

    def batch(self, step: int, place: int) -> AskedBatch:
        """The batch of a step at one place, counted over accumulation and ranks."""


def train(config: RunConfig, source: BatchSource, folder: Path, ranks: Ranks) -> TrainingState:
    """Train to the end, from the newest checkpoint in the folder if there is one.

    Args:
        config: The run.
        source: Where batches come from.
        folder: Checkpoints, log and weights go here.
        ranks: This process among those that train together.

    Returns:
        The final state.

    Raises:
        NonFiniteLossError: The loss became infinite or no number.
    """
    learner, state = set_up(config, ranks)
    found = checkpoints(folder)
    if found:
        state.load(found[-1], allows_other_places=config.run.allows_other_places)
    if ranks.is_first:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(to_json(config), "utf-8")
        logger.info("config: %s", to_json(config))
    log = TrainingLog(folder if ranks.is_first else None, config.run.num_steps)
    while state.step < config.run.num_steps:
        begin = time.perf_counter()
        terms, norm, waited_s = train_step(config, learner, state, source, ranks)
        if state.step % config.run.log_every == 0:
            log.write(state.step, terms, norm, time.perf_counter() - begin, waited_s)
        if config.run.pictures_every and state.step % config.run.pictures_every == 0:
            log.picture(state.step, picture(config, learner, state, source, ranks))
        is_end = state.step == config.run.num_steps
        if ranks.is_first and (state.step % config.run.save_every == 0 or is_end):
            state.save(folder)
            save_weights(state, folder / "weights.safetensors", config)
    log.close()
    return state


def set_up(config: RunConfig, ranks: Ranks) -> tuple[nn.Module, TrainingState]:
    """Build the network, its optimiser and its averaged weights on this rank's device."""
    if config.run.num_threads:
        torch.set_num_threads(config.run.num_threads)
    if config.run.precision is Precision.HALF and ranks.device.type == "cpu":
        raise ConfigError("run.precision is fp16, which CPUs cannot train in; use bf16 or fp32")
    seed_step(config.run.seed, 0)
    model = TarVis(config.model, config.behaviour)
    if config.start.trunk:
        load_backbone_weights(model, Path(config.start.trunk))
    if config.start.weights:
        start_from(model, find_weights(config.start.weights))
    model.to(ranks.device).train()
    optimiser = build_optimiser(model, config.optimiser)
    decay = config.optimiser.average_decay
    scaler = torch.amp.GradScaler() if config.run.precision is Precision.HALF else None
    average = AveragedWeights(model, decay) if decay else None
    origin = Origin(config.run.accumulation * ranks.count, to_json(config))
    state = TrainingState(model, optimiser, average, scaler, origin=origin)
    learner = Learner(model, Criterion(config.losses, behaviour=config.behaviour))
    if config.run.checkpoints_activations:
        recompute_in_backward(model)
        learner.criterion.recomputes = True
    return ranks.wrapped(learner), state


def train_step(
    config: RunConfig,
    learner: nn.Module,
    state: TrainingState,
    source: BatchSource,
    ranks: Ranks,
) -> tuple[LossTerms, float, float]:
    """One step of the optimiser.

    Returns:
        The terms of the last batch, the norm of the gradients, and how long data was waited for.

    Raises:
        NonFiniteLossError: The loss is infinite or no number; nothing was changed.
    """
    run = config.run
    set_learning_rate(state.optimiser, learning_rate(config.optimiser, state.step, run.num_steps))
    places = [part * ranks.count + ranks.rank for part in range(run.accumulation)]
    begin = time.perf_counter()
    parts = [source.batch(state.step, place) for place in places]
    waited_s = time.perf_counter() - begin
    num_targets = mean_over_ranks(sum(map(_num_targets, parts)) / len(parts), ranks)
    for place, asked in zip(places, parts, strict=True):
        seed_step(run.seed, state.step, place)
        with (
            precision(run.precision, ranks.device),
            ranks.without_sync(learner, is_last=place == places[-1]),
        ):
            terms = learner(asked.batch.to(ranks.device), asked.num_corrections, num_targets)
            loss = terms.total / run.accumulation
            check_finite(loss, state.step, asked.batch.names)
            (state.scaler.scale(loss) if state.scaler else loss).backward()
    norm = _update(state, config.optimiser.clip_norm)
    state.step += 1
    return terms, norm, waited_s


def _update(state: TrainingState, clip_norm: float) -> float:
    """Clip the gradients, move the weights and their average; return the gradients' norm."""
    parameters = [p for group in state.optimiser.param_groups for p in group["params"]]
    if state.scaler:
        state.scaler.unscale_(state.optimiser)
    norm = clip_gradients(parameters, clip_norm)
    if state.scaler:
        state.scaler.step(state.optimiser)
        state.scaler.update()
    else:
        state.optimiser.step()
    state.optimiser.zero_grad(set_to_none=True)
    if state.average:
        state.average.update(state.model)
    return norm


def picture(
    config: RunConfig,
    learner: nn.Module,
    state: TrainingState,
    source: BatchSource,
    ranks: Ranks,
) -> np.ndarray | None:
    """What the network says about the first clip of the last step; the first rank draws it."""
    if not ranks.is_first:
        return None
    batch = source.batch(state.step - 1, 0).batch.to(ranks.device)
    learner.eval()
    with precision(config.run.precision, ranks.device):
        drawn = picture_of(ranks.unwrapped(learner), batch)
    learner.train()
    return drawn


def check_finite(loss: torch.Tensor, step: int, names: tuple[str, ...]) -> None:
    """Stop before the update if the loss is no number.

    Raises:
        NonFiniteLossError: It is not.
    """
    if not math.isfinite(float(loss.detach())):
        raise NonFiniteLossError(
            f"the loss of step {step} is {float(loss.detach())}; its clips are {list(names)}. "
            "Lower optimiser.learning_rate or use run.precision bf16, then start again: the run "
            "goes on from its newest checkpoint"
        )


def precision(kind: Precision, device: torch.device) -> torch.autocast:
    """The context that computes in a number format."""
    dtype = torch.float16 if kind is Precision.HALF else torch.bfloat16
    return torch.autocast(device.type, dtype, enabled=kind is not Precision.SINGLE)


def save_weights(state: TrainingState, path: Path, config: RunConfig) -> None:
    """Write the averaged weights (or the plain ones) as the program loads them."""
    model = TarVis(config.model)
    model.load_state_dict(state.model.state_dict())
    if state.average:
        state.average.copy_to(model)
    save_checkpoint(
        model, path, {"step": str(state.step), "run": json.dumps(json.loads(to_json(config.run)))}
    )


def _num_targets(asked: AskedBatch) -> float:
    return float(sum(len(target.masks) for target in asked.batch.targets))
