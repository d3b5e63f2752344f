"""Times the whole window at work: steps, clicks answered by the network, a run, memory."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QPointF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from benchmarks.window_figures import Row
from benchmarks.window_layers import blobs
from tarvis_app.application import Application
from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.process_memory import process_memory
from tarvis_app.segmentation.requests import ModelState
from tarvis_app.settings import Folders, Settings
from tarvis_core.annotation.target_operations import create_target
from tarvis_core.annotation.track import FrameState, TrackFrame

TIMER_MS = 8
DELAY_TARGET_MS = 33.0
LIMIT_S = 600.0
NUM_CLICKS = 10
NUM_TRACKED = 3
REST_S, REST_SHARE, NUM_RESTS = 0.5, 0.08, 3
"""Nothing is computed ahead any more when so many stretches take less than such a part of one."""


def open_window(video: Path, folder: Path) -> Application:
    """The window on a video, with the weights that come with the program."""
    settings = Settings(Folders(folder / "config", folder / "projects", folder / "logs"))
    settings.has_seen_tour = True
    application = Application(QApplication.instance(), settings)
    application.window.resize(1600, 900)
    application.window.show()
    show_video(application, video)
    return application


def show_video(app: Application, video: Path) -> None:
    """Open a video and wait until it is shown."""
    app.open(video)
    wait_until(lambda: app.document.project is not None and _shows(app, video))


def _shows(app: Application, video: Path) -> bool:
    path = Path(app.document.opened.video.path)
    return path.name == video.name and app.presenter.frame is not None


def measure_steps(app: Application) -> list[Row]:
    """Steps both ways, seeks anywhere, and scrubbing as a dragged pointer scrubs."""
    last = app.view_state.num_frames - 1
    forward = [_step(app, frame) for frame in range(1, 21)]
    back = [_step(app, frame) for frame in range(19, 0, -1)]
    random = np.random.default_rng(1)
    far = [_step(app, int(frame)) for frame in random.permutation(last)[:12]]
    return [
        Row.of("step to a frame decoded ahead", *_columns(forward)),
        Row.of("step back", *_columns(back)),
        Row.of("seek anywhere (keyframes 60 apart)", *_columns(far)),
        _scrub(app, last),
    ]


def _step(app: Application, frame: int) -> tuple[float, float]:
    """Seconds from the wish to the frame being on the screen, and the processor's."""
    start, started = time.perf_counter(), time.process_time()
    app.view_state.show_frame(frame)
    wait_until(lambda: app.presenter.frame == frame)
    return time.perf_counter() - start, time.process_time() - started


