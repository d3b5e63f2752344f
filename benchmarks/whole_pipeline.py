"""Frames per second of the whole way: read a file, encode, track, store in a project on disk.

    python -m benchmarks.whole_pipeline --size 288x512 --frames 100

Makes an H.264 file with a moving square, labels it as a batch does, and prints what a person waits
for per frame, beside the same frames without file and project (`tarvis bench` measures those).
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.long_videos import make_video
from tarvis_app.batch.batch_plan import FollowTask
from tarvis_app.batch.batch_project import ProjectWriter, new_project
from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.segmentation import Direction, TrackRequest
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.inference.bench_video import BenchVideo
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.weights_catalog import find_weights
from tarvis_core.video.video_reader import open_video

TARGET = TargetId(1)


def request_for(mask: Mask, num_frames: int) -> TrackRequest:
    """Follow one target through all frames."""
    return TrackRequest((MaskExemplar(0, TARGET, mask),), 0, num_frames - 1, Direction.FORWARD)


def label_file(engine: InferenceEngine, video: Path, mask: Mask, project: Path) -> None:
    """Read, track and store."""
    with open_video(video) as reader:
        request = request_for(mask, reader.num_frames)
        targets = (Target(TARGET, "square"),)
        task = FollowTask(load_label_set("davis"), targets, request.exemplars, reader.size)
        with ProjectFile.create(project, new_project(reader.identity(), task)) as file:
            writer = ProjectWriter(file.project, task, weights="")
            for clip in engine.track(reader, request):
                writer.write(clip)


def track_only(engine: InferenceEngine, num_frames: int, size: tuple[int, int]) -> None:
    """Track in frames that are there already."""
    video = BenchVideo(num_frames, size)
    for _ in engine.track(video, request_for(video.mask(0), num_frames)):
        pass


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds waited, and seconds of processor time."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--size", default="288x512", metavar="HxW")
    parser.add_argument("--weights", default="starter", help="a file or a name")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    height, width = map(int, arguments.size.split("x"))
    engine = InferenceEngine.load(find_weights(arguments.weights), "cpu")
    track_only(engine, engine.clips.for_tracking.length, (height, width))  # warm-up
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        mask = make_video(path, arguments.frames, (height, width))
        project = path.with_suffix(".tarvis")
        ways = {
            "file to project": lambda: label_file(engine, path, mask, project),
            "tracking alone": lambda: track_only(engine, arguments.frames, (height, width)),
        }
        for title, work in ways.items():
            wall, processor = (each / arguments.frames for each in timed(work))
            sys.stdout.write(
                f"{title:16} {1000 * wall:5.0f} ms a frame ({1 / wall:.1f} frames/s), "
                f"{1000 * processor:5.0f} ms of processor time\n"
            )


if __name__ == "__main__":
    main()
