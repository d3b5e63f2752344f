"""Loss of the object queries (VOS, PET): masks of the objects, and of what is none of them.

Specification, section 10.6. There is nothing to match: each object's queries are known.
"""

import torch
from torch import Tensor

from training.losses.loss_terms import LossTerm, LossTerms
from training.losses.mask_losses import MASK_WEIGHT, cross_entropy, dice_loss, sample_pairs
from training.losses.point_choice import PointChoice


def with_background(masks_BNTHW: Tensor) -> Tensor:
    """Put the mask of all pixels without an object before the objects' masks.

    Returns:
        (B, 1 + N, T, H, W) bool.
    """
    masks = masks_BNTHW.bool()
    return torch.cat([~masks.any(dim=1, keepdim=True), masks], dim=1)


def object_loss(mask_logits_BNTHW: Tensor, masks_BNTHW: Tensor, points: PointChoice) -> LossTerms:
    """Loss of one output of the decoder.

    Args:
        mask_logits_BNTHW: Largest logit over the background's queries, then of each object.
        masks_BNTHW: Target masks in the same order, at the network's padded size.
        points: How points are chosen.

    Returns:
        Terms "object_ce" and "object_dice".
    """
    if mask_logits_BNTHW.shape[:3] != masks_BNTHW.shape[:3]:
        raise ValueError(
            f"logits {tuple(mask_logits_BNTHW.shape)} and masks {tuple(masks_BNTHW.shape)} differ "
            "in samples, objects or frames"
        )
    sampled, wanted = sample_pairs(
        mask_logits_BNTHW.flatten(0, 2), masks_BNTHW.flatten(0, 2), points
    )
    return LossTerms(
        (
            LossTerm("object_ce", cross_entropy(sampled, wanted).mean(), MASK_WEIGHT),
            LossTerm("object_dice", dice_loss(sampled, wanted).mean(), MASK_WEIGHT),
        )
    )
