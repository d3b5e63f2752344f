"""Suggestion: what class search found; accepted, it becomes a target like any other."""

import time
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace

from tarvis_app.document.edits import adopt_category
from tarvis_app.segmentation.requests import ClipAnswer, FindRequest
from tarvis_core.annotation.doubles import SAME_IOU, Candidate, spread_frames
from tarvis_core.annotation.label_set import Category, Colour
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.painting import with_mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change, TargetChange
from tarvis_core.annotation.segmentation import ClassTask, FoundTarget, PredictedMask
from tarvis_core.annotation.segmentation_changes import predicted_frame
from tarvis_core.annotation.target import TargetId, TargetKind
from tarvis_core.annotation.target_operations import create_target
from tarvis_core.annotation.track import FrameState, MaskSource

Number = tuple[int, TargetId]
"""Which search found it, and that search's number for it."""

LEAST_LEFT = 0.05
"""A suggestion of which targets have all but this part is no target of its own: rims are left."""


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
    is_panoptic: bool = False
    """Whether its search gave every pixel to one suggestion at most."""
    colour: Colour | None = None
    """The colour (RGB) that it is shown in, and its target gets; None before it is listed."""

    @property
    def name(self) -> str:
        """What it is called: by its class."""
        return self.category.words

    def mask_at(self, frame: int) -> Mask | None:
        """Its mask on a frame; None where it is not."""
        held = self.masks.get(frame)
        return None if held is None else held.mask

    def nearest_frame(self, frame: int) -> int:
        """The frame nearest to another on which it is seen; it has to be seen somewhere."""
        return min(self.masks, key=lambda each: (abs(each - frame), each))

    @property
    def stretches(self) -> tuple[tuple[int, int], ...]:
        """First and last frame of each stretch on which it is seen, in order."""
        joined: list[tuple[int, int]] = []
        for frame in sorted(self.masks):
            first = joined.pop()[0] if joined and joined[-1][1] == frame - 1 else frame
            joined.append((first, frame))
        return tuple(joined)

    def grown(self, found: FoundTarget, masks: Mapping[int, PredictedMask]) -> "Suggestion":
        """The same with another clip's masks, and its newest score."""
        return replace(self, score=found.score, masks={**self.masks, **_filled(masks)})


def suggestion_of(
    number: Number,
    category: Category,
    found: FoundTarget,
    answer: ClipAnswer,
) -> Suggestion:
    """What a search found for the first time, without masks yet."""
    assert isinstance(answer.job, FindRequest), "only class search finds"
    request = answer.job.request
    return Suggestion(
        number,
        request.label_set,
        replace(category, kind=found.kind),
        found.score,
        {},
        answer.weights,
        is_panoptic=request.task is ClassTask.PANOPTIC,
    )


def adoption(project: Project, suggestion: Suggestion) -> tuple[Change, ...]:
    """The changes that give the project a suggestion's class, if it lacks it."""
    return adopt_category(project, suggestion.label_set, suggestion.category.id)[1]


def acceptance(
    project: Project,
    suggestion: Suggestion,
    frame: int,
    *,
    is_exclusive: bool,
    disjoint: Container[TargetId] = (),
) -> tuple[TargetId, tuple[Change, ...]]:
    """The changes that make a target of a suggestion; the project has its class already.

    Args:
        project: The project.
        suggestion: What becomes a target.
        frame: Where the person stands: a keyframe from now on, if the target has pixels there;
            else the frame on which it is seen best.
        is_exclusive: Whether it gets no pixels that a target has already.
        disjoint: Targets that are known to have none of its pixels, so that nobody has to look.

    Returns:
        The new target, and what makes it.
    """
    category, _ = adopt_category(project, suggestion.label_set, suggestion.category.id)
    kind = suggestion.category.kind
    number, creation = create_target(
        project, None, category, kind, _place_of(project) if kind is TargetKind.STUFF else None
    )
    creation = tuple(_with_colour(change, suggestion.colour) for change in creation)
    source = MaskSource("find classes", suggestion.weights, made_at=time.time())
    size = project.video.frame_size
    masks = [
        MaskChange(number, where, None, predicted_frame(predicted, size, source))
        for where, predicted in sorted(suggestion.masks.items())
    ]
    if is_exclusive:
        masks = [_without_others(project, change, disjoint) for change in masks]
    key = _key_frame(masks, frame)
    return number, (*creation, *(_as_keyframe(c) if c.frame == key else c for c in masks))


