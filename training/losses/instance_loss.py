"""Loss of the instance queries (VIS, VPS): masks of the matched ones, classes of all.

Specification, section 10.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.losses.loss_terms import LossTerm, LossTerms
from training.losses.mask_losses import MASK_WEIGHT, cross_entropy, dice_loss, sample_pairs
from training.losses.matching import Assignment, assign, matching_cost
from training.losses.point_choice import PointChoice

CLASS_WEIGHT = 2.0
"""Weight of the class loss."""
BACKGROUND_WEIGHT = 0.1
"""Weight of the background class within the class loss."""


@dataclass(frozen=True)
class InstanceTargets:
    """The things of one clip."""

    masks: Tensor
    """(N, T, H, W) bool or uint8, at the network's padded size."""
    class_ids: Tensor
    """(N,) int64, 1…C; 0 is the background."""


def match_instances(
    mask_logits_BQTHW: Tensor,
    class_logits_BQC: Tensor,
    targets: Sequence[InstanceTargets],
    points: PointChoice,
) -> list[Assignment]:
    """Assign a query to each target of each sample."""
    assignments = []
    for masks, classes, target in zip(mask_logits_BQTHW, class_logits_BQC, targets, strict=True):
        shared = points.for_matching(masks.device)
        cost = matching_cost(masks, classes, target.masks, target.class_ids, shared)
        assignments.append(assign(cost))
    return assignments


def instance_loss(
    mask_logits_BQTHW: Tensor,
    class_logits_BQC: Tensor,
    targets: Sequence[InstanceTargets],
    points: PointChoice,
    num_targets: float | None = None,
) -> LossTerms:
    """Loss of one output of the decoder.

    Args:
        mask_logits_BQTHW: Mask logits of the instance queries.
        class_logits_BQC: Class logits, background first.
        targets: The things of each sample.
        points: How points are chosen.
        num_targets: Number of targets of this step, averaged over ranks; by default this rank's.

    Returns:
        Terms "mask_ce", "mask_dice" and "class".
    """
    assignments = match_instances(mask_logits_BQTHW, class_logits_BQC, targets, points)
    if num_targets is None:
        num_targets = sum(len(target.class_ids) for target in targets)
    num_frames = mask_logits_BQTHW.shape[2]
    logits = [
        masks[pair.queries] for masks, pair in zip(mask_logits_BQTHW, assignments, strict=True)
    ]
    wanted = [t.masks[pair.targets] for t, pair in zip(targets, assignments, strict=True)]
    pairs = sample_pairs(torch.cat(logits).flatten(0, 1), torch.cat(wanted).flatten(0, 1), points)
    norm = max(1.0, num_targets) * num_frames
    return LossTerms(
        (
            LossTerm(
                "mask_ce", cross_entropy(pairs.logits, pairs.targets).sum() / norm, MASK_WEIGHT
            ),
            LossTerm("mask_dice", dice_loss(pairs.logits, pairs.targets).sum() / norm, MASK_WEIGHT),
            LossTerm("class", _class_loss(class_logits_BQC, targets, assignments), CLASS_WEIGHT),
        )
    )


def _class_loss(
    class_logits_BQC: Tensor, targets: Sequence[InstanceTargets], assignments: Sequence[Assignment]
) -> Tensor:
    """Cross-entropy of all queries; those without a target are background."""
    wanted = class_logits_BQC.new_zeros(class_logits_BQC.shape[:2], dtype=torch.int64)
    for row, target, pair in zip(wanted, targets, assignments, strict=True):
        row[pair.queries] = target.class_ids[pair.targets]
    weights = class_logits_BQC.new_ones(class_logits_BQC.shape[2], dtype=torch.float32)
    weights[0] = BACKGROUND_WEIGHT
    return functional.cross_entropy(
        class_logits_BQC.float().flatten(0, 1), wanted.flatten(), weights
    )
