"""Asking the network about one video of a benchmark."""

import logging
from collections.abc import Sequence

import numpy as np

from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.formats.annotated_video import AnnotatedFrame, AnnotatedVideo
from tarvis_core.annotation.formats.burst import inner_point
from tarvis_core.annotation.label_set import LabelSet, load_label_set
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import ClassRequest, ClassTask, Direction, TrackRequest
from tarvis_core.annotation.target import CategoryId, TargetId, TargetKind
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import search_settings
from tarvis_core.inference.video_results import VideoClasses
from training.benchmark.benchmark_list import Benchmark, Question
from training.benchmark.frames import RunFrames, frames_to_run
from training.benchmark.predictions import PredictedTarget, PredictedVideo
from training.class_rows import rows_of_classes, unknown_classes

logger = logging.getLogger(__name__)


class Asker:
    """Asks one network about videos of one benchmark."""

    def __init__(self, engine: InferenceEngine, benchmark: Benchmark) -> None:
        self._engine = engine
        self._benchmark = benchmark
        self._has_told = False

    def ask(self, video: AnnotatedVideo, cues: AnnotatedVideo | None = None) -> PredictedVideo:
        """The network's answer about a video.

        Args:
            video: With its images; VOS and PET are given its targets' first masks or points.
            cues: Where targets' first masks or points are taken from instead, if anywhere.

        Raises:
            ConfigError: The weights do not know the classes.
            FormatError: An image is missing.
        """
        frames = frames_to_run(video, self._benchmark.frames)
        if self._benchmark.question.is_about_classes:
            return self._searched(video, frames)
        return self._followed(video, cues or video, frames)

    def _followed(
        self, video: AnnotatedVideo, cues: AnnotatedVideo, frames: RunFrames
    ) -> PredictedVideo:
        exemplars = first_exemplars(cues, frames, self._benchmark.question)
        request = TrackRequest(exemplars, 0, frames.num_frames - 1, Direction.FORWARD)
        found: list[dict[int, Mask]] = [{} for _ in frames.items]
        if exemplars:
            for answer in self._engine.track(frames, request):  # type: ignore[arg-type]
                for target, by_frame in answer.masks.items():
                    for number, predicted in by_frame.items():
                        found[number][int(target)] = predicted.mask
        categories = {target.id: target.category for target in cues.targets}
        targets = [
            PredictedTarget(int(each.target), categories.get(each.target), TargetKind.THING)
            for each in exemplars
        ]
        return _predicted(video, frames, targets, found)

    def _searched(self, video: AnnotatedVideo, frames: RunFrames) -> PredictedVideo:
        is_panoptic = self._benchmark.question is Question.PANOPTIC
        network = load_label_set(self._benchmark.label_set or "")
        published = search_settings(network.name)
        self._tell_unknown(video.label_set, network)
        request = ClassRequest(
            network.name,
            ClassTask.PANOPTIC if is_panoptic else ClassTask.INSTANCES,
            0,
            frames.num_frames - 1,
            score_threshold=published.score_threshold,
        )
        results = self._engine.search_classes(frames, request)  # type: ignore[arg-type]
        classes = {row: number for number, row in rows_of_classes(video.label_set, network).items()}
        if is_panoptic:
            targets, masks = panoptic_answer(
                results, classes, published.score_threshold, frames.num_frames
            )
        else:
            targets, masks = instance_answer(
                results, classes, published.most_per_video, frames.num_frames
            )
        return _predicted(video, frames, targets, masks)

    def _tell_unknown(self, dataset: LabelSet, network: LabelSet) -> None:
        if self._has_told:
            return
        self._has_told = True
        unknown = unknown_classes(dataset, network)
        if unknown:
            logger.warning(
                "the network's list “%s” lacks %d classes of the data set, such as %s; they count "
                "as never found",
                network.name,
                len(unknown),
                unknown[0],
            )


