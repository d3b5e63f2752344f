"""Times the start of the program as a person starts it: to the first frame on the screen."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.window_figures import Row

ROOT = Path(__file__).parents[1]
LIMIT_S = 120
START_TARGET_MS = 1500.0
FIRST_PAINT = "the first frame was painted"
"""What `tarvis_app.window_run` logs; repeated here, so that nothing of it is loaded."""
STAMP = "2026-01-01 00:00:00,000"


@dataclass(frozen=True)
class Start:
    """One start."""

    waited_s: float
    """From the command to the first frame painted."""
    worked_s: float
    """What the process's threads had worked when that was noticed."""


def measure_start(video: Path, repeats: int = 5) -> list[Row]:
    """Start the program a few times; the first start, which compiles it, does not count."""
    with tempfile.TemporaryDirectory() as folder:
        starts = [_start(video, Path(folder)) for _ in range(repeats + 1)][1:]
    waited = [start.waited_s for start in starts]
    worked = [start.worked_s for start in starts]
    return [Row.of("program start to first frame painted", waited, worked, START_TARGET_MS)]


def _start(video: Path, folder: Path) -> Start:
    """Start the program in folders of its own, and end it again."""
    log = folder / "state" / "tarvis-studio" / "log" / "window.log"
    log.unlink(missing_ok=True)
    environment = {
        **{key: text for key, text in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
        **{f"XDG_{name.upper()}_HOME": str(folder / name) for name in ("config", "data", "state")},
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
    }
    began = time.time()
    process = subprocess.Popen(
        [sys.executable, "-m", "tarvis_app", str(video)],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        painted, worked = _wait_for_paint(log, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(LIMIT_S)
    return Start(painted - began, worked)


def _wait_for_paint(log: Path, process: int) -> tuple[float, float]:
    """When the log says that the first frame was painted (epoch seconds), and the work by then."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        for line in lines:
            if FIRST_PAINT in line:
                stamp = datetime.strptime(line[: len(STAMP)], "%Y-%m-%d %H:%M:%S,%f")
                return stamp.timestamp(), _worked_s(process)
        time.sleep(0.02)
    raise TimeoutError(f"the window showed no frame within {LIMIT_S} s")


def _worked_s(process: int) -> float:
    """Processor time of a process, user and system (Linux)."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return float("nan")
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