def _columns(pairs: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _scrub(app: Application, last: int) -> Row:
    """Ask for a frame every 16 ms; how far apart are those that are shown?"""
    shown: list[float] = []
    connection = app.presenter.frame_shown.connect(lambda _: shown.append(time.perf_counter()))
    frames = iter([*range(0, last, 2), *range(last, 0, -3)])
    timer = QTimer()
    is_over = [False]

    def drag() -> None:
        frame = next(frames, None)
        if frame is None:
            is_over[0] = True
            timer.stop()
        else:
            app.view_state.show_frame(frame)

    timer.timeout.connect(drag)
    timer.start(16)
    wait_until(lambda: is_over[0])
    app.presenter.frame_shown.disconnect(connection)
    return Row.of("scrub: between two frames shown", np.diff(shown).tolist())


def measure_clicks(app: Application) -> list[Row]:
    """From the mouse button to the mask being in the project, and on the canvas with it."""
    app.service.warm_up()
    wait_until(lambda: app.service.model.state is ModelState.READY)
    step = max(1, app.view_state.num_frames // (NUM_CLICKS + 1))
    new = [_click(app, frame * step, frame) for frame in range(1, NUM_CLICKS + 1)]
    frame = app.view_state.shown_frame
    again = []
    for place in range(NUM_CLICKS):
        _rest()
        again.append(_click(app, frame, place))
    return [
        Row.of("click → mask, features not there yet", *_columns(new)),
        Row.of("click → mask, features kept", *_columns(again)),
    ]


def _rest() -> None:
    """Wait until what is computed ahead has come to its end."""
    num_quiet = 0
    while num_quiet < NUM_RESTS:
        started = time.process_time()
        wait_until(after(REST_S))
        is_quiet = time.process_time() - started < REST_SHARE * REST_S
        num_quiet = num_quiet + 1 if is_quiet else 0


def _click(app: Application, frame: int, place: int) -> tuple[float, float]:
    """Click for a new target on a frame; seconds by clock and processor until its mask is there."""
    _step(app, frame)
    app.actions["target.new"].trigger()
    app.actions["tool.point"].trigger()
    height, width = app.document.opened.video.frame_size
    x, y = width * (0.2 + 0.06 * place), height * (0.3 + 0.04 * place)
    spot = app.canvas.mapFromScene(QPointF(x, y))
    start, started = time.perf_counter(), time.process_time()
    QTest.mouseClick(
        app.canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot
    )
    target = app.view_state.active_target
    masks = app.document.opened.masks
    wait_until(lambda: target is not None and masks.get(target, frame) is not None)
    return time.perf_counter() - start, time.process_time() - started


def measure_run(app: Application, num_frames: int) -> list[Row]:
    """How late a timer of 8 ms comes, idle and while the network tracks three targets."""
    idle = delays(app, after(3))
    project = app.document.opened
    for _, mask in blobs(project.video.frame_size, NUM_TRACKED):
        number, changes = create_target(project)
        app.document.edit(Edit("target", changes))
        held = TrackFrame(mask, FrameState.KEYFRAME)
        app.document.edit(Edit("mask", (project.masks.change_to(number, 0, held),)))
    app.view_state.select()
    _step(app, 0)
    app.view_state.set_range(0, num_frames - 1)
    start, started = time.perf_counter(), time.process_time()
    app.runs.track_forward()
    during = delays(app, lambda: not app.runs.is_running)
    seconds, worked = time.perf_counter() - start, time.process_time() - started
    frame_row = Row.of(
        f"a run of {num_frames} frames, {NUM_TRACKED} targets, per frame",
        [seconds / num_frames],
        [worked / num_frames],
    )
    return [
        *delay_rows("event loop idle", idle, None),
        *delay_rows("event loop during a run", during, DELAY_TARGET_MS),
        frame_row,
    ]


def delay_rows(name: str, late: tuple[np.ndarray, np.ndarray], target: float | None) -> list[Row]:
    """How late the timer came, and how long the window's thread itself had worked in between."""
    rows = []
    for what, values in (("late", late[0]), ("work between turns", late[1])):
        p50, p99 = (float(value) for value in np.percentile(values, [50, 99]))
        least, largest = float(values.min()), float(values.max())
        rows.append(Row(f"{name}: {what}, p50", "ms", least, p50, largest))
        rows.append(Row(f"{name}: {what}, p99", "ms", least, p99, largest, None, target))
    return rows


def delays(app: Application, condition: Callable[[], bool]) -> tuple[np.ndarray, np.ndarray]:
    """Milliseconds that an 8 ms timer is late, and that this thread worked from tick to tick."""
    late: list[float] = []
    worked: list[float] = []
    last = [time.perf_counter(), time.thread_time()]

    def tick() -> None:
        now = [time.perf_counter(), time.thread_time()]
        late.append(1000 * (now[0] - last[0]) - TIMER_MS)
        worked.append(1000 * (now[1] - last[1]))
        last[:] = now

    timer = QTimer(app)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(TIMER_MS)
    wait_until(condition)
    timer.stop()
    return np.array(late[1:]).clip(0), np.array(worked[1:])


def memory_row(name: str) -> Row:
    """What the process holds of the machine's memory now."""
    memory = process_memory()
    used = float("nan") if memory is None else memory.used_bytes / 2**20
    return Row(f"memory {name}", "MiB", used, used, used)


def after(seconds: float) -> Callable[[], bool]:
    """Whether so much time has passed."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def wait_until(condition: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
    """Let Qt work until something is so.

    Raises:
        TimeoutError: It did not become so.
    """
    loop = QEventLoop()
    poll = QTimer()
    poll.timeout.connect(lambda: condition() and loop.quit())
    poll.start(1)
    QTimer.singleShot(int(limit_s * 1000), loop, loop.quit)
    loop.exec()
    if not condition():
        raise TimeoutError(f"waited {limit_s:g} s in vain")
