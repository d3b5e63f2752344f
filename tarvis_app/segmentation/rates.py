"""Rates: how long encoding and decoding take on this machine, and what follows for a run."""

from dataclasses import dataclass
from typing import Self

from tarvis_app.segmentation.answer_clock import AnswerTimes
from tarvis_core.video.clip import ClipGrid
from tarvis_core.video.encoding_work import EncodingTimes, EncodingWork

DECODING_PART = 0.08
"""Of encoding a frame: what decoding it takes, and as much again for each target. The starter model
takes about as long on a CPU; it stands where nothing was measured yet."""
MIN_FRAMES = 4
"""Fewer frames of a run say nothing."""
FRAMES_BEFORE = 10
"""While a run goes on, what was known before it counts as much as so many of its frames."""


@dataclass(frozen=True)
class EncodingRate:
    """How long it takes to compute features."""

    frame_s: float
    """For a frame's own features."""
    clip_s: float
    """For joining the frames of a clip."""

    def seconds(self, work: EncodingWork) -> float:
        """How long some work takes."""
        return work.num_frames * self.frame_s + work.num_clips * self.clip_s

    def per_frame(self, grid: ClipGrid) -> float:
        """What a frame of a long run takes: it is joined once for as many as a clip adds."""
        return self.frame_s + self.clip_s / (grid.length - grid.overlap)

    def scaled(self, factor: float) -> Self:
        """The same for frames that are larger by a factor."""
        return type(self)(self.frame_s * factor, self.clip_s * factor)

    def learned(self, newest: Self, share: float) -> Self:
        """The mean with a newer measurement, which counts for a share of 1."""
        return type(self)(
            self.frame_s + share * (newest.frame_s - self.frame_s),
            self.clip_s + share * (newest.clip_s - self.clip_s),
        )


@dataclass(frozen=True)
class DecodingRate:
    """How long it takes to make masks of features, for each frame."""

    frame_s: float
    """Whoever is carried."""
    target_s: float
    """More for each target."""

    @classmethod
    def first(cls, frame_s: float, num_targets: int) -> Self:
        """From one measurement: what a frame takes and what a target takes are about alike.

        Args:
            frame_s: What a frame took, all in all.
            num_targets: So many targets were carried.
        """
        part = frame_s / (1 + num_targets)
        return cls(part, part)

    def seconds(self, num_frames: int, num_targets: int) -> float:
        """How long so many targets take on so many frames."""
        return num_frames * (self.frame_s + num_targets * self.target_s)

    def scaled(self, frame: float, target: float) -> Self:
        """The same where what a frame and what a target take is larger by these factors."""
        return type(self)(self.frame_s * frame, self.target_s * target)

    def learned(self, frame_s: float, num_targets: int, share: float = 1.0) -> Self:
        """Nearer to a newer measurement, with as little change as brings that about.

        So measurements with few and with many targets come to tell one part from the other.

        Args:
            frame_s: What a frame took, all in all.
            num_targets: So many targets were carried.
            share: How much of the difference is made up for, up to 1.
        """
        expected = self.seconds(1, num_targets)
        wanted = expected + share * (frame_s - expected)
        step = (wanted - expected) / (1 + num_targets**2)
        frame, target = self.frame_s + step, self.target_s + num_targets * step
        if frame < 0 or target < 0:
            return self.scaled(*[wanted / expected] * 2)
        return type(self)(frame, target)


def guessed_decoding(encoding: EncodingRate, grid: ClipGrid) -> DecodingRate:
    """What decoding takes about, where only encoding was measured."""
    part = DECODING_PART * encoding.per_frame(grid)
    return DecodingRate(part, part)


class RunTimes:
    """Adds up what a run took."""

    def __init__(self) -> None:
        self._encoded = EncodingTimes()
        self._decoded: dict[int, tuple[int, float]] = {}
        """Frames and seconds by number of targets."""

    def add(self, times: AnswerTimes, num_frames: int, num_targets: int) -> None:
        """Add one answer.

        Args:
            times: What it took.
            num_frames: It gave masks on so many frames.
            num_targets: Of so many targets.
        """
        self._encoded = self._encoded.plus(times.encoded)
        frames, seconds = self._decoded.get(num_targets, (0, 0.0))
        self._decoded[num_targets] = (frames + num_frames, seconds + times.decoding_s)

    @property
    def is_enough(self) -> bool:
        """Whether it went on for so long that it says something."""
        return any(frames >= MIN_FRAMES for frames, _ in self._decoded.values())

    def encoding(
        self, before: EncodingRate | None, share: float | None = None
    ) -> EncodingRate | None:
        """What encoding takes.

        Args:
            before: What was known before the run.
            share: How much the run counts, up to 1; None for more the longer it goes on.
        """
        done = self._encoded
        if done.num_frames < MIN_FRAMES or not done.num_clips:
            return before
        newest = EncodingRate(done.frames_s / done.num_frames, done.clips_s / done.num_clips)
        if before is None:
            return newest
        return before.learned(newest, _share_of(done.num_frames) if share is None else share)

    def decoding(
        self, before: DecodingRate | None, share: float | None = None
    ) -> DecodingRate | None:
        """What decoding takes; see `encoding`."""
        for num_targets, (frames, seconds) in self._decoded.items():
            if frames < MIN_FRAMES:
                continue
            if before is None:
                before = DecodingRate.first(seconds / frames, num_targets)
            else:
                own = _share_of(frames) if share is None else share
                before = before.learned(seconds / frames, num_targets, own)
        return before


def _share_of(num_frames: int) -> float:
    return num_frames / (num_frames + FRAMES_BEFORE)
