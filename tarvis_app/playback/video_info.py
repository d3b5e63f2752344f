"""What the window knows of a video, and what it needs of whoever reads it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np

from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.sentence import Sentence
from tarvis_core.video.video_facts import VideoFacts


class Reader(Protocol):
    """What the window needs of a video reader."""

    @property
    def num_frames(self) -> int:
        """Number of frames."""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""

    @property
    def fps(self) -> float:
        """Average frames per second."""

    @property
    def times_s(self) -> np.ndarray:
        """Presentation time of each frame in seconds."""

    @property
    def problems(self) -> tuple[Sentence, ...]:
        """What could not be read."""

    @property
    def facts(self) -> VideoFacts:
        """How the frames are stored."""

    def identity(self) -> VideoIdentity:
        """How a project knows the video again."""

    def frame(self, number: int) -> np.ndarray:
        """One frame, (height, width, 3) uint8 RGB."""

    def frames(self, numbers: Iterable[int]) -> Iterator[np.ndarray]:
        """Several frames, in the order asked."""

    def close(self) -> None:
        """Let the file go."""


@dataclass(frozen=True)
class VideoInfo:
    """What the window knows of the open video."""

    path: Path
    num_frames: int
    size: tuple[int, int]
    """(height, width) in pixels."""
    fps: float
    identity: VideoIdentity
    """How a project knows it again."""
    times_s: np.ndarray
    """Presentation time of each frame in seconds, (num_frames,)."""
    facts: VideoFacts
    """How the frames are stored."""
    problems: tuple[Sentence, ...] = ()

    @classmethod
    def of(cls, path: Path, reader: Reader) -> Self:
        """What an open reader says of its video.

        Raises:
            VideoError: The file cannot be read any more.
        """
        return cls(
            path,
            reader.num_frames,
            reader.size,
            reader.fps,
            reader.identity(),
            reader.times_s,
            reader.facts,
            reader.problems,
        )
