"""Pixels of a frame that nobody has: counted, and filled from the nearest target."""

from collections.abc import Mapping

import cv2
import numpy as np

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.painting import paint
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.target_operations import Changes
from tarvis_core.annotation.track import MaskSource


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
    """Which target is nearest to each pixel of the gaps; locked ones get nothing.

    Args:
        project: The project.
        frame: Number of the frame.
        gaps: Array (H, W) of bool.

    Returns:
        The pixels that each target is nearest to; empty where no target can take any.
    """
    open_targets = [t.id for t in project.targets.values() if not t.is_locked]
    owners = project.masks.label_map(frame, open_targets)
    if not gaps.any() or not owners.any():
        return {}
    _, places = cv2.distanceTransformWithLabels(
        (owners == 0).astype(np.uint8),
        cv2.DIST_L2,
        cv2.DIST_MASK_5,
        labelType=cv2.DIST_LABEL_PIXEL,
    )
    owner_of_place = np.zeros(places.max() + 1, dtype=np.int32)
    owner_of_place[places[owners > 0]] = owners[owners > 0]
    nearest = np.where(gaps, owner_of_place[places], 0)
    return {
        TargetId(int(target)): Mask.from_array(nearest == target)
        for target in np.unique(nearest)
        if target
    }


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
