"""Holds back the frames that the next clip predicts once more, and pairs the predictions.

A frame leaves the buffer when no later clip will predict it. So memory holds the shared frames of
one clip, whatever the length of the video.
"""

from collections.abc import Container
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from tarvis_core.video.frame_geometry import FrameGeometry


@dataclass(frozen=True)
class ClipLogits:
    """Mask logits of one clip, target by target."""

    frames: tuple[int, ...]
    """Frame numbers, in the order of the run."""
    targets: tuple[int, ...]
    """Ids of the N targets (or classes); an id may occur twice in the published behaviour."""
    logits_NTHW: Tensor
    """Logits at stride 4 of the padded input, frames in the order of `frames`."""
    geometry: FrameGeometry
    is_predicted_NT: np.ndarray = field(default_factory=lambda: np.ones((1, 1), np.bool_))
    """bool, broadcast to (N, T): False where this clip says nothing of a target, because its
    first exemplar comes later in the run."""

    def position(self, frame: int) -> int:
        """Index of a frame among `frames`."""
        return self.frames.index(frame)

    def on_frames(self, frames: tuple[int, ...]) -> Tensor:
        """The logits on some of the clip's frames, in the order asked for: (N, T', H4, W4)."""
        return self.logits_NTHW[:, [self.position(frame) for frame in frames]]


@dataclass(frozen=True)
class FramePrediction:
    """What one clip predicted for one frame."""

    targets: tuple[int, ...]
    logits_NHW: Tensor
    geometry: FrameGeometry


@dataclass(frozen=True)
class FramePredictions:
    """All predictions of one frame, the earliest clip's first."""

    frame: int
    predictions: tuple[FramePrediction, ...]

    @property
    def targets(self) -> tuple[int, ...]:
        """Every target that some clip predicted, in the order of appearance."""
        return tuple(dict.fromkeys(t for each in self.predictions for t in each.targets))


class OverlapBuffer:
    """Pairs the predictions of frames that several clips share."""

    def __init__(self) -> None:
        self._pending: dict[int, tuple[FramePrediction, ...]] = {}

    def push(self, clip: ClipLogits, held: Container[int] = ()) -> list[FramePredictions]:
        """Take a clip; return the frames that are now settled, in the order of the run.

        Args:
            clip: The next clip of the run.
            held: Frames that the clip after this one predicts again.
        """
        settled = [
            FramePredictions(frame, self._pending.pop(frame))
            for frame in [frame for frame in self._pending if frame not in clip.frames]
        ]
        for position, frame in enumerate(clip.frames):
            predictions = (*self._pending.pop(frame, ()), _prediction(clip, position))
            if frame in held:
                self._pending[frame] = predictions
            else:
                settled.append(FramePredictions(frame, predictions))
        return settled

    def finish(self) -> list[FramePredictions]:
        """The frames still held, for when no clip follows."""
        settled = [FramePredictions(frame, each) for frame, each in self._pending.items()]
        self._pending.clear()
        return settled


def _prediction(clip: ClipLogits, position: int) -> FramePrediction:
    shape = (len(clip.targets), len(clip.frames))
    kept = np.broadcast_to(clip.is_predicted_NT, shape)[:, position]
    logits_NHW = clip.logits_NTHW[:, position]
    if kept.all():
        return FramePrediction(clip.targets, logits_NHW, clip.geometry)
    rows = np.flatnonzero(kept).tolist()
    return FramePrediction(
        tuple(clip.targets[row] for row in rows), logits_NHW[rows], clip.geometry
    )
