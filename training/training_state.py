"""Checkpoints of a run: everything that decides how it goes on, and nothing else.

A checkpoint does not know how many ranks made it. A step has *places*, one batch each, which its
ranks share (places = ranks × accumulation). The clips and the random numbers of a place follow from
seed, step and place, and the losses of all places are normalised together. So a run goes on exactly
on any number of ranks, as long as the number of places is kept. With another number of places the
steps are others; then the run stops, unless the run file allows it.
"""

import json
import logging
import random
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from tarvis_core.errors import CheckpointError
from training.optimisation import AveragedWeights

logger = logging.getLogger(__name__)

KEPT_CHECKPOINTS = 2
"""How many of the newest checkpoints stay on disk."""
DECISIVE = ("run.seed", "run.num_steps", "joint.", "stored_clips.", "losses.", "optimiser.")
"""Beginnings of the settings that decide how a run goes on."""


@dataclass(frozen=True)
class Origin:
    """What decides the clips of a run's steps."""

    places: int
    """Batches of a step: ranks times accumulation."""
    config: str
    """The run's settings as JSON."""

    def check(self, earlier: "Origin", path: Path, *, allows_other_places: bool) -> None:
        """See whether a run goes on as the one that made a checkpoint would have.

        Raises:
            CheckpointError: The steps are others, and that is not allowed.
        """
        changed = sorted(_flat(self.config).items() - _flat(earlier.config).items())
        keys = [key for key, _ in changed if key.startswith(DECISIVE)]
        if keys:
            logger.warning(
                "%s was made with other settings of %s: from here on the run is not the one that "
                "was begun",
                path,
                ", ".join(keys[:8]),
            )
        if self.places == earlier.places:
            return
        told = (
            f"{path} was made with {earlier.places} batches in a step (ranks × run.accumulation), "
            f"this run has {self.places}"
        )
        if not allows_other_places:
            raise CheckpointError(
                f"{told}, so it cannot go on exactly; choose them so that their product is "
                f"{earlier.places}, or set run.allows_other_places: true to go on regardless"
            )
        logger.warning("%s: from here on its clips are not those of an uninterrupted run", told)


@dataclass
class TrainingState:
    """What changes while training."""

    model: nn.Module
    optimiser: torch.optim.Optimizer
    average: AveragedWeights | None
    scaler: torch.amp.GradScaler | None = None
    step: int = 0
    """Number of the next step, from 0."""
    origin: Origin | None = None
    """Of this run; checked against that of a checkpoint."""

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
            "origin": asdict(self.origin) if self.origin else None,
        }
        beside = path.with_suffix(".partial")
        torch.save(content, beside)
        beside.rename(path)
        for old in checkpoints(folder)[:-KEPT_CHECKPOINTS]:
            old.unlink()
        logger.info("saved %s", path)
        return path

    def load(self, path: Path, *, allows_other_places: bool = False) -> None:
        """Go on from a checkpoint.

        Args:
            path: The file.
            allows_other_places: Go on even if a step then has other clips than before.

        Raises:
            CheckpointError: The file is damaged, of another network or recipe, or the run would
                not go on exactly.
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
        earlier = content.get("origin")
        if earlier is not None and self.origin is not None:
            self.origin.check(Origin(**earlier), path, allows_other_places=allows_other_places)
        self.step = content["step"]
        logger.info("going on from %s, step %d", path, self.step)


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints of a run's folder, oldest first."""
    found = [path for path in folder.glob("step_*.pt") if re.fullmatch(r"step_\d{7}", path.stem)]
    return sorted(found)


def _flat(config: str) -> dict[str, str]:
    """Settings by their dotted names."""
    flat: dict[str, str] = {}

    def add(name: str, value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                add(f"{name}.{key}" if name else key, inner)
        else:
            flat[name] = json.dumps(value)

    add("", json.loads(config))
    return flat


def seed_step(seed: int, step: int, place: int = 0) -> None:
    """Set all random generators to where a place of a step begins."""
    value = int(np.random.SeedSequence((seed, step, place)).generate_state(1)[0])
    random.seed(value)
    np.random.seed(value)  # noqa: NPY002 — for libraries that still draw from it
    torch.manual_seed(value)
