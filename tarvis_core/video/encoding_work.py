"""What encoding a video is: what of its features is kept, what is left to do, what it took."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tarvis_core.video.clip import ClipGrid, ClipSchedule


@dataclass(frozen=True)
class EncodingWork:
    """How much is to be encoded."""

    num_frames: int = 0
    """Frames whose own features are to be computed."""
    num_clips: int = 0
    """Clips whose frames are to be joined."""


@dataclass(frozen=True)
class EncodingTimes:
    """What was encoded, and how long it took."""

    num_frames: int = 0
    """Frames whose own features were computed."""
    frames_s: float = 0.0
    num_clips: int = 0
    """Clips whose frames were joined."""
    clips_s: float = 0.0
    alone_s: float = 0.0
    """For frames that were looked at alone, as clicks and anchors are."""

    @property
    def total_s(self) -> float:
        """All of it."""
        return self.frames_s + self.clips_s + self.alone_s

    def plus(self, other: "EncodingTimes") -> "EncodingTimes":
        """Both together."""
        return EncodingTimes(
            self.num_frames + other.num_frames,
            self.frames_s + other.frames_s,
            self.num_clips + other.num_clips,
            self.clips_s + other.clips_s,
            self.alone_s + other.alone_s,
        )

    def since(self, before: "EncodingTimes") -> "EncodingTimes":
        """What came since an earlier reading."""
        return EncodingTimes(
            self.num_frames - before.num_frames,
            self.frames_s - before.frames_s,
            self.num_clips - before.num_clips,
            self.clips_s - before.clips_s,
            self.alone_s - before.alone_s,
        )


@dataclass(frozen=True)
class KeptFeatures:
    """Which features of a video are there already, so that runs need not compute them."""

    grid: ClipGrid
    num_frames: int
    """Of the video."""
    frame_size: tuple[int, int]
    """(height, width) of its frames in pixels."""
    input_size: tuple[int, int]
    """(height, width) of its frames as the network sees them, padding included."""
    clips: tuple[int, ...] = ()
    """First frames of the clips that are kept, the least recently used first."""
    frames: tuple[int, ...] = ()
    """Frames whose own features are kept, the least recently used first."""
    clip_room: int | None = None
    """How many clips can be kept; None where that is not known."""
    frame_room: int | None = None
    """How many frames' own features can be kept; None where that is not known."""

    def missing(
        self, spans: Iterable[tuple[int, int]], *, is_backward: bool = False
    ) -> EncodingWork:
        """What has to be encoded on a way through the video.

        What is kept is given up on the way where there is no room, the least recently used first.

        Args:
            spans: First and last frame of each stretch, both inclusive, in the order of the way.
            is_backward: Whether each stretch is gone through from its last frame.
        """
        clips, frames = OrderedDict.fromkeys(self.clips), OrderedDict.fromkeys(self.frames)
        schedule = ClipSchedule(0, self.num_frames - 1, self.grid.length, self.grid.overlap)
        num_frames = num_clips = 0
        for first, last in spans:
            for index in self._indices(len(schedule), first, last, is_backward=is_backward):
                members = schedule.clip(index).frames
                if _touch(clips, members[0], self.clip_room):
                    continue
                num_clips += 1
                known_first = sorted(members, key=lambda frame: frame not in frames)
                num_frames += sum(not _touch(frames, f, self.frame_room) for f in known_first)
        return EncodingWork(num_frames, num_clips)

    def _indices(
        self, num_clips: int, first: int, last: int, *, is_backward: bool
    ) -> Iterator[int]:
        """The clips of the grid that a run over a stretch goes through, in its order."""
        stride = self.grid.length - self.grid.overlap
        begin = min(first // stride, num_clips - 1)
        end = min(max(begin, -(-(last + 1 - self.grid.length) // stride)), num_clips - 1)
        indices = range(begin, end + 1)
        return reversed(indices) if is_backward else iter(indices)


def _touch(kept: OrderedDict[int, None], key: int, room: int | None) -> bool:
    """Use what is kept, or keep it from now on; whether it was there."""
    was_there = key in kept
    kept[key] = None
    kept.move_to_end(key)
    if room is not None and len(kept) > room:
        kept.popitem(last=False)
    return was_there