def growth(
    project: Project,
    suggestion: Suggestion,
    target: TargetId,
    frames: Iterable[int],
    *,
    is_exclusive: bool,
) -> tuple[MaskChange, ...]:
    """The changes that give a target the masks that were found since it was accepted.

    Args:
        project: The project.
        suggestion: What became the target.
        target: The target; what it has on a frame stays.
        frames: On which there is something new.
        is_exclusive: Whether it gets no pixels that another target has.
    """
    source = MaskSource("find classes", suggestion.weights, made_at=time.time())
    size = project.video.frame_size
    changes = [
        MaskChange(target, frame, None, predicted_frame(suggestion.masks[frame], size, source))
        for frame in sorted(frames)
        if project.masks.get(target, frame) is None
    ]
    if is_exclusive:
        changes = [_without_others(project, change, ()) for change in changes]
    return tuple(changes)


def is_covered(
    project: Project, suggestion: Suggestion, disjoint: Container[TargetId] = ()
) -> bool:
    """Whether next to nothing would be left of a suggestion that gets no pixels of targets.

    Args:
        project: The project.
        suggestion: The suggestion.
        disjoint: Targets that are known to have none of its pixels.
    """
    left = whole = 0
    for frame, predicted in suggestion.masks.items():
        whole += predicted.mask.area
        left += _rest(project, predicted.mask, frame, disjoint).area
    return left <= LEAST_LEFT * whole


def is_target_already(project: Project, suggestion: Suggestion) -> bool:
    """Whether a target of the project covers the same pixels wherever both were compared."""
    frames = spread_frames(sorted(suggestion.masks))
    if not frames:
        return False
    overlaps: dict[TargetId, float] = {}
    for frame in frames:
        mask = suggestion.masks[frame].mask
        for target, held in project.masks.masks_at(frame).items():
            if not held.mask.is_empty:
                overlaps[target] = overlaps.get(target, 0.0) + held.mask.iou(mask) / len(frames)
    return max(overlaps.values(), default=0.0) >= SAME_IOU


def candidate_of(suggestion: Suggestion) -> Candidate:
    """A suggestion as the search for doubles compares it."""
    return Candidate(
        (suggestion.label_set, suggestion.category),
        suggestion.masks.keys(),
        lambda frame: suggestion.masks[frame].mask,
        suggestion.is_panoptic,
    )


def _place_of(project: Project) -> int:
    """Where a region is drawn: over the other regions, under all things."""
    return sum(target.kind is TargetKind.STUFF for target in project.targets.values())


def _without_others(
    project: Project, change: MaskChange, disjoint: Container[TargetId]
) -> MaskChange:
    assert change.after is not None, "acceptance only adds masks"
    mask = _rest(project, change.after.mask, change.frame, disjoint)
    if mask is change.after.mask:
        return change
    return replace(change, after=with_mask(change.after, mask))


def _rest(project: Project, mask: Mask, frame: int, disjoint: Container[TargetId]) -> Mask:
    """The pixels of a mask that no target has."""
    for other, held in project.masks.masks_at(frame).items():
        if other not in disjoint and mask.intersection_area(held.mask):
            mask = mask.difference(held.mask)
    return mask


def _key_frame(masks: Iterable[MaskChange], frame: int) -> int | None:
    """Where a new target is seen: on a frame, else where it is surest and largest, if anywhere."""
    seen = {c.frame: c.after for c in masks if c.after is not None and not c.after.mask.is_empty}
    if frame in seen or not seen:
        return frame if frame in seen else None
    return max(seen, key=lambda each: (seen[each].score, seen[each].mask.area))


def _with_colour(change: Change, colour: Colour | None) -> Change:
    """The same, but that the target it makes has this colour."""
    if colour is None or not isinstance(change, TargetChange) or change.after is None:
        return change
    return replace(change, after=replace(change.after, colour=colour))


def _as_keyframe(change: MaskChange) -> MaskChange:
    assert change.after is not None, "acceptance only adds masks"
    return replace(change, after=replace(change.after, state=FrameState.KEYFRAME))


def _filled(masks: Mapping[int, PredictedMask]) -> dict[int, PredictedMask]:
    return {frame: held for frame, held in masks.items() if not held.mask.is_empty}
