"""Time and memory of one piece of work, on CPU or CUDA."""

import gc
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tarvis_core.inference.memory_use import give_back_free_memory

SAMPLE_EVERY_S = 0.01


@dataclass(frozen=True)
class Cost:
    """What a piece of work took."""

    seconds: float
    """CPU: seconds of processor time of all threads, which other programs disturb little. GPU:
    seconds until the device was done."""
    peak_bytes: int
    """Most memory taken at once beyond what was taken before."""


def measure(work: Callable[[], Any], device: torch.device, repeats: int = 1) -> tuple[Cost, Any]:
    """The least time and the largest memory of a few repeats, and the work's last result."""
    costs, result = [], None
    for _ in range(repeats):
        result = None
        cost, result = _once(work, device)
        costs.append(cost)
    return Cost(min(c.seconds for c in costs), max(c.peak_bytes for c in costs)), result


def _once(work: Callable[[], Any], device: torch.device) -> tuple[Cost, Any]:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before, start = torch.cuda.memory_allocated(device), time.perf_counter()
        result = work()
        torch.cuda.synchronize(device)
        seconds = time.perf_counter() - start
        return Cost(seconds, torch.cuda.max_memory_allocated(device) - before), result
    _return_free_memory()
    with _ResidentMemory() as memory:
        start = time.process_time()
        result = work()
        seconds = time.process_time() - start - memory.own_seconds()
    return Cost(seconds, memory.peak_bytes), result


def _return_free_memory() -> None:
    """What the allocator keeps for later goes back to the system, else its reuse is not seen."""
    gc.collect()
    give_back_free_memory()


class _ResidentMemory:
    """Samples the process's resident memory; where the system does not tell, the peak is 0."""

    def __init__(self) -> None:
        self._file = Path("/proc/self/statm")
        self._done = threading.Event()
        self._before = self._resident()
        self._peak = self._before
        self._own_seconds = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "_ResidentMemory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def peak_bytes(self) -> int:
        """Largest growth seen."""
        return self._peak - self._before

    def own_seconds(self) -> float:
        """Processor time that the sampling itself took."""
        return self._own_seconds

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_EVERY_S):
            self._peak = max(self._peak, self._resident())
            self._own_seconds = time.thread_time()

    def _resident(self) -> int:
        if not self._file.exists():
            return 0
        return int(self._file.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
