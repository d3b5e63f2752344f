"""Between projects and what formats read and write: export of a project, import as an edit."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path, PurePosixPath

import numpy as np

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    TargetMask,
)
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.palette import free_colours
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import (
    Change,
    ExemplarChange,
    LabelSetChange,
    NextTargetIdChange,
    TargetChange,
)
from tarvis_core.annotation.target import CategoryId, Target, TargetId
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.errors import AnnotationError

LoadImage = Callable[[int], np.ndarray]
"""Gives a frame, (H, W, 3) uint8 RGB, by its number in the video."""


def known_frames(project: Project) -> tuple[int, ...]:
    """The frames about which anything is known, absence included, in order."""
    return tuple(sorted({f for track in project.masks.tracks.values() for f in track.frames}))


def project_to_video(
    project: Project, frames: Iterable[int] | None = None, load_image: LoadImage | None = None
) -> AnnotatedVideo:
    """A project as formats write it; masks are read frame by frame.

    Args:
        project: It must not change while the video is in use.
        frames: Numbers of the frames to export; None for those about which anything is known,
            for an empty frame in a file claims that nothing is on it.
        load_image: Gives images, for exports with images of a video file.
    """
    identity = project.video
    numbers = known_frames(project) if frames is None else tuple(frames)
    names = tuple(_frame_name(identity, number) for number in numbers)
    loader = _ProjectFrames(project, numbers, names)
    return AnnotatedVideo(
        name=Path(identity.path).stem or "video",
        size=identity.frame_size,
        label_set=project.label_set,
        frame_names=names,
        frame_numbers=numbers,
        fps=None if identity.frame_names else identity.fps,
        load_frame=loader.load,
        load_targets=lambda: tuple(project.targets.values()),
        load_image=None if load_image is None else lambda index: load_image(numbers[index]),
    )


def _frame_name(identity: VideoIdentity, number: int) -> str:
    return identity.frame_names[number] if identity.frame_names else f"{number:05d}.jpg"


class _ProjectFrames:
    """Loads the frames of a project."""

    def __init__(self, project: Project, numbers: tuple[int, ...], names: tuple[str, ...]) -> None:
        self._project = project
        self._numbers = numbers
        self._names = names

    def load(self, index: int) -> AnnotatedFrame:
        stored = self._project.masks.masks_at(self._numbers[index])
        masks = {
            target: TargetMask(
                stored[target].mask,
                score=None if stored[target].state.is_law else stored[target].score,
                z_order=position,
                state=stored[target].state,
            )
            for position, target in enumerate(self._project.targets)
            if target in stored and not stored[target].mask.is_empty
        }
        return AnnotatedFrame(self._names[index], masks, image_path=self._image(index))

    def _image(self, index: int) -> Path | None:
        if not self._project.video.frame_names:
            return None
        path = Path(self._project.video.path) / self._names[index]
        return path if path.is_file() else None


def video_to_project(
    video: AnnotatedVideo,
    identity: VideoIdentity,
    *,
    source: MaskSource,
    unsaid_state: FrameState = FrameState.PREDICTED,
) -> Project:
    """A new project with everything that formats read of a video.

    Args:
        video: The annotations.
        identity: The video that they belong to.
        source: Noted with each mask.
        unsaid_state: As in `import_changes`.

    Raises:
        AnnotationError: The annotations do not fit the video.
    """
    project = Project(identity, video.label_set)
    project.apply(import_changes(project, video, source=source, unsaid_state=unsaid_state))
    return project


def import_changes(
    project: Project,
    video: AnnotatedVideo,
    *,
    source: MaskSource,
    unsaid_state: FrameState = FrameState.PREDICTED,
) -> tuple[Change, ...]:
    """The edit that adds a video's annotations to a project; apply it, or its reverse to undo.

    Frames are matched by image name where the project's video is a folder of images that has all
    of them, else by number. Targets keep their numbers in a project without targets and get new
    ones otherwise; classes that the project's label set lacks are added to it.

    Args:
        project: Where to; it is not changed.
        video: What; void and separate semantic layers have no place in a project.
        source: Noted with each mask.
        unsaid_state: State of masks of which the files do not say whether a person made or checked
            them (`says_who_made`): PREDICTED, or VERIFIED if the caller knows that they are right.
            Masks with a score are PREDICTED, and beside such those without one are VERIFIED.
            A frame without a mask is ABSENT in a video that a person made throughout. Where one
            mask is the network's it stays unknown: perhaps nobody looked for the target there.

    Raises:
        AnnotationError: The frames are of another size, or are none of the project's video.
        FormatError: The file turns out to be damaged.
    """
    if video.size != project.video.frame_size:
        raise AnnotationError(
            "the annotations are for frames of {size} pixels, the project's video has "
            "{frame_size}; choose the video they were made for",
            size=_shown(video.size),
            frame_size=_shown(project.video.frame_size),
        )
    numbers = matched_frames(project.video, video)
    label_set, categories = _merged_label_set(project.label_set, video.label_set)
    new_ids = _new_ids(project, video.targets)
    changes: list[Change] = []
    if label_set != project.label_set:
        changes.append(LabelSetChange(project.label_set, label_set))
    taken = {target.colour for target in project.targets.values()}
    for position, target in enumerate(video.targets, start=len(project.targets)):
        category = None if target.category is None else categories.get(target.category)
        colour = target.colour if target.colour not in taken else next(free_colours(taken))
        taken.add(colour)
        added = replace(target, id=new_ids[target.id], category=category, colour=colour)
        changes.append(TargetChange(None, added, position))
    following = TargetId(max(new_ids.values(), default=0) + 1)
    if following > project.next_target_id:
        changes.append(NextTargetIdChange(project.next_target_id, following))
    changes += _mask_changes(video, numbers, new_ids, source, unsaid_state)
    return tuple(changes)


def _shown(size: tuple[int, int]) -> str:
    return f"{size[1]} × {size[0]}"


def matched_frames(identity: VideoIdentity, video: AnnotatedVideo) -> tuple[int, ...]:
    """Which frames of a project's video the annotated ones are, in their order.

    Raises:
        AnnotationError: One of them is past its end.
    """
    positions = {name: number for number, name in enumerate(identity.frame_names)}
    names = [PurePosixPath(name.replace("\\", "/")).name for name in video.frame_names]
    if names and all(name in positions for name in names):
        return tuple(positions[name] for name in names)
    last = max(video.frame_numbers, default=-1)
    if last >= identity.num_frames:
        raise AnnotationError(
            "the annotations reach frame {last}, the project's video has {num_frames} frames "
            "(from 0); choose the video they were made for",
            last=last,
            num_frames=identity.num_frames,
        )
    return video.frame_numbers


def numbered_by_names(video: AnnotatedVideo, num_frames: int) -> AnnotatedVideo:
    """A video whose frames are named by their numbers, with those numbers.

    For formats that hold no numbers of frames, and count what there is from 0.

    Args:
        video: The annotations.
        num_frames: Of the video that they belong to; where a name is no number below, or the names
            are not in ascending order, the annotations stay as they are.
    """
    stems = [PurePosixPath(name.replace("\\", "/")).stem for name in video.frame_names]
    if not all(stem.isdecimal() for stem in stems):
        return video
    numbers = tuple(map(int, stems))
    is_ascending = all(before < after for before, after in pairwise(numbers))
    if not is_ascending or max(numbers, default=0) >= num_frames:
        return video
    return replace(video, frame_numbers=numbers)


def _merged_label_set(
    own: LabelSet, other: LabelSet
) -> tuple[LabelSet, Mapping[CategoryId, CategoryId]]:
    """The label set with the other's classes, and where each of those is in it."""
    if own == other or not own.categories:
        return other, {category.id: category.id for category in other.categories}
    merged = list(own.categories)
    mapping: dict[CategoryId, CategoryId] = {}
    for category in other.categories:
        known = own.by_name(category.name)
        if known is not None:
            mapping[category.id] = known.id
            continue
        used = {c.id for c in merged}
        number = category.id if category.id not in used else CategoryId(max(used) + 1)
        merged.append(replace(category, id=number))
        mapping[category.id] = number
    return LabelSet(own.name, tuple(merged)), mapping


