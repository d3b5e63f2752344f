"""Scores a BURST results file against a folder of BURST's annotations."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tarvis_core.annotation.formats.indexed_json import load_json
from tarvis_core.errors import FormatError
from training.metrics.burst import (
    BurstDetection,
    BurstEvaluation,
    BurstResult,
    BurstTask,
    BurstTruth,
)
from training.metrics.mask_overlap import CodedMask, checked_code

_ALL, _COMMON, _UNCOMMON = "all_classes.json", "common_classes.json", "uncommon_classes.json"


def evaluate_burst(
    annotations: Path,
    results: Path,
    task: BurstTask = BurstTask.EXEMPLAR_GUIDED,
    *,
    trusts_classes: bool = False,
) -> BurstResult:
    """Exemplar-guided or class-guided scores.

    Args:
        annotations: `all_classes.json`, or the folder that holds it.
        results: The results file, structured as the annotations.
        task: Which task's rules hold.
        trusts_classes: Exemplar-guided only. False: a track has the class of the true track with
            its id, as documented and as TrackEval does. True: the class that the results state,
            as the benchmark's own command does against its documentation.

    Raises:
        FormatError: A file is damaged, or exemplar-guided results name a track that does not exist.
    """
    path = annotations / _ALL if annotations.is_dir() else annotations
    takes_true_class = task is BurstTask.EXEMPLAR_GUIDED and not trusts_classes
    return _evaluate(path, results, task, takes_true_class=takes_true_class)


def evaluate_burst_open_world(annotations: Path, results: Path) -> dict[str, BurstResult]:
    """Open-world scores for all, common and uncommon classes, each one class of its own.

    Args:
        annotations: The folder of `all_classes.json`, `common_classes.json` and
            `uncommon_classes.json`.
        results: The results file.

    Raises:
        FormatError: A file is missing or damaged.
    """
    return {
        name: _evaluate(annotations / file, results, BurstTask.OPEN_WORLD, takes_true_class=False)
        for name, file in (("all", _ALL), ("common", _COMMON), ("uncommon", _UNCOMMON))
    }


def burst_class_names(annotations: Path) -> dict[int, str]:
    """Names of the classes by id, as the annotations state them."""
    path = annotations / _ALL if annotations.is_dir() else annotations
    return {int(entry["id"]): str(entry["name"]) for entry in _load(path).get("categories", [])}


def _evaluate(path: Path, results: Path, task: BurstTask, *, takes_true_class: bool) -> BurstResult:
    truth, predictions = _load(path), _load(results)
    if predictions.get("split", truth.get("split")) != truth.get("split"):
        raise FormatError(f"{results} is for another split than {path}")
    evaluation = BurstEvaluation(task)
    try:
        by_name = {_key(sequence): sequence for sequence in predictions["sequences"]}
        for sequence in truth["sequences"]:
            true = _truth(sequence, str(truth.get("split")), path)
            predicted = by_name.get(_key(sequence))
            frames = _frames(sequence, predicted, results)
            if takes_true_class:
                frames = [_with_true_class(frame, true, results) for frame in frames]
            evaluation.add_sequence(true, frames)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormatError(f"{path} or {results} lacks what the score needs: {error!r}") from error
    return evaluation.result()


def _load(path: Path) -> Mapping[str, Any]:
    content = load_json(path)
    if not isinstance(content, dict):
        raise FormatError(f"{path} holds no object at its top level")
    return content


def _key(sequence: Mapping[str, Any]) -> tuple[str, str]:
    return str(sequence["dataset"]), str(sequence["seq_name"])


def _size(sequence: Mapping[str, Any]) -> tuple[int, int]:
    return int(sequence["height"]), int(sequence["width"])


def _truth(sequence: Mapping[str, Any], split: str, path: Path) -> BurstTruth:
    place = f"{path}, {sequence['seq_name']}"
    if len(sequence["segmentations"]) != len(sequence["annotated_image_paths"]):
        raise FormatError(f"{place}: not one entry of segmentations for each annotated image")
    return BurstTruth(
        name="-".join((split, *_key(sequence))),
        frames=[_masks(entry, _size(sequence), place) for entry in sequence["segmentations"]],
        categories={
            int(track): int(category) for track, category in sequence["track_category_ids"].items()
        },
        negative=frozenset(sequence["neg_category_ids"]),
        not_exhaustive=frozenset(sequence["not_exhaustive_category_ids"]),
    )


def _masks(entry: Mapping[str, Any], size: tuple[int, int], place: str) -> dict[int, CodedMask]:
    return {
        int(track): _code(detection, size, f"{place}, track {track}")
        for track, detection in entry.items()
    }


def _code(detection: Mapping[str, Any], size: tuple[int, int], place: str) -> CodedMask:
    return checked_code({"size": list(size), "counts": detection["rle"]}, size, place)


def _frames(
    sequence: Mapping[str, Any], predicted: Mapping[str, Any] | None, results: Path
) -> Sequence[Sequence[BurstDetection]]:
    """The detections on each annotated image; predictions on other images are left out."""
    places = {name: index for index, name in enumerate(sequence["annotated_image_paths"])}
    frames: list[list[BurstDetection]] = [[] for _ in places]
    if predicted is None:
        return frames
    if len(predicted["segmentations"]) != len(predicted["annotated_image_paths"]):
        raise FormatError(f"{results}, {predicted['seq_name']}: segmentations and images differ")
    for name, entry in zip(
        predicted["annotated_image_paths"], predicted["segmentations"], strict=True
    ):
        if name in places:
            place = f"{results}, {predicted['seq_name']}, {name}"
            frames[places[name]] += _detections(entry, predicted, _size(sequence), place)
    return frames


def _detections(
    entry: Mapping[str, Any], predicted: Mapping[str, Any], size: tuple[int, int], place: str
) -> Iterator[BurstDetection]:
    for track, detection in entry.items():
        category = detection.get("category_id")
        if category is None:
            category = predicted["track_category_ids"][track]
        yield BurstDetection(
            track=int(track),
            category=int(category),
            mask=_code(detection, size, f"{place}, track {track}"),
            score=float(detection.get("score", 1.0)),
        )


def _with_true_class(
    frame: Sequence[BurstDetection], truth: BurstTruth, results: Path
) -> list[BurstDetection]:
    unknown = {detection.track for detection in frame} - set(truth.categories)
    if unknown:
        raise FormatError(
            f"{results}, {truth.name}: tracks {sorted(unknown)[:5]} are not annotated; "
            "exemplar-guided results keep the ids of the annotations"
        )
    present = {track for masks in truth.frames for track in masks}
    return [
        BurstDetection(
            detection.track, truth.categories[detection.track], detection.mask, detection.score
        )
        for detection in frame
        if detection.track in present  # a track that is listed but never seen does not count
    ]
