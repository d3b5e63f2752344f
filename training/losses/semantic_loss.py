"""Loss of the semantic queries as one label map: for VIS with the background, for VPS without.

Specification, sections 10.4 (VIS) and 10.5 (VPS).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from tarvis_core.model.behaviour import Behaviour
from training.losses.instance_loss import InstanceTargets
from training.losses.loss_terms import LossTerm, LossTerms
from training.losses.point_choice import PointChoice, sample_maps

NO_CLASS = -1000.0
"""Logit of a class that takes no part, and uncertainty of a point that is not judged."""
IGNORED_CLASS = -100
"""Class of points that are not judged."""


@dataclass(frozen=True)
class SemanticLossSettings:
    """What differs between the published networks."""

    weight: float = 2.0
    """Weight of the cross-entropy: 2 for ResNet-50 and Swin-T, 0.75 (pre-training) and 1
    (fine-tuning) for Swin-L."""
    regulariser: float = 0.0
    """Weight of the mean norm of the point logits: 1e-3 for fine-tuning Swin-L."""
    ignores_absent_classes: bool = False
    """Whether classes that are neither wanted nor predicted anywhere take no part (pre-training of
    Swin-L)."""


def label_map_of(targets: InstanceTargets) -> Tensor:
    """Paint things into one map, large before small; 0 where there is none.

    Returns:
        (T, H, W) int64 of class ids 1…C.
    """
    areas = targets.masks.flatten(1).sum(dim=1)
    painted = torch.zeros(targets.masks.shape[1:], dtype=torch.int64, device=targets.masks.device)
    for index in torch.argsort(areas, descending=True, stable=True).tolist():
        painted[targets.masks[index].bool()] = targets.class_ids[index]
    return painted


def instance_semantic_loss(
    mask_logits_BCTHW: Tensor,
    targets: Sequence[InstanceTargets],
    points: PointChoice,
    settings: SemanticLossSettings,
    behaviour: Behaviour = Behaviour.INTENDED,
) -> LossTerms:
    """Loss for VIS of one output of the decoder.

    Args:
        mask_logits_BCTHW: The background's logits (largest over its queries), then the classes'.
        targets: The things of each sample.
        points: How points are chosen.
        settings: Weights and rules.
        behaviour: Published: labels are interpolated and cut to integers, which turns up to 5 % of
            the points into a wrong class.

    Returns:
        Terms "semantic_ce" and, with a regulariser, "semantic_norm".
    """
    logits = mask_logits_BCTHW.transpose(1, 2).flatten(0, 1).float()
    labels = torch.stack([label_map_of(target) for target in targets]).flatten(0, 1)
    chosen = _uncertain_points(logits, points)
    mode = "bilinear" if behaviour is Behaviour.PUBLISHED else "nearest"
    wanted = sample_maps(labels[:, None].float(), chosen, mode=mode)[:, 0].long()
    return _terms(sample_maps(logits, chosen), wanted, settings)


def panoptic_semantic_loss(
    mask_logits_BCTHW: Tensor,
    labels_BTHW: Tensor,
    ignored_BTHW: Tensor,
    points: PointChoice,
    settings: SemanticLossSettings,
) -> LossTerms:
    """Loss for VPS of one output of the decoder.

    Args:
        mask_logits_BCTHW: The classes' logits, things and stuff.
        labels_BTHW: Class index 0…C−1 of every pixel, at the network's padded size.
        ignored_BTHW: Pixels that are not judged, bool.
        points: How points are chosen.
        settings: Weights and rules.

    Returns:
        Terms "semantic_ce" and, with a regulariser, "semantic_norm".
    """
    logits = mask_logits_BCTHW.transpose(1, 2).flatten(0, 1).float()
    labels = labels_BTHW.flatten(0, 1)[:, None].float()
    ignored = ignored_BTHW.flatten(0, 1)[:, None].float()
    chosen = _uncertain_points(logits, points, ignored)
    wanted = sample_maps(labels, chosen, mode="nearest")[:, 0].long()
    is_ignored = sample_maps(ignored, chosen, mode="nearest")[:, 0] > 0
    wanted = torch.where(is_ignored, IGNORED_CLASS, wanted)
    return _terms(sample_maps(logits, chosen), wanted, settings)


def _uncertain_points(
    logits_MCHW: Tensor, points: PointChoice, ignored_M1HW: Tensor | None = None
) -> Tensor:
    """Points (M, P, 2) where the two best classes are close; never where nothing is judged."""
    coarse = None
    if ignored_M1HW is not None:
        size = logits_MCHW.shape[-2:]
        shrunk = functional.interpolate(
            ignored_M1HW, size=size, mode="bilinear", align_corners=False
        )
        coarse = (shrunk > 0.5).float()

    def uncertainty(points_MP2: Tensor) -> Tensor:
        best = sample_maps(logits_MCHW, points_MP2).topk(2, dim=1).values
        unsure = best[:, 1] - best[:, 0]
        if coarse is None:
            return unsure
        is_ignored = sample_maps(coarse, points_MP2)[:, 0] != 0
        return torch.where(is_ignored, NO_CLASS, unsure)

    return points.for_loss(uncertainty, len(logits_MCHW), logits_MCHW.device)


def _terms(logits_MCP: Tensor, wanted_MP: Tensor, settings: SemanticLossSettings) -> LossTerms:
    terms = ()
    if settings.regulariser > 0:
        norm = logits_MCP.norm(dim=1).mean()
        terms = (LossTerm("semantic_norm", norm, settings.regulariser),)
    if settings.ignores_absent_classes:
        logits_MCP = _without_absent_classes(logits_MCP, wanted_MP)
    if bool((wanted_MP == IGNORED_CLASS).all()):
        loss = logits_MCP.sum() * 0
    else:
        loss = functional.cross_entropy(logits_MCP, wanted_MP, ignore_index=IGNORED_CLASS)
    return LossTerms((LossTerm("semantic_ce", loss, settings.weight), *terms))


def _without_absent_classes(logits_MCP: Tensor, wanted_MP: Tensor) -> Tensor:
    num_classes = logits_MCP.shape[1]
    is_present = torch.zeros(num_classes, dtype=torch.bool, device=logits_MCP.device)
    is_present[logits_MCP.argmax(dim=1).unique()] = True
    is_present[wanted_MP[wanted_MP != IGNORED_CLASS].unique()] = True
    return logits_MCP.masked_fill(~is_present[None, :, None], NO_CLASS)