def _new_ids(project: Project, targets: Iterable[Target]) -> dict[TargetId, TargetId]:
    if not project.targets:
        return {target.id: target.id for target in targets}
    return {target.id: project.new_target_id() for target in targets}


def says_who_made(masks: Iterable[TargetMask]) -> bool:
    """Whether annotations tell the masks that a person made or checked from the network's.

    They do where each mask has its state, or some have a score: the others are a person's then.
    """
    has_unsaid = False
    for mask in masks:
        if mask.score is not None:
            return True
        has_unsaid = has_unsaid or mask.state is None
    return not has_unsaid


def _mask_changes(
    video: AnnotatedVideo,
    numbers: tuple[int, ...],
    new_ids: Mapping[TargetId, TargetId],
    source: MaskSource,
    unsaid_state: FrameState,
) -> list[Change]:
    """The points and masks of a video, then what is known of where its targets are not."""
    changes: list[Change] = []
    found: dict[tuple[TargetId, int], TargetMask] = {}
    without: list[tuple[TargetId, int]] = []
    for index, number in enumerate(numbers):
        frame = video.load_frame(index)
        for target, new_id in new_ids.items():
            if target in frame.masks:
                found[new_id, number] = frame.masks[target]
            else:
                without.append((new_id, number))
            if target in frame.points:
                point = PointExemplar(number, new_id, *frame.points[target])
                changes.append(ExemplarChange(new_id, number, (), (point,)))
    has_scores = any(mask.score is not None for mask in found.values())
    unsaid = FrameState.VERIFIED if has_scores else unsaid_state
    held = {place: _track_frame(mask, source, unsaid) for place, mask in found.items()}
    changes += [MaskChange(*place, None, after) for place, after in held.items()]
    if all(after.state.is_law for after in held.values()):
        absent = TrackFrame(Mask.empty(*video.size), FrameState.ABSENT, source=source)
        changes += [MaskChange(target, number, None, absent) for target, number in without]
    return changes


def _track_frame(mask: TargetMask, source: MaskSource, unsaid: FrameState) -> TrackFrame:
    state = mask.state or (unsaid if mask.score is None else FrameState.PREDICTED)
    return TrackFrame(mask.mask, state, 1.0 if mask.score is None else mask.score, source=source)
