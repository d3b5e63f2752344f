"""TimeScale: which frames a stretch of pixels shows, and how it zooms and scrolls."""

from dataclasses import dataclass

MIN_VISIBLE = 8.0
"""Closest zoom: so many frames over the whole width."""


@dataclass(frozen=True)
class TimeScale:
    """Frames `first` to `last` (exclusive, fractions allowed) over `width` pixels."""

    first: float
    last: float
    width: int

    @property
    def pixels_per_frame(self) -> float:
        """How wide one frame is."""
        return self.width / max(self.last - self.first, 1e-9)

    def x_of(self, frame: float) -> float:
        """The pixel at which a frame begins; its middle lies half a frame further."""
        return (frame - self.first) * self.pixels_per_frame

    def frame_at(self, x: float) -> int:
        """The frame under a pixel."""
        return int((x / max(self.pixels_per_frame, 1e-9)) + self.first)

    def zoomed(self, factor: float, x: float, num_frames: int) -> "TimeScale":
        """Show fewer (factor > 1) or more frames; the frame under `x` stays where it is."""
        limit = max(float(num_frames), MIN_VISIBLE)
        span = min(limit, max(MIN_VISIBLE, (self.last - self.first) / factor))
        share = x / max(1, self.width)
        anchor = self.first + share * (self.last - self.first)
        return TimeScale(anchor - share * span, anchor + (1 - share) * span, self.width).inside(
            num_frames
        )

    def scrolled(self, frames: float, num_frames: int) -> "TimeScale":
        """Show later (positive) or earlier frames."""
        return TimeScale(self.first + frames, self.last + frames, self.width).inside(num_frames)

    def inside(self, num_frames: int) -> "TimeScale":
        """Moved so that no more than needed lies outside the video."""
        span = self.last - self.first
        end = max(float(num_frames), MIN_VISIBLE)
        first = max(0.0, min(self.first, end - span))
        return TimeScale(first, first + span, self.width)

    def with_width(self, width: int) -> "TimeScale":
        """The same frames over another width."""
        return TimeScale(self.first, self.last, width)

    def showing(self, frame: int, num_frames: int) -> "TimeScale":
        """Scrolled so that a frame is in view."""
        if self.first <= frame and frame + 1 <= self.last:
            return self
        span = self.last - self.first
        return TimeScale(frame - span * 0.1, frame + span * 0.9, self.width).inside(num_frames)


def tick_step(pixels_per_frame: float, min_pixels: float = 70.0) -> int:
    """Frames between two labelled ticks: 1, 2 or 5 times a power of ten, at least so wide."""
    step = 1
    while step * pixels_per_frame < min_pixels:
        for factor in (2, 5, 10):
            if step * factor * pixels_per_frame >= min_pixels:
                return step * factor
        step *= 10
    return step