def first_exemplars(
    video: AnnotatedVideo, frames: RunFrames, question: Question
) -> tuple[Exemplar, ...]:
    """The first mask or point of every target, at the frame's number among those run.

    Points are the data set's own where it gives some, else those deepest inside the masks.
    """
    numbers = {frame.position: number for number, frame in enumerate(frames.items)}
    by_name = {frame.name: number for number, frame in enumerate(frames.items)}
    exemplars: dict[TargetId, Exemplar] = {}
    for position, name in enumerate(video.frame_names):
        frame = video.load_frame(position)
        number = by_name.get(name, numbers.get(position))
        if number is None:
            continue
        for target in frame.masks:
            if target not in exemplars:
                exemplars[target] = _exemplar(frame, target, number, question)
    return tuple(exemplars[target] for target in sorted(exemplars))


def _exemplar(frame: AnnotatedFrame, target: TargetId, number: int, question: Question) -> Exemplar:
    mask = frame.masks[target].mask
    if question is Question.MASKS:
        return MaskExemplar(number, target, mask)
    x, y = frame.points.get(target) or inner_point(mask)
    return PointExemplar(number, target, x, y)


def instance_answer(
    results: VideoClasses, classes: dict[int, CategoryId], most: int, num_frames: int
) -> tuple[list[PredictedTarget], list[dict[int, Mask]]]:
    """The lines of a video's result: each a track taken for one class.

    Args:
        results: What was found.
        classes: Number of the class in the data set by row; other rows are left out.
        most: Lines at most.
        num_frames: Of the video.
    """
    lines = [line for line in results.instance_lines(most) if line.class_index in classes]
    targets = [
        PredictedTarget(index + 1, classes[line.class_index], TargetKind.THING, line.score)
        for index, line in enumerate(lines)
    ]
    masks = [
        {index + 1: mask for index, mask in results.instance_masks(frame, lines).items()}
        for frame in range(num_frames)
    ]
    return targets, masks


def panoptic_answer(
    results: VideoClasses, classes: dict[int, CategoryId], threshold: float, num_frames: int
) -> tuple[list[PredictedTarget], list[dict[int, Mask]]]:
    """Each frame's pixels by target: first one for each class of stuff, then things by track.

    Args:
        results: What was found.
        classes: Number of the class in the data set by row; pixels of other rows stay void.
        threshold: Things must be more certain than this.
        num_frames: Of the video.
    """
    lines = [x for x in results.panoptic_lines(threshold) if x.class_index in classes]
    num_rows = len(results.plan.label_set)
    targets = {
        num_rows + line.track: PredictedTarget(
            num_rows + line.track, classes[line.class_index], TargetKind.THING, line.score
        )
        for line in lines
    }
    masks = []
    for number in range(num_frames):
        frame = results.panoptic(number, lines)
        codes_HW = np.where(
            frame.track_HW > 0, frame.track_HW.astype(np.int64) + num_rows, frame.class_index_HW + 1
        )
        found = {}
        for code in np.unique(codes_HW).tolist():
            if code <= num_rows and code - 1 not in classes:
                continue
            if code <= num_rows:
                targets[code] = PredictedTarget(code, classes[code - 1], TargetKind.STUFF)
            found[code] = Mask.from_array(codes_HW == code)
        masks.append(found)
    return [targets[number] for number in sorted(targets)], masks


def _predicted(
    video: AnnotatedVideo,
    frames: RunFrames,
    targets: Sequence[PredictedTarget],
    masks: Sequence[dict[int, Mask]],
) -> PredictedVideo:
    """The answer on the frames that are handed in."""
    kept = [number for number, frame in enumerate(frames.items) if frame.is_handed_in]
    return PredictedVideo(
        video.name,
        video.size,
        tuple(frames.items[number].name for number in kept),
        tuple(targets),
        tuple({t: m for t, m in masks[number].items() if not m.is_empty} for number in kept),
    )
