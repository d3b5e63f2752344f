"""What encoding a video is: what of its features is kept, what is left to do, what it took."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tarvis_core.video.clip import ClipGrid, ClipSchedule
from tarvis_core.video.kept_stretches import KeptStretches


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
        However long the stretches are, this takes about as many steps as there are of them, and of
        neighbours that are kept.

        Args:
            spans: First and last frame of each stretch, both inclusive, in the order of the way.
            is_backward: Whether each stretch is gone through from its last frame.
        """
        kept_clips = KeptStretches(map(self._place, self.clips), self.clip_room)
        kept_frames = KeptStretches(self.frames, self.frame_room)
        num_frames = num_clips = 0
        for way in self._ways(spans, is_backward=is_backward):
            for clips in kept_clips.use(way):
                num_clips += len(clips)
                num_frames += sum(map(len, kept_frames.use(self._frames_of(clips))))
                num_frames += (len(clips) - 1) * self._num_forgotten
        return EncodingWork(num_frames, num_clips)

    def _place(self, first: int) -> int:
        """Which clip of the grid begins with a frame; a negative number of its own if none does."""
        place, rest = divmod(first, self._stride)
        return -1 - first if rest else place

    @property
    def _stride(self) -> int:
        return self.grid.length - self.grid.overlap

    @property
    def _num_forgotten(self) -> int:
        """How many of the frames that two neighbours share are computed for each of them."""
        return 0 if self.frame_room is None else max(0, self.grid.overlap - self.frame_room)

    def _ways(self, spans: Iterable[tuple[int, int]], *, is_backward: bool) -> Iterator[range]:
        """The clips of the grid that a run over stretches goes through; no way goes on in the next.

        A clip that ends one stretch and begins the next is used twice at once: it counts once.
        """
        schedule = ClipSchedule(0, self.num_frames - 1, self.grid.length, self.grid.overlap)
        step = -1 if is_backward else 1
        way = range(0)
        for first, last in spans:
            begin = min(first // self._stride, len(schedule) - 1)
            end = -(-(last + 1 - self.grid.length) // self._stride)
            end = min(max(begin, end), len(schedule) - 1)
            clips = range(begin, end + 1)[::step]
            if way and clips[0] - way[-1] in (0, step):
                way = range(way[0], clips[-1] + step, step)
                continue
            if way:
                yield way
            way = clips
        if way:
            yield way

    def _frames_of(self, clips: range) -> range:
        """All frames of neighbouring clips, in the order of the clips."""
        first = min(clips[0], clips[-1]) * self._stride
        last = max(clips[0], clips[-1]) * self._stride + self.grid.length - 1
        return range(first, min(last, self.num_frames - 1) + 1)[:: clips.step]
