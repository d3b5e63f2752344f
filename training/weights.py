"""Starting a network from the weights of another one."""

import logging
from pathlib import Path

import torch

from tarvis_core.model.checkpoint import load_checkpoint
from tarvis_core.model.tarvis import TarVis

logger = logging.getLogger(__name__)


def start_from(model: TarVis, path: Path) -> None:
    """Take over all weights that fit by name and shape; the others keep their values.

    Raises:
        CheckpointError: The file is missing or damaged.
    """
    stored = load_checkpoint(path, torch.device("cpu")).state_dict()
    own = model.state_dict()
    fitting = {
        name: value
        for name, value in stored.items()
        if name in own and own[name].shape == value.shape
    }
    model.load_state_dict(fitting, strict=False)
    new = sorted(own.keys() - fitting.keys())
    if new:
        logger.warning("%s lacks %d tensors of this network: %s", path, len(new), new)
    logger.info("took %d tensors from %s", len(fitting), path)
