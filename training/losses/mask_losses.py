"""Cross-entropy and dice between sampled mask logits and target masks.

Specification, sections 10.3 and 10.6. Both losses treat every map of one target and one frame as a
mask of its own, with its own points.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.losses.point_choice import PointChoice, sample_maps

MASK_WEIGHT = 5.0
"""Weight of the cross-entropy of masks, and of their dice loss."""


@dataclass(frozen=True)
class SampledMasks:
    """Logits and targets of M maps at P points each."""

    logits: Tensor
    """(M, P), with gradient."""
    targets: Tensor
    """(M, P), 0…1."""
    weights: Tensor | None
    """(M, P), 0 at points that are not judged, else 1; none if all are judged."""


def dice_loss(logits_MP: Tensor, targets_MP: Tensor, weights_MP: Tensor | None = None) -> Tensor:
    """1 − (2 Σ σ(x) y + 1) / (Σ σ(x) + Σ y + 1) of each map.

    Args:
        logits_MP: Logits at the points of M maps.
        targets_MP: Target values 0…1 at the same points.
        weights_MP: How much each point counts; none for all alike.

    Returns:
        Shape (M,).
    """
    probabilities = logits_MP.sigmoid()
    if weights_MP is not None:
        probabilities, targets_MP = probabilities * weights_MP, targets_MP * weights_MP
    overlap = (probabilities * targets_MP).sum(dim=1)
    total = probabilities.sum(dim=1) + targets_MP.sum(dim=1)
    return 1 - (2 * overlap + 1) / (total + 1)


def cross_entropy(
    logits_MP: Tensor, targets_MP: Tensor, weights_MP: Tensor | None = None
) -> Tensor:
    """Mean binary cross-entropy of each map over the points that count, shape (M,)."""
    loss = functional.binary_cross_entropy_with_logits(logits_MP, targets_MP, reduction="none")
    if weights_MP is None:
        return loss.mean(dim=1)
    return (loss * weights_MP).sum(dim=1) / weights_MP.sum(dim=1).clamp(min=1)


def sample_pairs(
    logits_MHW: Tensor,
    targets_MHW: Tensor,
    points: PointChoice,
    ignored_MHW: Tensor | None = None,
) -> SampledMasks:
    """Choose points where the logits are close to zero, and read logits and targets there.

    Args:
        logits_MHW: M maps of logits.
        targets_MHW: M target masks, any size of the same extent, any dtype.
        points: How points are chosen.
        ignored_MHW: Pixels that are not judged, in the targets' size.
    """
    maps = logits_MHW[:, None].float()

    def uncertainty(points_MP2: Tensor) -> Tensor:
        return -sample_maps(maps, points_MP2)[:, 0].abs()

    chosen = points.for_loss(uncertainty, len(maps), maps.device)
    weights = None
    with torch.no_grad():
        targets = sample_maps(targets_MHW[:, None].float(), chosen)[:, 0]
        if ignored_MHW is not None and bool(ignored_MHW.any()):
            ignored = sample_maps(ignored_MHW[:, None].float(), chosen, mode="nearest")[:, 0]
            weights = 1 - ignored
    return SampledMasks(sample_maps(maps, chosen)[:, 0], targets, weights)
