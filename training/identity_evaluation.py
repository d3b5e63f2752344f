"""Whether objects are still told apart at the end of a clip: each found, none taken for another.

Measured on clips that carry two or more objects, and on clips made by pasting the object of one
into another (`pasted_clips`), from the first masks of all objects (VOS), beside carrying the same
masks by flow.
"""

import logging
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.engine import InferenceEngine
from training.augmentation import visible_labels
from training.baselines import carry_by_flow
from training.data_manifest import IGNORED_LABEL, LabelledFrame
from training.evaluation_pictures import EvaluationPictures
from training.object_evaluation import carried, tracked
from training.pasted_clips import Pair, clip_of_pair

logger = logging.getLogger(__name__)

KEPT_IOU = 0.5
"""An object counts as found where its mask's IoU with its truth is this or more."""
MIN_PIXELS = 100
"""An object counts as shown where this many of its pixels are seen."""


@dataclass(frozen=True)
class IdentityScore:
    """One method on one clip with several objects."""

    clip: str
    method: str
    is_kept: bool
    """Whether every object was still itself at the end; see `is_identity_kept`."""
    ious: tuple[float, ...]
    """Each object's IoU with its own truth on the judged frame, 0…1."""
    judged_frame: int
    """The last frame that shows all objects."""


def is_identity_kept(
    truth: Mapping[int, np.ndarray],
    predicted: Mapping[int, np.ndarray],
    ignored: np.ndarray,
) -> bool:
    """Whether all objects of a frame are found and told apart.

    That is: for each object the predicted mask has an IoU of at least `KEPT_IOU` with the object's
    true mask, and a larger one than with the true mask of any other object.

    Args:
        truth: (H, W) bool by object.
        predicted: (H, W) bool by object; one that is left out is an empty mask.
        ignored: (H, W) bool, pixels that are not judged.
    """
    overlaps = _overlaps(truth, predicted, ignored)
    own = np.diagonal(overlaps)
    others = overlaps - 2 * np.eye(len(truth))  # an object is no rival of itself
    return bool((own >= KEPT_IOU).all() and (own > others.max(axis=1)).all())


def score_pair(
    engine: InferenceEngine,
    clips: Mapping[str, Sequence[LabelledFrame]],
    pair: Pair,
    pictures: EvaluationPictures | None = None,
) -> list[IdentityScore]:
    """Measure on the clip that a pair makes; empty if it makes none."""
    pasted = clip_of_pair(clips, pair)
    if pasted is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        frames = pasted.write(Path(folder) / pair.name, "pasted")
        return score_identity(engine, pair.name, frames, pictures)


def score_identity(
    engine: InferenceEngine,
    name: str,
    frames: Sequence[LabelledFrame],
    pictures: EvaluationPictures | None = None,
) -> list[IdentityScore]:
    """Measure the network and the flow on a clip; empty if it does not begin with two objects.

    The network's masks are shown in pictures.
    """
    targets = visible_labels(frames[0].load()[1], MIN_PIXELS)
    if len(targets) < 2:
        return []
    pixels = [frame.load() for frame in frames]
    maps = np.stack([labels for _, labels in pixels])
    judged = last_frame_of_all(maps, targets)
    if judged == 0:
        return []
    masks = {label: maps[0] == label for label in targets}

    def vos() -> list[dict[int, Mask]]:
        given = [MaskExemplar(0, TargetId(n), Mask.from_array(m)) for n, m in masks.items()]
        return tracked(engine, frames, given)

    images = [image for image, _ in pixels]
    methods: dict[str, Callable[[], list[dict[int, Mask]]]] = {
        "VOS": vos,
        "DIS flow": lambda: carried(carry_by_flow, images, masks),
    }
    scores = []
    for method, run in methods.items():
        predicted = run()
        found = {label: mask.to_array() for label, mask in predicted[judged].items()}
        scores.append(_score(name, method, maps[judged], targets, found, judged))
        if pictures is not None and method == "VOS":
            truth = [{n: Mask.from_array(labels == n) for n in targets} for labels in maps]
            outcome = "kept" if scores[-1].is_kept else "lost"
            pictures.add_clip(f"{name} identity {outcome}", images, truth, predicted)
    return scores


def last_frame_of_all(label_maps: np.ndarray, targets: Sequence[int]) -> int:
    """The last frame that shows at least `MIN_PIXELS` of each object; 0 if only the first does."""
    for frame in range(len(label_maps) - 1, 0, -1):
        if set(targets) <= set(visible_labels(label_maps[frame], MIN_PIXELS)):
            return frame
    return 0


def summarise_identity(scores: Iterable[IdentityScore]) -> dict[str, float]:
    """The share of clips with all identities kept by method, in percent."""
    by_method: dict[str, list[bool]] = {}
    for score in scores:
        by_method.setdefault(score.method, []).append(score.is_kept)
    return {
        f"{method} identity kept, % of clips": 100 * float(np.mean(kept))
        for method, kept in by_method.items()
    }


def _score(
    name: str,
    method: str,
    labels: np.ndarray,
    targets: Sequence[int],
    found: Mapping[int, np.ndarray],
    judged: int,
) -> IdentityScore:
    truth = {label: labels == label for label in targets}
    ignored = labels == IGNORED_LABEL
    own = np.diagonal(_overlaps(truth, found, ignored))
    is_kept = is_identity_kept(truth, found, ignored)
    logger.info("%s %s: identity %s", name, method, "kept" if is_kept else "lost")
    return IdentityScore(name, method, is_kept, tuple(float(value) for value in own), judged)


def _overlaps(
    truth: Mapping[int, np.ndarray], predicted: Mapping[int, np.ndarray], ignored: np.ndarray
) -> np.ndarray:
    """IoU of each object's predicted mask (rows) with each true mask (columns)."""
    nothing = np.zeros(ignored.shape, bool)
    rows = []
    for label in truth:
        given = predicted.get(label, nothing) & ~ignored
        shared = [int((given & mask).sum()) for mask in truth.values()]
        unions = [int((given | mask & ~ignored).sum()) for mask in truth.values()]
        rows.append([part / max(whole, 1) for part, whole in zip(shared, unions, strict=True)])
    return np.array(rows)
