"""Checkpoints of a run: everything that decides how it goes on, and nothing else.

A checkpoint is independent of the number of ranks: the data of a step follow from its number, and
every rank's random generators from the seed and the step.
"""

import logging
import random
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from tarvis_core.errors import CheckpointError
from training.optimisation import AveragedWeights

logger = logging.getLogger(__name__)

KEPT_CHECKPOINTS = 2
"""How many of the newest checkpoints stay on disk."""


@dataclass
class TrainingState:
    """What changes while training."""

    model: nn.Module
    optimiser: torch.optim.Optimizer
    average: AveragedWeights | None
    scaler: torch.amp.GradScaler | None = None
    step: int = 0
    """Number of the next step, from 0."""

    def save(self, folder: Path) -> Path:
        """Write a checkpoint beside the others, and remove the oldest."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"step_{self.step:07d}.pt"
        content = {
            "step": self.step,
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average.state_dict() if self.average else None,
            "scaler": self.scaler.state_dict() if self.scaler else None,
        }
        beside = path.with_suffix(".partial")
        torch.save(content, beside)
        beside.rename(path)
        for old in checkpoints(folder)[:-KEPT_CHECKPOINTS]:
            old.unlink()
        logger.info("saved %s", path)
        return path

    def load(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            CheckpointError: The file is damaged or of another network or recipe.
        """
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
            self.model.load_state_dict(content["model"])
            self.optimiser.load_state_dict(content["optimiser"])
            if self.average is not None and content["average"] is not None:
                self.average.load_state_dict(content["average"])
            if self.scaler is not None and content["scaler"] is not None:
                self.scaler.load_state_dict(content["scaler"])
        except (RuntimeError, KeyError, ValueError, OSError) as error:
            raise CheckpointError(
                f"{path} cannot continue this run: {error}; start in another folder, or use the "
                "settings that the checkpoint was made with"
            ) from error
        self.step = content["step"]
        logger.info("going on from %s, step %d", path, self.step)


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints of a run's folder, oldest first."""
    found = [path for path in folder.glob("step_*.pt") if re.fullmatch(r"step_\d{7}", path.stem)]
    return sorted(found)


def seed_step(seed: int, step: int, rank: int = 0) -> None:
    """Set all random generators to where a step begins."""
    value = int(np.random.SeedSequence((seed, step, rank)).generate_state(1)[0])
    random.seed(value)
    np.random.seed(value)  # noqa: NPY002 — for libraries that still draw from it
    torch.manual_seed(value)
