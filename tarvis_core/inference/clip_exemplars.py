"""What the object encoder gets for one clip: reference frames, masks and points in their order.

Specification, 8.4: reference frames are those shared with the clip before and those with a cue; a
target's mask in a shared frame is what the clip before predicted, unless a person drew one; the
targets of the clip before come first, then new masks in order of frames, then points.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from tarvis_core.annotation.mask import Mask
from tarvis_core.inference.decoding.objects import distractor_id
from tarvis_core.inference.target_cues import TargetCues, ellipse_in_box
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.object_encoder import ObjectExemplars
from tarvis_core.video.frame_geometry import FrameGeometry


@dataclass(frozen=True)
class HandedOver:
    """What the clip before predicted on the frames that it shares with this one."""

    frames: tuple[int, ...]
    """The shared frames, in order of time."""
    masks: Mapping[int, Tensor]
    """Target → bool (T', Hp, Wp) on those frames; the order is that of the clip before."""

    @functools.cached_property
    def visible(self) -> tuple[int, ...]:
        """Targets with a pixel in some shared frame."""
        return tuple(target for target, mask in self.masks.items() if bool(mask.any()))


NOTHING_HANDED_OVER = HandedOver((), {})


@dataclass(frozen=True)
class ClipExemplars:
    """The exemplars of one clip, ready for the object encoder."""

    reference_frames: tuple[int, ...]
    """Frame numbers, in order of time."""
    objects: ObjectExemplars
    targets: tuple[int, ...]
    """The target of each encoded object: masks first, then points; a target may occur often."""
    entry_frames: Mapping[int, int]
    """Targets that have no masks in the order of the run before this frame of the clip."""


@dataclass(frozen=True)
class _Gathered:
    masks: dict[int, dict[int, Tensor]]
    """Target → frame → bool (Hp, Wp)."""
    points: list[tuple[int, int, tuple[float, float]]]
    """(target, frame, (x, y) in network pixels)."""


def gather_exemplars(
    frames: tuple[int, ...],
    cues: TargetCues,
    handed_over: HandedOver,
    geometry: FrameGeometry,
    behaviour: Behaviour = Behaviour.INTENDED,
    *,
    is_backward: bool = False,
) -> ClipExemplars | None:
    """Bring together what is known of the targets of a clip.

    Args:
        frames: The clip's frames, in order of time.
        cues: What a person gave.
        handed_over: Predicted masks in the shared frames.
        geometry: Of the clip's frames.
        behaviour: Published: a click in a shared frame is encoded again, and a target is blanked
            before any cue in the clip, also where the clip before has seen it.
        is_backward: Whether the run goes back in time.

    Returns:
        The exemplars, or None if the clip has none.
    """
    active = _active_targets(frames, cues, handed_over)
    gathered = _gather(frames, cues, handed_over, geometry, active, behaviour)
    targets_with_mask = [
        target
        for target, by_frame in gathered.masks.items()
        if any(bool(mask.any()) for mask in by_frame.values())
    ]
    if not targets_with_mask and not gathered.points:
        return None
    used = {frame for target in targets_with_mask for frame in gathered.masks[target]}
    used.update(frame for _, frame, _ in gathered.points)
    reference = tuple(frame for frame in frames if frame in used or frame in handed_over.frames)
    volumes = [
        _volume(gathered.masks[target], reference, geometry.padded_size)
        for target in targets_with_mask
    ]
    objects = _object_exemplars(volumes, gathered.points, reference, geometry.padded_size)
    targets = (*targets_with_mask, *(target for target, _, _ in gathered.points))
    carried = handed_over.visible if behaviour is Behaviour.INTENDED else ()
    entry_frames = {
        target: _entry_frame(target, cues, frames, is_backward=is_backward)
        for target in dict.fromkeys(targets)
        if target not in carried
    }
    return ClipExemplars(reference, objects, targets, entry_frames)


def remembered_exemplars(
    masks: Mapping[int, Mapping[int, Mask]], geometry: FrameGeometry
) -> ClipExemplars | None:
    """Exemplars on frames outside the clip, to look for lost targets.

    Args:
        masks: Frame → target → mask of everything that was known there.
        geometry: Of the frames.

    Returns:
        The exemplars, reference frames in order of time; None if no mask has a pixel.
    """
    reference = tuple(sorted(masks))
    targets = dict.fromkeys(
        target for frame in reference for target, mask in masks[frame].items() if not mask.is_empty
    )
    if not targets:
        return None
    volumes = []
    for target in targets:
        by_frame = {
            frame: network_mask(masks[frame][target], geometry)
            for frame in reference
            if target in masks[frame]
        }
        volumes.append(_volume(by_frame, reference, geometry.padded_size))
    objects = _object_exemplars(volumes, [], reference, geometry.padded_size)
    return ClipExemplars(reference, objects, tuple(targets), {})


def anchored(
    exemplars: ClipExemplars,
    masks: Mapping[int, Mapping[int, Mask]],
    geometry: FrameGeometry,
) -> ObjectExemplars:
    """The exemplars of a clip with the masks of frames outside it as further reference frames.

    Args:
        exemplars: Those of the clip.
        masks: Frame → target → mask of everything that was known there.
        geometry: Of the frames.

    Returns:
        Masks over the frames outside in order of time, then the clip's reference frames.
    """
    objects = exemplars.objects
    nothing = torch.zeros(geometry.padded_size, dtype=torch.bool)
    outside_NTHW = torch.stack(
        [
            torch.stack(
                [
                    network_mask(by_target[target], geometry) if target in by_target else nothing
                    for target in exemplars.targets[: objects.num_masks]
                ]
            )
            for _, by_target in sorted(masks.items())
        ],
        dim=1,
    )
    joined_NTHW = torch.cat([outside_NTHW, objects.masks_NTHW], dim=1)
    point_frames_N = objects.point_frames_N + len(masks)
    return replace(objects, masks_NTHW=joined_NTHW, point_frames_N=point_frames_N)


def network_mask(mask: Mask, geometry: FrameGeometry) -> Tensor:
    """A mask of the frame in network pixels, bool (Hp, Wp).

    A mask too small to survive the resize keeps the pixel nearest to the centre of its box.
    """
    pixels = geometry.mask_to_network(mask.to_array())
    if not mask.is_empty and not pixels.any():
        x_min, y_min, x_max, y_max = mask.box
        x, y = geometry.point_to_network((x_min + x_max) / 2, (y_min + y_max) / 2)
        height, width = geometry.network_size
        pixels = pixels.copy()
        pixels[min(int(y), height - 1), min(int(x), width - 1)] = True
    return torch.from_numpy(np.ascontiguousarray(pixels, dtype=np.bool_))


def _active_targets(
    frames: tuple[int, ...], cues: TargetCues, handed_over: HandedOver
) -> tuple[int, ...]:
    """Targets in their order; a distractor takes part only where its target does."""
    starting = cues.starters_in(frames)
    carried = [t for t in handed_over.masks if t in handed_over.visible or t in starting]
    known = tuple(dict.fromkeys([*carried, *starting]))
    return tuple(target for target in known if target > 0 or -target in known)


def _gather(
    frames: tuple[int, ...],
    cues: TargetCues,
    handed_over: HandedOver,
    geometry: FrameGeometry,
    active: Sequence[int],
    behaviour: Behaviour,
) -> _Gathered:
    visible = set(handed_over.visible)
    shared = {frame: index for index, frame in enumerate(handed_over.frames)}
    gathered = _Gathered({}, [])
    for target in active:
        if target in handed_over.masks:
            mask_THW = handed_over.masks[target]
            gathered.masks[target] = {frame: mask_THW[shared[frame]] for frame in shared}
    for frame in frames:
        given = cues.at(frame)
        is_told = {target: target in visible and frame in shared for target in active}
        for target, mask in given.masks.items():
            if target in active:
                pixels = network_mask(mask, geometry)
                gathered.masks.setdefault(target, {})[frame] = pixels
                _take_from_distractor(gathered.masks, target, frame)
        ellipses = {t: ellipse_in_box(box, cues.frame_size) for t, box in given.boxes.items()}
        for target, mask in {**ellipses, **given.shown}.items():
            if target in active and not is_told[target]:
                pixels = network_mask(mask, geometry)
                gathered.masks.setdefault(target, {})[frame] = pixels
        for target, points in given.points.items():
            is_repeated = is_told.get(target, False) and behaviour is Behaviour.INTENDED
            if target in active and not is_repeated:
                gathered.points.extend(
                    (target, frame, _network_point(point, geometry)) for point in points
                )
    return gathered


def _take_from_distractor(masks: dict[int, dict[int, Tensor]], target: int, frame: int) -> None:
    """What a person drew as the target's is not its distractor's."""
    rival = masks.get(distractor_id(target), {})
    if frame in rival:
        rival[frame] = rival[frame].cpu() & ~masks[target][frame]


def _network_point(point: tuple[float, float], geometry: FrameGeometry) -> tuple[float, float]:
    height, width = geometry.frame_size
    least_x = 0.5 if geometry.is_mirrored else 0.0  # mirrored, the left edge is the right one
    x = min(max(point[0], least_x), width - 0.5)
    y = min(max(point[1], 0.0), height - 0.5)
    return geometry.point_to_network(x, y)


def _volume(
    by_frame: Mapping[int, Tensor], reference: Sequence[int], padded_size: tuple[int, int]
) -> Tensor:
    empty = torch.zeros(padded_size, dtype=torch.bool)
    return torch.stack([by_frame.get(frame, empty).cpu() for frame in reference])


def _object_exemplars(
    volumes: list[Tensor],
    points: list[tuple[int, int, tuple[float, float]]],
    reference: tuple[int, ...],
    padded_size: tuple[int, int],
) -> ObjectExemplars:
    masks_NTHW = (
        torch.stack(volumes)
        if volumes
        else torch.zeros((0, len(reference), *padded_size), dtype=torch.bool)
    )
    points_N2 = torch.tensor([point for _, _, point in points], dtype=torch.float32).reshape(-1, 2)
    point_frames_N = torch.tensor(
        [reference.index(frame) for _, frame, _ in points], dtype=torch.int64
    )
    is_negative_N = torch.tensor([target < 0 for target, _, _ in points], dtype=torch.bool)
    return ObjectExemplars(masks_NTHW, points_N2, point_frames_N, is_negative_N)


def _entry_frame(target: int, cues: TargetCues, frames: Sequence[int], *, is_backward: bool) -> int:
    """Where a target enters the clip, in the order of the run."""
    given = [frame for frame in cues.starts(target) if frame in frames]
    if not given:  # published: carried over, without a cue in this clip
        return frames[-1] if is_backward else frames[0]
    return max(given) if is_backward else min(given)
