"""VPS: every pixel of a frame gets one class, and one track where the class is a thing.

Specification, 8.3: stuff comes from the semantic queries' masks, things from the instance
queries' tracks, pasted over the stuff in ascending order of score.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tarvis_core.annotation.mask import Mask
from tarvis_core.inference.clip_linking import ClassMeans
from tarvis_core.inference.decoding.instances import VideoTrack
from tarvis_core.inference.mask_resizing import ABSENT_LOGIT, winner_of_resized
from tarvis_core.inference.overlap_buffer import FramePredictions


@dataclass(frozen=True)
class PanopticFrame:
    """The labels of one frame."""

    class_index_HW: np.ndarray
    """Row of each pixel's class in its label set, from 0; int16 (height, width)."""
    track_HW: np.ndarray
    """Track of each pixel, int32 (height, width); 0 where the pixel is stuff."""


def stuff_labels(semantic: FramePredictions, things: Sequence[int]) -> tuple[Tensor, Tensor]:
    """The stuff class of every pixel of a frame.

    Logits that several clips predicted are averaged; things take no part.

    Args:
        semantic: Semantic logits of the frame; ids are rows of the label set.
        things: Rows of the thing classes.

    Returns:
        int64 (height, width) row of the winning class, and its logit, float32 (height, width).
    """
    last = semantic.predictions[-1]
    alike = [each.logits_NHW for each in semantic.predictions if each.geometry == last.geometry]
    logits_CHW = torch.stack(alike).float().mean(dim=0)
    logits_CHW[list(things)] = ABSENT_LOGIT
    return winner_of_resized(logits_CHW, last.geometry)


def things_of_video(
    classes: ClassMeans, things: Sequence[int], score_threshold: float
) -> list[VideoTrack]:
    """The tracks that are things with enough certainty, by their mean class logits.

    Args:
        classes: Mean class logits of every track, background first.
        things: Rows of the thing classes.
        score_threshold: A track must be more probable than this.

    Returns:
        One line per track kept, in the order of appearance.
    """
    lines = []
    for track in classes.tracks:
        probabilities = classes.probabilities(track)
        best = int(probabilities.argmax())
        if best > 0 and best - 1 in things and probabilities[best] > score_threshold:
            lines.append(VideoTrack(track, best - 1, float(probabilities[best])))
    return lines


def paste_things(
    stuff_HW: np.ndarray, lines: Sequence[VideoTrack], masks: Mapping[int, Mask]
) -> PanopticFrame:
    """Put the things over the stuff; the more certain thing is above.

    Args:
        stuff_HW: Row of the stuff class of every pixel.
        lines: The tracks that count as things.
        masks: Masks of the frame by track.
    """
    class_index_HW = stuff_HW.astype(np.int16)
    track_HW = np.zeros(stuff_HW.shape, dtype=np.int32)
    for line in sorted(lines, key=lambda line: line.score):
        mask = masks.get(line.track)
        if mask is None or mask.is_empty:
            continue
        x_min, y_min, x_max, y_max = mask.box
        window = (slice(y_min, y_max), slice(x_min, x_max))
        class_index_HW[window][mask.crop()] = line.class_index
        track_HW[window][mask.crop()] = line.track
    return PanopticFrame(class_index_HW, track_HW)
