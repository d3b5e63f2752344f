"""The rows of the window's table: what was measured, by the clock and by the processor."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    unit: str
    least: float
    median: float
    largest: float
    processor: float | None = None
    """Median of the time that processors worked for it; on a busy machine nearer to the truth."""
    target: float | None = None
    """What the figure should be at most."""

    @classmethod
    def of(
        cls,
        name: str,
        seconds: Sequence[float],
        processor: Sequence[float] | None = None,
        target: float | None = None,
    ) -> "Row":
        """A row in milliseconds from repeats in seconds."""
        values = 1000 * np.array(seconds)
        used = None if processor is None else 1000 * float(np.median(processor))
        least, median, largest = float(values.min()), float(np.median(values)), float(values.max())
        return cls(name, "ms", least, median, largest, used, target)

    def to_json(self) -> dict[str, object]:
        """The row as JSON has it, rounded to what was measured."""
        return {
            key: round(value, 3) if isinstance(value, float) else value
            for key, value in asdict(self).items()
        }

    def __str__(self) -> str:
        used = "" if self.processor is None else f"{self.processor:10.2f}"
        aim = "" if self.target is None else f"≤ {self.target:g}"
        numbers = f"{self.least:10.2f} {self.median:10.2f} {self.largest:10.2f} {used:>10}"
        return f"{self.name:<52} {numbers}  {self.unit:<5} {aim}"


HEADER = f"{'':<52} {'least':>10} {'median':>10} {'largest':>10} {'processor':>10}  unit  target"


def timed(call: Callable[[], object], repeats: int) -> tuple[list[float], list[float]]:
    """Seconds that each call takes, and seconds that the process worked for it."""
    taken, worked = [], []
    for _ in range(repeats):
        start, started = time.perf_counter(), time.process_time()
        call()
        taken.append(time.perf_counter() - start)
        worked.append(time.process_time() - started)
    return taken, worked
