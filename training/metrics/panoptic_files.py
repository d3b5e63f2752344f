"""Scores panoptic predictions that lie in files as the benchmarks want them submitted."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tarvis_core.annotation.formats.file_access import path_below
from tarvis_core.annotation.formats.indexed_json import load_json
from tarvis_core.annotation.formats.label_image import read_label_image
from tarvis_core.annotation.target import CategoryId
from tarvis_core.errors import FormatError
from training.metrics.panoptic_quality import (
    PanopticFrame,
    PanopticQuality,
    QualityTable,
    Segment,
)
from training.metrics.stq import INSTANCE_BITS, SegmentationTrackingQuality, StqTable
from training.metrics.vpq import CITYSCAPES_VPS_WINDOWS, VideoPanopticQuality, VpqResult

CITYSCAPES_VPS_FRAMES = 6
"""Annotated frames of each Cityscapes-VPS video."""
KITTI_STEP_CLASSES = 19
KITTI_STEP_THINGS = (11, 13)
VIPSEG_CLASSES = 124
VIPSEG_WINDOWS_COUNTED = (1, 2, 4, 6, 8)
_UNLABELLED = 255


def evaluate_coco_panoptic(
    true_json: Path, true_folder: Path, predicted_json: Path, predicted_folder: Path
) -> QualityTable:
    """COCO's panoptic quality.

    Raises:
        FormatError: A file is missing or damaged, or an image has no prediction.
    """
    truth = _load(true_json)
    predictions = {
        entry["image_id"]: entry for entry in _items(_load(predicted_json), "annotations")
    }
    measure = PanopticQuality(_categories(truth))
    for entry in _items(truth, "annotations"):
        predicted = predictions.get(entry["image_id"])
        if predicted is None:
            raise FormatError(f"{predicted_json} has nothing for image {entry['image_id']}")
        frames = _frame(entry, true_folder), _frame(predicted, predicted_folder, is_true=False)
        try:
            measure.add_image(*frames)
        except ValueError as error:
            raise FormatError(f"{predicted_json}, image {entry['image_id']}: {error}") from error
    return measure.result()


def evaluate_cityscapes_vps(
    true_json: Path, true_folder: Path, predicted_folder: Path
) -> VpqResult:
    """Cityscapes-VPS's VPQ.

    Args:
        true_json: `panoptic_gt_val_city_vps.json`.
        true_folder: The folder of `*_final_mask.png`.
        predicted_folder: Holds `pred.json` and `pan_pred`.

    Raises:
        FormatError: A file is missing or damaged, or the counts of frames differ.
    """
    truth, predictions = _load(true_json), _load(predicted_folder / "pred.json")
    images, true = _items(truth, "images"), _items(truth, "annotations")
    predicted = _items(predictions, "annotations")
    if not len(images) == len(true) == len(predicted):
        raise FormatError(
            f"{predicted_folder / 'pred.json'} has {len(predicted)} frames, {true_json} {len(true)}"
        )
    names = sorted(_true_name(image) for image in images)
    frames = [
        (
            {**true_entry, "file_name": name},
            {**predicted_entry, "file_name": f"{image['id']}.png"},
        )
        for image, name, true_entry, predicted_entry in zip(
            images, names, true, predicted, strict=True
        )
    ]
    measure = VideoPanopticQuality(_categories(truth), CITYSCAPES_VPS_WINDOWS)
    num_videos = max(1, len(frames) // CITYSCAPES_VPS_FRAMES)
    for part in np.array_split(np.arange(len(frames)), num_videos):
        pairs = [frames[i] for i in part]
        _add_video(measure, pairs, true_folder, predicted_folder / "pan_pred")
    return measure.result()


def _true_name(image: Mapping[str, Any]) -> str:
    name = str(image["file_name"])
    return name.replace("_newImg8bit.png", "_final_mask.png").replace(
        "_leftImg8bit.png", "_gtFine_color.png"
    )


def evaluate_vipseg_vpq(true_json: Path, true_folder: Path, predicted_folder: Path) -> VpqResult:
    """VIPSeg's VPQ, counted for windows of 1, 2, 4, 6 and 8 frames and averaged over all.

    Published numbers average over `vpq.VIPSEG_WINDOWS` only:
    `VpqResult.mean_over({n: result.per_window[n] for n in VIPSEG_WINDOWS})`.

    Raises:
        FormatError: A file is missing or damaged, or a video has no prediction.
    """
    truth = _load(true_json)
    measure = VideoPanopticQuality(_categories(truth), VIPSEG_WINDOWS_COUNTED)
    for video, pairs in _vipseg_videos(truth, predicted_folder / "pred.json"):
        folders = true_folder / video, predicted_folder / "pan_pred" / video
        _add_video(measure, pairs, *folders)
    return measure.result()


def _add_video(
    measure: VideoPanopticQuality,
    pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
    true_folder: Path,
    predicted_folder: Path,
) -> None:
    frames = (
        (_frame(true, true_folder), _frame(predicted, predicted_folder, is_true=False))
        for true, predicted in pairs
    )
    try:
        measure.add_video(frames)
    except ValueError as error:
        raise FormatError(f"{predicted_folder}: {error}") from error


def evaluate_vipseg_stq(
    true_json: Path, true_folder: Path, predicted_folder: Path, *, first_instance: int = 0
) -> StqTable:
    """VIPSeg's STQ.

    Args:
        true_json: `panoptic_gt_VIPSeg_val.json`.
        true_folder: `panomasksRGB`.
        predicted_folder: Holds `pred.json` and `pan_pred`.
        first_instance: Number of the first segment that a video lists. The published script says 0,
            which makes a thing listed first a crowd region; 1 counts it as a thing.

    Raises:
        FormatError: A file is missing or damaged, or a video has no prediction.
    """
    truth = _load(true_json)
    things = [number for number, is_thing in _categories(truth).items() if is_thing]
    measure = SegmentationTrackingQuality(VIPSEG_CLASSES, things)
    for video, pairs in _vipseg_videos(truth, predicted_folder / "pred.json"):
        true_numbers = _instance_numbers([true for true, _ in pairs], first_instance)
        predicted_numbers = _instance_numbers([entry for _, entry in pairs], first_instance)
        for true, predicted in pairs:
            labels = _labels(_frame(true, true_folder / video), true_numbers)
            folder = predicted_folder / "pan_pred" / video
            predicted_frame = _frame(predicted, folder, is_true=False)
            try:
                measure.add_frame(labels, _labels(predicted_frame, predicted_numbers), video)
            except ValueError as error:
                raise FormatError(f"{folder / predicted['file_name']}: {error}") from error
    return measure.result()


def _vipseg_videos(
    truth: Mapping[str, Any], predicted_json: Path
) -> Iterator[tuple[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]]]]:
    """(video, its frames' true and predicted entries), both with the frame's file name."""
    true = {entry["video_id"]: entry["annotations"] for entry in _items(truth, "annotations")}
    predictions = _items(_load(predicted_json), "annotations")
    predicted = {entry["video_id"]: entry["annotations"] for entry in predictions}
    for video in _items(truth, "videos"):
        name = video["video_id"]
        lists = video["images"], true.get(name, ()), predicted.get(name, ())
        if len({len(entries) for entries in lists}) > 1:
            counts = " / ".join(str(len(entries)) for entries in lists)
            raise FormatError(
                f"{predicted_json}, {name}: {counts} images / true / predicted frames"
            )
        yield (
            name,
            [
                (
                    {**true_entry, "file_name": image["file_name"]},
                    {**predicted_entry, "file_name": image["file_name"]},
                )
                for image, true_entry, predicted_entry in zip(*lists, strict=True)
            ],
        )


def _instance_numbers(entries: Sequence[Mapping[str, Any]], first: int) -> dict[int, int]:
    """Segment ids of a video numbered in the order in which they are listed first."""
    numbers: dict[int, int] = {}
    for entry in entries:
        for info in entry["segments_info"]:
            numbers.setdefault(info["id"], first + len(numbers))
    return numbers


def _labels(frame: PanopticFrame, numbers: Mapping[int, int]) -> np.ndarray:
    """(class << 16) + instance of each pixel; unlisted pixels are unlabelled."""
    labels = np.full(frame.ids.shape, (_UNLABELLED << INSTANCE_BITS) + _UNLABELLED, dtype=np.int64)
    for segment in frame.segments:
        labels[frame.ids == segment.id] = (segment.category << INSTANCE_BITS) + numbers[segment.id]
    return labels


def evaluate_kitti_step(true_folder: Path, predicted_folder: Path) -> StqTable:
    """KITTI-STEP's STQ of all sequences in a folder.

    Args:
        true_folder: Holds one folder of PNG files for each sequence.
        predicted_folder: The same for the predictions.

    Raises:
        FormatError: A prediction is missing or damaged.
    """
    measure = SegmentationTrackingQuality(KITTI_STEP_CLASSES, KITTI_STEP_THINGS)
    for folder in sorted(path for path in true_folder.iterdir() if path.is_dir()):
        for path in sorted(folder.glob("*.png")):
            predicted = predicted_folder / folder.name / path.name
            try:
                measure.add_frame(_step_labels(path), _step_labels(predicted), folder.name)
            except ValueError as error:
                raise FormatError(f"{predicted}: {error}") from error
    return measure.result()


def _step_labels(path: Path) -> np.ndarray:
    image = _read_rgb(path)
    return (image[..., 0] << INSTANCE_BITS) + (image[..., 1] << 8) + image[..., 2]


def _frame(entry: Mapping[str, Any], folder: Path, *, is_true: bool = True) -> PanopticFrame:
    path = path_below(folder, str(entry["file_name"]), str(folder))
    image = _read_rgb(path)
    try:
        segments = tuple(_segment(info, is_true=is_true) for info in entry["segments_info"])
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{path}: its list of segments is damaged: {error!r}") from error
    return PanopticFrame(image[..., 0] + (image[..., 1] << 8) + (image[..., 2] << 16), segments)


def _segment(info: Mapping[str, Any], *, is_true: bool) -> Segment:
    category = CategoryId(int(info["category_id"]))
    if not is_true:
        return Segment(int(info["id"]), category)
    return Segment(int(info["id"]), category, info["iscrowd"] == 1, int(info["area"]))


def _read_rgb(path: Path) -> np.ndarray:
    """(H, W, 3) of int64, so that ids can be computed from the channels."""
    return read_label_image(path, ("RGB",)).astype(np.int64)


def _load(path: Path) -> Mapping[str, Any]:
    content = load_json(path)
    if not isinstance(content, dict):
        raise FormatError(f"{path} holds no object at its top level")
    return content


def _items(content: Mapping[str, Any], key: str) -> list[Any]:
    items = content.get(key)
    if not isinstance(items, list):
        raise FormatError(f"a panoptic file has no list {key!r}")
    return items


def _categories(truth: Mapping[str, Any]) -> dict[CategoryId, bool]:
    return {
        CategoryId(category["id"]): bool(category["isthing"])
        for category in _items(truth, "categories")
    }
