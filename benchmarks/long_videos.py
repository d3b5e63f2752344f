"""Whether memory grows with the length of a video.

    python -m benchmarks.long_videos --frames 300 10000 --size 1080x1920

Makes an H.264 file of each length, cheaply coded; reads it as the program does; tracks one target
with the weights that come with the program, each length in a process of its own; keeps all masks;
and prints the peak of resident memory. The network sees small frames, so that it takes minutes and
not hours; the feature cache is bounded by its setting and taken small here, so that it is full in
every case.
"""

import argparse
import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch

from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.memory_use import PeakMemory
from tarvis_core.inference.settings import ClipSettings, InferenceSettings
from tarvis_core.inference.weights_catalog import find_weights
from tarvis_core.video.video_reader import open_video

CACHE_BYTES = 2**24
SHORTER_SIDE = 96
"""Of the frames that the network sees."""


def make_video(path: Path, num_frames: int, size: tuple[int, int]) -> Mask:
    """Write a bright square that goes to and fro over coarse noise; its mask on the first frame."""
    height, width = size
    side = height // 4
    noise = np.random.default_rng(0).integers(60, 140, (height // 8, width // 8), dtype=np.uint8)
    background = noise.repeat(8, 0).repeat(8, 1)
    colour = np.full((height // 2, width), 128, np.uint8)
    options = {"preset": "ultrafast", "tune": "zerolatency", "g": "100"}
    top, reach = (height - side) // 2, width - side
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25), options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(num_frames):
            left = reach - abs(reach - 4 * number % (2 * reach))
            planes = np.concatenate([background, colour])
            planes[top : top + side, left : left + side] = 235
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        container.mux(stream.encode(None))
    first = np.zeros(size, bool)
    first[top : top + side, :side] = True
    return Mask.from_array(first)


def run(path: Path, mask: Mask, weights: str, minutes: float) -> tuple[int, float, float]:
    """Frames answered, peak memory in GB and processor time; called in a process of its own."""
    torch.set_num_threads(1)
    clip = ClipSettings(8, 2, SHORTER_SIDE, multiple=32)
    settings = InferenceSettings(clip=clip, cache_bytes=CACHE_BYTES)
    engine = InferenceEngine.load(find_weights(weights), "cpu", settings)
    start = time.process_time()
    with open_video(path) as video:
        request = TrackRequest((MaskExemplar(0, TargetId(1), mask),), 0, video.num_frames - 1)
        masks, answered = [], 0
        end = time.monotonic() + 60 * minutes
        for clip_masks in engine.track(video, request):
            masks.append(clip_masks)
            answered += len(clip_masks.frames)
            if time.monotonic() > end:
                break
        else:
            assert answered == video.num_frames, f"{answered} of {video.num_frames} are answered"
    return answered, PeakMemory(engine.device).highest / 1e9, time.process_time() - start


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", nargs="+", type=int, default=[300, 10_000])
    parser.add_argument("--size", default="1080x1920", metavar="HxW")
    parser.add_argument("--weights", default="starter", help="a file or a name")
    parser.add_argument("--minutes", type=float, default=60, help="give up on a length after (60)")
    arguments = parser.parse_args()
    height, width = (int(side) for side in arguments.size.split("x"))
    print("| frames | peak memory, GB | against the first | processor time, s |")
    print("|---|---|---|---|")
    context = multiprocessing.get_context("spawn")
    first = 0.0
    for num_frames in arguments.frames:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{num_frames}_frames.mp4"
            mask = make_video(path, num_frames, (height, width))
            with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
                work = pool.submit(run, path, mask, arguments.weights, arguments.minutes)
                answered, peak, seconds = work.result()
        first = first or peak
        print(f"| {answered} | {peak:.3f} | {peak / first:.2f} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
