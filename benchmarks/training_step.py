"""How long one training step takes, how much memory, and how much of it is waiting for data.

    python -m benchmarks.training_step --presets resnet50 starter --size 256x384 --frames 3

Prints a Markdown table: seconds per step (CPU: processor time of all threads), steps per second,
peak memory beyond the network and its optimiser, and the share of preparing the clip. The clip is
made from a generated still as in pre-training; the task is following two objects by mask.
"""

import argparse
import platform
import time

import numpy as np
import torch

from benchmarks.measuring import measure
from training.clip_sample import AskedBatch, ClipBatch, ClipSample, Task
from training.distributed import Ranks
from training.losses.criterion import LossSettings
from training.object_questions import QuestionForm, QuestionSettings, draw_question
from training.optimisation import OptimiserSettings
from training.pseudo_clips import PseudoClipMaker, PseudoClipSettings
from training.run_config import PRESETS, Precision, RunConfig, RunSettings
from training.train import set_up, train_step

REPEATS = 3


class GeneratedClips:
    """Batches of one clip of two squares, made anew for each step."""

    def __init__(self, size: tuple[int, int], num_frames: int) -> None:
        self._maker = PseudoClipMaker(PseudoClipSettings(num_frames=num_frames, size=size))
        random = np.random.default_rng(0)
        self._image = random.integers(0, 255, (*size, 3)).astype(np.uint8)
        self._labels = np.zeros(size, np.uint8)
        self._labels[size[0] // 8 : size[0] // 2, size[1] // 8 : size[1] // 2] = 1
        self._labels[size[0] // 2 :, size[1] // 2 :] = 2
        self.seconds = 0.0
        """Spent on preparing clips so far."""

    def batch(self, step: int, place: int) -> AskedBatch:
        """The batch of a step."""
        begin = time.process_time()
        random = np.random.default_rng((step, place, 7))
        frames, maps = self._maker.make(self._image, self._labels, [], random)
        form, settings = QuestionForm(2, 0), QuestionSettings(min_pixels=1)
        question, targets = draw_question(maps, 0, form, settings, random)
        pixels = torch.from_numpy(np.moveaxis(frames, -1, 1).copy())
        sample = ClipSample(Task.OBJECTS, targets, pixels, question=question)
        batch = AskedBatch(ClipBatch.collate([sample]))
        self.seconds += time.process_time() - begin
        return batch


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="+", choices=list(PRESETS), default=["starter"])
    parser.add_argument("--size", default="256x384", help="HEIGHTxWIDTH, multiples of 64")
    parser.add_argument("--frames", type=int, default=3)
    parser.add_argument("--points", type=int, default=12544)
    parser.add_argument("--precision", choices=[p.value for p in Precision], default="fp32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    height, width = (int(side) for side in arguments.size.split("x"))
    device = torch.device(arguments.device)
    print(
        f"{platform.processor() or platform.machine()}, torch {torch.__version__}, "
        f"{arguments.threads} threads, {arguments.frames} frames of {arguments.size}, "
        f"{arguments.points} points, {arguments.precision}\n"
    )
    print("| network | s per step | steps/s | peak memory | data |\n|---|---|---|---|---|")
    for preset in arguments.presets:
        config = RunConfig(
            model=PRESETS[preset](),
            run=RunSettings(num_steps=100, precision=Precision(arguments.precision)),
            optimiser=OptimiserSettings(),
            losses=LossSettings(num_points=arguments.points),
        )
        print(line(preset, config, GeneratedClips((height, width), arguments.frames), device))


def line(preset: str, config: RunConfig, source: GeneratedClips, device: torch.device) -> str:
    """One line of the table."""
    ranks = Ranks(0, 1, device)
    learner, state = set_up(config, ranks)
    train_step(config, learner, state, source, ranks)
    before = source.seconds
    cost, _ = measure(
        lambda: train_step(config, learner, state, source, ranks), device, repeats=REPEATS
    )
    share = (source.seconds - before) / REPEATS / cost.seconds
    return (
        f"| {preset} | {cost.seconds:.2f} | {1 / cost.seconds:.2f} "
        f"| {cost.peak_bytes / 2**30:.2f} GiB | {100 * share:.0f} % |"
    )


if __name__ == "__main__":
    main()
