"""Suggestion: what class search found; accepted, it becomes a target like any other."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tarvis_app.document.edits import adopt_category
from tarvis_core.annotation.label_set import Category
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.painting import with_mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change
from tarvis_core.annotation.segmentation import FoundTarget, PredictedMask
from tarvis_core.annotation.segmentation_changes import predicted_frame
from tarvis_core.annotation.target import TargetId, TargetKind
from tarvis_core.annotation.target_operations import create_target
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame

Number = tuple[int, TargetId]
"""Which search found it, and that search's number for it."""

COMPARED_FRAMES = 5
"""So many frames tell whether a suggestion is a target already."""
SAME_IOU = 0.6


@dataclass(frozen=True)
class Suggestion:
    """Something of a class, with its masks as far as they were found."""

    number: Number
    label_set: str
    category: Category
    """Its class as its own label set has it."""
    score: float
    masks: Mapping[int, PredictedMask]
    """By frame; none of them is empty."""
    weights: str = ""
    """Name of the weights that found it."""

    @property
    def name(self) -> str:
        """What it is called: by its class."""
        return self.category.name

    def mask_at(self, frame: int) -> Mask | None:
        """Its mask on a frame; None where it is not."""
        held = self.masks.get(frame)
        return None if held is None else held.mask

    @property
    def best_frame(self) -> int:
        """The frame on which it is seen best: certain and large."""
        return max(self.masks, key=lambda frame: (self.masks[frame].score, self._area(frame)))

    def _area(self, frame: int) -> int:
        return self.masks[frame].mask.area

    def grown(self, found: FoundTarget, masks: Mapping[int, PredictedMask]) -> "Suggestion":
        """The same with another clip's masks, and its newest score."""
        return replace(self, score=found.score, masks={**self.masks, **_filled(masks)})


def suggestion_of(
    number: Number,
    label_set: str,
    category: Category,
    found: FoundTarget,
    weights: str,
) -> Suggestion:
    """What a search found for the first time, without masks yet."""
    kind_of_found = replace(category, kind=found.kind)
    return Suggestion(number, label_set, kind_of_found, found.score, {}, weights)


def adoption(project: Project, suggestion: Suggestion) -> tuple[Change, ...]:
    """The changes that give the project a suggestion's class, if it lacks it."""
    return adopt_category(project, suggestion.label_set, suggestion.category.id)[1]


def acceptance(
    project: Project, suggestion: Suggestion, frame: int, *, is_exclusive: bool
) -> tuple[TargetId, tuple[Change, ...]]:
    """The changes that make a target of a suggestion; the project has its class already.

    Args:
        project: The project.
        suggestion: What becomes a target.
        frame: Where the person stands: a keyframe from now on, if the suggestion is seen there;
            else the frame on which it is seen best.
        is_exclusive: Whether it gets no pixels that a target has already.

    Returns:
        The new target, and what makes it.
    """
    category, _ = adopt_category(project, suggestion.label_set, suggestion.category.id)
    kind = suggestion.category.kind
    number, creation = create_target(
        project, None, category, kind, _place_of(project) if kind is TargetKind.STUFF else None
    )
    key = frame if frame in suggestion.masks else suggestion.best_frame
    source = MaskSource("find classes", suggestion.weights, made_at=time.time())
    masks = [
        MaskChange(number, where, None, held)
        for where in sorted(suggestion.masks)
        if (held := _frame_of(project, suggestion, where, source, is_exclusive=is_exclusive))
    ]
    return number, (*creation, *(_as_keyframe(c) if c.frame == key else c for c in masks))


def is_target_already(project: Project, suggestion: Suggestion) -> bool:
    """Whether a target of the project covers the same pixels wherever both were compared."""
    frames = _spread(sorted(suggestion.masks))
    if not frames:
        return False
    overlaps: dict[TargetId, float] = {}
    for frame in frames:
        mask = suggestion.masks[frame].mask
        for target, held in project.masks.masks_at(frame).items():
            if not held.mask.is_empty:
                overlaps[target] = overlaps.get(target, 0.0) + held.mask.iou(mask) / len(frames)
    return max(overlaps.values(), default=0.0) >= SAME_IOU


def _spread(frames: Sequence[int]) -> tuple[int, ...]:
    """A few frames from first to last."""
    count = min(COMPARED_FRAMES, len(frames))
    return tuple(frames[round(i * (len(frames) - 1) / max(1, count - 1))] for i in range(count))


def _place_of(project: Project) -> int:
    """Where a region is drawn: over the other regions, under all things."""
    return sum(target.kind is TargetKind.STUFF for target in project.targets.values())


def _frame_of(
    project: Project,
    suggestion: Suggestion,
    frame: int,
    source: MaskSource,
    *,
    is_exclusive: bool,
) -> TrackFrame:
    held = predicted_frame(suggestion.masks[frame], project.video.frame_size, source)
    if not is_exclusive:
        return held
    mask = held.mask
    for other in project.masks.masks_at(frame).values():
        if mask.intersection_area(other.mask):
            mask = mask.difference(other.mask)
    return with_mask(held, mask)


def _as_keyframe(change: MaskChange) -> MaskChange:
    assert change.after is not None, "acceptance only adds masks"
    return replace(change, after=replace(change.after, state=FrameState.KEYFRAME))


def _filled(masks: Mapping[int, PredictedMask]) -> dict[int, PredictedMask]:
    return {frame: held for frame, held in masks.items() if not held.mask.is_empty}
