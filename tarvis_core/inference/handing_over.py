"""What a clip hands the next one: its targets' masks in the frames that both have.

Specification, 8.4.
"""

import torch
from torch import Tensor

from tarvis_core.inference.clip_exemplars import NOTHING_HANDED_OVER, HandedOver
from tarvis_core.inference.decoding.objects import distractor_id
from tarvis_core.inference.mask_resizing import reference_masks, refit
from tarvis_core.inference.overlap_buffer import ClipLogits
from tarvis_core.video.frame_geometry import FrameGeometry


def hand_over(
    previous: ClipLogits | None, frames: tuple[int, ...], geometry: FrameGeometry
) -> HandedOver:
    """The masks of the clip before in the frames shared with the next.

    Args:
        previous: What the clip before said; None at the beginning of a run.
        frames: The next clip's.
        geometry: Of the next clip's frames.
    """
    if previous is None:
        return NOTHING_HANDED_OVER
    shared = tuple(frame for frame in frames if frame in previous.frames)
    if not shared or not previous.targets:
        return NOTHING_HANDED_OVER
    logits_NTHW = refit(previous.on_frames(shared), previous.geometry, geometry)
    masks_NTHW = reference_masks(logits_NTHW)
    masks: dict[int, Tensor] = {}
    for row, target in enumerate(previous.targets):
        mask_THW = masks_NTHW[row]
        if distractor_id(target) in previous.targets:
            rival = previous.targets.index(distractor_id(target))
            stronger_THW = reference_masks((logits_NTHW[row] - logits_NTHW[rival])[None])[0]
            mask_THW = mask_THW & stronger_THW
        if target in masks:  # published: of two copies, the later wins where it has pixels
            is_empty_T = ~mask_THW.flatten(1).any(dim=1)
            mask_THW = torch.where(is_empty_T[:, None, None], masks[target], mask_THW)
        masks[target] = mask_THW
    return HandedOver(shared, masks)
