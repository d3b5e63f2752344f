"""Cross-entropy and dice between sampled mask logits and target masks.

Specification, sections 10.3 and 10.6. Both losses treat every map of one target and one frame as a
mask of its own, with its own points.
"""

import torch
from torch import Tensor
from torch.nn import functional

from training.losses.point_choice import PointChoice, sample_maps

MASK_WEIGHT = 5.0
"""Weight of the cross-entropy of masks, and of their dice loss."""


def dice_loss(logits_MP: Tensor, targets_MP: Tensor) -> Tensor:
    """1 − (2 Σ σ(x) y + 1) / (Σ σ(x) + Σ y + 1) of each map.

    Args:
        logits_MP: Logits at the points of M maps.
        targets_MP: Target values 0…1 at the same points.

    Returns:
        Shape (M,).
    """
    probabilities = logits_MP.sigmoid()
    overlap = (probabilities * targets_MP).sum(dim=1)
    total = probabilities.sum(dim=1) + targets_MP.sum(dim=1)
    return 1 - (2 * overlap + 1) / (total + 1)


def cross_entropy(logits_MP: Tensor, targets_MP: Tensor) -> Tensor:
    """Mean binary cross-entropy of each map, shape (M,)."""
    return functional.binary_cross_entropy_with_logits(
        logits_MP, targets_MP, reduction="none"
    ).mean(dim=1)


def sample_pairs(
    logits_MHW: Tensor, targets_MHW: Tensor, points: PointChoice
) -> tuple[Tensor, Tensor]:
    """Choose points where the logits are close to zero, and read logits and targets there.

    Args:
        logits_MHW: M maps of logits.
        targets_MHW: M target masks, any size of the same extent, any dtype.
        points: How points are chosen.

    Returns:
        Logits (M, P) with gradient and targets (M, P) without.
    """
    maps = logits_MHW[:, None].float()

    def uncertainty(points_MP2: Tensor) -> Tensor:
        return -sample_maps(maps, points_MP2)[:, 0].abs()

    chosen = points.for_loss(uncertainty, len(maps), maps.device)
    with torch.no_grad():
        targets = sample_maps(targets_MHW[:, None].float(), chosen)[:, 0]
    return sample_maps(maps, chosen)[:, 0], targets
