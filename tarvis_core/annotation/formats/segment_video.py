"""Videos whose frames are panoptic images with lists of segments, as VPS data sets have them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tarvis_core.annotation.formats.annotated_video import AnnotatedFrame, AnnotatedVideo
from tarvis_core.annotation.formats.json_value import JsonObject
from tarvis_core.annotation.formats.segment_image import (
    Segment,
    read_segment_image,
    read_segments,
    segment_targets,
)
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.target import Target


@dataclass(frozen=True)
class SegmentFrame:
    """Where the parts of a frame are."""

    name: str
    label_path: Path
    """Its panoptic image."""
    image_path: Path | None = None


@dataclass(frozen=True)
class SegmentFrames:
    """Loads the frames of one video; can be copied into other processes."""

    size: tuple[int, int]
    frames: tuple[SegmentFrame, ...]
    segments_at: Callable[[int], JsonObject]
    """The object with the list `segments_info` of a frame."""

    def to_video(self, name: str, label_set: LabelSet) -> AnnotatedVideo:
        """The video that these frames are."""
        return AnnotatedVideo(
            name=name,
            size=self.size,
            label_set=label_set,
            frame_names=tuple(frame.name for frame in self.frames),
            load_frame=self.load,
            load_targets=partial(self.targets, label_set),
        )

    def load(self, index: int) -> AnnotatedFrame:
        """The frame at a position."""
        frame = self.frames[index]
        segments = read_segments(self.segments_at(index))
        masks, void = read_segment_image(frame.label_path, self.size, segments)
        return AnnotatedFrame(frame.name, masks, void, frame.image_path)

    def targets(self, label_set: LabelSet) -> tuple[Target, ...]:
        """The segments of all frames; the class of a segment is that of its first frame."""
        found: dict[int, Segment] = {}
        for index in range(len(self.frames)):
            for number, segment in read_segments(self.segments_at(index)).items():
                found.setdefault(number, segment)
        return tuple(segment_targets(found, label_set))
