"""What a teacher's answer to one click is worth, by itself and carried through a clip by flow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tarvis_core.annotation.mask import Mask
from training.augmentation import visible_labels
from training.baselines import carry_by_flow
from training.clicks import Click, most_inside
from training.data_manifest import IGNORED_LABEL, LabelledFrame
from training.object_evaluation import ClipScore, carried, iou, timed_score
from training.teacher import Teacher

METHOD = "MobileSAM + flow"
"""The baseline's name in tables."""


@dataclass(frozen=True)
class TeacherScore:
    """The teacher's answer to one click on one object of a still; IoU 0…1."""

    still: str
    source: str
    iou: float
    """Of the mask that it takes for its best."""
    best_iou: float
    """Of the best of its three masks."""


def score_teacher_clip(teacher: Teacher, name: str, frames: Sequence[LabelledFrame]) -> ClipScore:
    """Measure the masks of one click on each target, carried by flow: a baseline for PET."""
    pixels = [frame.load() for frame in frames]
    images = [image for image, _ in pixels]
    targets = visible_labels(pixels[0][1])
    truth = [{n: Mask.from_array(labels == n) for n in targets} for _, labels in pixels]

    def run() -> list[dict[int, Mask]]:
        seen = teacher.see(images[0])
        masks = {}
        for label in targets:
            click = Click(*most_inside(pixels[0][1] == label))
            answer = teacher.answer(seen, [[click]])[0]
            masks[label] = answer.masks[answer.best]
        return carried(carry_by_flow, images, masks)

    score, _ = timed_score(name, METHOD, run, truth)
    return score


def score_teacher_still(teacher: Teacher, frame: LabelledFrame, label: int) -> TeacherScore:
    """Measure the answer to one click on an object of a still."""
    image, labels = frame.load()
    truth, ignored = labels == label, labels == IGNORED_LABEL
    answer = teacher.answer_one(image, [Click(*most_inside(truth))])
    values = [iou(mask, truth, ignored) for mask in answer.masks]
    return TeacherScore(frame.name, frame.source, values[answer.best], max(values))


def summarise_teacher(scores: Iterable[TeacherScore]) -> dict[str, float]:
    """Means by source."""
    by_source: dict[str, list[TeacherScore]] = {}
    for score in scores:
        by_source.setdefault(score.source, []).append(score)
    summary = {}
    for source, found in by_source.items():
        summary[f"{source} IoU, MobileSAM, 1 click"] = float(np.mean([s.iou for s in found]))
        best = float(np.mean([s.best_iou for s in found]))
        summary[f"{source} IoU, MobileSAM, best of 3"] = best
    return summary
