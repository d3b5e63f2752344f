"""Pictures for the log: a frame, the truth, and what the network says, side by side."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from tarvis_core.annotation.target import TargetId
from tarvis_core.model.model_output import QueryType, TarvisOutput
from tarvis_core.video.overlay import draw_label_map
from training.clip_sample import ClipBatch, Task
from training.learner import Learner
from training.losses.object_loss import join_exemplars

LEAST_SCORE = 0.5
"""Things are shown from this probability of their class on."""
WIDTH_PX = 480
"""Of each of the three parts, at most."""


@torch.no_grad()
def picture_of(learner: Learner, batch: ClipBatch) -> np.ndarray | None:
    """One picture of a batch's first clip: its last frame, the truth over it, and the answer.

    Args:
        learner: Network and losses; asked once more, without gradients.
        batch: On the network's device.

    Returns:
        (H, 3W, 3) uint8 RGB; None for batches of stored features, which have no pixels.
    """
    if batch.frames is None:
        return None
    features = learner.encode(batch)
    answer = learner.model.decode(features, learner.queries(features, batch))
    frame = batch.frames.shape[1] - 1
    image = np.ascontiguousarray(batch.frames[0, frame].permute(1, 2, 0).cpu().numpy())
    truth = true_labels(batch, frame)
    predicted = predicted_labels(answer, batch, frame)
    parts = [image, draw_label_map(image, truth), draw_label_map(image, predicted)]
    return np.concatenate([_small(part) for part in parts], axis=1)


def true_labels(batch: ClipBatch, frame: int) -> np.ndarray:
    """(H, W) int32 of the first clip: a number for each target, or for each class in VPS."""
    target = batch.targets[0]
    if batch.task is Task.VPS and target.semantic_labels is not None:
        labels = target.semantic_labels[frame].cpu().numpy() + 1
        return np.where(target.ignored[frame].cpu().numpy(), 0, labels).astype(np.int32)
    return _numbered(target.masks[:, frame])


def predicted_labels(answer: TarvisOutput, batch: ClipBatch, frame: int) -> np.ndarray:
    """The same of the network's answer. Things of VIS have numbers of their own."""
    height, width = batch.targets[0].ignored.shape[-2:]
    if batch.task is Task.OBJECTS:
        question, num_targets = batch.questions[0], len(batch.targets[0].masks)
        exemplars_EHW = answer.object_mask_logits(frames=[frame])[0, :, 0]
        logits_NHW = join_exemplars(
            exemplars_EHW, question.targets, question.is_negative, num_targets
        )
    elif batch.task is Task.VPS and answer.has(QueryType.SEMANTIC):
        logits_NHW = answer.mask_logits(QueryType.SEMANTIC, frames=[frame])[0, :, 0]
        return _resized(logits_NHW, (height, width)).argmax(dim=0).int().cpu().numpy() + 1
    else:
        scores_Q = answer.class_logits[0].softmax(dim=-1)[:, 1:].amax(dim=-1)
        found = torch.nonzero(scores_Q >= LEAST_SCORE).flatten()
        logits_NHW = answer.mask_logits(QueryType.INSTANCE, queries=found, frames=[frame])[0, :, 0]
    if len(logits_NHW) == 0:
        return np.zeros((height, width), np.int32)
    best_HW, index_HW = _resized(logits_NHW, (height, width)).max(dim=0)
    return torch.where(best_HW > 0, index_HW + 1, 0).int().cpu().numpy()


def _numbered(masks_NHW: Tensor) -> np.ndarray:
    labels = np.zeros(masks_NHW.shape[-2:], np.int32)
    for index, mask in enumerate(masks_NHW.cpu().numpy()):
        labels[mask] = TargetId(index + 1)
    return labels


def _resized(logits_NHW: Tensor, size: tuple[int, int]) -> Tensor:
    return functional.interpolate(
        logits_NHW[None].float(), size=size, mode="bilinear", align_corners=False
    )[0]


def _small(image: np.ndarray) -> np.ndarray:
    step = -(-image.shape[1] // WIDTH_PX)
    return image[::step, ::step]
