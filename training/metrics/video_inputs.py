"""What the measures take, from annotated videos: the truth a format reads, or a prediction.

Frames are loaded one at a time, so a video of any length needs the memory of its coded masks.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    Occlusion,
)
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import CategoryId, Target, TargetId, TargetKind
from training.metrics.burst import BurstDetection, BurstTruth
from training.metrics.mots import MotsFrame
from training.metrics.panoptic_quality import PanopticFrame, Segment
from training.metrics.stq import INSTANCE_BITS
from training.metrics.track_ap import PredictedTrack, TrueTrack, occlusion_score

_OCCLUSION_LEVELS = {Occlusion.NONE: 0.0, Occlusion.SLIGHT: 0.25, Occlusion.SEVERE: 0.75}


def true_tracks(video: AnnotatedVideo) -> list[TrueTrack]:
    """The tracks to be found in a video, for `TrackAp`; targets without a class are left out."""
    masks, levels, crowds = _tracks(video)
    return [
        TrueTrack(
            category=category,
            masks=masks[target.id],
            is_crowd=target.id in crowds,
            occlusion=occlusion_score(levels[target.id]),
        )
        for target, category in _classified(video)
    ]


def predicted_tracks(video: AnnotatedVideo) -> list[PredictedTrack]:
    """The tracks predicted for a video, for `TrackAp`; a track's score is the mean of its masks'.

    A mask without a score counts as certain.
    """
    scores: dict[TargetId, list[float]] = {target.id: [] for target in video.targets}
    masks: dict[TargetId, dict[int, Mask]] = {target.id: {} for target in video.targets}
    for index, frame in enumerate(video.frames()):
        for target, mask in frame.masks.items():
            masks[target][index] = mask.mask
            scores[target].append(1.0 if mask.score is None else mask.score)
    return [
        PredictedTrack(category, float(np.mean(scores[target.id])), masks[target.id])
        for target, category in _classified(video)
        if scores[target.id]
    ]


def _classified(video: AnnotatedVideo) -> list[tuple[Target, CategoryId]]:
    return [(target, target.category) for target in video.targets if target.category is not None]


def _tracks(
    video: AnnotatedVideo,
) -> tuple[dict[TargetId, dict[int, Mask]], dict[TargetId, list[float]], set[TargetId]]:
    """By target: masks by frame, levels of occlusion; and which targets are crowds."""
    masks: dict[TargetId, dict[int, Mask]] = {target.id: {} for target in video.targets}
    levels: dict[TargetId, list[float]] = {target.id: [] for target in video.targets}
    crowds = set()
    for index, frame in enumerate(video.frames()):
        for target, mask in frame.masks.items():
            masks[target][index] = mask.mask
            if mask.occlusion is not None:
                levels[target].append(_OCCLUSION_LEVELS[mask.occlusion])
            if mask.is_crowd:
                crowds.add(target)
    return masks, levels, crowds


def panoptic_frames(video: AnnotatedVideo) -> Iterator[PanopticFrame]:
    """Each frame's segments, for `PanopticQuality` and `VideoPanopticQuality`.

    Ids are the targets'. Where masks overlap, the higher z-order (then the higher id) is on top.

    Raises:
        ValueError: A target has no class.
    """
    categories = _categories(video)
    for frame in video.frames():
        ids = _topmost(frame, video.size)
        yield PanopticFrame(
            ids,
            [
                Segment(
                    number, categories[TargetId(number)], frame.masks[TargetId(number)].is_crowd
                )
                for number in np.unique(ids).tolist()
                if number
            ],
        )


def step_labels(video: AnnotatedVideo, ignore_label: int = 255) -> Iterator[np.ndarray]:
    """Each frame as (class << 16) + instance, for `SegmentationTrackingQuality`.

    Things are numbered from 1 in the order of their ids; stuff and crowd regions have instance 0;
    pixels of no target have the ignored class.

    Raises:
        ValueError: A target has no class, or there are more things than instances can be.
    """
    categories = _categories(video)
    things = [target.id for target in video.targets if target.kind is TargetKind.THING]
    instances = {target: instance for instance, target in enumerate(things, start=1)}
    if len(things) >= 1 << INSTANCE_BITS:
        raise ValueError(f"{video.name}: {len(things)} things are more than can be told apart")
    for frame in video.frames():
        labels = np.full(video.size, ignore_label << INSTANCE_BITS, dtype=np.int64)
        ids = _topmost(frame, video.size)
        for target, mask in frame.masks.items():
            instance = 0 if mask.is_crowd else instances.get(target, 0)
            labels[ids == target] = (categories[target] << INSTANCE_BITS) + instance
        yield labels


def _categories(video: AnnotatedVideo) -> Mapping[TargetId, CategoryId]:
    categories = dict(_without_none(video))
    missing = {target.id for target in video.targets} - set(categories)
    if missing:
        raise ValueError(f"{video.name}: the targets {sorted(missing)[:5]} have no class")
    return categories


def _without_none(video: AnnotatedVideo) -> Iterator[tuple[TargetId, CategoryId]]:
    return ((target.id, category) for target, category in _classified(video))


def _topmost(frame: AnnotatedFrame, size: tuple[int, int]) -> np.ndarray:
    """(H, W) of the target that each pixel belongs to; 0 for none."""
    ids = np.zeros(size, dtype=np.int64)
    for target in sorted(frame.masks, key=lambda t: (frame.masks[t].z_order, t)):
        mask = frame.masks[target].mask
        x_min, y_min, x_max, y_max = mask.box
        ids[y_min:y_max, x_min:x_max][mask.crop()] = target
    return ids


def object_masks(video: AnnotatedVideo) -> Iterator[dict[int, Mask]]:
    """Each frame's masks by target, for `JAndF`."""
    return (
        {int(target): mask.mask for target, mask in frame.masks.items()} for frame in video.frames()
    )


