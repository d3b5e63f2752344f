"""MaskCollection: the masks of a run as they stream in, and the files that they become."""

from collections.abc import Mapping
from pathlib import Path

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    TargetMask,
    VideoCollection,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat
from tarvis_core.annotation.formats.write_job import WriteOptions, WriteReport
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.palette import target_colour
from tarvis_core.annotation.segmentation import ClipMasks, FoundTarget, PredictedMask
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.annotation.track import FrameState
from tarvis_core.video.video_reader import VideoReader


class MaskCollection:
    """Keeps the run-length masks of a run by frame."""

    def __init__(
        self,
        label_set: LabelSet,
        targets: Mapping[TargetId, Target] | None = None,
        keyframes: frozenset[tuple[TargetId, int]] = frozenset(),
    ) -> None:
        """Make an empty collection.

        Args:
            label_set: The classes that targets may have.
            targets: Targets known beforehand; others get a name from their class or number.
            keyframes: (target, frame) of the masks that a person gave.
        """
        self.label_set = label_set
        self._targets = dict(targets or {})
        self._keyframes = keyframes
        self._frames: dict[int, dict[TargetId, PredictedMask]] = {}
        self._found: dict[TargetId, FoundTarget] = {}

    def add(self, clip: ClipMasks) -> None:
        """Take the masks of a clip; they replace earlier ones of the same target and frame."""
        self._found.update({each.target: each for each in clip.found})
        for frame in clip.frames:
            masks = self._frames.setdefault(frame, {})
            for target, by_frame in clip.masks.items():
                masks.pop(target, None)
                if frame in by_frame:
                    masks[target] = by_frame[frame]

    @property
    def frames(self) -> tuple[int, ...]:
        """Frames that are done, in order of time."""
        return tuple(sorted(self._frames))

    def masks_at(self, frame: int) -> dict[TargetId, Mask]:
        """The masks of a frame."""
        return {target: each.mask for target, each in self._frames.get(frame, {}).items()}

    @property
    def targets(self) -> tuple[Target, ...]:
        """Every target with a mask, in order of ids."""
        seen = sorted({target for masks in self._frames.values() for target in masks})
        return tuple(self._target(target) for target in seen)

    def to_video(self, video: VideoReader) -> AnnotatedVideo:
        """What is done, as formats write it.

        Args:
            video: The video; images are read from it if they are to be written.
        """
        numbers = self.frames
        names = tuple(video.frame_names[number] for number in numbers)
        paths = video.image_paths

        def load_frame(index: int) -> AnnotatedFrame:
            number = numbers[index]
            path = paths[number] if paths else None
            return AnnotatedFrame(names[index], self._target_masks(number), image_path=path)

        return AnnotatedVideo(
            name=video.path.stem or "video",
            size=video.size,
            label_set=self.label_set,
            frame_names=names,
            frame_numbers=numbers,
            fps=None if paths else video.fps,
            load_frame=load_frame,
            load_targets=lambda: self.targets,
            load_image=None if paths else lambda index: video.frame(numbers[index]),
        )

    def write(
        self,
        video: VideoReader,
        annotation_format: AnnotationFormat,
        folder: Path,
        options: WriteOptions,
    ) -> WriteReport:
        """Write what is done.

        Raises:
            FormatError: A file cannot be written.
        """
        dataset = VideoCollection(self.label_set, [self.to_video(video)])
        return annotation_format.write(dataset, folder, options)

    def _target_masks(self, frame: int) -> dict[TargetId, TargetMask]:
        return {
            target: TargetMask(each.mask, each.score, state=self._state(target, frame))
            for target, each in self._frames[frame].items()
        }

    def _state(self, target: TargetId, frame: int) -> FrameState:
        is_given = (target, frame) in self._keyframes
        return FrameState.KEYFRAME if is_given else FrameState.PREDICTED

    def _target(self, target: TargetId) -> Target:
        known = self._targets.get(target)
        if known is not None:
            return known
        found = self._found.get(target)
        if found is None:
            return Target(target, f"target {target}", colour=target_colour(target))
        category = self.label_set.category(found.category)
        name = f"{category.name} {target}"
        return Target(target, name, category.id, found.kind, target_colour(target))
