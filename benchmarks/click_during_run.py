"""How long a click waits for its draft while a run goes on.

    python -m benchmarks.click_during_run --frames 24 --threads 1

One run with the usual weights over a made-up video; about a second after each answer somebody
clicks somewhere else. "clips": clicks are answered after the clip in work; "parts": between its
parts, as the window does. On a busy machine processor time is nearer to what a quiet one takes.
"""

import argparse
import queue
import random
import statistics
import sys
import threading
import time

import torch

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.bench_video import BenchVideo
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.weights_catalog import default_weights

PATIENCE_S = 0.1
"""So often a person who waits looks whether the run is over."""


class Clicks:
    """A person who clicks about a second after each answer, and how long each click waited."""

    def __init__(self, engine: InferenceEngine, video: BenchVideo) -> None:
        self.waits: list[tuple[float, float]] = []
        """By the clock, and in processor time of this program."""
        self._engine, self._video = engine, video
        self._asked: queue.SimpleQueue[tuple[float, float, int]] = queue.SimpleQueue()
        self._is_answered = threading.Event()
        self._is_over = threading.Event()
        self._person = threading.Thread(target=self._click, daemon=True)
        self._person.start()

    def _click(self) -> None:
        choice = random.Random(3)
        while not self._is_over.wait(choice.uniform(0.5, 1.5)):
            frame = choice.randrange(self._video.num_frames)
            self._is_answered.clear()
            self._asked.put((time.perf_counter(), time.process_time(), frame))
            while not (self._is_answered.wait(PATIENCE_S) or self._is_over.is_set()):
                pass

    def serve(self) -> None:
        """Answer what was asked."""
        if self._asked.empty():
            return
        wall, processor, frame = self._asked.get()
        click = PointExemplar(frame, TargetId(1), 100.5, 100.5)
        self._engine.preview(self._video, frame, [click], is_quick=True)
        self.waits.append((time.perf_counter() - wall, time.process_time() - processor))
        self._is_answered.set()

    def end(self) -> None:
        """Click no more."""
        self._is_over.set()
        self._is_answered.set()
        self._person.join()


def main() -> None:
    """Measure both ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--threads", type=int, help="processor threads; default: all")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    weights = default_weights()
    if weights is None:
        raise SystemExit("there are no weights on this machine")
    for way in ("clips", "parts"):
        engine = InferenceEngine.load(weights, "cpu")
        video = BenchVideo(arguments.frames, (288, 512), 1)
        clicks = Clicks(engine, video)
        engine.pause = clicks.serve if way == "parts" else None
        start, processor_start = time.perf_counter(), time.process_time()
        first = PointExemplar(0, TargetId(1), 100.5, 100.5)
        for _ in engine.track(video, TrackRequest((first,), 0, arguments.frames - 1)):
            clicks.serve()
        seconds = time.perf_counter() - start
        processor = time.process_time() - processor_start
        clicks.end()
        if not clicks.waits:
            raise SystemExit("the run was over before the first click; give it more --frames")
        by_clock, in_processor = zip(*clicks.waits, strict=True)
        sys.stdout.write(
            f"{way}: {len(by_clock)} clicks waited {statistics.median(by_clock):.2f} s (median), "
            f"{max(by_clock):.2f} s (longest); in processor time "
            f"{statistics.median(in_processor):.2f} and {max(in_processor):.2f} s; the run took "
            f"{seconds:.0f} s, {processor:.0f} s of processor time\n"
        )


if __name__ == "__main__":
    main()
