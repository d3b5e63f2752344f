"""Starting a network from the weights of another one."""

import logging
from collections.abc import Collection, Mapping
from pathlib import Path

import torch
from torch import Tensor

from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.errors import CheckpointError
from tarvis_core.model.checkpoint import load_checkpoint
from tarvis_core.model.tarvis import TarVis
from training.class_rows import rows_of_classes

logger = logging.getLogger(__name__)


TAKEN_FROM = {"kitti_step": "cityscapes", "cityscapes_vps": "cityscapes"}
"""Label sets whose semantic queries begin as those of the same classes of another label set."""
_QUERIES = "query_bank.semantic_queries."


def start_from(model: TarVis, path: Path) -> None:
    """Take over all weights that fit by name and shape; the others keep their values.

    Classes of street scenes begin as the same classes of Cityscapes (specification, 10.1).

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
    fitting |= _rows_of_same_classes(stored, own, fitting.keys())
    model.load_state_dict(fitting, strict=False)
    new = sorted(own.keys() - fitting.keys())
    if new:
        logger.warning("%s lacks %d tensors of this network: %s", path, len(new), new)
    logger.info("took %d tensors from %s", len(fitting), path)


def mix_in(model: TarVis, path: Path, share: float) -> None:
    """Replace a share of a network's weights by those of another of the same kind, in place.

    Args:
        model: Changed.
        path: The other's weights.
        share: 0 leaves the network as it is, 1 makes it the other.

    Raises:
        CheckpointError: The file is missing or damaged, or of another network.
    """
    own = model.state_dict()
    other = load_checkpoint(path, torch.device("cpu")).state_dict()
    shapes = [{name: value.shape for name, value in state.items()} for state in (own, other)]
    if shapes[0] != shapes[1]:
        raise CheckpointError(f"{path} holds weights of another network; only equals can be mixed")
    for name, value in own.items():
        if value.is_floating_point():
            value.lerp_(other[name].to(value), share)


def _rows_of_same_classes(
    stored: Mapping[str, Tensor], own: Mapping[str, Tensor], taken: Collection[str]
) -> dict[str, Tensor]:
    """Semantic queries of label sets that the stored weights lack, from one that they have."""
    found = {}
    for name, source in TAKEN_FROM.items():
        key, source_key = _QUERIES + name, _QUERIES + source
        if key not in own or key in taken or source_key not in stored:
            continue
        rows = rows_of_classes(load_label_set(name), load_label_set(source))
        wanted = [rows[category.id] for category in load_label_set(name).categories]
        queries = stored[source_key][wanted]
        if queries.shape == own[key].shape:
            found[key] = queries
    return found
