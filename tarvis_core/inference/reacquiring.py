"""Lost targets that are seen again: asked for by their last exemplars, beside those present."""

import logging
from collections.abc import Container, Mapping

import numpy as np
import torch
from torch import Tensor

from tarvis_core.inference.overlap_buffer import ClipLogits

log = logging.getLogger(__name__)


def with_reacquired(
    present: ClipLogits, seen: Mapping[int, Tensor], missing: Container[int], least_score: float
) -> ClipLogits:
    """A clip's logits with those of lost targets that are seen again with enough certainty.

    Args:
        present: Of the targets that are not lost; their pixels are taken.
        seen: Logits (T, H4, W4) by target of what was looked for, targets that are there among
            them, so that nobody is taken for another.
        missing: The lost ones.
        least_score: Mean probability of a target's pixels, 0…1, from which on it is believed.
    """
    logits_NTHW = torch.stack(list(seen.values()))
    winner_THW = logits_NTHW.argmax(dim=0)
    taken_THW = (present.logits_NTHW > 0).any(dim=0)
    back: dict[int, Tensor] = {}
    for row, target in enumerate(seen):
        if target not in missing:
            continue
        is_own_THW = (winner_THW == row) & ~taken_THW & (logits_NTHW[row] > 0)
        if not bool(is_own_THW.any()):
            continue
        if float(torch.sigmoid(logits_NTHW[row][is_own_THW]).mean()) >= least_score:
            log.info("target %d is seen again in frames %s", target, present.frames)
            back[target] = torch.where(is_own_THW, logits_NTHW[row], -logits_NTHW[row].abs())
    return _with_more(present, back) if back else present


def _with_more(logits: ClipLogits, more: Mapping[int, Tensor]) -> ClipLogits:
    shape = (len(logits.targets), len(logits.frames))
    known_NT = np.broadcast_to(logits.is_predicted_NT, shape)
    new_NT = np.ones((len(more), shape[1]), dtype=np.bool_)
    return ClipLogits(
        logits.frames,
        (*logits.targets, *more),
        torch.cat([logits.logits_NTHW, torch.stack(list(more.values()))]),
        logits.geometry,
        np.concatenate([known_NT, new_NT]),
    )
