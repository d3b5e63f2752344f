"""Pixels of a frame that nobody has: counted, and filled from the nearest region or target."""

from collections.abc import Mapping

import cv2
import numpy as np

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.painting import paint
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change
from tarvis_core.annotation.target import TargetId, TargetKind
from tarvis_core.annotation.target_operations import Changes
from tarvis_core.annotation.track import MaskSource

_CRACK = np.ones((7, 7), dtype=np.uint8)
"""What this does not fit into is a crack."""


def unlabelled(project: Project, frame: int) -> np.ndarray:
    """The pixels of a frame that no target has, hidden ones included.

    Returns:
        Array (H, W) of bool.
    """
    free = np.ones(project.video.frame_size, dtype=np.bool_)
    for held in project.masks.masks_at(frame).values():
        if not held.mask.is_empty:
            x_min, y_min, x_max, y_max = held.mask.box
            free[y_min:y_max, x_min:x_max] &= ~held.mask.crop()
    return free


def nearest_targets(project: Project, frame: int, gaps: np.ndarray) -> dict[TargetId, Mask]:
    """Which target each pixel of the gaps goes to; hidden and locked ones get nothing.

    Cracks of a few pixels go to whatever is nearest. What is wider, with the nooks at its rim, goes
    to the nearest region (stuff), and to nobody where the frame has none: a wall that nobody
    labelled is no part of the car before it.

    Args:
        project: The project.
        frame: Number of the frame.
        gaps: Array (H, W) of bool.

    Returns:
        The pixels that each target gets; empty where no target can take any.
    """
    able = [t for t in project.targets.values() if t.is_visible and not t.is_locked]
    owners = project.masks.label_map(frame, [target.id for target in able])
    if not gaps.any() or not owners.any():
        return {}
    regions = [target.id for target in able if target.kind is TargetKind.STUFF]
    opened = cv2.morphologyEx(gaps.view(np.uint8), cv2.MORPH_OPEN, _CRACK)
    is_wide = cv2.dilate(opened, _CRACK) > 0
    of_regions = _nearest(np.where(np.isin(owners, regions), owners, 0))
    taken = np.where(gaps, np.where(is_wide, of_regions, _nearest(owners)), 0)
    return {
        TargetId(int(target)): Mask.from_array(taken == target)
        for target in np.unique(taken)
        if target
    }


def _nearest(owners: np.ndarray) -> np.ndarray:
    """Spread labels to the pixels that have none (0), each from the nearest that has one."""
    if not owners.any():
        return owners
    _, places = cv2.distanceTransformWithLabels(
        (owners == 0).astype(np.uint8),
        cv2.DIST_L2,
        cv2.DIST_MASK_5,
        labelType=cv2.DIST_LABEL_PIXEL,
    )
    owner_of_place = np.zeros(places.max() + 1, dtype=np.int32)
    owner_of_place[places[owners > 0]] = owners[owners > 0]
    return owner_of_place[places]


def fill(
    project: Project,
    frame: int,
    shares: Mapping[TargetId, Mask],
    source: MaskSource | None = None,
) -> Changes:
    """Give pixels of a frame to targets, whose masks become keyframes.

    Args:
        project: The project.
        frame: Number of the frame.
        shares: What each target gets; pixels that nobody has.
        source: Who or what fills.

    Raises:
        AnnotationError: One of the targets is locked.
    """
    changes: list[Change] = []
    for target, pixels in shares.items():
        changes += paint(project, target, frame, pixels, source)
    return tuple(changes)
