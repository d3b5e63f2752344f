"""Fits annotations to what a format can hold, and counts what is lost on the way."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath

import numpy as np

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    TargetMask,
)
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities, ScoreDetail
from tarvis_core.annotation.formats.loss import LossCounter, LossKind, place_of
from tarvis_core.annotation.formats.target_naming import default_target_name
from tarvis_core.annotation.formats.target_numbering import TargetNumbering
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import CategoryId, Target, TargetId, TargetKind
from tarvis_core.annotation.track import FrameState
from tarvis_core.sentence import Sentence, Text

_TargetMasks = dict[TargetId, TargetMask]


def fit_video(
    video: AnnotatedVideo, capabilities: FormatCapabilities, losses: LossCounter
) -> AnnotatedVideo:
    """The video as a format can hold it.

    Targets that do not fit are counted here, masks when a frame is loaded: load each frame once.

    Args:
        video: Any video.
        capabilities: What the format can hold.
        losses: Counts what was taken out.
    """
    _count_video_losses(video, capabilities, losses)
    kept = _kept_targets(video, capabilities, losses)
    new_ids = _new_ids(video, kept, capabilities, losses)
    fitted = [_fitted_target(t, new_ids, capabilities) for t in kept if t.id in new_ids]
    targets = tuple({target.id: target for target in fitted}.values())
    fitter = _FrameFitter(video, capabilities, losses, new_ids)
    return replace(video, load_frame=fitter.load, load_targets=lambda: targets)


def _count_video_losses(
    video: AnnotatedVideo, capabilities: FormatCapabilities, losses: LossCounter
) -> None:
    if not capabilities.frame_numbers and video.frame_numbers != tuple(range(video.num_frames)):
        losses.add(LossKind.FRAME_NUMBERS, f"{video.name}: {_shortened(video.frame_numbers)}")
    if not capabilities.fps and video.fps is not None:
        losses.add(LossKind.FPS, frame_rate_of(video))
    for family, fields in video.extras.items():
        if family != capabilities.extras and fields:
            losses.add(LossKind.EXTRAS, f"{video.name}: {', '.join(map(str, fields))}", len(fields))


def _shortened(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers[:4])) + (", …" if len(numbers) > 4 else "")


def _kept_targets(
    video: AnnotatedVideo, capabilities: FormatCapabilities, losses: LossCounter
) -> list[Target]:
    kept = []
    for target in video.targets:
        place = place_of(video.name, target.id)
        if target.kind is TargetKind.STUFF and not capabilities.stuff:
            losses.add(LossKind.STUFF, _named(place, target.name))
            continue
        if target.category is not None and not capabilities.categories:
            losses.add(LossKind.CLASSES, _named(place, _class_name(video, target.category)))
        usual = default_target_name(target.id, target.category, video.label_set)
        if not capabilities.target_names and target.name.casefold() != usual.casefold():
            losses.add(LossKind.TARGET_NAMES, _named(place, target.name))
        kept.append(target)
    return kept


def _named(place: Text, name: Text) -> Sentence:
    return Sentence("{place} ({name})", place=place, name=name)


def _class_name(video: AnnotatedVideo, category: CategoryId) -> Text:
    if category in video.label_set:
        return video.label_set.category(category).name
    return Sentence("class {number}", number=category)


def frame_rate_of(video: AnnotatedVideo) -> Sentence:
    """A video's frame rate, as the example of its loss."""
    return Sentence("{video}: {fps:g} frames per second", video=video.name, fps=video.fps)


def _new_ids(
    video: AnnotatedVideo,
    targets: list[Target],
    capabilities: FormatCapabilities,
    losses: LossCounter,
) -> dict[TargetId, TargetId]:
    """Old to new target ids; a target that has no room is not in it."""
    if capabilities.numbering is not None:
        return _numbers_of_format(video, targets, capabilities.numbering, losses)
    ids = sorted(target.id for target in targets)
    limit = capabilities.max_target_id
    has_gaps = capabilities.contiguous_ids and ids != list(range(1, len(ids) + 1))
    is_over = limit is not None and bool(ids) and ids[-1] > limit
    if not has_gaps and not is_over:
        return {number: number for number in ids}
    new_ids = {old: TargetId(new) for new, old in enumerate(ids, start=1)}
    if limit is not None and len(ids) > limit:
        example = place_of(video.name, ids[limit])
        losses.add(LossKind.TARGETS_OVER_LIMIT, example, len(ids) - limit)
        new_ids = {old: new for old, new in new_ids.items() if new <= limit}
    changed = [old for old, new in new_ids.items() if old != new]
    if changed:
        example = _renamed(video, changed[0], new_ids[changed[0]])
        losses.add(LossKind.IDS_CHANGED, example, len(changed))
    return new_ids


