"""What clicks on a tracked frame gain: with the shown mask as their start, and by themselves.

    python -m benchmarks.corrections --clips breakdance soapbox horsejump-high --every 10

Carries the first masks through evaluation clips of the data folder (`TARVIS_SHARED`), takes frames
of the last two thirds whose mask has an IoU below 0.9, and clicks where a careful person would.
Prints the mean IoU before, and after each click, both ways.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar, PointExemplar, ShownMask
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.video.video_reader import VideoReader
from training.augmentation import visible_labels
from training.clicks import next_click
from training.commands.evaluate import default_data
from training.data_manifest import IGNORED_LABEL, LabelledFrame, group_clips, read_manifest
from training.object_evaluation import iou, tracked

NUM_CLICKS = 3
GOOD_IOU = 0.9
"""Nobody corrects what is this good."""


@dataclass(frozen=True)
class _Place:
    """Where is clicked: one target on one frame."""

    engine: InferenceEngine
    video: VideoReader
    number: int
    target: TargetId


def corrections(
    engine: InferenceEngine, frames: Sequence[LabelledFrame], every: int
) -> Iterator[tuple[float, list[float], list[float]]]:
    """IoU of each poor mask before, after each click alone, after each click on the shown mask."""
    first = frames[0].load()[1]
    masks = {label: Mask.from_array(first == label) for label in visible_labels(first)}
    given = [MaskExemplar(0, TargetId(label), mask) for label, mask in masks.items()]
    found = tracked(engine, frames, given)
    with VideoReader(frames[0].image_path.parent) as video:
        numbers = {path.stem: number for number, path in enumerate(video.image_paths)}
        for place in range(len(frames) // 3, len(frames), every):
            labels, number = frames[place].load()[1], numbers[frames[place].name]
            for label in found[place]:
                truth, ignored = labels == label, labels == IGNORED_LABEL
                shown = found[place][label].to_array()
                before = iou(shown, truth, ignored)
                if before >= GOOD_IOU or not shown.any() or not truth.any():
                    continue
                spot = _Place(engine, video, number, TargetId(label))
                alone, corrected = (
                    _after_clicks(spot, shown, (truth, ignored), corrects=corrects)
                    for corrects in (False, True)
                )
                yield before, alone, corrected


def _after_clicks(
    place: _Place, shown: np.ndarray, wanted: tuple[np.ndarray, np.ndarray], *, corrects: bool
) -> list[float]:
    """IoU after each click; each one corrects the mask that it saw, as in the window, or none.

    Args:
        place: Where is clicked.
        shown: The mask there before the first click.
        wanted: The true mask, and the pixels that do not count.
        corrects: Whether a click is asked with the mask that it saw.
    """
    truth, ignored = wanted
    clicks: list[Exemplar] = []
    values = []
    for _ in range(NUM_CLICKS):
        click = next_click(shown, truth, ignored)
        if click is not None:
            seen: list[Exemplar] = []
            if corrects and shown.any():
                seen = [ShownMask(place.number, place.target, Mask.from_array(shown))]
            clicks.append(
                PointExemplar(place.number, place.target, click.x, click.y, not click.is_negative)
            )
            answer = place.engine.preview(place.video, place.number, [*seen, *clicks])
            found = answer.get(place.target)
            shown = truth & False if found is None else found.mask.to_array()
        values.append(iou(shown, truth, ignored))
    return values


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--weights", type=Path, default=Path("resources/weights/starter.safetensors")
    )
    parser.add_argument("--clips", nargs="+", required=True, help="names of evaluation clips")
    parser.add_argument("--every", type=int, default=10, help="each so many frames is corrected")
    arguments = parser.parse_args()
    engine = InferenceEngine.load(arguments.weights, "cpu")
    clips = group_clips(read_manifest(default_data(), "eval"))
    rows = [
        row for name in arguments.clips for row in corrections(engine, clips[name], arguments.every)
    ]
    if not rows:
        sys.stdout.write("no frame needs a correction\n")
        return 0
    before, alone, from_shown = (np.mean(column, axis=0) for column in zip(*rows, strict=True))
    sys.stdout.write(
        f"{len(rows)} frames, IoU before {before:.3f}; after 1 … {NUM_CLICKS} clicks alone "
        f"{alone.round(3)}, on the shown mask {from_shown.round(3)}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
