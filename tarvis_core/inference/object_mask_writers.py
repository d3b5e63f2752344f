"""From the targets' logits of clip after clip to final masks: averaged, or as published."""

from collections.abc import Callable, Container, Sequence
from typing import Protocol

from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.clip_stepper import SettledFrame
from tarvis_core.inference.decoding.instances import predicted_mask
from tarvis_core.inference.decoding.objects import FrameRules, object_masks
from tarvis_core.inference.mask_resizing import winner_of_resized
from tarvis_core.inference.overlap_buffer import ClipLogits, FramePredictions, OverlapBuffer


class ObjectMaskWriter(Protocol):
    """Takes clips in the order of the run and gives frames back when they are final."""

    def push(self, clip: ClipLogits, held: Container[int]) -> list[SettledFrame]:
        """Take a clip.

        Args:
            clip: The clip's logits.
            held: Frames that the next clip predicts again.
        """

    def skip(self, clip: ClipLogits, held: Container[int]) -> list[SettledFrame]:
        """Take a clip in which there was nothing to predict; it has no targets."""

    def finish(self) -> list[SettledFrame]:
        """The frames still held, for when no clip follows."""


class AveragingWriter:
    """The intended behaviour: logits of shared frames are averaged, keyframes stay bit-exact."""

    def __init__(self, rules_of: Callable[[int], FrameRules]) -> None:
        """Make a writer.

        Args:
            rules_of: What a person fixed on a frame.
        """
        self._rules_of = rules_of
        self._buffer = OverlapBuffer()

    def push(self, clip: ClipLogits, held: Container[int]) -> list[SettledFrame]:
        """Take a clip."""
        return self._masks(self._buffer.push(clip, held))

    def skip(self, clip: ClipLogits, held: Container[int]) -> list[SettledFrame]:
        """Take a clip without targets: its new frames have no masks but a person's."""
        return self.push(clip, held)

    def finish(self) -> list[SettledFrame]:
        """The frames still held."""
        return self._masks(self._buffer.finish())

    def _masks(self, predictions: Sequence[FramePredictions]) -> list[SettledFrame]:
        return [
            SettledFrame(each.frame, object_masks(each, self._rules_of(each.frame)))
            for each in predictions
        ]


class PublishedWriter:
    """The published behaviour, errors included (specification, 8.4 and 12.2, items 2–5).

    No averaging; in shared frames the later clip wins object by object where it is non-empty, so
    stale masks of the earlier clip survive; the last clip writes its new frames only, under the
    ids of the clip before; a video of one clip has no masks. Within a frame, objects stand in the
    order in which they were first written: a label image has the later ones above.
    """

    def __init__(self) -> None:
        self._masks: dict[int, dict[TargetId, PredictedMask]] = {}
        self._waiting: ClipLogits | None = None
        self._num_shared = 0
        self._ids: tuple[int, ...] = ()

    def push(self, clip: ClipLogits, held: Container[int]) -> list[SettledFrame]:
        """Take a clip; the frames of the clip before that it does not share become final."""
        num_shared = 0
        settled = []
        if self._waiting is not None:
            self._ids = self._waiting.targets
            self._write(self._waiting, self._waiting.targets, 0)
            num_shared = sum(frame in self._waiting.frames for frame in clip.frames)
            settled = self._take([f for f in self._waiting.frames if f not in clip.frames])
        self._waiting, self._num_shared = clip, num_shared
        return settled

    def skip(self, clip: ClipLogits, held: Container[int]) -> list[SettledFrame]:
        """Write the clip before; the clip's new frames stay empty."""
        before = () if self._waiting is None else self._waiting.frames
        settled = self.finish()
        new = [frame for frame in clip.frames if frame not in before and frame not in held]
        return settled + [SettledFrame(frame, {}) for frame in new]

    def finish(self) -> list[SettledFrame]:
        """Write the last clip: its new frames, with the ids of the clip before it."""
        if self._waiting is None:
            return []
        waiting, self._waiting = self._waiting, None
        self._write(waiting, self._ids, self._num_shared)
        self._num_shared, self._ids = 0, ()
        return self._take(waiting.frames)

    def _write(self, clip: ClipLogits, ids: tuple[int, ...], first: int) -> None:
        for position in range(first, len(clip.frames)):
            index_HW, best_HW = winner_of_resized(
                clip.logits_NTHW[:, position], clip.geometry, at_least=0.0
            )
            frame_masks = self._masks.setdefault(clip.frames[position], {})
            for row, target in zip(range(len(clip.targets)), ids, strict=False):
                found = predicted_mask(best_HW, index_HW == row)
                if found is not None:
                    frame_masks[TargetId(target)] = found

    def _take(self, frames: Sequence[int]) -> list[SettledFrame]:
        return [SettledFrame(frame, self._masks.pop(frame, {})) for frame in frames]
