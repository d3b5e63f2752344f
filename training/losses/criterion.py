"""Criterion: all losses of a batch, summed over the outputs of all decoder layers.

Specification, section 10.2: every output, the initial queries' included, counts alike.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.model_output import QueryType, TarvisOutput
from training.clip_sample import ClipBatch, Task
from training.losses.instance_loss import InstanceTargets, instance_loss
from training.losses.loss_terms import LossTerms
from training.losses.object_loss import join_exemplars, object_loss, with_background
from training.losses.point_choice import UNCERTAIN_SHARE, PointChoice, UncertainPoints
from training.losses.semantic_loss import (
    SemanticLossSettings,
    instance_semantic_loss,
    panoptic_semantic_loss,
)


@dataclass(frozen=True)
class LossSettings:
    """How losses are computed."""

    num_points: int = 12544
    """Points per mask."""
    num_panoptic_points: int = 50176
    """Points per label map (VPS); 25088 in pre-training."""
    uncertain_share: float = UNCERTAIN_SHARE
    """Share of the points that lie where the network is unsure. Fewer of them let a network that
    knows nothing yet learn faster; more of them sharpen the outlines of one that knows much."""
    semantic: SemanticLossSettings = field(default_factory=SemanticLossSettings)
    """Of the semantic queries' loss."""


class Criterion:
    """Compares the decoder's outputs with the truth."""

    def __init__(
        self,
        settings: LossSettings,
        points: PointChoice | None = None,
        panoptic_points: PointChoice | None = None,
        behaviour: Behaviour = Behaviour.INTENDED,
    ) -> None:
        """Make a criterion; `points` and `panoptic_points` replace the random choice of points."""
        self._settings = settings
        self.behaviour = behaviour
        share = settings.uncertain_share
        self._points = points or UncertainPoints(settings.num_points, uncertain_share=share)
        self.recomputes = False
        """Whether each output's loss is computed again in the backward pass instead of kept."""
        self._panoptic_points = panoptic_points or UncertainPoints(
            settings.num_panoptic_points, uncertain_share=share
        )

    def __call__(
        self, output: TarvisOutput, batch: ClipBatch, num_targets: float | None = None
    ) -> LossTerms:
        """The loss of a batch.

        Args:
            output: The decoder's answer, with its intermediate outputs.
            batch: What was asked, and the truth.
            num_targets: Number of things in the step, averaged over ranks; by default this rank's.
        """
        outputs = output.intermediate or (output,)
        if not self.recomputes:
            return LossTerms.joined(self._of_output(each, batch, num_targets) for each in outputs)
        return LossTerms.joined(
            checkpoint(self._of_output, each, batch, num_targets, use_reentrant=False)
            for each in outputs
        )

    def _of_output(
        self, output: TarvisOutput, batch: ClipBatch, num_targets: float | None
    ) -> LossTerms:
        if batch.task is Task.OBJECTS:
            return self._objects(output, batch)
        targets = [_instances(batch, index) for index in range(len(batch.targets))]
        instances = instance_loss(
            output.mask_logits(QueryType.INSTANCE),
            output.class_logits,
            targets,
            self._points,
            num_targets,
        )
        if not output.has(QueryType.SEMANTIC):
            return instances
        semantic_BCTHW = output.mask_logits(QueryType.SEMANTIC)
        if batch.task is Task.VPS:
            return instances + self._panoptic(semantic_BCTHW, batch)
        background = output.mask_logits(QueryType.BACKGROUND).amax(dim=1, keepdim=True)
        logits = torch.cat([background, semantic_BCTHW], dim=1)
        return instances + instance_semantic_loss(
            logits, targets, self._points, self._settings.semantic, self.behaviour
        )

    def _panoptic(self, semantic_BCTHW: Tensor, batch: ClipBatch) -> LossTerms:
        labels = [target.semantic_labels for target in batch.targets]
        assert all(each is not None for each in labels), "VPS samples come with labels"
        return panoptic_semantic_loss(
            semantic_BCTHW,
            torch.stack(labels),  # type: ignore[arg-type]
            torch.stack([target.ignored for target in batch.targets]),
            self._panoptic_points,
            self._settings.semantic,
        )

    def _objects(self, output: TarvisOutput, batch: ClipBatch) -> LossTerms:
        background_BTHW = output.mask_logits(QueryType.OBJECT_BACKGROUND).amax(dim=1)
        exemplars_BETHW = output.object_mask_logits()
        logits, masks, ignored = [], [], []
        for index, (question, target) in enumerate(
            zip(batch.questions, batch.targets, strict=True)
        ):
            objects = join_exemplars(
                exemplars_BETHW[index], question.targets, question.is_negative, len(target.masks)
            )
            logits.append(torch.cat([background_BTHW[index][None], objects]).flatten(0, 1))
            masks.append(with_background(target.masks).flatten(0, 1))
            ignored.append(target.ignored.repeat(1 + len(target.masks), 1, 1))
        return object_loss(torch.cat(logits), torch.cat(masks), self._points, torch.cat(ignored))


def _instances(batch: ClipBatch, index: int) -> InstanceTargets:
    target = batch.targets[index]
    assert target.class_ids is not None, "VIS and VPS samples come with classes"
    return InstanceTargets(target.masks, target.class_ids)
