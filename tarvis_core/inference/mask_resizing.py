"""Mask logits to pixels: from stride 4 of the padded input to the original frame, and back.

The published rule (architecture specification, 8.2, step 6): enlarge the logits four times, cut
the padding off, resize to the frame, then ask for > 0. Both steps are bilinear, hence linear:
the mean of resized logits is the resized mean.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F  # noqa: N812 -- torch's own custom
from torch import Tensor

from tarvis_core.video.frame_geometry import FrameGeometry

MASK_STRIDE = 4
"""Pixels of the padded input per mask logit."""

ABSENT_LOGIT = -1000.0
"""Logit that says: not here, whatever the others say (before a target's first exemplar)."""

CHUNK_BYTES = 64 * 2**20
"""How much one step of a resize over many maps may hold."""


def enlarge(logits_NHW: Tensor) -> Tensor:
    """The logits at the resolution of the padded input.

    Args:
        logits_NHW: Logits at stride 4, shape (N, H4, W4).

    Returns:
        float32, shape (N, 4 · H4, 4 · W4).
    """
    return F.interpolate(
        logits_NHW[:, None].float(), scale_factor=MASK_STRIDE, mode="bilinear", align_corners=False
    )[:, 0]


def resize_to_frame(logits_NHW: Tensor, geometry: FrameGeometry) -> Tensor:
    """The logits at the resolution of the original frame.

    Args:
        logits_NHW: Logits at stride 4 of the padded input, shape (N, H4, W4).
        geometry: How the frame became the padded input.

    Returns:
        float32, shape (N, height, width) of the frame.

    Raises:
        ValueError: The logits do not belong to this geometry.
    """
    padded = (logits_NHW.shape[-2] * MASK_STRIDE, logits_NHW.shape[-1] * MASK_STRIDE)
    if padded != tuple(geometry.padded_size):
        raise ValueError(f"logits of a {padded} input do not fit {geometry}")
    height, width = geometry.network_size
    cropped = _unmirrored(enlarge(logits_NHW)[:, :height, :width], geometry)
    if tuple(geometry.frame_size) == (height, width):
        return cropped
    resized = F.interpolate(
        cropped[:, None], size=tuple(geometry.frame_size), mode="bilinear", align_corners=False
    )
    return resized[:, 0]


def resized_in_chunks(logits_NHW: Tensor, geometry: FrameGeometry) -> Iterator[tuple[int, Tensor]]:
    """Resize many maps without holding all of them.

    Yields:
        The index of the first map of a chunk, and the chunk's resized maps (n, height, width).
    """
    largest = max(
        geometry.frame_size[0] * geometry.frame_size[1],
        geometry.padded_size[0] * geometry.padded_size[1],
    )
    step = max(1, CHUNK_BYTES // (4 * largest))
    for start in range(0, logits_NHW.shape[0], step):
        yield start, resize_to_frame(logits_NHW[start : start + step], geometry)


def winner_of_resized(
    logits_NHW: Tensor, geometry: FrameGeometry, at_least: float = float("-inf")
) -> tuple[Tensor, Tensor]:
    """Which map is largest at each pixel of the frame; the first of equal ones.

    Args:
        logits_NHW: Logits at stride 4, shape (N, H4, W4).
        geometry: How the frame became the padded input.
        at_least: A map wins only where it is larger than this.

    Returns:
        The winner's index, int64 (height, width), -1 where no map is larger than `at_least`;
        and its logit, float32 (height, width).
    """
    best = torch.full(tuple(geometry.frame_size), at_least, device=logits_NHW.device)
    index = torch.full(tuple(geometry.frame_size), -1, device=logits_NHW.device)
    for start, resized in resized_in_chunks(logits_NHW, geometry):
        value, which = resized.max(dim=0)
        wins = value > best
        best = torch.where(wins, value, best)
        index = torch.where(wins, which + start, index)
    return index, best


def reference_masks(logits_NTHW: Tensor) -> Tensor:
    """Predicted masks as exemplars of the next clip (specification, 8.4).

    Args:
        logits_NTHW: Logits of the shared frames at stride 4, shape (N, T, H4, W4).

    Returns:
        bool, shape (N, T, 4 · H4, 4 · W4), each target on its own: they may overlap.
    """
    # target by target: the enlarged logits of all would take four times the masks' memory
    return torch.stack([enlarge(logits_THW) > 0 for logits_THW in logits_NTHW])


def refit(logits_NTHW: Tensor, source: FrameGeometry, target: FrameGeometry) -> Tensor:
    """Logits of one input size at another; where only one of the two is mirrored, exchanged.

    Args:
        logits_NTHW: Logits at stride 4 of the source's padded input.
        source: Geometry they belong to.
        target: Geometry wanted; padding is far from any mask.

    Returns:
        The same tensor where both geometries agree, else (N, T, H4, W4) of the target.
    """
    if source == target:
        return logits_NTHW
    num_targets, num_frames = logits_NTHW.shape[:2]
    height, width = source.network_size
    cropped = enlarge(logits_NTHW.flatten(0, 1))[:, None, :height, :width]
    if source.is_mirrored != target.is_mirrored:
        cropped = cropped.flip(-1)
    resized = F.interpolate(
        cropped, size=tuple(target.network_size), mode="bilinear", align_corners=False
    )
    bottom = target.padded_size[0] - target.network_size[0]
    right = target.padded_size[1] - target.network_size[1]
    padded = F.pad(resized, (0, right, 0, bottom), value=-10.0)
    small = F.interpolate(
        padded, scale_factor=1 / MASK_STRIDE, mode="bilinear", align_corners=False
    )
    return small[:, 0].unflatten(0, (num_targets, num_frames))


def _unmirrored(maps: Tensor, geometry: FrameGeometry) -> Tensor:
    return maps.flip(-1) if geometry.is_mirrored else maps
