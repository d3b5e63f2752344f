"""How long a click waits for its draft while a run goes on.

    python -m benchmarks.click_during_run

One run with the usual weights over a made-up video; about once a second somebody clicks somewhere.
"clips": clicks are answered after the clip in work; "parts": between its parts, as the window does.
"""

import argparse
import random
import statistics
import sys
import threading
import time

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.bench_video import BenchVideo
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.weights_catalog import default_weights


class Clicks:
    """A person who clicks about once a second, and how long each click waited."""

    def __init__(self, engine: InferenceEngine, video: BenchVideo) -> None:
        self.waits: list[float] = []
        self._engine, self._video = engine, video
        self._lock = threading.Lock()
        self._asked: list[tuple[float, int]] = []
        self._is_over = threading.Event()
        self._person = threading.Thread(target=self._click, daemon=True)
        self._person.start()

    def _click(self) -> None:
        choice = random.Random(3)
        while not self._is_over.wait(choice.uniform(0.5, 1.5)):
            with self._lock:
                self._asked.append((time.perf_counter(), choice.randrange(self._video.num_frames)))

    def serve(self) -> None:
        """Answer what was asked."""
        with self._lock:
            waiting, self._asked = self._asked, []
        for asked_at, frame in waiting:
            click = PointExemplar(frame, TargetId(1), 100.5, 100.5)
            self._engine.preview(self._video, frame, [click])
            self.waits.append(time.perf_counter() - asked_at)

    def end(self) -> None:
        """Click no more."""
        self._is_over.set()
        self._person.join()


def main() -> None:
    """Measure both ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=40)
    arguments = parser.parse_args()
    weights = default_weights()
    if weights is None:
        raise SystemExit("there are no weights on this machine")
    for way in ("clips", "parts"):
        engine = InferenceEngine.load(weights, "cpu")
        video = BenchVideo(arguments.frames, (288, 512), 1)
        clicks = Clicks(engine, video)
        engine.pause = clicks.serve if way == "parts" else None
        start = time.perf_counter()
        first = PointExemplar(0, TargetId(1), 100.5, 100.5)
        for _ in engine.track(video, TrackRequest((first,), 0, arguments.frames - 1)):
            clicks.serve()
        seconds = time.perf_counter() - start
        clicks.end()
        waits = sorted(clicks.waits)
        sys.stdout.write(
            f"{way}: {len(waits)} clicks waited {statistics.median(waits):.2f} s (median), "
            f"{waits[-1]:.2f} s (longest); the run took {seconds:.0f} s\n"
        )


if __name__ == "__main__":
    main()
