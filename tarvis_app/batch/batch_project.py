"""The project of one video of a batch: what it begins with, and what a clip's answer adds."""

import time
from dataclasses import replace

from tarvis_app.batch.batch_plan import FindTask, FollowTask
from tarvis_core.annotation.doubles import Candidate, doubles
from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.mask_store import MaskChange, MaskStore
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import NextTargetIdChange, TargetChange
from tarvis_core.annotation.segmentation import ClassTask, ClipMasks
from tarvis_core.annotation.segmentation_changes import Span, changes_from_clip
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.target_operations import (
    Changes,
    create_target,
    delete_targets,
    name_by_number,
)
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tarvis_core.annotation.video_identity import VideoIdentity


def new_project(video: VideoIdentity, task: FindTask | FollowTask) -> Project:
    """The project of a video before anything was asked about it."""
    if isinstance(task, FindTask):
        return Project(video, load_label_set(task.label_set))
    masks = MaskStore(video.frame_size)
    masks.apply(
        [
            MaskChange(given.target, 0, None, TrackFrame(given.mask, FrameState.KEYFRAME))
            for given in task.exemplars
            if isinstance(given, MaskExemplar)
        ]
    )
    clicks = [given for given in task.exemplars if not isinstance(given, MaskExemplar)]
    return Project(video, task.label_set, task.targets, clicks, masks)


class ProjectWriter:
    """Writes the clips of one video into its project."""

    def __init__(self, project: Project, task: FindTask | FollowTask, weights: str) -> None:
        self._project = project
        self._is_search = isinstance(task, FindTask)
        self._is_panoptic = isinstance(task, FindTask) and task.task is ClassTask.PANOPTIC
        self._weights = weights
        self._numbers = {target: target for target in project.targets}
        self._scores: dict[TargetId, float] = {}

    def write(self, clip: ClipMasks) -> None:
        """Write one clip; frames that it began with as keyframes stay as they are."""
        if not clip.frames:
            return
        if self._is_search:
            self._add_found(clip)
        masks = {
            self._numbers[target]: held
            for target, held in clip.masks.items()
            if target in self._numbers
        }
        answer = ClipMasks(clip.frames, masks)
        whole = Span(min(clip.frames), max(clip.frames), None, None)
        source = MaskSource("batch", self._weights, made_at=time.time())
        wanted: dict[TargetId, tuple[Span, ...]] = dict.fromkeys(masks, (whole,))
        self._project.apply(changes_from_clip(self._project, answer, wanted, source))

    def tidy(self) -> None:
        """Once the video is done: of a search, leave out what it found twice, and count anew."""
        if self._is_search:
            self._drop_doubles()
            self._close_gaps()

    def _drop_doubles(self) -> None:
        """Leave out targets that a surer one shows as well."""
        surest = sorted(self._scores, key=lambda target: (-self._scores[target], target))
        twice = doubles([self._candidate(target) for target in surest])
        for position in twice:
            self._project.apply(delete_targets(self._project, [surest[position]]))

    def _close_gaps(self) -> None:
        """Number the targets 1, 2, 3, …, as if those that were left out had never been."""
        project = self._project
        for number, target in enumerate(sorted(project.targets), start=1):
            if target != number:
                project.apply(_renumbered(project, target, TargetId(number)))
        free = TargetId(len(project.targets) + 1)
        if project.next_target_id != free:
            project.apply([NextTargetIdChange(project.next_target_id, free)])

    def _candidate(self, target: TargetId) -> Candidate:
        track, masks = self._project.masks.track(target), self._project.masks
        return Candidate(
            self._project.target(target).category,
            [frame for frame, summary in track.summaries.items() if not summary.is_empty],
            lambda frame: masks.masks_at(frame)[target].mask,
            self._is_panoptic,
        )

    def _add_found(self, clip: ClipMasks) -> None:
        """Make targets of what the clip shows for the first time; note how sure each is."""
        for found in clip.found:
            if found.target not in self._numbers and clip.masks.get(found.target):
                number, changes = create_target(self._project, None, found.category, found.kind)
                self._project.apply(changes)
                self._numbers[found.target] = number
            if found.target in self._numbers:
                self._scores[self._numbers[found.target]] = found.score


def _renumbered(project: Project, target: TargetId, number: TargetId) -> Changes:
    """What gives a target that a search found another number, which no target has."""
    before, place = project.target(target), project.position(target)
    assert before.category is not None, "searches find classes"
    name = name_by_number(project.label_set.category(before.category), number)
    masks = project.masks.track(target).items()
    moved = [MaskChange(number, frame, None, held) for frame, held in masks]
    after = TargetChange(None, replace(before, id=number, name=name), place)
    return (*delete_targets(project, [target]), after, *moved)