def _renamed(video: AnnotatedVideo, old: TargetId, new: TargetId) -> Sentence:
    return Sentence("{video}: {old} became {new}", video=video.name, old=old, new=new)


def _numbers_of_format(
    video: AnnotatedVideo,
    targets: list[Target],
    numbering: TargetNumbering,
    losses: LossCounter,
) -> dict[TargetId, TargetId]:
    """Old to new target ids as a format's own numbering has it."""
    new_ids: dict[TargetId, TargetId] = {}
    for old, new in numbering(targets).items():
        if isinstance(new, LossKind):
            losses.add(new, place_of(video.name, old))
            continue
        new_ids[old] = new
        if new != old:
            losses.add(LossKind.IDS_CHANGED, _renamed(video, old, new))
    return new_ids


def _fitted_target(
    target: Target, new_ids: Mapping[TargetId, TargetId], capabilities: FormatCapabilities
) -> Target:
    category = target.category if capabilities.categories else None
    return replace(target, id=new_ids.get(target.id, target.id), category=category)


def _said(name: str, number: int) -> str:
    """A frame's name; its number where the name says nothing else, as those of a video's frames."""
    stem = PurePath(name).stem
    return str(number) if stem.isdecimal() and int(stem) == number else name


class _FrameFitter:
    """Loads a video's frames as a format can hold them."""

    def __init__(
        self,
        video: AnnotatedVideo,
        capabilities: FormatCapabilities,
        losses: LossCounter,
        new_ids: Mapping[TargetId, TargetId],
    ) -> None:
        self._video = video
        self._capabilities = capabilities
        self._losses = losses
        self._new_ids = new_ids
        self._listed = {target.id for target in video.targets}

    def load(self, index: int) -> AnnotatedFrame:
        """The frame at a position, fitted."""
        frame = self._video.load_frame(index)
        name = _said(frame.name, self._video.frame_numbers[index])
        place = Sentence("{video}, frame {frame}", video=self._video.name, frame=name)
        can = self._capabilities
        unlisted = sorted(frame.masks.keys() - self._listed)
        if unlisted:
            example = _of_target(place, unlisted[0])
            self._losses.add(LossKind.UNLISTED_TARGETS, example, len(unlisted))
        masks, void = self._without_crowd(self._renumbered(frame.masks), frame.void, place)
        if not can.overlaps:
            masks, void = flatten(masks, void, place, self._losses)
        if void is not None and (void.is_empty or not can.void):
            if not void.is_empty:
                self._losses.add(LossKind.VOID, place)
            void = None
        if can.fills_void:
            self._count_background(masks, void, place)
        if frame.semantic and not can.semantic:
            self._losses.add(LossKind.SEMANTIC, place)
        if frame.points and not can.points:
            self._losses.add(LossKind.POINTS, place, len(frame.points))
        return replace(
            frame,
            masks={target: self._reduced(mask, place) for target, mask in masks.items()},
            void=void,
            points=self._renumbered_points(frame.points) if can.points else {},
            semantic=frame.semantic if can.semantic else {},
        )

    def _count_background(self, masks: _TargetMasks, void: Mask | None, place: Text) -> None:
        height, width = self._video.size
        labelled = sum(mask.mask.area for mask in masks.values()) + (void.area if void else 0)
        if labelled < height * width:
            self._losses.add(LossKind.BACKGROUND, place)

    def _renumbered(self, masks: Mapping[TargetId, TargetMask]) -> _TargetMasks:
        renumbered: _TargetMasks = {}
        for target, mask in masks.items():
            if target not in self._new_ids or mask.mask.is_empty:
                continue
            number = self._new_ids[target]
            if number in renumbered:  # regions of one class become one
                mask = replace(mask, mask=mask.mask.union(renumbered[number].mask))
            renumbered[number] = mask
        return renumbered

    def _renumbered_points(
        self, points: Mapping[TargetId, tuple[float, float]]
    ) -> dict[TargetId, tuple[float, float]]:
        return {self._new_ids[t]: point for t, point in points.items() if t in self._new_ids}

    def _without_crowd(
        self, masks: _TargetMasks, void: Mask | None, place: Text
    ) -> tuple[_TargetMasks, Mask | None]:
        crowds = [target for target, mask in masks.items() if mask.is_crowd]
        if not crowds or self._capabilities.crowd:
            return masks, void
        self._losses.add(LossKind.CROWD, _of_target(place, crowds[0]), len(crowds))
        if self._capabilities.void:
            for target in crowds:
                void = masks[target].mask if void is None else void.union(masks[target].mask)
        return {target: mask for target, mask in masks.items() if not mask.is_crowd}, void

    def _reduced(self, mask: TargetMask, place: Text) -> TargetMask:
        """The mask without the attributes that the format lacks."""
        can = self._capabilities
        if mask.score is not None and can.scores is ScoreDetail.NONE:
            self._losses.add(LossKind.SCORES, _valued(place, f"{mask.score:g}"))
            mask = replace(mask, score=None)
        if mask.state is not None and not can.states:
            if mask.state is not FrameState.PREDICTED:
                self._losses.add(LossKind.STATES, _valued(place, Sentence(mask.state.value)))
            mask = replace(mask, state=None)
        if mask.occlusion is not None and not can.occlusion:
            self._losses.add(LossKind.OCCLUSION, _valued(place, mask.occlusion.value))
            mask = replace(mask, occlusion=None)
        return mask


