"""Runs weights over labelled clips and stills and scores them, shared out over ranks.

`tarvis-train evaluate WEIGHTS` measures on the frames of the data's manifest whose split is `eval`,
which no training run reads. The published benchmarks are in `training.benchmark`.
"""

import dataclasses
import json
import logging
from dataclasses import dataclass
from pathlib import Path

from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import ClipSettings, InferenceSettings, Precision
from training.augmentation import visible_labels
from training.class_evaluation import ClassScore, score_classes, summarise_classes
from training.data_manifest import LabelledFrame, group_clips, read_manifest
from training.distributed import Ranks
from training.evaluation_pictures import EvaluationPictures
from training.identity_evaluation import (
    IdentityScore,
    score_identity,
    score_pair,
    summarise_identity,
)
from training.object_evaluation import (
    ClipScore,
    StillScore,
    score_clip,
    score_still,
    summarise,
)
from training.pasted_clips import NUM_PASTED_CLIPS, paired_clips
from training.teacher import Teacher
from training.teacher_baseline import (
    TeacherScore,
    score_teacher_clip,
    score_teacher_still,
    summarise_teacher,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class EvaluationSettings:
    """What is measured, and at which size."""

    clips: ClipSettings | None = None
    """None for what the weights were made for, as the program uses them."""
    precision: Precision = Precision.AUTO
    max_stills: int = 0
    """Stills of each source at most; 0 for all."""
    max_clips: int | None = None
    """Clips at most; none for all."""
    max_frames: int = 0
    """Frames of each clip at most; 0 for all."""
    num_pairs: int = NUM_PASTED_CLIPS
    """So many clips with two objects are made, or one for each clip if those are more."""
    teacher: Path | None = None
    """MobileSAM's weights, to be measured as a baseline."""
    pictures: Path | None = None
    """Folder for pictures of the network's masks."""


@dataclass(frozen=True)
class ObjectScores:
    """All scores of one evaluation."""

    clips: tuple[ClipScore, ...]
    stills: tuple[StillScore, ...]
    identities: tuple[IdentityScore, ...] = ()
    teacher_stills: tuple[TeacherScore, ...] = ()
    classes: tuple[ClassScore, ...] = ()

    @property
    def summary(self) -> dict[str, float]:
        """Means by method, source and number of clicks; shares of clips with identities kept."""
        summary = summarise(self.clips, self.stills)
        summary |= summarise_identity(self.identities) | summarise_teacher(self.teacher_stills)
        return summary | summarise_classes(self.classes)

    def write(self, path: Path) -> None:
        """Write all scores as JSON."""
        content = {
            "summary": self.summary,
            "clips": [dataclasses.asdict(score) for score in self.clips],
            "stills": [dataclasses.asdict(score) for score in self.stills],
            "identities": [dataclasses.asdict(score) for score in self.identities],
            "teacher stills": [dataclasses.asdict(score) for score in self.teacher_stills],
            "classes": [dataclasses.asdict(score) for score in self.classes],
        }
        beside = path.with_suffix(".partial")
        beside.write_text(json.dumps(content, indent=1), "utf-8")
        beside.replace(path)

    def table(self) -> str:
        """The scores as text: every clip, then the means."""
        lines = [f"{'clip':<20}{'method':<18}{'J':>7}{'F':>7}{'J&F':>7}{'frames/s':>10}"]
        lines += [
            f"{s.clip:<20}{s.method:<18}{s.j:7.1f}{s.f:7.1f}{s.j_and_f:7.1f}{s.frames_per_second:10.1f}"
            for s in sorted(self.clips, key=lambda score: (score.method, score.clip))
        ]
        lines += [f"{'two objects':<34}{'method':<18}{'IoU at the end':<20}{'kept':>5}"]
        lines += [
            f"{s.clip:<34}{s.method:<18}{' '.join(f'{iou:.2f}' for iou in s.ious):<20}"
            f"{'yes' if s.is_kept else 'no':>5}"
            for s in sorted(self.identities, key=lambda score: (score.method, score.clip))
        ]
        lines += [f"{name:<40}{value:8.3f}" for name, value in self.summary.items()]
        return "\n".join(lines)


def evaluate_objects(
    weights: Path, data: Path, settings: EvaluationSettings, ranks: Ranks
) -> ObjectScores:
    """Measure weights on the evaluation split of a data folder.

    Args:
        weights: A weights file of this program.
        data: Folder with `manifest.json`.
        settings: What is measured.
        ranks: The processes that share the work; all return all scores.
    """
    inference = InferenceSettings(clip=settings.clips, precision=settings.precision)
    engine = InferenceEngine.load(weights, str(ranks.device), inference)
    teacher = None if settings.teacher is None else Teacher.load(settings.teacher, ranks.device)
    pictures = None if settings.pictures is None else EvaluationPictures(settings.pictures)
    frames = read_manifest(data, "eval")
    limit = settings.max_frames or None
    clips = {
        name: clip_frames[:limit]
        for name, clip_frames in list(group_clips(frames).items())[: settings.max_clips]
    }
    clip_scores: list[ClipScore] = []
    identities: list[IdentityScore] = []
    for name, clip_frames in ranks.share(list(clips.items())):
        clip_scores += score_clip(engine, name, clip_frames, pictures)
        identities += score_identity(engine, name, clip_frames, pictures)
        if teacher is not None:
            clip_scores.append(score_teacher_clip(teacher, name, clip_frames))
    for pair in ranks.share(
        paired_clips(list(clips), settings.num_pairs, limit=settings.max_clips)
    ):
        identities += score_pair(engine, clips, pair, pictures)
    all_stills = _stills(frames, settings.max_stills)
    stills = ranks.share(all_stills)
    still_scores = [score_still(engine, frame, label, pictures) for frame, label in stills]
    taught = [score_teacher_still(teacher, *still) for still in stills] if teacher else []
    searched = ranks.share(list({frame.image_path: frame for frame, _ in all_stills}.values()))
    classes = [score for frame in searched for score in score_classes(engine, frame)]
    gathered = [
        ranks.gathered(each) for each in (clip_scores, still_scores, identities, taught, classes)
    ]
    if pictures is not None and ranks.is_first:
        pictures.keep_worst()
    return ObjectScores(*(tuple(scores) for scores in gathered))


def _stills(frames: tuple[LabelledFrame, ...], limit: int) -> list[tuple[LabelledFrame, int]]:
    """Every object of every still, at most `limit` stills of a source."""
    seen: dict[str, int] = {}
    chosen = []
    for frame in frames:
        if frame.clip is not None:
            continue
        seen[frame.source] = seen.get(frame.source, 0) + 1
        if not limit or seen[frame.source] <= limit:
            _, labels = frame.load()
            chosen += [(frame, label) for label in visible_labels(labels)]
    return chosen
