"""How long reading a frame takes: in order, by jumps and backwards.

    python -m benchmarks.video_reading [VIDEO …]

Without videos it takes the sample clip and a 1080p H.264 video with 250 frames between key frames,
which it makes. Prints a Markdown table of milliseconds per frame, conversion to RGB included. The
last column is what stepping back costs without the window of decoded frames.
"""

import argparse
import os
import platform
import random
import tempfile
import time
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tarvis_core.video.sample_clip import sample_clip_path
from tarvis_core.video.video_reader import DEFAULT_CACHE_BYTES, VideoReader

NUM_FRAMES = 500
NUM_JUMPS, NUM_STEPS_BACK, NUM_BARE_STEPS = 30, 150, 10


def make_long_gop_video(folder: Path) -> Path:
    """Write a 1080p video of drifting noise, 250 frames between key frames, with B-frames."""
    path = folder / "h264_1080p_gop250.mp4"
    chance = np.random.default_rng(0)
    blobs = chance.integers(0, 256, (90, 160, 3), dtype=np.uint8).repeat(24, 0).repeat(24, 1)
    grain = chance.integers(-12, 13, (1080, 1920, 1), dtype=np.int16)
    options = {"g": "250", "keyint_min": "250", "sc_threshold": "0", "bf": "2", "preset": "fast"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(30), options=options)
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for number in range(NUM_FRAMES):
            x, y = number * 3 % 1920, number * 2 % 1080
            view = blobs[y : y + 1080, x : x + 1920].astype(np.int16)
            rows, columns = view.shape[:2]
            image = np.clip(view + np.roll(grain, number, 1)[:rows, :columns], 0, 255)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image.astype(np.uint8))))
        container.mux(stream.encode(None))
    return path


def milliseconds(video: VideoReader, numbers: Iterable[int]) -> float:
    """Mean time per frame of reading frames in this order."""
    order = list(numbers)
    start = time.perf_counter()
    for number in order:
        video.frame(number)
    return (time.perf_counter() - start) / len(order) * 1000


def measure(path: Path) -> str:
    """One row of the table."""
    start = time.perf_counter()
    with VideoReader(path) as video:
        video.frame(0)
        opening = (time.perf_counter() - start) * 1000
        count, (height, width) = video.num_frames, video.size
        in_order = milliseconds(video, range(1, count)) if count > 1 else 0.0
    chance = random.Random(0)
    with VideoReader(path) as video:
        jumping = milliseconds(video, [chance.randrange(count) for _ in range(NUM_JUMPS)])
    last = max(0, min(count, 250) - 1)  # the end of the first group of pictures: the worst place
    with VideoReader(path) as video:
        video.frame(last)
        back = milliseconds(video, range(max(0, last - 1), max(-1, last - 1 - NUM_STEPS_BACK), -1))
    with VideoReader(path, cache_bytes=1) as video:
        video.frame(last)
        bare = milliseconds(video, range(max(0, last - 1), max(-1, last - 1 - NUM_BARE_STEPS), -1))
    size = f"{width}×{height}"
    times = " | ".join(f"{value:.1f}" for value in (opening, in_order, jumping, back, bare))
    return f"| {path.name} | {video.codec} | {size} | {count} | {times} |"


def main() -> None:
    """Measure the videos of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", nargs="*", type=Path)
    arguments = parser.parse_args()
    print(
        f"{platform.platform()}, {os.cpu_count()} cores ({platform.processor() or 'unknown'}), "
        f"Python {platform.python_version()}, PyAV {av.__version__}, "
        f"FFmpeg libavcodec {'.'.join(map(str, av.library_versions['libavcodec']))}; "
        f"{DEFAULT_CACHE_BYTES >> 20} MiB of decoded frames\n"
    )
    print(
        "| video | codec | size | frames | open + first | in order | jumping | back | bare back |"
    )
    print("|---|---|---|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        videos = arguments.videos or [sample_clip_path(), make_long_gop_video(Path(folder))]
        for path in videos:
            print(measure(path), flush=True)


if __name__ == "__main__":
    main()
