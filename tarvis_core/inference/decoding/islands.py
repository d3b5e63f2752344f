"""Islands: pieces of a target's mask that hang together with nothing that is known of it.

A small network also marks other things that look like the target. Such a piece does not touch what
a person or the clip before said of the target in the same frame, nor what was kept in the frame
next to it. It is dropped; where no piece touches anything, all stay, for then the target was fast.
"""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from tarvis_core.model.object_encoder import ObjectExemplars

CELL = 4
"""Pixels of a mask logit's cell."""
REACH = 3
"""Cells that a target may move between two frames and still touch itself."""


def without_islands(
    logits_NTHW: Tensor,
    rows: Sequence[int],
    targets: Sequence[int],
    objects: ObjectExemplars,
    places: Sequence[int],
) -> Tensor:
    """The targets' maps, negative on islands.

    Args:
        logits_NTHW: One map per target.
        rows: The target of each map; distractors (negative) are left as they are.
        targets: The target of each exemplar: masks first, then points.
        objects: The exemplars.
        places: For each reference frame its place among the clip's frames.

    Returns:
        A new tensor of the same shape.
    """
    changed_NTHW = logits_NTHW.clone()
    for row, target in enumerate(rows):
        if target > 0:
            inside_THW = (logits_NTHW[row] > 0).cpu().numpy()
            seeds = _seeds(target, targets, objects, places, inside_THW.shape[-2:])
            is_island_THW = inside_THW & ~connected(inside_THW, seeds)
            if is_island_THW.any():
                island_THW = torch.from_numpy(is_island_THW).to(logits_NTHW.device)
                changed_NTHW[row] = torch.where(island_THW, -logits_NTHW[row], logits_NTHW[row])
    return changed_NTHW


def connected(inside_THW: np.ndarray, seeds: Mapping[int, np.ndarray]) -> np.ndarray:
    """The pieces that hang together with the seeds in space and time.

    Args:
        inside_THW: (T, H, W) bool, all pieces.
        seeds: Frame → (H, W) bool of what is known there.

    Returns:
        (T, H, W) bool; all pieces of a frame where none touches what was kept next to it.
    """
    kept_THW = inside_THW.copy()
    if not seeds:
        return kept_THW
    for frame, seed_HW in seeds.items():
        kept_THW[frame] = _touching(inside_THW[frame], seed_HW)
    reach = np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8)
    first = min(seeds)
    onward = [(frame, frame - 1) for frame in range(first + 1, len(inside_THW))]
    back = [(frame, frame + 1) for frame in range(first - 1, -1, -1)]
    for frame, neighbour in onward + back:
        if frame not in seeds:
            near_HW = cv2.dilate(kept_THW[neighbour].astype(np.uint8), reach) > 0
            kept_THW[frame] = _touching(inside_THW[frame], near_HW)
    return kept_THW


def _touching(inside_HW: np.ndarray, known_HW: np.ndarray) -> np.ndarray:
    _, pieces_HW = cv2.connectedComponents(inside_HW.astype(np.uint8))
    touched = np.unique(pieces_HW[known_HW & inside_HW])
    return np.isin(pieces_HW, touched) if len(touched) else inside_HW


def _seeds(
    target: int,
    targets: Sequence[int],
    objects: ObjectExemplars,
    places: Sequence[int],
    size: tuple[int, ...],
) -> dict[int, np.ndarray]:
    """What exemplars say of a target: place in the clip → (H, W) bool in cells."""
    seeds: dict[int, np.ndarray] = {}
    for index in [index for index, each in enumerate(targets) if each == target]:
        if index < objects.num_masks:
            cells = objects.masks_NTHW[index, :, CELL // 2 :: CELL, CELL // 2 :: CELL]
            for place, cells_HW in zip(places, cells.cpu().numpy(), strict=True):
                if cells_HW.any():
                    seeds[place] = seeds.get(place, np.zeros(size, np.bool_)) | cells_HW
        else:
            point = index - objects.num_masks
            x, y = (int(value) // CELL for value in objects.points_N2[point].tolist())
            place = places[int(objects.point_frames_N[point])]
            seed_HW = seeds.setdefault(place, np.zeros(size, np.bool_))
            seed_HW[min(y, size[0] - 1), min(x, size[1] - 1)] = True
    return seeds
