"""VOS and PET: from the object queries' mask logits to disjoint masks of the targets.

Specification, 8.4. A target's logits are the maximum over its queries; each pixel goes to the
target with the largest logit if that is positive.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.decoding.corrections import Correction, corrected_logits
from tarvis_core.inference.decoding.instances import array_disagreement, predicted_mask
from tarvis_core.inference.mask_resizing import resize_to_frame
from tarvis_core.inference.overlap_buffer import FramePrediction, FramePredictions

DISTRACTOR_OF = -1
"""The distractor of target N has the id N times this: hidden, never returned."""


def distractor_id(target: int) -> int:
    """Id of the hidden target that a target's negative clicks describe."""
    return target * DISTRACTOR_OF


@dataclass(frozen=True)
class FrameRules:
    """What a person fixed on one frame."""

    masks: Mapping[TargetId, Mask] = field(default_factory=dict)
    """Keyframes: returned bit-exact; no other target gets their pixels."""
    boxes: Mapping[TargetId, tuple[float, float, float, float]] = field(default_factory=dict)
    """Box exemplars: the target has no pixel outside its box on this frame."""
    corrections: Mapping[TargetId, Correction] = field(default_factory=dict)
    """Shown masks that clicks correct: the target changes only in pieces that a click is in."""


def join_by_target(logits_NTHW: Tensor, targets: Sequence[int]) -> tuple[tuple[int, ...], Tensor]:
    """One map per target: the maximum over its exemplars.

    Args:
        logits_NTHW: One map per encoded exemplar.
        targets: The target of each.

    Returns:
        The targets in the order of first appearance, and their logits.
    """
    order = tuple(dict.fromkeys(targets))
    if len(order) == len(targets):
        return order, logits_NTHW
    rows = [[i for i, each in enumerate(targets) if each == target] for target in order]
    return order, torch.stack([logits_NTHW[row].amax(dim=0) for row in rows])


def object_masks(
    predictions: FramePredictions,
    rules: FrameRules = FrameRules(),
) -> dict[TargetId, PredictedMask]:
    """The disjoint masks of one settled frame; a target without a pixel is left out.

    Args:
        predictions: The frame's predictions by target id; negative ids are distractors.
        rules: What a person fixed on this frame.

    Returns:
        Masks with score and, where two clips predicted the target, their disagreement.
    """
    fixed = {target: PredictedMask(mask, 1.0) for target, mask in rules.masks.items()}
    targets = [t for t in predictions.targets if t > 0 and t not in rules.masks]
    result = {target: each for target, each in fixed.items() if not each.mask.is_empty}
    if not targets:
        return result
    contest = _Contest(predictions, targets, rules)
    for index, target in enumerate(targets):
        found = predicted_mask(
            contest.best_HW, contest.winner_HW == index, contest.disagreement(index, target)
        )
        if found is not None:
            result[TargetId(target)] = found
    return result


class _Contest:
    """Which target has which pixel of a frame, by the mean of all clips and by each clip."""

    def __init__(
        self, predictions: FramePredictions, targets: Sequence[int], rules: FrameRules
    ) -> None:
        self._predictions = predictions.predictions
        self._rules = rules
        first = self._predictions[0]
        self._size = tuple(first.geometry.frame_size)
        self._device = first.logits_NHW.device
        self._taken_HW = self._fixed_pixels()
        num_rounds = len(self._predictions) + 1  # the last one is the mean's
        self._best = [torch.zeros(self._size, device=self._device) for _ in range(num_rounds)]
        self._winner = [
            torch.full(self._size, -1, dtype=torch.int32, device=self._device)
            for _ in range(num_rounds)
        ]
        for index, target in enumerate(targets):
            self._enter(index, target)

    @property
    def winner_HW(self) -> Tensor:
        """Index of the target that has the pixel, -1 for none."""
        return self._winner[-1]

    @property
    def best_HW(self) -> Tensor:
        """The winner's mean logit."""
        return self._best[-1]

    def disagreement(self, index: int, target: int) -> float | None:
        """1 - IoU between the first and the last clip that predicted the target."""
        rounds = [i for i, each in enumerate(self._predictions) if target in each.targets]
        if len(rounds) < 2:
            return None
        return array_disagreement(
            self._winner[rounds[0]] == index, self._winner[rounds[-1]] == index
        )

    def _enter(self, index: int, target: int) -> None:
        resized: list[Tensor] = []
        alone = len(self._predictions) == 1
        for number, prediction in enumerate(self._predictions):
            if target not in prediction.targets:
                continue
            logits_HW = self._in_box(target, _against_distractor(prediction, target))
            resized.append(logits_HW)
            if not alone:
                self._claim(number, index, logits_HW)
        mean_HW = resized[0] if len(resized) == 1 else torch.stack(resized).mean(dim=0)
        correction = self._rules.corrections.get(TargetId(target))
        if correction is not None:
            mean_HW = corrected_logits(mean_HW, correction)
        self._claim(-1, index, mean_HW)

    def _claim(self, number: int, index: int, logits_HW: Tensor) -> None:
        wins = logits_HW > self._best[number]
        if self._taken_HW is not None:
            wins &= ~self._taken_HW
        self._best[number] = torch.where(wins, logits_HW, self._best[number])
        self._winner[number][wins] = index

    def _in_box(self, target: int, logits_HW: Tensor) -> Tensor:
        box = self._rules.boxes.get(TargetId(target))
        if box is None:
            return logits_HW
        limited = torch.full_like(logits_HW, float("-inf"))
        window = pixel_window(box, self._size)
        limited[window] = logits_HW[window]
        return limited

    def _fixed_pixels(self) -> Tensor | None:
        taken = [mask for mask in self._rules.masks.values() if not mask.is_empty]
        if not taken:
            return None
        union = taken[0]
        for mask in taken[1:]:
            union = union.union(mask)
        return torch.from_numpy(union.to_array()).to(self._device)


def pixel_window(
    box: tuple[float, float, float, float], size: tuple[int, int]
) -> tuple[slice, slice]:
    """The pixels whose centres lie in a box, at least one, as (rows, columns)."""
    x_min, y_min, x_max, y_max = box
    height, width = size
    left = min(max(round(x_min), 0), width - 1)
    top = min(max(round(y_min), 0), height - 1)
    right = min(max(round(x_max), left + 1), width)
    bottom = min(max(round(y_max), top + 1), height)
    return slice(top, bottom), slice(left, right)


def _against_distractor(prediction: FramePrediction, target: int) -> Tensor:
    """A target's resized logits, negative where its distractor is stronger."""
    logits_HW = _resized(prediction, target)
    if distractor_id(target) not in prediction.targets:
        return logits_HW
    distractor_HW = _resized(prediction, distractor_id(target))
    return torch.where(distractor_HW > logits_HW, -logits_HW.abs(), logits_HW)


def _resized(prediction: FramePrediction, target: int) -> Tensor:
    index = prediction.targets.index(target)
    return resize_to_frame(prediction.logits_NHW[index : index + 1], prediction.geometry)[0]
