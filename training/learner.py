"""Learner: from a batch to its loss, in one forward call, as `DistributedDataParallel` wants it."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from tarvis_core.model.clip_features import ClipFeatures
from tarvis_core.model.model_config import ClassHead
from tarvis_core.model.model_output import QuerySet, TarvisOutput
from tarvis_core.model.object_encoder import ObjectExemplars
from tarvis_core.model.tarvis import TarVis
from training.clicks import Click, most_inside, next_click
from training.clip_sample import ClipBatch, ObjectQuestion, Task
from training.handover_errors import with_handover_error
from training.losses.criterion import Criterion
from training.losses.loss_terms import LossTerms
from training.losses.object_loss import join_exemplars
from training.object_questions import with_click
from training.stored_clip_batches import trunk_pyramid

LEAST_OVERLAP = 0.3
"""A mask that the network hands over to itself overlaps so much (IoU) with the true one, or the
true one takes its place: what is lost cannot be followed."""


class Learner(nn.Module):
    """The network with its losses."""

    def __init__(self, model: TarVis, criterion: Criterion) -> None:
        super().__init__()
        self.model = model
        self.criterion = criterion

    def forward(
        self, batch: ClipBatch, num_corrections: int = 0, num_targets: float | None = None
    ) -> LossTerms:
        """The loss of a batch.

        Args:
            batch: What is asked, and the truth.
            num_corrections: How many further clicks are given, each where the network's answer to
                the clicks before is most wrong. Only the last answer is judged.
            num_targets: Number of things in the step, averaged over ranks.
        """
        if batch.num_lead_frames:
            batch = self.led(batch)
        features = self.encode(batch)
        for _ in range(num_corrections):
            with torch.no_grad():
                answer = self.model.decode(features, self.queries(features, batch))
            batch = corrected(batch, answer)
        queries = self.queries(features, batch)
        if batch.companion is not None:
            queries = queries + self.queries(features, batch.companion)
        output = self.model.decode(features, queries, with_intermediate=True)
        terms = self.criterion(output, batch, num_targets)
        if batch.companion is not None:
            terms = terms + self.criterion(output, batch.companion)
        return terms

    @torch.no_grad()
    def led(self, batch: ClipBatch) -> ClipBatch:
        """The batch without its lead frames, given what the network found in the last of them."""
        handed = range(batch.num_lead_frames - batch.num_handed_over, batch.num_lead_frames)
        lead = cut(batch, slice(0, batch.num_lead_frames))
        features = self.encode(lead)
        answer = self.model.decode(features, self.queries(features, lead))
        found_BNTHW = answer.object_mask_logits(frames=list(handed))
        seeds = batch.handover_seeds or (None,) * len(batch.questions)
        questions = [
            _anchored(question, logits_NTHW, seed)
            if batch.is_anchored
            else _handed_over(question, target.masks[:, list(handed)], logits_NTHW)
            for question, target, logits_NTHW, seed in zip(
                batch.questions, batch.targets, found_BNTHW, seeds, strict=True
            )
        ]
        kept = [question for question in questions if question is not None]
        if len(kept) < len(questions):
            return replace(lead, is_anchored=False)
        rest = replace(
            cut(batch, slice(handed.start, None)),
            questions=tuple(kept),
            reference_frames=tuple(range(len(handed))),
        )
        if not batch.is_anchored:
            return rest
        return replace(rest, anchor=replace(cut(batch, slice(0, 1)), is_anchored=False))

    def encode(self, batch: ClipBatch) -> ClipFeatures:
        """Features of the clips, from their frames or from stored trunk features."""
        if batch.trunk_features is not None:
            maps = trunk_pyramid(dict(batch.trunk_features))
            return self.model.encode_clip(self.model.neck.encode_frames(maps))
        if batch.frames is None:
            raise ValueError("a batch has frames or trunk features")
        return self.model.encode(batch.frames)

    def queries(self, features: ClipFeatures, batch: ClipBatch) -> QuerySet:
        """What the batch asks, as queries."""
        if batch.task is Task.OBJECTS:
            reference = features.select_frames(batch.reference_frames)
            if batch.anchor is not None:
                reference = ClipFeatures.join([self.encode(batch.anchor), reference])
            return self.model.object_queries(reference, [q.exemplars for q in batch.questions])
        if batch.label_set is None:
            raise ValueError("VIS and VPS batches name their label set")
        has_semantic = self.model.config.decoder.class_head is ClassHead.SEMANTIC_QUERIES
        return self.model.class_queries(
            batch.label_set, batch=features.batch_size, with_semantic=has_semantic
        )


def cut(batch: ClipBatch, frames: slice) -> ClipBatch:
    """Some frames of a batch, as a batch of their own; questions stay as they are."""
    features = batch.trunk_features
    return replace(
        batch,
        targets=tuple(
            replace(target, masks=target.masks[:, frames], ignored=target.ignored[frames])
            for target in batch.targets
        ),
        frames=None if batch.frames is None else batch.frames[:, frames],
        trunk_features=features and {s: map_BTCHW[:, frames] for s, map_BTCHW in features.items()},
        num_lead_frames=0,
    )


def _handed_over(
    question: ObjectQuestion, truth_NTHW: Tensor, logits_NTHW: Tensor
) -> ObjectQuestion | None:
    """The question with masks as the network found them; the true ones where it lost the target.

    Returns:
        The question, or None if a target is neither found nor to be seen.
    """
    masks = []
    for truth_THW, found_THW in zip(truth_NTHW, _found_masks(logits_NTHW), strict=True):
        overlap = (found_THW & truth_THW).sum() / (found_THW | truth_THW).sum().clamp(min=1)
        mask_THW = found_THW if overlap >= LEAST_OVERLAP else truth_THW
        if not mask_THW.any():
            return None
        masks.append(mask_THW)
    return replace(question, exemplars=ObjectExemplars.from_masks(torch.stack(masks)))


def _anchored(question: ObjectQuestion, logits_NTHW: Tensor, seed: int | None) -> ObjectQuestion:
    """The question with its masks of the first frame and, after them, those that were found.

    What was found is taken as it is, wrong or empty, or with one more error where a seed draws it:
    the first frame says what the target is.
    """
    given_N1HW = question.exemplars.masks_NTHW
    found_NTHW = _found_masks(logits_NTHW)
    if seed is not None:
        spoiled = with_handover_error(found_NTHW.cpu().numpy(), np.random.default_rng(seed))
        found_NTHW = torch.from_numpy(spoiled).to(found_NTHW.device)
    masks_NTHW = torch.cat([given_N1HW, found_NTHW], dim=1)
    return replace(question, exemplars=ObjectExemplars.from_masks(masks_NTHW))


def _found_masks(logits_NTHW: Tensor) -> Tensor:
    """The masks (N, T, H, W) of the targets, each where it is the strongest."""
    frames = []
    for logits_NHW in logits_NTHW.unbind(dim=1):
        rivals_NHW = strongest_rivals(logits_NHW)
        own = zip(logits_NHW, rivals_NHW, strict=True)
        frames.append(
            torch.stack(
                [
                    mask_of_logits(own_HW) & mask_of_logits(own_HW - rival_HW)
                    for own_HW, rival_HW in own
                ]
            )
        )
    return torch.stack(frames, dim=1)


def strongest_rivals(logits_NHW: Tensor) -> Tensor:
    """For each target the largest logit of all others, (N, H, W); far below zero for one alone."""
    if len(logits_NHW) == 1:
        return torch.full_like(logits_NHW, -1000.0)
    (first_HW, second_HW), (owner_HW, _) = logits_NHW.topk(2, dim=0)
    is_owner_NHW = owner_HW == torch.arange(len(logits_NHW), device=owner_HW.device)[:, None, None]
    return torch.where(is_owner_NHW, second_HW, first_HW)


def corrected(batch: ClipBatch, answer: TarvisOutput) -> ClipBatch:
    """The batch with one more click on each sample's last target, where the answer is wrong."""
    frame = batch.reference_frames[0]
    exemplars_BEHW = answer.object_mask_logits(frames=[frame])[:, :, 0]
    questions = []
    for index, (question, target) in enumerate(zip(batch.questions, batch.targets, strict=True)):
        wanted = len(target.masks) - 1
        truth = target.masks[wanted, frame].cpu().numpy()
        logits = join_exemplars(
            exemplars_BEHW[index], question.targets, question.is_negative, len(target.masks)
        )[wanted]
        shown = mask_of_logits(logits).cpu().numpy()
        ignored = target.ignored[frame].cpu().numpy()
        questions.append(_with_correction(question, wanted, shown, truth, ignored))
    return replace(batch, questions=tuple(questions))


def mask_of_logits(logits_HW: Tensor) -> Tensor:
    """The mask of stride-4 logits, at the network's padded size."""
    larger = functional.interpolate(
        logits_HW[None, None].float(), scale_factor=4, mode="bilinear", align_corners=False
    )
    return larger[0, 0] > 0


def _with_correction(
    question: ObjectQuestion,
    target: int,
    shown: np.ndarray,
    truth: np.ndarray,
    ignored: np.ndarray,
) -> ObjectQuestion:
    click = next_click(shown, truth, ignored)
    if click is None:
        click = Click(*most_inside(truth))
    return with_click(question, target, click)
