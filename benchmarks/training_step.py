"""How long one training step takes, how much memory, and how much of it goes to data.

    python -m benchmarks.training_step --presets resnet50 starter --shorter-side 256

Prints a Markdown table: seconds per step (CPU: processor time of all threads), steps per second,
peak memory beyond the network and its optimiser, the processor time of preparing a batch as part of
the step's, and which part of the clock's time the step waited for its batch. Each network is
measured as it is and with layers computed again in the backward pass.

Clips come from a data set in DAVIS's layout that is written first: JPEG frames of 480×854 with two
moving objects, read, cropped, resized and recoloured by DAVIS's recipe in two threads. The task is
following two objects by mask.
"""

import argparse
import platform
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch

from benchmarks.measuring import measure
from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    TargetMask,
    VideoCollection,
)
from tarvis_core.annotation.formats.format_list import format_by_id
from tarvis_core.annotation.formats.write_job import WriteOptions
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import Target, TargetId
from training.clip_sample import AskedBatch, ClipBatch, Task
from training.datasets.clip_dataset import ClipDataset, ObjectsWanted
from training.datasets.source_recipes import RECIPES
from training.distributed import Ranks
from training.losses.criterion import LossSettings
from training.optimisation import OptimiserSettings
from training.read_ahead import ReadAhead
from training.run_config import PRESETS, Precision, RunConfig, RunSettings
from training.train import set_up, train_step

REPEATS = 3
SIZE = (480, 854)
NUM_FRAMES = 12
NUM_WORKERS = 2


def moving_objects() -> AnnotatedVideo:
    """A textured clip with two objects that move."""
    ground = np.random.default_rng(0).integers(0, 255, (*SIZE, 3)).astype(np.uint8)
    ground = cv2.GaussianBlur(ground, (0, 0), 4)

    def masks(frame: int) -> list[np.ndarray]:
        found = []
        for left, top in ((300 + 6 * frame, 180), (450 - 5 * frame, 260)):
            mask = np.zeros(SIZE, bool)
            mask[top : top + 60, left : left + 80] = True
            found.append(mask)
        return found

    def load_image(frame: int) -> np.ndarray:
        image = ground.copy()
        for mask, colour in zip(masks(frame), ((200, 40, 30), (30, 90, 220)), strict=True):
            image[mask] = colour
        return image

    def load_frame(frame: int) -> AnnotatedFrame:
        first, second = masks(frame)
        shown = {1: first, 2: second & ~first}
        found = {TargetId(n): TargetMask(Mask.from_array(mask)) for n, mask in shown.items()}
        return AnnotatedFrame(f"{frame:05d}", found)

    return AnnotatedVideo(
        name="moving",
        size=SIZE,
        label_set=load_label_set("davis"),
        frame_names=tuple(f"{frame:05d}" for frame in range(NUM_FRAMES)),
        load_frame=load_frame,
        load_targets=lambda: tuple(Target(TargetId(n), f"object {n}") for n in (1, 2)),
        load_image=load_image,
    )


class RecipeClips:
    """Batches of one clip by DAVIS's recipe, and how long they took."""

    def __init__(self, folder: Path, shorter_side: int, num_frames: int) -> None:
        video = moving_objects()
        known = format_by_id("davis")
        known.write(
            VideoCollection(video.label_set, [video]), folder, WriteOptions(with_images=True)
        )
        recipe = replace(RECIPES["DAVIS"], shorter_sides=(shorter_side,))
        self._dataset = ClipDataset("DAVIS", known.read(folder), recipe, num_frames)
        self._lock = threading.Lock()
        self._seconds: list[float] = []

    def draw(self, step: int, place: int) -> AskedBatch:
        """The batch of a step."""
        begin = time.thread_time()
        random = np.random.default_rng((step, place, 7))
        sample = self._dataset.sample(0, Task.OBJECTS, ObjectsWanted(2, 0), random)
        batch = AskedBatch(ClipBatch.collate([sample]))
        with self._lock:
            self._seconds.append(time.thread_time() - begin)
        return batch

    @property
    def seconds(self) -> float:
        """Processor time of a batch, the mean of all so far."""
        return float(np.mean(self._seconds))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="+", choices=list(PRESETS), default=["starter"])
    parser.add_argument("--shorter-side", type=int, default=256, help="before the crop to 3/4")
    parser.add_argument("--frames", type=int, default=3)
    parser.add_argument("--points", type=int, default=12544)
    parser.add_argument("--precision", choices=[p.value for p in Precision], default="fp32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(1)
    sys.stdout.write(
        f"{platform.processor() or platform.machine()}, torch {torch.__version__}, "
        f"{arguments.threads} threads, {arguments.frames} frames of shorter side "
        f"{arguments.shorter_side} cropped to 3/4, {arguments.points} points, "
        f"{arguments.precision}\n\n"
        "| network | s per step | steps/s | peak memory | data | waited |\n"
        "|---|---|---|---|---|---|\n"
    )
    for preset in arguments.presets:
        for recomputes in (False, True):
            run = RunSettings(
                num_steps=100,
                precision=Precision(arguments.precision),
                checkpoints_activations=recomputes,
            )
            config = RunConfig(
                model=PRESETS[preset](),
                run=run,
                optimiser=OptimiserSettings(),
                losses=LossSettings(num_points=arguments.points),
            )
            name = f"{preset}, recomputing" if recomputes else preset
            sys.stdout.write(line(name, config, arguments) + "\n")
            sys.stdout.flush()


def line(name: str, config: RunConfig, arguments: argparse.Namespace) -> str:
    """One line of the table."""
    device = torch.device(arguments.device)
    ranks = Ranks(0, 1, device)
    learner, state = set_up(config, ranks)
    with tempfile.TemporaryDirectory() as folder:
        clips = RecipeClips(Path(folder), arguments.shorter_side, arguments.frames)
        source = ReadAhead(clips.draw, NUM_WORKERS)
        train_step(config, learner, state, source, ranks)
        waited, begin = 0.0, time.perf_counter()

        def step() -> None:
            nonlocal waited
            waited += train_step(config, learner, state, source, ranks)[2]

        cost, _ = measure(step, device, repeats=arguments.repeats)
        waited_share = waited / (time.perf_counter() - begin)
        source.close()
    return (
        f"| {name} | {cost.seconds:.2f} | {1 / cost.seconds:.2f} "
        f"| {cost.peak_bytes / 2**30:.2f} GiB | {100 * clips.seconds / cost.seconds:.1f} % "
        f"| {100 * waited_share:.1f} % |"
    )


if __name__ == "__main__":
    main()
