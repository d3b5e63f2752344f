"""Negative clicks on the target itself: the distractor must not take everything.

A negative click is encoded like any click: as the thing at that point. Where that thing is the
target itself (the click lies on what the mask has too much, and the network answers with the same
mask once more), its map would win the whole target. Such a map keeps only a small disk round the
click, so that a click never does more harm than it can mean. It shows in that the map wins a pixel
that the person clicked as the target's, or most of the mask that the target was given by. In that
mask the disk reaches as far as the outline, within bounds: so wide is what the click lies on.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from tarvis_core.inference.decoding.objects import distractor_id
from tarvis_core.model.object_encoder import ObjectExemplars

CELL = 4
"""Pixels of a mask logit's cell."""
NOWHERE = -1000.0
"""Logit of a map that claims nothing."""
DISK_PART = 0.25
"""Radius of the disk, as a part of the distance to the nearest positive click."""
MASK_PART = 0.5
"""The disk reaches to the outline of a given mask, but no further than this part of the distance to
the nearest positive click, nor than `DISK_PART` of the radius of a disk as large as the mask."""
LEAST_RADIUS = 1.5
"""Radius of the disk in cells, at least."""
SAME_SHARE = 0.5
"""A map that wins more than this part of the target's given mask is the target once more."""


def bound_rivals(
    logits_NTHW: Tensor, targets: Sequence[int], objects: ObjectExemplars, places: Sequence[int]
) -> Tensor:
    """The exemplars' maps, those of distractors that are their target once more made small.

    Args:
        logits_NTHW: One map per encoded exemplar.
        targets: The target of each exemplar: masks first, then points; negative for distractors.
        objects: The exemplars.
        places: For each reference frame its place among the clip's frames.

    Returns:
        The same tensor if nothing had to change, else a new one.
    """
    changed = logits_NTHW
    for row in range(objects.num_masks, len(targets)):
        if targets[row] > 0 or not _is_same(logits_NTHW, targets, objects, places, row):
            continue
        if changed is logits_NTHW:
            changed = logits_NTHW.clone()
        changed[row] = _disk_only(logits_NTHW, targets, objects, places, row)
    return changed


def _is_same(
    logits_NTHW: Tensor,
    targets: Sequence[int],
    objects: ObjectExemplars,
    places: Sequence[int],
    row: int,
) -> bool:
    """Whether a distractor's map wins a positive click or most of a given mask of its target."""
    wanted = distractor_id(targets[row])
    own = [other for other, target in enumerate(targets) if target == wanted]
    if not own:
        return False
    wins_THW = (logits_NTHW[row] > 0) & (logits_NTHW[row] >= logits_NTHW[own].amax(dim=0))
    for other in own:
        if other >= objects.num_masks:
            place, y, x = _cell(objects, places, other, logits_NTHW)
            if wins_THW[place, y, x]:
                return True
            continue
        masks_THW = objects.masks_NTHW[other, :, CELL // 2 :: CELL, CELL // 2 :: CELL]
        inside = masks_THW.to(wins_THW.device)
        if (wins_THW[list(places)] & inside).sum() > SAME_SHARE * inside.sum():
            return True
    return False


def _disk_only(
    logits_NTHW: Tensor,
    targets: Sequence[int],
    objects: ObjectExemplars,
    places: Sequence[int],
    row: int,
) -> Tensor:
    place, y, x = _cell(objects, places, row, logits_NTHW)
    wanted = distractor_id(targets[row])
    distances = [
        float(torch.dist(objects.points_N2[row - objects.num_masks], point)) / CELL
        for point, target in zip(objects.points_N2, targets[objects.num_masks :], strict=True)
        if target == wanted
    ]
    nearest = min(distances, default=math.inf)
    part = DISK_PART * nearest if distances else 0.0
    inside = min(_distance_to_outline(objects, targets, row), MASK_PART * nearest)
    radius = max(LEAST_RADIUS, part, inside)
    height, width = logits_NTHW.shape[-2:]
    rows = torch.arange(height, device=logits_NTHW.device)[:, None]
    columns = torch.arange(width, device=logits_NTHW.device)[None]
    is_near_HW = (rows - y) ** 2 + (columns - x) ** 2 <= radius**2
    bounded_THW = torch.full_like(logits_NTHW[row], NOWHERE)
    bounded_THW[place, is_near_HW] = logits_NTHW.amax() + 1
    return bounded_THW


def _distance_to_outline(objects: ObjectExemplars, targets: Sequence[int], row: int) -> float:
    """How deep in its target's given mask a distractor's point lies, in cells, within bounds."""
    index = row - objects.num_masks
    frame = int(objects.point_frames_N[index])
    x, y = (int(value) for value in objects.points_N2[index].tolist())
    own = [i for i in range(objects.num_masks) if targets[i] == distractor_id(targets[row])]
    depths = [0.0]
    for mask_HW in objects.masks_NTHW[own, frame].cpu().numpy():
        depth_HW = cv2.distanceTransform(mask_HW.astype(np.uint8), cv2.DIST_L2, 5)
        radius = math.sqrt(float(mask_HW.sum()) / math.pi)
        depths.append(min(float(depth_HW[y, x]), DISK_PART * radius) / CELL)
    return max(depths)


def _cell(
    objects: ObjectExemplars, places: Sequence[int], row: int, logits_NTHW: Tensor
) -> tuple[int, int, int]:
    """(frame, row, column) of the cell that an exemplar's point lies in."""
    index = row - objects.num_masks
    x, y = (int(value) // CELL for value in objects.points_N2[index].tolist())
    height, width = logits_NTHW.shape[-2:]
    place = places[int(objects.point_frames_N[index])]
    return place, min(y, height - 1), min(x, width - 1)
