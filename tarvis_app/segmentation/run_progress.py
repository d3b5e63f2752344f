"""RunProgress: how far a run has come, how fast, and what is left."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RunProgress:
    """How far a run has come."""

    frames_done: int
    frames_total: int
    elapsed_s: float
    head: int | None = None
    """Frame that was written last; None before the first."""

    @property
    def frames_per_second(self) -> float:
        """Average speed so far; 0 before the first frame."""
        return self.frames_done / self.elapsed_s if self.elapsed_s > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Time left at the average speed; None while nothing is known."""
        speed = self.frames_per_second
        return (self.frames_total - self.frames_done) / speed if speed > 0 else None
