"""Bringing samples of different size to one size, by padding on the right and at the bottom."""

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor
from torch.nn import functional

from training.clip_sample import ClipSample

PADDING = 128
"""Value of padded pixels, as in the network's own input."""


def pad_to_one_size(samples: Sequence[ClipSample]) -> list[ClipSample]:
    """The samples at the largest height and width among them.

    Padded pixels are grey, inside no mask, and not judged.
    """
    sizes = [sample.targets.ignored.shape[-2:] for sample in samples]
    height, width = max(size[0] for size in sizes), max(size[1] for size in sizes)
    return [_padded(sample, height, width) for sample in samples]


def _padded(sample: ClipSample, height: int, width: int) -> ClipSample:
    if sample.targets.ignored.shape[-2:] == (height, width):
        return sample
    targets, question = sample.targets, sample.question
    if question is not None:
        masks = _pad(question.exemplars.masks_NTHW, height, width, 0)
        question = replace(question, exemplars=replace(question.exemplars, masks_NTHW=masks))
    labels = targets.semantic_labels
    return replace(
        sample,
        frames=None if sample.frames is None else _pad(sample.frames, height, width, PADDING),
        question=question,
        targets=replace(
            targets,
            masks=_pad(targets.masks, height, width, 0),
            ignored=_pad(targets.ignored, height, width, 1),
            semantic_labels=None if labels is None else _pad(labels, height, width, 0),
        ),
    )


def _pad(values: Tensor, height: int, width: int, value: int) -> Tensor:
    margins = (0, width - values.shape[-1], 0, height - values.shape[-2])
    return functional.pad(values, margins, value=value)
