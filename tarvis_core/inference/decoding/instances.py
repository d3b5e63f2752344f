"""VIS: from class and mask logits of the instance queries to tracks with a class and a score.

Specification, 8.2. Masks of different tracks may overlap; only tracks of one class are made
disjoint when the results of a whole video are formatted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.inference.clip_linking import ClassMeans
from tarvis_core.inference.mask_resizing import resize_to_frame
from tarvis_core.inference.overlap_buffer import FramePredictions
from tarvis_core.model.behaviour import Behaviour


@dataclass(frozen=True)
class InstanceRule:
    """Which instance queries of a clip count as found."""

    score_threshold: float
    """Least score; 0 keeps every query."""
    most_per_clip: int
    """If more remain, only the best are kept."""


@dataclass(frozen=True)
class ChosenInstances:
    """The queries that count as found, in the order in which ids are given."""

    queries: tuple[int, ...]
    """Indices among the instance queries."""
    class_logits_NK: Tensor
    """(N, 1 + C), background first."""


@dataclass(frozen=True)
class VideoTrack:
    """One line of a video's results: a track taken for one class."""

    track: int
    class_index: int
    """Row of the class in its label set, from 0 (no background)."""
    score: float


def choose_instances(
    class_logits_QK: Tensor, rule: InstanceRule, rows: Sequence[int] | None = None
) -> ChosenInstances:
    """Keep the queries that found something, by their best class.

    Args:
        class_logits_QK: Class logits of one clip, (Q, 1 + C), background first.
        rule: Threshold and number.
        rows: Rows of the classes that count; None for all.
    """
    probabilities_QC = torch.softmax(class_logits_QK.float(), dim=-1)[:, 1:]
    if rows is not None:
        probabilities_QC = probabilities_QC[:, list(rows)]
    if probabilities_QC.shape[1] == 0:
        return ChosenInstances((), class_logits_QK[:0])
    scores_Q = probabilities_QC.amax(dim=-1)
    kept = torch.arange(len(scores_Q), device=scores_Q.device)
    if rule.score_threshold > 0:
        kept = torch.nonzero(scores_Q >= rule.score_threshold).flatten()
    if len(kept) > rule.most_per_clip:
        order = torch.sort(scores_Q[kept], descending=True, stable=True).indices
        kept = kept[order[: rule.most_per_clip]]
    return ChosenInstances(tuple(kept.tolist()), class_logits_QK[kept])


def mean_logits(predictions: FramePredictions, target: int, behaviour: Behaviour) -> Tensor | None:
    """A track's logits on a frame at the frame's resolution, (height, width).

    The earliest clip decides which tracks a shared frame has. Its logits are averaged with those
    of later clips; the published behaviour keeps the earliest clip's alone.

    Returns:
        The logits, or None where the track is not on the frame.
    """
    if target not in predictions.predictions[0].targets:
        return None
    resized = []
    for each in predictions.predictions:
        if target in each.targets:
            index = each.targets.index(target)
            resized.append(resize_to_frame(each.logits_NHW[index : index + 1], each.geometry)[0])
        if behaviour is Behaviour.PUBLISHED:
            break
    return torch.stack(resized).mean(dim=0)


def instance_masks(
    predictions: FramePredictions, class_scores: Mapping[int, float], behaviour: Behaviour
) -> dict[int, PredictedMask]:
    """The masks of the tracks of one settled frame; a track without a pixel is left out.

    Args:
        predictions: The frame's predictions; ids are track numbers.
        class_scores: Probability of each track's class, 0…1, a factor of the mask's score.
        behaviour: Averaging, or the earlier clip alone.
    """
    masks = {}
    for track in predictions.predictions[0].targets:
        logits_HW = mean_logits(predictions, track, behaviour)
        if logits_HW is None:
            continue
        found = predicted_mask(logits_HW, logits_HW > 0)
        if found is not None:
            score = found.score * class_scores.get(track, 1.0)
            disagreement = _disagreement(predictions, track)
            masks[track] = PredictedMask(found.mask, score, disagreement)
    return masks


def predicted_mask(
    logits_HW: Tensor, inside_HW: Tensor, disagreement: float | None = None
) -> PredictedMask | None:
    """A mask with its mean foreground probability as score; None if it has no pixel.

    Args:
        logits_HW: Logits at the frame's resolution.
        inside_HW: bool, the mask's pixels.
        disagreement: Carried along.
    """
    mask = Mask.from_array(inside_HW.cpu().numpy())
    if mask.is_empty:
        return None
    score = float(torch.sigmoid(logits_HW[inside_HW]).mean())
    return PredictedMask(mask, score, disagreement)


def array_disagreement(first: Tensor, second: Tensor) -> float:
    """1 - IoU of two bool masks of any equal shape; 0 if both are empty."""
    union = int((first | second).sum())
    return 0.0 if union == 0 else 1.0 - int((first & second).sum()) / union


def _disagreement(predictions: FramePredictions, track: int) -> float | None:
    both = [each for each in predictions.predictions if track in each.targets]
    if len(both) < 2:
        return None
    first, last = both[0], both[-1]
    masks = [
        resize_to_frame(each.logits_NHW[each.targets.index(track)][None], each.geometry)[0] > 0
        for each in (first, last)
    ]
    return array_disagreement(*masks)


def best_pairs(classes: ClassMeans, most: int) -> list[VideoTrack]:
    """The most probable (track, class) pairs of a video; a track may occur with several classes.

    Args:
        classes: Mean class logits of every track.
        most: How many lines a video's result has (YouTube-VIS 10, OVIS 20).

    Returns:
        The pairs, the most probable first.
    """
    tracks = classes.tracks
    if not tracks:
        return []
    probabilities = np.stack([classes.probabilities(track)[1:] for track in tracks])
    order = np.argsort(-probabilities, axis=None, kind="stable")[:most]
    rows, columns = np.unravel_index(order, probabilities.shape)
    return [
        VideoTrack(tracks[row], int(column), float(probabilities[row, column]))
        for row, column in zip(rows, columns, strict=True)
    ]


def disjoint_within_class(
    lines: Sequence[VideoTrack], masks: Mapping[int, Mask]
) -> dict[int, Mask]:
    """Masks of one frame for the lines of a video's result, disjoint within each class.

    Args:
        lines: The video's lines.
        masks: The tracks' masks on the frame.

    Returns:
        Index of a line → its mask; lines without a pixel are left out.
    """
    taken: dict[int, Mask] = {}
    result = {}
    for index in sorted(range(len(lines)), key=lambda i: -lines[i].score):
        line = lines[index]
        mask = masks.get(line.track)
        if mask is None:
            continue
        if line.class_index in taken:
            own = mask.difference(taken[line.class_index])
            taken[line.class_index] = taken[line.class_index].union(mask)
        else:
            own = taken[line.class_index] = mask
        if not own.is_empty:
            result[index] = own
    return result
