"""What a corrected target gains when its run knows where the others are.

    python -m benchmarks.rivals --pairs 10 --threads 1

Takes the evaluation's pasted clips of two objects (`TARVIS_SHARED`), carries both from their first
masks, and corrects the worse one in the middle of the clip with its true mask. From there it is
carried on twice: alone, and beside the other one's mask as the first run left it. Prints its mean
IoU on the frames behind the correction: before, alone, and beside the other one.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import Direction, TrackRequest
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.video.video_reader import VideoReader
from training.augmentation import visible_labels
from training.commands.evaluate import default_data
from training.data_manifest import IGNORED_LABEL, LabelledFrame, group_clips, read_manifest
from training.object_evaluation import iou
from training.pasted_clips import clip_of_pair, paired_clips

Masks = list[dict[int, Mask]]
"""Masks by target for each frame of a clip."""


@dataclass(frozen=True)
class Gain:
    """Mean IoU of one corrected target behind its correction, 0…1."""

    pair: str
    before: float
    alone: float
    beside: float


def measure(engine: InferenceEngine, pair: str, frames: Sequence[LabelledFrame]) -> Gain | None:
    """Correct one target of a clip both ways; None if the clip does not begin with two."""
    maps = [frame.load()[1] for frame in frames]
    targets = visible_labels(maps[0])
    if len(targets) < 2:
        return None
    first = {label: Mask.from_array(maps[0] == label) for label in targets}
    with VideoReader(frames[0].image_path.parent) as video:
        shown = _carry(engine, video, 0, first)
        middle = len(frames) // 2
        worst = min(targets, key=lambda label: _mean_iou(shown, maps, label, middle, middle + 1))
        truth = Mask.from_array(maps[middle] == worst)
        if truth.is_empty:
            return None
        others = {
            label: mask.difference(truth) for label, mask in shown[middle].items() if label != worst
        }
        runs = [
            shown,
            _carry(engine, video, middle, {worst: truth}),
            _carry(engine, video, middle, {worst: truth}, others),
        ]
    return Gain(pair, *(_mean_iou(run, maps, worst, middle + 1, len(frames)) for run in runs))


def _carry(
    engine: InferenceEngine,
    video: VideoReader,
    start: int,
    masks: Mapping[int, Mask],
    beside: Mapping[int, Mask] | None = None,
) -> Masks:
    """Masks on all frames of targets that are carried from one frame on."""
    given = tuple(
        MaskExemplar(start, TargetId(label), mask)
        for label, mask in {**masks, **(beside or {})}.items()
        if not mask.is_empty
    )
    last = video.num_frames - 1
    wanted = {TargetId(label): ((start, last),) for label in masks}
    request = TrackRequest(given, start, last, Direction.FORWARD, wanted)
    found: Masks = [{} for _ in range(video.num_frames)]
    for answer in engine.track(video, request):
        for target, by_frame in answer.masks.items():
            for number, predicted in by_frame.items():
                found[number][int(target)] = predicted.mask
    return found


def _mean_iou(masks: Masks, maps: Sequence[np.ndarray], label: int, first: int, end: int) -> float:
    nothing = Mask.empty(*maps[0].shape)
    return float(
        np.mean(
            [
                iou(
                    masks[frame].get(label, nothing).to_array(),
                    maps[frame] == label,
                    maps[frame] == IGNORED_LABEL,
                )
                for frame in range(first, end)
            ]
        )
    )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--weights", type=Path, default=Path("resources/weights/starter.safetensors")
    )
    parser.add_argument("--pairs", type=int, default=10, help="at least so many pasted clips")
    parser.add_argument("--threads", type=int, help="how many threads torch uses")
    arguments = parser.parse_args()
    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    engine = InferenceEngine.load(arguments.weights, "cpu")
    clips = group_clips(read_manifest(default_data(), "eval"))
    gains = []
    for pair in paired_clips(list(clips), at_least=arguments.pairs):
        pasted = clip_of_pair(clips, pair)
        if pasted is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            gain = measure(engine, pair.name, pasted.write(Path(folder) / pair.name, "pasted"))
        if gain is not None:
            gains.append(gain)
            _tell(gain)
    if gains:
        means = np.mean([(each.before, each.alone, each.beside) for each in gains], axis=0)
        _tell(Gain(f"mean of {len(gains)}", *means))
    return 0


def _tell(gain: Gain) -> None:
    sys.stdout.write(
        f"{gain.pair}: before {gain.before:.3f}, alone {gain.alone:.3f}, "
        f"beside the other {gain.beside:.3f}\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
