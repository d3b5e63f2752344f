"""What a clip's answer changes in the project; the data layer keeps keyframes out of it."""

import time
from collections.abc import Mapping
from dataclasses import replace

from tarvis_app.document.edits import adopt_category
from tarvis_app.segmentation.requests import ClipAnswer, TrackStep
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change
from tarvis_core.annotation.segmentation import ClipMasks, FoundTarget, PredictedMask
from tarvis_core.annotation.segmentation_changes import (
    Span,
    changes_from_clip,
    predicted_frame,
)
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.target_operations import create_target
from tarvis_core.annotation.track import MaskSource


def track_changes(project: Project, step: TrackStep, answer: ClipAnswer) -> tuple[Change, ...]:
    """The changes that write one clip of a tracking pass.

    Law frames, locked and removed targets, and frames outside the pass stay as they are; so does
    every target that the clip does not answer for.
    """
    source = _source("track", answer.weights)
    return changes_from_clip(project, answer.clip, dict(step.wanted), source)


def preview_changes(
    project: Project, target: TargetId, frame: int, predicted: PredictedMask | None
) -> tuple[Change, ...]:
    """The changes that put a click's answer on its frame; what was there gives way to it."""
    if target not in project.targets:
        return ()
    after = predicted_frame(predicted, project.video.frame_size, _source("click", ""))
    return (project.masks.change_to(target, frame, after),)


class FoundTargets:
    """Targets of one class search: the network's numbers, and the project's."""

    def __init__(self, label_set: str) -> None:
        self._label_set = label_set
        self._numbers: dict[TargetId, TargetId] = {}

    @property
    def targets(self) -> tuple[TargetId, ...]:
        """The project's numbers of everything found so far."""
        return tuple(self._numbers.values())

    def new_ones(self, answer: ClipAnswer) -> tuple[FoundTarget, ...]:
        """What the clip shows for the first time."""
        return tuple(
            found
            for found in answer.clip.found
            if found.target not in self._numbers and answer.clip.masks.get(found.target)
        )

    def adoption(self, project: Project, found: FoundTarget) -> tuple[Change, ...]:
        """The changes that give the project the class of a target, if it lacks it."""
        return adopt_category(project, self._label_set, found.category)[1]

    def creation(self, project: Project, found: FoundTarget) -> tuple[Change, ...]:
        """The changes that make a target; its class is one of the project's already."""
        category, _ = adopt_category(project, self._label_set, found.category)
        number, changes = create_target(project, None, category, found.kind)
        self._numbers[found.target] = number
        return changes

    def masks(self, project: Project, answer: ClipAnswer) -> tuple[Change, ...]:
        """The changes that write one clip of a class search; keyframes stay as they are."""
        frames = answer.clip.frames
        whole = Span(min(frames), max(frames), None, None)
        wanted = dict.fromkeys(self.targets, (whole,))
        renumbered = _renumbered(answer.clip, self._numbers)
        source = _source("find classes", answer.weights)
        return changes_from_clip(project, renumbered, wanted, source)


def _renumbered(clip: ClipMasks, numbers: Mapping[TargetId, TargetId]) -> ClipMasks:
    """A clip's answer with the project's numbers for targets."""
    masks = {numbers[found]: held for found, held in clip.masks.items() if found in numbers}
    return replace(clip, masks=masks)


def _source(tool: str, weights: str) -> MaskSource:
    return MaskSource(tool, weights, made_at=time.time())
