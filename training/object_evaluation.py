"""How well targets are cut out from clicks and carried through clips: J&F, IoU by clicks.

Each clip is measured from its first mask (VOS) and from one click, the point most inside that mask
(PET); each still by clicks that a careful person makes one after the other.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import Direction, TrackRequest
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.video.video_reader import VideoReader
from training.augmentation import visible_labels
from training.baselines import BASELINES, CarryFunction
from training.clicks import most_inside, next_click
from training.data_manifest import IGNORED_LABEL, LabelledFrame
from training.evaluation_pictures import EvaluationPictures
from training.metrics.j_and_f import JAndF, JAndFResult, ScoredFrames

logger = logging.getLogger(__name__)

CLICK_COUNTS = (1, 2, 3, 5)
"""After how many clicks the IoU is told."""
MAX_CLICKS = 10
"""A still that needs more clicks than this counts as needing this many."""
WANTED_IOU = 0.85
"""What a person is taken to be content with."""


@dataclass(frozen=True)
class ClipScore:
    """One method on one clip; percent."""

    clip: str
    method: str
    j: float
    f: float
    frames_per_second: float

    @property
    def j_and_f(self) -> float:
        """The mean of J and F."""
        return (self.j + self.f) / 2


@dataclass(frozen=True)
class StillScore:
    """One object of one still."""

    still: str
    source: str
    iou_by_click: tuple[float, ...]
    """IoU after the first click, the second, …; 0…1."""

    @property
    def clicks_needed(self) -> int:
        """How many clicks reach `WANTED_IOU`, at most as many as were made."""
        for count, iou in enumerate(self.iou_by_click, start=1):
            if iou >= WANTED_IOU:
                return count
        return len(self.iou_by_click)


def score_clip(
    engine: InferenceEngine,
    name: str,
    frames: Sequence[LabelledFrame],
    pictures: EvaluationPictures | None = None,
) -> list[ClipScore]:
    """Measure the network and the baselines on one clip; show the network's masks in pictures."""
    pixels = [frame.load() for frame in frames]
    targets = visible_labels(pixels[0][1])
    truth = [{label: Mask.from_array(labels == label) for label in targets} for _, labels in pixels]
    masks = {label: pixels[0][1] == label for label in targets}

    def vos() -> list[dict[int, Mask]]:
        given = [MaskExemplar(0, TargetId(label), truth[0][label]) for label in targets]
        return tracked(engine, frames, given)

    def pet() -> list[dict[int, Mask]]:
        clicks = [PointExemplar(0, TargetId(n), *most_inside(masks[n])) for n in targets]
        return tracked(engine, frames, clicks)

    methods: dict[str, Callable[[], list[dict[int, Mask]]]] = {"VOS": vos, "PET": pet}
    images = [image for image, _ in pixels]
    for baseline, carry in BASELINES.items():
        methods[baseline] = partial(carried, carry, images, masks)
    scores = []
    for method, run in methods.items():
        score, predicted = timed_score(name, method, run, truth)
        scores.append(score)
        if pictures is not None and method not in BASELINES:
            pictures.add_clip(f"{name} {method} {score.j_and_f:.1f}", images, truth, predicted)
    return scores


def tracked(
    engine: InferenceEngine, frames: Sequence[LabelledFrame], exemplars: Sequence[Exemplar]
) -> list[dict[int, Mask]]:
    """Carry targets through frames that lie in one folder; masks by target for each frame."""
    with VideoReader(frames[0].image_path.parent) as video:
        names = [path.stem for path in video.image_paths]
        numbers = {names.index(frame.name): place for place, frame in enumerate(frames)}
        first, last = min(numbers), max(numbers)
        found: list[dict[int, Mask]] = [{} for _ in frames]
        request = TrackRequest(tuple(exemplars), first, last, Direction.FORWARD)
        for answer in engine.track(video, request):
            for target, by_frame in answer.masks.items():
                for number, predicted in by_frame.items():
                    found[numbers[number]][int(target)] = predicted.mask
    return found


