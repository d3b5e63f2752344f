"""Clip, ClipSchedule: which frames go into each of the overlapping clips of a run.

Section 3.3 of the paper ("temporally overlapping clips"), and the published inference settings.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Clip:
    """A few consecutive frames that go through the network together."""

    index: int
    """Which clip of the run this is, from 0."""
    frames: tuple[int, ...]
    """Frame numbers in the order of the run: descending in a backward run."""
    num_shared: int
    """The first so many frames were also in the clip before."""

    def __post_init__(self) -> None:
        if not self.frames:
            raise ValueError("a clip needs at least one frame")
        if not 0 <= self.num_shared < len(self.frames):
            raise ValueError(
                f"{self.num_shared} of {len(self.frames)} frames cannot be shared with the clip "
                "before: at least one must be new"
            )

    @property
    def new_frames(self) -> tuple[int, ...]:
        """The frames that no earlier clip of the run had."""
        return self.frames[self.num_shared :]


@dataclass(frozen=True)
class ClipSchedule:
    """The clips of a run over a range of frames.

    Each clip but the first begins with the last `overlap` frames of the one before. The run ends
    with the first clip that reaches the end of the range; that one may be shorter.

    Raises:
        ValueError: The range is empty, a length is below 1, or the overlap is not below the length.
    """

    first_frame: int
    """Lowest frame number of the range."""
    last_frame: int
    """Highest frame number of the range, inclusive."""
    length: int
    """Frames per clip."""
    overlap: int
    """Frames that two neighbouring clips share."""
    is_backward: bool = False
    """Whether the run goes from the last frame to the first."""

    def __post_init__(self) -> None:
        if not 0 <= self.first_frame <= self.last_frame:
            raise ValueError(
                f"frames {self.first_frame}…{self.last_frame} are no range: give the lower frame "
                "first, from 0"
            )
        if self.length < 1:
            raise ValueError(f"a clip has at least 1 frame, got length {self.length}")
        if not 0 <= self.overlap < self.length:
            raise ValueError(
                f"clips of {self.length} frames cannot share {self.overlap}: the overlap is "
                f"0…{self.length - 1}"
            )

    @property
    def num_frames(self) -> int:
        """Number of frames of the range."""
        return self.last_frame - self.first_frame + 1

    def __len__(self) -> int:
        """Number of clips."""
        num_left = max(0, self.num_frames - self.length)
        stride = self.length - self.overlap
        return 1 + -(-num_left // stride)

    def __iter__(self) -> Iterator[Clip]:
        for index in range(len(self)):
            yield self.clip(index)

    def clip(self, index: int) -> Clip:
        """One clip of the run.

        Raises:
            ValueError: The run has no clip of this index.
        """
        if not 0 <= index < len(self):
            raise ValueError(f"clip {index} is not one of the {len(self)} of this run")
        start = index * (self.length - self.overlap)
        stop = min(start + self.length, self.num_frames)
        if self.is_backward:
            frames = range(self.last_frame - start, self.last_frame - stop, -1)
        else:
            frames = range(self.first_frame + start, self.first_frame + stop)
        return Clip(index, tuple(frames), self.overlap if index else 0)


@dataclass(frozen=True)
class ClipGrid:
    """The fixed clips of a video that all runs meet: from frame 0, all of one length.

    Raises:
        ValueError: A length is below 1, or the overlap is not below the length.
    """

    length: int
    """Frames per clip."""
    overlap: int
    """Frames that two neighbouring clips share."""

    def __post_init__(self) -> None:
        ClipSchedule(0, 0, self.length, self.overlap)

    def around(self, frame: int, num_frames: int) -> tuple[int, int]:
        """First and last frame of the clips that contain a frame.

        Args:
            frame: A frame of the video.
            num_frames: Frames of the video.
        """
        clips = ClipSchedule(0, num_frames - 1, self.length, self.overlap)
        stride = self.length - self.overlap
        last = min(frame // stride, len(clips) - 1)
        first = max(0, -(-(frame - self.length + 1) // stride))
        return min(clips.clip(first).frames), max(clips.clip(last).frames)
