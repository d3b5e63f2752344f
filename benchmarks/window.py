"""Times what a person feels in the window: stepping, painting, overlay, timeline, event loop.

    python benchmarks/window.py [--video FILE]

Runs offscreen. Without a video, one of 1080p with keyframes 60 frames apart is made. Every figure
is given with the least, the median and the largest of its repeats: on a busy machine the least is
nearest to the truth, and so is the time that the processor worked. The event loop's delay is
measured with a timer that should fire every 8 ms, idle and while a network of convolutions works in
the worker's thread.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))

import av
import numpy as np
import PySide6
import torch
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from tarvis_app.application import Application
from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.canvas.label_layer import LabelLook
from tarvis_app.document.edits import Edit
from tarvis_app.playback.frame_cache import frame_image
from tarvis_app.settings import Folders, Settings
from tarvis_app.theme import DARK
from tarvis_app.timeline.time_scale import TimeScale
from tarvis_app.timeline.timeline_painter import TimelinePainter
from tarvis_app.timeline.timeline_scene import TimelineScene
from tarvis_app.timeline.track_strip import Plot, TrackStrips
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.palette import target_colour
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import ClipMasks, PredictedMask, TrackRequest
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.annotation.target_operations import create_target
from tarvis_core.annotation.track import FrameState, TrackFrame
from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.video.video_reader import VideoReader

SIZES = {"1080p": (1080, 1920), "4K": (2160, 3840)}
NUM_TARGETS = 20
REPEATS = 40
TIMER_MS = 8
RUN_FRAMES = 120


def report(name: str, seconds: list[float], processor: list[float] | None = None) -> None:
    """Print one line: least, median, largest, and median of processor time, in milliseconds."""
    values = 1000 * np.array(seconds)
    used = "" if processor is None else f"{1000 * np.median(processor):8.2f}"
    print(f"{name:<46} {values.min():8.2f} {np.median(values):8.2f} {values.max():8.2f} {used}")


def timed(call: Callable[[], object], repeats: int = REPEATS) -> tuple[list[float], list[float]]:
    """Seconds that each call takes, and seconds that this thread worked for it."""
    taken, worked = [], []
    for _ in range(repeats):
        start, started = time.perf_counter(), time.thread_time()
        call()
        taken.append(time.perf_counter() - start)
        worked.append(time.thread_time() - started)
    return taken, worked


def discs(size: tuple[int, int]) -> list[tuple[TargetId, Mask]]:
    """Twenty blobs with ragged edges, as a network draws them."""
    height, width = size
    random = np.random.default_rng(0)
    rows, columns = np.ogrid[:height, :width]
    masks = []
    for number in range(1, NUM_TARGETS + 1):
        x, y = random.uniform(0.1, 0.9, 2) * (width, height)
        angle = np.arctan2(rows - y, columns - x)
        radius = height / 9 * (1 + 0.12 * np.sin(9 * angle + number))
        inside = np.hypot(rows - y, columns - x) < radius
        masks.append((TargetId(number), Mask.from_array(inside)))
    return masks


def measure_overlay(name: str, size: tuple[int, int]) -> None:
    """The label map of a frame, its conversion, the repaint, and a brush stroke."""
    view = CanvasView(ViewState())
    view.resize(1600, 900)
    view.show()
    view.show_size(size)
    view.frame_item.show_image(frame_image(0, np.full((*size, 3), 90, np.uint8)))
    masks = discs(size)
    looks = {target: LabelLook(target_colour(target)) for target, _ in masks}
    overlay = view.overlay_item
    surface = QPixmap(view.viewport().size())
    draw = timed(lambda: overlay.show_masks(masks, looks))
    report(f"overlay of {NUM_TARGETS} targets, {name}", *draw)
    report(f"repaint of frame and overlay, {name}", *timed(lambda: view.viewport().render(surface)))
    overlay.begin_stroke(TargetId(1), looks[TargetId(1)])
    places = iter(np.linspace(100, size[1] - 100, REPEATS + 1))

    def stroke() -> None:
        x = float(next(places))
        line = ((x, size[0] / 2), (x + 12, size[0] / 2 + 5))
        overlay.stroke_line(TargetId(1), line, 40, erases=False)

    report(f"one piece of a 40-px brush stroke, {name}", *timed(stroke))
    view.close()


def measure_timeline() -> None:
    """Fifty rows of a hundred thousand frames."""
    num_frames, num_targets = 100_000, 50
    identity = VideoIdentity("long.mp4", 1, "", "", num_frames, (90, 160))
    targets = [Target(TargetId(n), f"Target {n}") for n in range(1, num_targets + 1)]
    project = Project(identity, LabelSet("", ()), targets)
    mask = Mask.from_array(np.ones((90, 160), dtype=np.uint8))
    held = [TrackFrame(mask, FrameState.PREDICTED, score) for score in (0.9, 0.5, 0.3)]
    strips = TrackStrips()
    strips.read(project)
    for target in targets:
        strips.follow(MaskChange(target.id, f, None, held[f // 500 % 3]) for f in range(num_frames))
    scene = TimelineScene(
        project,
        strips,
        TimeScale(0, num_frames, 1450),
        DARK,
        (50 * 24 + 50, 1600),
        0,
        (),
        (0, num_frames - 1),
        Plot.DOUBT,
        "Doubt",
    )
    pixmap = QPixmap(1600, scene.size[0])
    painter = TimelinePainter(scene)
    report("timeline of 50 targets × 100,000 frames", *timed(lambda: painter.draw(pixmap)))


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


class BusyEngine:
    """Tracks nothing, but works as hard as a network: convolutions and post-processing."""

    label_sets = ()
    device = "cpu"

    def __init__(self) -> None:
        torch.set_num_threads(1)
        self._layer = torch.nn.Conv2d(64, 64, 3, padding=1)

    def fill(self, video: VideoReader, frame: int, stop: threading.Event) -> Iterator[int]:
        """Nothing is computed ahead."""
        return iter(())

    def track(
        self, video: VideoReader, request: TrackRequest, stop: threading.Event | None = None
    ) -> Iterator[ClipMasks]:
        """Work for every frame, and answer with the same masks."""
        image = torch.rand(1, 64, 120, 214)
        masks = discs(video.size)
        frames = range(request.first_frame, request.last_frame + 1)
        for index, frame in enumerate(frames):
            with torch.inference_mode():
                for _ in range(6):
                    image = self._layer(image).tanh()
            remade = {target: Mask.from_array(mask.to_array()) for target, mask in masks}
            found = {target: {frame: PredictedMask(mask, 0.9)} for target, mask in remade.items()}
            yield ClipMasks((frame,), found, (), index + 1, len(frames))


def wait_until(condition: Callable[[], bool], limit_s: float = 60.0) -> None:
    """Let Qt work until something is so."""
    loop = QEventLoop()
    poll = QTimer()
    poll.timeout.connect(lambda: condition() and loop.quit())
    poll.start(1)
    QTimer.singleShot(int(limit_s * 1000), loop.quit)
    loop.exec()


def loop_delays(condition: Callable[[], bool]) -> np.ndarray:
    """How late an 8 ms timer comes, in milliseconds, until something is so."""
    late: list[float] = []
    last = [time.perf_counter()]

    def tick() -> None:
        now = time.perf_counter()
        late.append(1000 * (now - last[0]) - TIMER_MS)
        last[0] = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(TIMER_MS)
    wait_until(condition)
    timer.stop()
    return np.array(late[1:]).clip(0)


def measure_window(video: Path, folder: Path) -> None:
    """Stepping, scrubbing and the event loop in the whole window."""
    engine = BusyEngine()
    settings = Settings(Folders(folder / "config", folder / "projects", folder / "logs"))
    application = Application(QApplication.instance(), settings, lambda _: (engine, Path("busy")))
    application.window.resize(1600, 900)
    application.window.show()
    application.open(video)
    wait_until(lambda: application.presenter.frame == 0)
    put_targets(application)
    report("step to a frame decoded ahead", [step(application, f) for f in range(1, 21)])
    report("step back", [step(application, f) for f in range(19, 0, -1)])
    far = [100, 20, 130, 50, 90, 5, 140, 70]
    report("seek anywhere (keyframes 60 apart)", [step(application, f) for f in far])
    print_delays("event loop idle", loop_delays(after(1.5)))
    application.view_state.select()
    application.view_state.show_frame(0)
    wait_until(lambda: application.presenter.frame == 0)
    application.view_state.set_range(0, RUN_FRAMES - 1)
    application.runs.track_forward()
    print_delays("event loop during a run", loop_delays(lambda: not application.runs.is_running))
    application.window.close()


def put_targets(application: Application) -> None:
    """Give every target a keyframe on the first frame."""
    project = application.document.opened
    for _, mask in discs(project.video.frame_size):
        number, changes = create_target(project)
        application.document.edit(Edit("target", changes))
        held = TrackFrame(mask, FrameState.KEYFRAME)
        change = project.masks.change_to(number, 0, held)
        application.document.edit(Edit("mask", (change,)))


def step(application: Application, frame: int) -> float:
    """Seconds from the wish to the frame being on the screen."""
    start = time.perf_counter()
    application.view_state.show_frame(frame)
    wait_until(lambda: application.presenter.frame == frame)
    return time.perf_counter() - start


def after(seconds: float) -> Callable[[], bool]:
    """Whether so much time has passed."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def print_delays(name: str, delays: np.ndarray) -> None:
    """Print one line of percentiles."""
    p50, p99 = np.percentile(delays, [50, 99])
    print(f"{name:<46} p50 {p50:5.1f}  p99 {p99:5.1f}  max {delays.max():5.1f} ms late")