def score_still(
    engine: InferenceEngine,
    frame: LabelledFrame,
    label: int,
    pictures: EvaluationPictures | None = None,
) -> StillScore:
    """Click on one object of a still, again and again where the answer is wrong.

    The answer to the first click is shown in pictures.
    """
    image, labels = frame.load()
    truth, ignored = labels == label, labels == IGNORED_LABEL
    clicks: list[PointExemplar] = []
    target = TargetId(1)
    shown = np.zeros_like(truth)
    values: list[float] = []
    with VideoReader(frame.image_path) as video:
        for _ in range(MAX_CLICKS):
            click = next_click(shown, truth, ignored)
            if click is not None:
                clicks.append(PointExemplar(0, target, click.x, click.y, not click.is_negative))
                found = engine.preview(video, 0, clicks)
                shown = found[target].mask.to_array() if target in found else truth & False
            values.append(iou(shown, truth, ignored))
            if pictures is not None and len(values) == 1:
                title = f"{frame.source} {values[0]:.2f} {frame.name} {label}"
                pictures.add_still(title, image, truth, shown, clicks[0])
            if len(values) >= max(CLICK_COUNTS) and values[-1] >= WANTED_IOU:
                break
    return StillScore(frame.name, frame.source, tuple(values))


def iou(predicted: np.ndarray, truth: np.ndarray, ignored: np.ndarray) -> float:
    """Intersection over union of the pixels that are judged; 1 if both are empty."""
    union = int(((predicted | truth) & ~ignored).sum())
    return 1.0 if union == 0 else int((predicted & truth & ~ignored).sum()) / union


def summarise(clips: Iterable[ClipScore], stills: Iterable[StillScore]) -> dict[str, float]:
    """Means over clips by method, and over stills by source and number of clicks."""
    summary: dict[str, float] = {}
    by_method: dict[str, list[ClipScore]] = {}
    for score in clips:
        by_method.setdefault(score.method, []).append(score)
    for method, scores in by_method.items():
        summary[f"{method} J&F"] = float(np.mean([score.j_and_f for score in scores]))
        summary[f"{method} frames/s"] = float(np.mean([s.frames_per_second for s in scores]))
    by_source: dict[str, list[StillScore]] = {}
    for still in stills:
        by_source.setdefault(still.source, []).append(still)
    for source, found in by_source.items():
        for count in CLICK_COUNTS:
            values = [still.iou_by_click[count - 1] for still in found]
            summary[f"{source} IoU, clicks: {count}"] = float(np.mean(values))
        needed = [still.clicks_needed for still in found]
        summary[f"{source} clicks to {WANTED_IOU}"] = float(np.mean(needed))
    return summary


def carried(
    carry: CarryFunction, images: Sequence[np.ndarray], masks: Mapping[int, np.ndarray]
) -> list[dict[int, Mask]]:
    """The masks of the first image carried through all by a baseline, by target for each image."""
    by_target = {label: carry(images, mask) for label, mask in masks.items()}
    return [
        {label: Mask.from_array(by_frame[t]) for label, by_frame in by_target.items()}
        for t in range(len(images))
    ]


def timed_score(
    name: str,
    method: str,
    run: Callable[[], list[dict[int, Mask]]],
    truth: Sequence[Mapping[int, Mask]],
) -> tuple[ClipScore, list[dict[int, Mask]]]:
    """Let a method carry a clip's targets, and measure masks and time.

    Args:
        name: Of the clip.
        method: Its name, for tables.
        run: Gives the masks by target for each frame.
        truth: The true ones.

    Returns:
        The score, and what `run` gave.
    """
    begin = time.perf_counter()
    predicted = run()
    seconds = time.perf_counter() - begin
    measure = JAndF()
    pairs = zip(truth, predicted, strict=True)
    measure.add_sequence(name, pairs, list(truth[0]), ScoredFrames.AFTER_FIRST)
    result: JAndFResult = measure.result()
    score = ClipScore(
        name, method, 100 * result.j.mean, 100 * result.f.mean, len(truth) / max(seconds, 1e-9)
    )
    logger.info("%s %s: J&F %.1f", name, method, score.j_and_f)
    return score, predicted