def burst_truth(
    video: AnnotatedVideo,
    negative: frozenset[int] = frozenset(),
    not_exhaustive: frozenset[int] = frozenset(),
) -> BurstTruth:
    """The annotated frames of a video, for `BurstEvaluation`; targets need a class.

    Args:
        video: The annotations.
        negative: Classes that are surely not in the video.
        not_exhaustive: Classes of which only some objects are annotated.
    """
    return BurstTruth(
        video.name,
        list(object_masks(video)),
        {int(target): int(category) for target, category in _categories(video).items()},
        negative,
        not_exhaustive,
    )


def burst_detections(
    predicted: AnnotatedVideo, truth: AnnotatedVideo
) -> list[list[BurstDetection]]:
    """What was predicted on each annotated frame, found by the frames' names.

    A target without a class gets that of the true target with its id, if there is one.

    Raises:
        ValueError: A target has no class, and the truth does not know it.
    """
    places = {name: index for index, name in enumerate(predicted.frame_names)}
    true_categories = dict(_without_none(truth))
    categories = true_categories | dict(_without_none(predicted))
    unknown = {target.id for target in predicted.targets} - set(categories)
    if unknown:
        raise ValueError(f"{predicted.name}: the targets {sorted(unknown)[:5]} have no class")
    frames = []
    for name in truth.frame_names:
        masks = predicted.load_frame(places[name]).masks if name in places else {}
        frames.append(
            [
                BurstDetection(
                    target,
                    categories[target],
                    mask.mask,
                    1.0 if mask.score is None else mask.score,
                )
                for target, mask in masks.items()
            ]
        )
    return frames


def mots_frames(video: AnnotatedVideo) -> list[MotsFrame]:
    """Each frame's masks by class and target, for `MotsEvaluation`; void is ignored.

    Raises:
        ValueError: A target has no class.
    """
    categories = _categories(video)
    return [
        MotsFrame(
            {
                (categories[target], target): mask.mask
                for target, mask in frame.masks.items()
                if not mask.is_crowd
            },
            _ignored(frame),
        )
        for frame in video.frames()
    ]


def _ignored(frame: AnnotatedFrame) -> tuple[Mask, ...]:
    """Void and crowds of a frame as one region."""
    regions = [mask.mask for mask in frame.masks.values() if mask.is_crowd]
    regions += [] if frame.void is None else [frame.void]
    if not regions:
        return ()
    union = regions[0]
    for region in regions[1:]:
        union = union.union(region)
    return (union,)
