"""Which instance query answers for which target: the assignment of least cost.

Specification, section 10.3; DETR's bipartite matching with point-sampled mask costs.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn import functional

from training.losses.point_choice import sample_maps


@dataclass(frozen=True)
class MatchingWeights:
    """How much each cost counts."""

    cross_entropy: float = 5.0
    dice: float = 5.0
    classification: float = 2.0


@dataclass(frozen=True)
class Assignment:
    """Pairs of a query and a target, by index; each target is in exactly one pair."""

    queries: Tensor
    """(N,) int64."""
    targets: Tensor
    """(N,) int64."""


@torch.no_grad()
def matching_cost(
    mask_logits_QTHW: Tensor,
    class_logits_QC: Tensor,
    target_masks_NTHW: Tensor,
    class_ids_N: Tensor,
    points_P2: Tensor,
    weights: MatchingWeights = MatchingWeights(),
) -> Tensor:
    """Cost of each pair of query and target.

    Args:
        mask_logits_QTHW: Mask logits of the queries.
        class_logits_QC: Class logits, background first.
        target_masks_NTHW: Target masks, any size of the same extent.
        class_ids_N: Classes 1…C.
        points_P2: Points (x, y) in 0…1 at which all masks of all frames are compared.
        weights: Weight of each kind of cost.

    Returns:
        Shape (Q, N).
    """
    logits = _at_points(mask_logits_QTHW, points_P2)
    targets = _at_points(target_masks_NTHW, points_P2)
    num_values = logits.shape[1]
    positive = functional.softplus(-logits) @ targets.T
    negative = functional.softplus(logits) @ (1 - targets).T
    cross_entropy = (positive + negative) / num_values
    probabilities = logits.sigmoid()
    totals = probabilities.sum(dim=1)[:, None] + targets.sum(dim=1)[None]
    dice = 1 - (2 * probabilities @ targets.T + 1) / (totals + 1)
    classification = -class_logits_QC.float().softmax(dim=1)[:, class_ids_N]
    return (
        weights.cross_entropy * cross_entropy
        + weights.dice * dice
        + weights.classification * classification
    )


def assign(cost_QN: Tensor) -> Assignment:
    """The assignment of least total cost; every target gets one query."""
    finite = torch.nan_to_num(cost_QN.float(), nan=1e6, posinf=1e6, neginf=-1e6)
    queries, targets = linear_sum_assignment(finite.cpu().numpy())
    return Assignment(
        torch.from_numpy(np.asarray(queries, np.int64)).to(cost_QN.device),
        torch.from_numpy(np.asarray(targets, np.int64)).to(cost_QN.device),
    )


def _at_points(maps_MTHW: Tensor, points_P2: Tensor) -> Tensor:
    """Values of all frames at the points, (M, T·P)."""
    points = points_P2[None].expand(len(maps_MTHW), -1, -1)
    return sample_maps(maps_MTHW.float(), points).flatten(1)
