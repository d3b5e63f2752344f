"""Loss of the object queries (VOS, PET): masks of the objects, and of what is none of them.

Specification, section 10.6. There is nothing to match: each object's queries are known.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from training.losses.loss_terms import LossTerm, LossTerms
from training.losses.mask_losses import MASK_WEIGHT, cross_entropy, dice_loss, sample_pairs
from training.losses.point_choice import PointChoice


def with_background(masks_NTHW: Tensor) -> Tensor:
    """Put the mask of all pixels without an object before the objects' masks.

    Returns:
        (1 + N, T, H, W) bool.
    """
    masks = masks_NTHW.bool()
    return torch.cat([~masks.any(dim=0, keepdim=True), masks])


def join_exemplars(
    logits_ETHW: Tensor, targets: Sequence[int], is_negative: Sequence[bool], num_targets: int
) -> Tensor:
    """Logits of each target from those of its exemplars.

    Several positive exemplars speak for the same target: the largest counts. A negative one is a
    rival: a pixel is the target's where its logit is above zero *and* above the rival's, which is
    where the difference returned here is above zero.

    Args:
        logits_ETHW: Logits of each exemplar's own mask.
        targets: Index of each exemplar's target.
        is_negative: Whether each exemplar is a rival of its target.
        num_targets: N.

    Returns:
        (N, T, H, W).

    Raises:
        ValueError: A target has no positive exemplar.
    """
    joined = []
    for target in range(num_targets):
        mine = [index for index, wanted in enumerate(targets) if wanted == target]
        positive = [index for index in mine if not is_negative[index]]
        rivals = [index for index in mine if is_negative[index]]
        if not positive:
            raise ValueError(f"target {target} has no positive exemplar")
        logits = logits_ETHW[positive].amax(dim=0)
        if rivals:
            logits = logits - logits_ETHW[rivals].amax(dim=0).relu()
        joined.append(logits)
    return torch.stack(joined)


def object_loss(
    mask_logits_MHW: Tensor,
    masks_MHW: Tensor,
    points: PointChoice,
    ignored_MHW: Tensor | None = None,
) -> LossTerms:
    """Loss of one output of the decoder.

    Args:
        mask_logits_MHW: A map for each sample, frame, and background or object.
        masks_MHW: Target masks in the same order, at the network's padded size.
        points: How points are chosen.
        ignored_MHW: Pixels that are not judged.

    Returns:
        Terms "object_ce" and "object_dice".

    Raises:
        ValueError: There are not as many logit maps as masks.
    """
    if len(mask_logits_MHW) != len(masks_MHW):
        raise ValueError(f"{len(mask_logits_MHW)} maps of logits for {len(masks_MHW)} masks")
    sampled = sample_pairs(mask_logits_MHW, masks_MHW, points, ignored_MHW)
    ce = cross_entropy(sampled.logits, sampled.targets, sampled.weights).mean()
    dice = dice_loss(sampled.logits, sampled.targets, sampled.weights).mean()
    return LossTerms(
        (LossTerm("object_ce", ce, MASK_WEIGHT), LossTerm("object_dice", dice, MASK_WEIGHT))
    )
