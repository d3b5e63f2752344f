"""What one click takes whose frame's features are cached, by the clock and in processor time.

    python -m benchmarks.click --backbone resnet50 --size 480x854 --threads 2

Weights are random: time does not depend on them. On a busy machine the least time waited is the
nearest to a quiet machine's; half of two threads' processor time is its lower bound.
"""

import argparse
import statistics
import sys
import time

import torch

from benchmarks.clip_cases import PRESETS
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.bench_video import BenchVideo
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import ClipSettings, InferenceSettings, Precision
from tarvis_core.model.tarvis import TarVis

MULTIPLE = 32


def measure_clicks(
    backbone: str, size: tuple[int, int], precision: Precision, clicks: int
) -> list[tuple[float, float]]:
    """Seconds waited and seconds of processor time of each click on one frame."""
    clips = ClipSettings(2, 1, min(size), multiple=MULTIPLE)
    settings = InferenceSettings(clip=clips, precision=precision)
    torch.manual_seed(0)
    engine = InferenceEngine(TarVis(PRESETS[backbone]()), torch.device("cpu"), settings)
    video = BenchVideo(clips.length, size)
    costs = []
    for number in range(clicks + 1):
        click = PointExemplar(0, TargetId(1), size[1] / 2 + number, size[0] / 2)
        wall, processor = time.perf_counter(), time.process_time()
        engine.preview(video, 0, [click], is_quick=True)
        costs.append((time.perf_counter() - wall, time.process_time() - processor))
    return costs[1:]  # the first one encodes the frame


def main() -> None:
    """Print both number formats."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backbone", choices=sorted(PRESETS), default="resnet50")
    parser.add_argument("--size", default="480x854", metavar="HxW")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clicks", type=int, default=20)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    height, width = map(int, arguments.size.split("x"))
    for precision in (Precision.FLOAT32, Precision.BFLOAT16):
        costs = measure_clicks(arguments.backbone, (height, width), precision, arguments.clicks)
        waits, processor = ([1000 * each for each in column] for column in zip(*costs, strict=True))
        sys.stdout.write(
            f"{precision.value:9} waited {min(waits):4.0f} ms at least, "
            f"{statistics.median(waits):4.0f} ms (median); processor time {min(processor):4.0f} ms "
            f"at least, {statistics.median(processor):4.0f} ms (median)\n"
        )


if __name__ == "__main__":
    main()
