"""What a run says of itself: lines in the log, JSON lines in a file, curves for TensorBoard."""

import json
import logging
import time
from pathlib import Path

import numpy as np

from training.losses.loss_terms import LossTerms

try:
    from torch.utils.tensorboard import SummaryWriter
except ImportError:  # an extra: `pip install tarvis-studio[training]`
    SummaryWriter = None

logger = logging.getLogger(__name__)


class TrainingLog:
    """Writes progress; silent on all ranks but the first."""

    def __init__(self, folder: Path | None, num_steps: int) -> None:
        self._file = (folder / "log.jsonl").open("a", encoding="utf-8") if folder else None
        has_curves = folder is not None and SummaryWriter is not None
        self._curves = SummaryWriter(str(folder / "curves")) if has_curves else None
        self._num_steps = num_steps
        self._begin = time.perf_counter()
        self._first_step: int | None = None

    def write(
        self, step: int, terms: LossTerms, norm: float, step_s: float, waited_s: float
    ) -> None:
        """Log a step."""
        if self._file is None:
            return
        self._first_step = step if self._first_step is None else self._first_step
        done = step - self._first_step
        left_s = 0.0
        if done:
            left_s = (time.perf_counter() - self._begin) / done * (self._num_steps - step)
        summary = terms.summary()
        entry = {
            "step": step,
            "loss": sum(summary.values()),
            **summary,
            "gradient_norm": norm,
            "step_s": step_s,
            "waiting_share": waited_s / step_s if step_s else 0.0,
            "minutes_left": left_s / 60,
        }
        self._file.write(json.dumps({key: round(value, 5) for key, value in entry.items()}) + "\n")
        self._file.flush()
        if self._curves is not None:
            for name, value in entry.items():
                self._curves.add_scalar(name, value, step)
        logger.info(
            "step %d of %d: loss %.3f, %.2f s, %.0f minutes left",
            step,
            self._num_steps,
            entry["loss"],
            step_s,
            left_s / 60,
        )

    def picture(self, step: int, picture: np.ndarray | None) -> None:
        """Show a picture, (H, W, 3) uint8 RGB, among the curves."""
        if self._curves is not None and picture is not None:
            self._curves.add_image("frame, truth, prediction", picture, step, dataformats="HWC")

    def close(self) -> None:
        """Close the files."""
        if self._file is not None:
            self._file.close()
        if self._curves is not None:
            self._curves.close()
