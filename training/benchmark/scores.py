"""Scores of a benchmark's answers, by its own measure."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo, DatasetReader
from tarvis_core.annotation.target import CategoryId, TargetKind
from tarvis_core.errors import FormatError
from training.benchmark.benchmark_list import Benchmark, Question
from training.metrics.burst import BurstEvaluation, BurstTask
from training.metrics.j_and_f import JAndF, ScoredFrames
from training.metrics.stq import SegmentationTrackingQuality
from training.metrics.track_ap import TrackAp
from training.metrics.video_inputs import (
    burst_detections,
    burst_truth,
    object_masks,
    panoptic_frames,
    predicted_tracks,
    step_labels,
    true_tracks,
)
from training.metrics.vpq import CITYSCAPES_VPS_WINDOWS, VIPSEG_WINDOWS, VideoPanopticQuality

Pair = tuple[AnnotatedVideo, AnnotatedVideo]
"""A video's truth, and the answer about it."""


@dataclass(frozen=True)
class BenchmarkScores:
    """The numbers of one benchmark; percent."""

    benchmark: str
    summary: Mapping[str, float]
    """The published numbers, the most important first."""
    parts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By class, sequence or object, where the measure has such."""

    def write(self, folder: Path) -> None:
        """Write `scores.json` and `scores.txt`."""
        content = {
            "benchmark": self.benchmark,
            "summary": _finite(self.summary),
            "parts": {name: _finite(values) for name, values in self.parts.items()},
        }
        (folder / "scores.json").write_text(json.dumps(content, indent=1), "utf-8")
        (folder / "scores.txt").write_text(self.table() + "\n", "utf-8")

    def table(self) -> str:
        """The scores as text."""
        lines = [f"{self.benchmark:<24}   percent"]
        lines += [f"{name:<24}{value:10.2f}" for name, value in self.summary.items()]
        if self.parts:
            columns = list(next(iter(self.parts.values())))
            lines += ["", f"{'':<24}" + "".join(f"{name:>10}" for name in columns)]
        for name, values in self.parts.items():
            numbers = "".join(f"{value:10.2f}" for value in values.values())
            lines.append(f"{name:<24}{numbers}")
        return "\n".join(lines)


def has_truth(benchmark: Benchmark, truth: DatasetReader) -> bool:
    """Whether a data set says more than what the network is given: test sets do not."""
    if benchmark.question.is_about_classes:
        return any(video.targets for video in truth)
    return any(_says_more_than_exemplars(video) for video in truth)


def score(benchmark: Benchmark, truth: DatasetReader, predicted: DatasetReader) -> BenchmarkScores:
    """Score answers.

    Args:
        benchmark: Which measure.
        truth: The data set.
        predicted: The answers about its first videos, in its order.

    Raises:
        FormatError: The answers do not fit the truth.
    """
    pairs = ((truth[index], predicted[index]) for index in range(len(predicted)))
    try:
        if benchmark.question is Question.INSTANCES:
            return _track_ap(benchmark, truth, list(pairs))
        if benchmark.name == "KITTI_STEP":
            return _stq(benchmark, truth, pairs)
        if benchmark.question is Question.PANOPTIC:
            return _vpq(benchmark, truth, list(pairs))
        if benchmark.name == "DAVIS":
            return _j_and_f(benchmark, pairs)
        return _burst(benchmark, pairs)
    except ValueError as error:
        raise FormatError(f"{benchmark.name} cannot be scored: {error}") from error


def _track_ap(benchmark: Benchmark, truth: DatasetReader, pairs: list[Pair]) -> BenchmarkScores:
    categories = truth.label_set.categories
    with_occlusion = benchmark.name == "OVIS"
    measure = TrackAp([category.id for category in categories], with_occlusion)
    for true, predicted in sorted(pairs, key=lambda pair: _number_of(pair[0])):
        measure.add_video(true_tracks(true), predicted_tracks(predicted))
    result = measure.result()
    summary = {name: 100 * value for name, value in result.summary.items() if value >= 0}
    parts = {
        category.name: {"AP": 100 * result.ap_per_category[category.id]}
        for category in categories
        if result.ap_per_category.get(category.id, -1) >= 0
    }
    return BenchmarkScores(benchmark.name, summary, parts)


def _number_of(video: AnnotatedVideo) -> int:
    return int(video.extras.get("youtube_vis", {}).get("id", 0))


def _stq(benchmark: Benchmark, truth: DatasetReader, pairs: Iterator[Pair]) -> BenchmarkScores:
    label_set = truth.label_set
    measure = SegmentationTrackingQuality(
        1 + max(category.id for category in label_set.categories),
        {category.id for category in label_set.things},
    )
    for true, predicted in pairs:
        for frames in zip(step_labels(true), step_labels(predicted), strict=True):
            measure.add_frame(*frames, true.name)
    result = measure.result()
    parts = {
        name: {"STQ": 100 * part.stq, "AQ": 100 * part.aq, "SQ": 100 * part.sq}
        for name, part in result.per_sequence.items()
    }
    total = result.total
    summary = {"STQ": 100 * total.stq, "AQ": 100 * total.aq, "SQ": 100 * total.sq}
    return BenchmarkScores(benchmark.name, summary, parts)


def _vpq(benchmark: Benchmark, truth: DatasetReader, pairs: list[Pair]) -> BenchmarkScores:
    is_vipseg = benchmark.name == "VIPSEG"
    kinds: dict[CategoryId, bool] = {
        category.id: category.kind is TargetKind.THING for category in truth.label_set.categories
    }
    windows = VIPSEG_WINDOWS if is_vipseg else CITYSCAPES_VPS_WINDOWS
    measure = VideoPanopticQuality(kinds, windows)
    for true, predicted in pairs:
        frames = panoptic_frames(true), panoptic_frames(predicted)
        measure.add_video(zip(*frames, strict=True))
    result = measure.result()
    summary = {
        "VPQ": result.vpq,
        "VPQ things": result.vpq_thing,
        "VPQ stuff": result.vpq_stuff,
        **{f"VPQ, {n} frames": 100 * table.all.pq for n, table in result.per_window.items()},
    }
    if is_vipseg:
        summary |= _stq(benchmark, truth, iter(pairs)).summary
    return BenchmarkScores(benchmark.name, summary)


def _j_and_f(benchmark: Benchmark, pairs: Iterator[Pair]) -> BenchmarkScores:
    measure = JAndF()
    for true, predicted in pairs:
        places = {name: index for index, name in enumerate(predicted.frame_names)}
        answers = (
            {int(t): m.mask for t, m in predicted.load_frame(places[name]).masks.items()}
            for name in true.frame_names
        )
        objects = range(1, max(true.load_frame(0).masks, default=0) + 1)
        frames = zip(object_masks(true), answers, strict=True)
        measure.add_sequence(true.name, frames, objects, ScoredFrames.INNER)
    result = measure.result()
    summary = {
        "J&F": 100 * result.j_and_f,
        **{f"J {name}": 100 * value for name, value in vars(result.j).items()},
        **{f"F {name}": 100 * value for name, value in vars(result.f).items()},
    }
    parts = {
        each.name: {"J": 100 * float(each.j.mean()), "F": 100 * float(each.f.mean())}
        for each in result.objects
    }
    return BenchmarkScores(benchmark.name, summary, parts)


def _burst(benchmark: Benchmark, pairs: Iterator[Pair]) -> BenchmarkScores:
    measure = BurstEvaluation(BurstTask.EXEMPLAR_GUIDED)
    for true, predicted in pairs:
        extras = true.extras.get("burst", {})
        lists = (
            frozenset(extras.get("neg_category_ids", ())),
            frozenset(extras.get("not_exhaustive_category_ids", ())),
        )
        measure.add_sequence(burst_truth(true, *lists), burst_detections(predicted, true))
    result = measure.result()
    summary: dict[str, float] = {}
    for part in ("all", "common", "uncommon"):
        mean = result.mean(part)
        if mean is None:
            continue
        numbers = mean.hota.as_numbers()
        summary |= {f"{name}, {part}": 100 * numbers[name] for name in ("HOTA", "DetA", "AssA")}
        if mean.ap is not None:
            summary[f"AP, {part}"] = 100 * mean.ap
    return BenchmarkScores(benchmark.name, summary)


def _says_more_than_exemplars(video: AnnotatedVideo) -> bool:
    """Whether some target is annotated on more than one frame."""
    seen: set[int] = set()
    for frame in video.frames():
        if seen & set(frame.masks):
            return True
        seen |= set(frame.masks)
    return False


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: round(v, 6) if math.isfinite(v) else None for name, v in values.items()}
