"""How many of the labelled things of stills class search finds, and names rightly.

The stills label some of their things, not all, so what is found beside them is not judged: this is
recall, of masks alone and of masks with their class.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.segmentation import ClassRequest, ClassTask
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.video.video_reader import VideoReader
from training.augmentation import visible_labels
from training.class_questions import CLASS_LIST, is_thing_row, supercategory_rows
from training.data_manifest import IGNORED_LABEL, LabelledFrame
from training.object_evaluation import iou

FOUND_IOU = 0.5
"""A thing is found if a mask overlaps with it so much."""
LEAST_SCORE = 0.3
"""Masks that are less certain are not counted; a person sees suggestions from about there on."""


@dataclass(frozen=True)
class ClassScore:
    """One labelled thing of a still."""

    name: str
    source: str
    is_found: bool
    """Whether any mask of any class covers it."""
    is_named: bool
    """Whether one of the right class does."""


def score_classes(engine: InferenceEngine, frame: LabelledFrame) -> list[ClassScore]:
    """Search a still for all things of the super-categories.

    Returns:
        One score per labelled thing of a known class; none if the weights do not know the classes.
    """
    if CLASS_LIST not in engine.label_sets:
        return []
    _, labels = frame.load()
    rows = supercategory_rows()
    wanted = {
        label: rows[frame.classes[label]]
        for label in visible_labels(labels)
        if frame.classes.get(label) in rows and is_thing_row(rows[frame.classes[label]])
    }
    if not wanted:
        return []
    found = _found(engine, frame)
    ignored = labels == IGNORED_LABEL
    scores = []
    for label, row in wanted.items():
        hits = {each for each, mask in found if iou(mask, labels == label, ignored) >= FOUND_IOU}
        scores.append(ClassScore(frame.name, frame.source, bool(hits), row in hits))
    return scores


def summarise_classes(scores: Iterable[ClassScore]) -> dict[str, float]:
    """Shares of the things by source, in percent."""
    by_source: dict[str, list[ClassScore]] = {}
    for score in scores:
        by_source.setdefault(score.source, []).append(score)
    summary = {}
    for source, each in by_source.items():
        found, named = np.mean([(score.is_found, score.is_named) for score in each], axis=0)
        summary[f"{source} things found, %"] = 100 * float(found)
        summary[f"{source} things found and named, %"] = 100 * float(named)
    return summary


def _found(engine: InferenceEngine, frame: LabelledFrame) -> list[tuple[int, np.ndarray]]:
    """Row of the class and mask of everything found."""
    categories = load_label_set(CLASS_LIST).categories
    row_of = {category.id: row for row, category in enumerate(categories)}
    request = ClassRequest(CLASS_LIST, ClassTask.INSTANCES, 0, 0, score_threshold=LEAST_SCORE)
    masks: dict[TargetId, np.ndarray] = {}
    rows: dict[TargetId, int] = {}
    with VideoReader(frame.image_path) as video:
        for answer in engine.find_classes(video, request):
            rows |= {each.target: row_of[each.category] for each in answer.found}
            shown = {target: each[0].mask for target, each in answer.masks.items() if 0 in each}
            masks |= {target: mask.to_array() for target, mask in shown.items()}
    return [(rows[target], mask) for target, mask in masks.items() if target in rows]
