"""Curves of a run as one picture, drawn from its log: loss, its terms, and the gradient's norm."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tarvis_core.annotation.palette import target_colour
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import FormatError

PANEL = (240, 420)
"""(height, width) of one curve's part of the picture, in pixels."""
MARGIN = 44
NUM_COLUMNS = 2
LEFT_OUT = ("step", "step_s", "waiting_share", "minutes_left")
"""Entries of the log that say nothing of what is learned."""
SMOOTH_PART = 0.04
"""The thick line is a mean over this part of the run."""
GREY, BLACK = (170, 170, 170), (30, 30, 30)


@dataclass(frozen=True)
class Curve:
    """One value over the steps of a run."""

    name: str
    steps: np.ndarray
    values: np.ndarray

    @property
    def smooth(self) -> np.ndarray:
        """Each value averaged with its neighbours."""
        width = max(1, round(len(self.values) * SMOOTH_PART))
        kernel = np.ones(2 * width + 1)
        sums = np.convolve(self.values, kernel, "full")[width:-width]
        return sums / np.convolve(np.ones(len(self.values)), kernel, "full")[width:-width]


def read_curves(log: Path) -> list[Curve]:
    """The curves of a run's `log.jsonl`; a step that was done again counts once.

    Raises:
        FormatError: The file is missing or damaged, or holds no steps.
    """
    by_step: dict[int, Mapping[str, float]] = {}
    try:
        for line in log.read_text("utf-8").splitlines():
            entry = json.loads(line)
            by_step[entry["step"]] = entry
    except (OSError, KeyError, json.JSONDecodeError) as error:
        raise FormatError(f"{log} cannot be read as a run's log: {error!r}") from error
    if not by_step:
        raise FormatError(f"{log} holds no steps yet; let the run go on")
    names = {name: None for entry in by_step.values() for name in entry if name not in LEFT_OUT}
    curves = [_curve(name, by_step) for name in names]
    return [curve for curve in curves if len(curve.steps)]


def draw_curves(curves: Sequence[Curve]) -> np.ndarray:
    """The picture (H, W, 3) RGB uint8: a panel for each curve, two beside each other."""
    panels = [_panel(curve, TargetId(1 + index)) for index, curve in enumerate(curves)]
    while len(panels) % NUM_COLUMNS:
        panels.append(np.full_like(panels[0], 255))
    rows = [
        np.concatenate(panels[first : first + NUM_COLUMNS], axis=1)
        for first in range(0, len(panels), NUM_COLUMNS)
    ]
    return np.concatenate(rows, axis=0)


def _curve(name: str, by_step: Mapping[int, Mapping[str, float]]) -> Curve:
    steps = [step for step in sorted(by_step) if np.isfinite(by_step[step].get(name, np.nan))]
    return Curve(name, np.array(steps), np.array([by_step[step][name] for step in steps], float))


def _panel(curve: Curve, colour_of: TargetId) -> np.ndarray:
    height, width = PANEL
    panel = np.full((height, width, 3), 255, np.uint8)
    low, high = _range(curve.values)
    begin, end = int(curve.steps[0]), int(curve.steps[-1])
    across = (curve.steps - begin) / max(end - begin, 1) * (width - 2 * MARGIN) + MARGIN

    def line(values: np.ndarray, colour: tuple[int, int, int], thickness: int) -> None:
        down = height - MARGIN - (values - low) / (high - low) * (height - 2 * MARGIN)
        points = np.stack([across, np.clip(down, MARGIN, height - MARGIN)], axis=-1)
        places = points.round().astype(np.int32)
        cv2.polylines(panel, [places], False, colour, thickness, cv2.LINE_AA)  # noqa: FBT003

    corners = (MARGIN, MARGIN), (width - MARGIN, height - MARGIN)
    cv2.rectangle(panel, *corners, GREY, 1)
    line(curve.values, GREY, 1)
    line(curve.smooth, target_colour(colour_of), 2)
    _write(panel, curve.name, (MARGIN, MARGIN - 12), 0.5)
    _write(panel, f"{high:.3g}", (4, MARGIN + 4), 0.36)
    _write(panel, f"{low:.3g}", (4, height - MARGIN + 4), 0.36)
    _write(panel, f"step {begin}", (MARGIN, height - MARGIN + 18), 0.36)
    _write(panel, f"{end}", (width - MARGIN - 36, height - MARGIN + 18), 0.36)
    last = f"last {curve.smooth[-1]:.3g}"
    _write(panel, last, (width - MARGIN - 80, MARGIN - 12), 0.4)
    return panel


def _range(values: np.ndarray) -> tuple[float, float]:
    """What the panel shows: all but single outliers."""
    low, high = np.quantile(values, (0.0, 0.99))
    return (float(low), float(high)) if high > low else (float(low) - 0.5, float(low) + 0.5)


def _write(panel: np.ndarray, words: str, place: tuple[int, int], size: float) -> None:
    cv2.putText(panel, words, place, cv2.FONT_HERSHEY_SIMPLEX, size, BLACK, 1, cv2.LINE_AA)
