"""Scores a results file of YouTube-VIS or OVIS against its ground truth."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tarvis_core.annotation.formats.indexed_json import load_json
from tarvis_core.annotation.target import CategoryId
from tarvis_core.errors import FormatError
from training.metrics.mask_overlap import CodedMask, checked_code
from training.metrics.track_ap import (
    PredictedTrack,
    TrackAp,
    TrackApResult,
    TrueTrack,
    occlusion_score,
)

_OCCLUSION_LEVELS = {"no_occlusion": 0.0, "slight_occlusion": 0.25, "severe_occlusion": 0.75}


def evaluate_track_files(
    ground_truth: Path, results: Path, *, with_occlusion: bool = False
) -> TrackApResult:
    """Score `results` (a list of tracks) against `ground_truth`, video by video.

    Args:
        ground_truth: YouTube-VIS or OVIS annotations.
        results: What the benchmark's server takes: a list of `video_id`, `category_id`, `score`
            and one compressed code or null per frame.
        with_occlusion: Also give OVIS's numbers by occlusion.

    Raises:
        FormatError: A file is damaged, or the results name a video that the ground truth lacks.
    """
    truth, predictions = load_json(ground_truth), load_json(results)
    if not isinstance(truth, dict) or not isinstance(predictions, list):
        raise FormatError(f"{results} is not a list of tracks, or {ground_truth} no annotations")
    try:
        videos = {video["id"]: (video["height"], video["width"]) for video in truth["videos"]}
        categories = sorted(category["id"] for category in truth["categories"])
        true = _by_video(truth["annotations"] or [], videos, ground_truth)
        predicted = _by_video(predictions, videos, results)
        measure = TrackAp([CategoryId(category) for category in categories], with_occlusion)
        for video, size in sorted(videos.items()):
            measure.add_video(
                [_true_track(entry, size, ground_truth) for entry in true[video]],
                [_predicted_track(entry, size, results) for entry in predicted[video]],
            )
    except (KeyError, TypeError, AttributeError) as error:
        raise FormatError(
            f"{ground_truth} or {results} lacks what the score needs: {error!r}"
        ) from error
    return measure.result()


def _by_video(
    entries: Sequence[Mapping[str, Any]], videos: Mapping[int, tuple[int, int]], path: Path
) -> dict[int, list[Mapping[str, Any]]]:
    grouped: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in entries:
        if entry["video_id"] not in videos:
            raise FormatError(
                f"{path} names video {entry['video_id']}, which the ground truth lacks"
            )
        grouped[entry["video_id"]].append(entry)
    return grouped


def _masks(entry: Mapping[str, Any], size: tuple[int, int], path: Path) -> dict[int, CodedMask]:
    place = f"{path}, track of video {entry['video_id']}"
    return {
        frame: checked_code(code, size, f"{place}, frame {frame}")
        for frame, code in enumerate(entry["segmentations"])
        if code
    }


def _true_track(entry: Mapping[str, Any], size: tuple[int, int], path: Path) -> TrueTrack:
    areas = [area for area in entry["areas"] if area]
    levels = [
        _OCCLUSION_LEVELS[level] for level in entry.get("occlusion") or [] if level is not None
    ]
    return TrueTrack(
        category=CategoryId(entry["category_id"]),
        masks=_masks(entry, size, path),
        is_crowd=bool(entry.get("iscrowd", 0)),
        mean_area=float(np.mean(areas)) if areas else 0.0,
        occlusion=occlusion_score(levels),
        counts_as_match=entry["id"] != 0,
        num_frames=len(entry["segmentations"]),
    )


def _predicted_track(entry: Mapping[str, Any], size: tuple[int, int], path: Path) -> PredictedTrack:
    return PredictedTrack(
        category=CategoryId(entry["category_id"]),
        score=float(entry["score"]),
        masks=_masks(entry, size, path),
        num_frames=len(entry["segmentations"]),
    )
