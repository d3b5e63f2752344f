"""Times what a person feels in the window: start, steps, painting, clicks, a run, memory.

    python -m benchmarks.window [--video FILE] [--parts start painting clicks session long]
        [--json FILE]

Runs offscreen unless QT_QPA_PLATFORM says otherwise. Without a video, one of 1080p with keyframes
60 frames apart is made. Every figure is given with the least, the median and the largest of its
repeats: on a busy machine the least is nearest to the truth, and so is the time that the processor
worked. How late the event loop comes is measured with a timer of 8 ms, idle and while the starter
model tracks three targets; on a busy machine only the difference of the two says something, and the
work that the window's own thread did between two turns of its loop.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))

import av
import numpy as np
import PySide6
from PySide6.QtWidgets import QApplication

from benchmarks.window_figures import HEADER, Row
from benchmarks.window_layers import measure_painting
from benchmarks.window_long import measure_long
from benchmarks.window_session import (
    measure_clicks,
    measure_run,
    measure_steps,
    memory_row,
    open_window,
)
from benchmarks.window_start import measure_start
from tarvis_core.video.sample_clip import sample_clip_path

PARTS = ("start", "painting", "clicks", "session", "long")


def make_video(folder: Path) -> Path:
    """Six seconds of 1080p with a moving pattern."""
    path = folder / "window.mp4"
    rows, columns = np.mgrid[:1080, :1920]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        stream.codec_context.gop_size = 60
        stream.time_base = Fraction(1, 24)
        for number in range(144):
            pattern = ((columns + 7 * number) // 60 + rows // 60) % 2 * 120 + 60
            frame = np.repeat(pattern[..., None], 3, axis=2).astype(np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def measure_answers(folder: Path) -> Iterator[Row]:
    """Clicks on the sample clip, answered by the starter model."""
    app = open_window(sample_clip_path(), folder)
    yield from measure_clicks(app)
    app.window.close()


def measure_session(video: Path, folder: Path, run_frames: int) -> Iterator[Row]:
    """One sitting: steps through the video, and a run on it."""
    app = open_window(video, folder)
    yield memory_row("with a video open")
    yield from measure_steps(app)
    yield from measure_run(app, run_frames)
    yield memory_row("after the run")
    app.window.close()


def describe() -> dict[str, str]:
    """The machine and the versions that the figures are of."""
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        "PySide6": PySide6.__version__,
        "platform": os.environ["QT_QPA_PLATFORM"],
    }


def main() -> None:
    """Measure what is asked for; print the table as it comes, and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--video", type=Path, help="a video file (default: one is made)")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--repeats", type=int, default=40, help="of what is painted")
    parser.add_argument("--run-frames", type=int, default=48, help="length of the run")
    parser.add_argument("--long-frames", type=int, default=100_000, help="of the long video")
    parser.add_argument("--json", type=Path, help="write the rows to this file, too")
    arguments = parser.parse_args()
    qt = QApplication([])
    about = describe()
    print(", ".join(f"{key} {text}" for key, text in about.items()))
    print(HEADER)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        video = arguments.video or make_video(Path(folder))
        measures = {
            "start": lambda: measure_start(video),
            "painting": lambda: measure_painting(arguments.repeats),
            "clicks": lambda: measure_answers(Path(folder) / "clicks"),
            "session": lambda: measure_session(video, Path(folder), arguments.run_frames),
            "long": lambda: measure_long(
                Path(folder) / "long", arguments.long_frames, arguments.repeats
            ),
        }
        for part in arguments.parts:
            for row in measures[part]():
                print(row, flush=True)
                rows.append(row)
    if arguments.json is not None:
        content = {"machine": about, "rows": [row.to_json() for row in rows]}
        arguments.json.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    del qt


if __name__ == "__main__":
    main()