def measure_start() -> None:
    """From the process's start to the window with its first frame."""
    script = (
        "import sys, tempfile, pathlib; from PySide6.QtCore import QTimer\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from tarvis_app.application import Application\n"
        "from tarvis_app.settings import Folders, Settings\n"
        "qt = QApplication([]); d = pathlib.Path(tempfile.mkdtemp())\n"
        "app = Application(qt, Settings(Folders(d / 'c', d / 'p', d / 'l')), lambda _: None)\n"
        "app.window.show(); app.open(pathlib.Path(sys.argv[1]))\n"
        "app.presenter.frame_shown.connect(app.window.close)\n"
        "sys.exit(qt.exec())"
    )
    root = Path(__file__).parents[1]
    video = Path(os.environ["TARVIS_BENCHMARK_VIDEO"])
    command = [sys.executable, "-c", script, str(video)]

    def start() -> None:
        subprocess.run(command, check=True, cwd=root)

    report("process start to first frame and out again", timed(start, 5)[0])
    before = os.times()
    start()
    used = os.times()
    seconds = used.children_user - before.children_user
    report("the same, processor time", [seconds])


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--video", type=Path, help="a video file (default: one is made)")
    arguments = parser.parse_args()
    qt = QApplication([])
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}; Python {platform.python_version()}, "
        f"PySide6 {PySide6.__version__}"
    )
    print(f"{'':<46} {'least':>8} {'median':>8} {'largest':>8} {'processor':>9} ms")
    with tempfile.TemporaryDirectory() as folder:
        video = arguments.video or make_video(Path(folder))
        os.environ["TARVIS_BENCHMARK_VIDEO"] = str(video)
        measure_start()
        for name, size in SIZES.items():
            measure_overlay(name, size)
        measure_timeline()
        measure_window(video, Path(folder))
    del qt


if __name__ == "__main__":
    main()
