"""What a clip's answer changes in the project: predicted frames only, keyframes never."""

import time
from collections.abc import Mapping

from tarvis_app.document import edits
from tarvis_app.segmentation.requests import ClipAnswer, TrackStep
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Change, Project
from tarvis_core.annotation.segmentation import ClipMasks, FoundTarget, PredictedMask
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame


def track_changes(project: Project, step: TrackStep, answer: ClipAnswer) -> tuple[Change, ...]:
    """The changes that write one clip of a tracking pass.

    Law frames, locked and removed targets, and frames outside the pass stay as they are.
    """
    source = MaskSource("track", answer.weights, int(time.time()))
    frames = [f for f in answer.clip.frames if step.first_written <= f <= step.last_written]
    changes: list[Change] = []
    for target in sorted(step.targets & set(answer.clip.masks)):
        masks = answer.clip.masks[target]
        changes += _write(project, target, {f: masks.get(f) for f in frames}, source)
    return tuple(changes)


def preview_changes(
    project: Project, target: TargetId, frame: int, predicted: PredictedMask | None
) -> tuple[Change, ...]:
    """The changes that put a click's answer on its frame; what the person saw gives way to it."""
    if target not in project.targets:
        return ()
    source = MaskSource("click", made_at=int(time.time()))
    after = _track_frame(project, predicted, source)
    return (MaskChange(target, frame, project.masks.get(target, frame), after),)


class FoundTargets:
    """Targets of one class search: the network's numbers, and the project's."""

    def __init__(self) -> None:
        self._numbers: dict[TargetId, TargetId] = {}

    @property
    def targets(self) -> tuple[TargetId, ...]:
        """The project's numbers of everything found so far."""
        return tuple(self._numbers.values())

    def changes(self, project: Project, answer: ClipAnswer, label_set: str) -> tuple[Change, ...]:
        """The changes that write one clip of a class search, new targets first."""
        source = MaskSource("find classes", answer.weights, int(time.time()))
        changes: list[Change] = []
        for found in answer.clip.found:
            if found.target not in self._numbers and answer.clip.masks.get(found.target):
                changes += self._make(project, found, label_set, changes)
        return (*changes, *self._masks(project, answer.clip, source))

    def _make(
        self, project: Project, found: FoundTarget, label_set: str, earlier: list[Change]
    ) -> tuple[Change, ...]:
        category, changes = edits.adopt_category(project, label_set, found.category, earlier)
        new = edits.new_target(project, category.name, category.id, found.kind, earlier)
        self._numbers[found.target] = new.target.id
        return (*changes, *new.changes)

    def _masks(self, project: Project, clip: ClipMasks, source: MaskSource) -> list[Change]:
        changes: list[Change] = []
        for found, target in self._numbers.items():
            if found not in clip.masks:
                continue  # this clip says nothing of it
            masks = clip.masks[found]
            known = {f: masks.get(f) for f in clip.frames}
            if target not in project.targets:  # made by this very edit: nothing is there yet
                changes += [
                    MaskChange(target, frame, None, _track_frame(project, mask, source))
                    for frame, mask in known.items()
                ]
            else:
                changes += _write(project, target, known, source)
        return changes


def _write(
    project: Project,
    target: TargetId,
    masks: Mapping[int, PredictedMask | None],
    source: MaskSource,
) -> list[Change]:
    if target not in project.targets or project.target(target).is_locked:
        return []
    track = project.masks.track(target)
    changes: list[Change] = []
    for frame, predicted in masks.items():
        before = track.get(frame)
        if before is None or not before.state.is_law:
            after = _track_frame(project, predicted, source)
            changes.append(MaskChange(target, frame, before, after))
    return changes


def _track_frame(
    project: Project, predicted: PredictedMask | None, source: MaskSource
) -> TrackFrame:
    if predicted is None or predicted.mask.is_empty:
        empty = Mask.empty(*project.video.frame_size)
        score = 1.0 if predicted is None else predicted.score
        disagreement = None if predicted is None else predicted.disagreement
        return TrackFrame(empty, FrameState.ABSENT, score, disagreement, source)
    return TrackFrame(
        predicted.mask, FrameState.PREDICTED, predicted.score, predicted.disagreement, source
    )
