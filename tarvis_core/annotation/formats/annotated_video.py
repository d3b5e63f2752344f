"""What every format is read into and written from: data sets of videos of masks, frame by frame.

A still image is a video of one frame. Frames load when asked for, so a data set of any size
needs the memory of one frame.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import CategoryId, Target, TargetId
from tarvis_core.annotation.track import FrameState
from tarvis_core.sentence import Sentence


class Occlusion(Enum):
    """How much of a target is hidden; the values are OVIS's words."""

    NONE = "no_occlusion"
    SLIGHT = "slight_occlusion"
    SEVERE = "severe_occlusion"


@dataclass(frozen=True)
class TargetMask:
    """One target on one frame."""

    mask: Mask
    score: float | None = None
    """Confidence, 0…1; None for what a person made."""
    is_crowd: bool = False
    """Whether the mask covers a group that is not told apart; evaluators ignore such regions."""
    z_order: int = 0
    """Where masks overlap and a format allows one target per pixel, the highest is on top."""
    state: FrameState | None = None
    """How the mask came about, where that is known."""
    occlusion: Occlusion | None = None

    @property
    def is_law(self) -> bool:
        """Whether it is known that a person made or confirmed the mask."""
        return self.state is not None and self.state.is_law


@dataclass(frozen=True)
class AnnotatedFrame:
    """Everything annotated on one frame."""

    name: str
    """The frame's name in the data set, usually its image's file name."""
    masks: Mapping[TargetId, TargetMask]
    """The targets present; an absent target has no entry, and no entry is empty."""
    void: Mask | None = None
    """Pixels that nobody labelled and no evaluator counts."""
    image_path: Path | None = None
    """The frame's image; None where there is none to be found."""
    points: Mapping[TargetId, tuple[float, float]] = field(default_factory=dict)
    """One point (x, y) inside a target, where the format gives one; a pixel's centre is at +0.5."""
    semantic: Mapping[CategoryId, Mask] = field(default_factory=dict)
    """Class regions in a numbering of their own, where a format keeps such a layer beside the
    targets; empty where stuff is given as targets."""
    extras: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a source format that have no place here, by format; the same format's writer
    puts them back."""


@dataclass(frozen=True, eq=False)
class AnnotatedVideo:
    """One video's annotations; the frames listed are the annotated ones."""

    name: str
    size: tuple[int, int]
    """(height, width) of every frame in pixels."""
    label_set: LabelSet
    frame_names: tuple[str, ...]
    load_frame: Callable[[int], AnnotatedFrame]
    """Reads the annotations of a frame given its position in `frame_names`; may raise
    `FormatError`."""
    load_targets: Callable[[], tuple[Target, ...]]
    """Finds the targets; formats without a list of them look through all frames."""
    frame_numbers: tuple[int, ...] = ()
    """For each frame its number in the video, from 0; counted up from 0 if not given."""
    fps: float | None = None
    load_image: Callable[[int], np.ndarray] | None = None
    """Gives the image, (H, W, 3) uint8 RGB, where frames lie in no image files."""
    extras: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a source format that have no place here, by format; the same format's writer
    puts them back."""

    def __post_init__(self) -> None:
        if not self.frame_numbers:
            object.__setattr__(self, "frame_numbers", tuple(range(len(self.frame_names))))
        if len(self.frame_numbers) != len(self.frame_names):
            raise ValueError(
                f"{len(self.frame_names)} frame names need as many numbers, "
                f"not {len(self.frame_numbers)}"
            )

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """The targets of the video in order of their ids; found on first use."""
        return tuple(sorted(self.load_targets(), key=lambda target: target.id))

    @property
    def num_frames(self) -> int:
        """Number of annotated frames."""
        return len(self.frame_names)

    def frames(self) -> Iterator[AnnotatedFrame]:
        """Every frame in order; one is in memory at a time."""
        return map(self.load_frame, range(self.num_frames))

    def only(self, targets: Collection[TargetId]) -> "AnnotatedVideo":
        """The same video with some of its targets."""

        def load(index: int) -> AnnotatedFrame:
            frame = self.load_frame(index)
            return replace(frame, masks={t: m for t, m in frame.masks.items() if t in targets})

        kept = tuple(target for target in self.targets if target.id in targets)
        return replace(self, load_frame=load, load_targets=lambda: kept)


class DatasetReader(ABC):
    """The videos of a data set, each read when it is asked for.

    Readers hold no open file and can be copied into worker processes.
    """

    @property
    @abstractmethod
    def label_set(self) -> LabelSet:
        """The classes that the videos' targets belong to."""

    @abstractmethod
    def __len__(self) -> int:
        """Number of videos."""

    @abstractmethod
    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The video at a position from 0.

        Raises:
            IndexError: There is no such video.
            FormatError: Its description is damaged.
        """

    def __iter__(self) -> Iterator[AnnotatedVideo]:
        """Every video in order; one is in memory at a time."""
        return (self[index] for index in range(len(self)))

    @property
    def extras(self) -> Mapping[str, Any]:
        """Fields of the whole data set that have no place here, by format."""
        return {}

    @property
    def problems(self) -> tuple[Sentence, ...]:
        """What is odd about the files but does not keep them from being read."""
        return ()


class VideoCollection(DatasetReader):
    """Videos that are in memory already, such as an open project's."""

    def __init__(self, label_set: LabelSet, videos: Iterable[AnnotatedVideo]) -> None:
        self._label_set = label_set
        self._videos = tuple(videos)

    @property
    def label_set(self) -> LabelSet:
        """The classes that the videos' targets belong to."""
        return self._label_set

    def __len__(self) -> int:
        """Number of videos."""
        return len(self._videos)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The video at a position from 0."""
        return self._videos[index]
