"""Whether memory grows with the length of a video.

    python -m benchmarks.long_videos --frames 300 10000 --size 1080x1920

Tracks one target through a made-up video with the weights that come with the program, each length
in a process of its own, keeps all masks, and prints the peak of resident memory. The network sees
small frames, so that it takes minutes and not hours; the feature cache is bounded by its setting
and taken small here, so that it is full in every case.
"""

import argparse
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor

import torch

from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.bench_video import BenchVideo
from tarvis_core.inference.benchmark import peak_memory_gb
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import ClipSettings, InferenceSettings
from tarvis_core.inference.weights_catalog import find_weights

CACHE_BYTES = 2**24
SHORTER_SIDE = 96
"""Of the frames that the network sees."""


def run(num_frames: int, size: tuple[int, int], weights: str) -> tuple[float, float]:
    """Peak memory in GB and seconds of processor time; called in a process of its own."""
    torch.set_num_threads(1)
    video = BenchVideo(num_frames, size)
    clip = ClipSettings(8, 2, SHORTER_SIDE)
    settings = InferenceSettings(clip=clip, cache_bytes=CACHE_BYTES)
    engine = InferenceEngine.load(find_weights(weights), "cpu", settings)
    request = TrackRequest((MaskExemplar(0, TargetId(1), video.mask(0)),), 0, num_frames - 1)
    start = time.process_time()
    masks = list(engine.track(video, request))
    answered = sum(len(clip.frames) for clip in masks)
    assert answered == num_frames, f"{answered} of {num_frames} frames have an answer"
    return peak_memory_gb(engine.device), time.process_time() - start


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", nargs="+", type=int, default=[300, 10_000])
    parser.add_argument("--size", default="1080x1920", metavar="HxW")
    parser.add_argument("--weights", default="starter", help="a file or a name")
    arguments = parser.parse_args()
    height, width = (int(side) for side in arguments.size.split("x"))
    print("| frames | peak memory, GB | against the first | processor time, s |")
    print("|---|---|---|---|")
    context = multiprocessing.get_context("spawn")
    first = 0.0
    for num_frames in arguments.frames:
        with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
            peak, seconds = pool.submit(
                run, num_frames, (height, width), arguments.weights
            ).result()
        first = first or peak
        print(f"| {num_frames} | {peak:.3f} | {peak / first:.2f} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