def _of_target(place: Text, target: TargetId) -> Sentence:
    return Sentence("{place}, target {target}", place=place, target=target)


def _valued(place: Text, value: Text) -> Sentence:
    return Sentence("{place}: {value}", place=place, value=value)


def flatten(
    masks: Mapping[TargetId, TargetMask], void: Mask | None, place: Text, losses: LossCounter
) -> tuple[_TargetMasks, Mask | None]:
    """Give each pixel to one target: the highest z-order, then the highest id, wins.

    Args:
        masks: Masks of one frame that may overlap; none is empty.
        void: Pixels that are not labelled; targets win over them.
        place: Video and frame, for the examples of losses.
        losses: Counts masks that gave up pixels, and those that vanished.

    Returns:
        The masks in the order given, without those that vanished, and what is left of `void`.
    """
    everything = list(masks.values())
    if not boxes_touch([m.mask for m in everything] + ([] if void is None else [void])):
        return dict(masks), void
    height, width = everything[0].mask.size
    occupied = np.zeros((height, width), dtype=np.bool_)
    visible: _TargetMasks = {}
    for target in sorted(masks, key=lambda t: (masks[t].z_order, t), reverse=True):
        mask = masks[target].mask
        x_min, y_min, x_max, y_max = mask.box
        region = occupied[y_min:y_max, x_min:x_max]
        own = mask.crop()
        if (own & region).any():
            mask = Mask.from_crop(height, width, (x_min, y_min), own & ~region)
            losses.add(LossKind.OVERLAPS, _of_target(place, target))
        region |= own
        if mask.is_empty:
            losses.add(LossKind.HIDDEN_TARGETS, _of_target(place, target))
        else:
            visible[target] = replace(masks[target], mask=mask)
    if void is not None and not void.is_empty:
        x_min, y_min, x_max, y_max = void.box
        free = void.crop() & ~occupied[y_min:y_max, x_min:x_max]
        void = Mask.from_crop(height, width, (x_min, y_min), free)
    return {target: visible[target] for target in masks if target in visible}, void


def boxes_touch(masks: list[Mask]) -> bool:
    """Whether the boxes of any two masks share a pixel; if not, no masks overlap."""
    boxes = np.array([mask.box for mask in masks if not mask.is_empty]).reshape(-1, 4)
    if len(boxes) < 2:
        return False
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    touches = (low < high).all(axis=2)
    return int(touches.sum()) > len(boxes)
