"""VIS over a video: links the tracks of clip after clip and settles frames as it goes."""

from collections.abc import Container

import torch

from tarvis_core.inference.clip_linking import ClassMeans, TrackNumbers
from tarvis_core.inference.mask_resizing import refit
from tarvis_core.inference.overlap_buffer import ClipLogits, FramePredictions, OverlapBuffer
from tarvis_core.video.frame_geometry import FrameGeometry


class InstanceTracks:
    """The tracks of a video, clip by clip (specification, 8.2, steps 2–5 and 7).

    Memory holds the logits of one clip, and per track the sum of its class logits.
    """

    def __init__(self, first_id: int = 1) -> None:
        self.classes = ClassMeans()
        self._numbers = TrackNumbers(first_id)
        self._buffer = OverlapBuffer()
        self._previous: ClipLogits | None = None

    def push(
        self,
        frames: tuple[int, ...],
        logits_NTHW: torch.Tensor,
        class_logits_NK: torch.Tensor,
        geometry: FrameGeometry,
        held: Container[int] = (),
    ) -> list[FramePredictions]:
        """Take the chosen instances of the next clip.

        Args:
            frames: The clip's frames, in the order of the run.
            logits_NTHW: Their mask logits, frames in that order.
            class_logits_NK: Their class logits, background first.
            geometry: Of the clip's frames.
            held: Frames that the next clip predicts again.

        Returns:
            The frames that are now settled, with track ids as targets.
        """
        clip = ClipLogits(frames, tuple(range(len(logits_NTHW))), logits_NTHW, geometry)
        earlier, later = self._on_shared_frames(clip)
        ids = self._numbers.number(earlier, later, len(logits_NTHW))
        self.classes.add(ids, class_logits_NK)
        self._previous = ClipLogits(frames, ids, logits_NTHW, geometry)
        return self._buffer.push(self._previous, held)

    def finish(self) -> list[FramePredictions]:
        """The frames still held, for when no clip follows."""
        return self._buffer.finish()

    def _on_shared_frames(self, clip: ClipLogits) -> tuple[torch.Tensor | None, torch.Tensor]:
        previous = self._previous
        shared = (
            ()
            if previous is None
            else tuple(frame for frame in clip.frames if frame in previous.frames)
        )
        later = clip.on_frames(shared)
        if previous is None or not shared:
            return None, later
        earlier = refit(previous.on_frames(shared), previous.geometry, clip.geometry)
        return earlier, later
