"""EncodingLog: how long a network has encoded, apart from what it was asked in between."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum

import torch

from tarvis_core.video.encoding_work import EncodingTimes

Instant = float | torch.cuda.Event
"""A moment: seconds of a clock, or a mark in a device's queue."""


class Part(Enum):
    """What is encoded."""

    FRAMES = "frames"
    """The own features of frames."""
    CLIP = "clip"
    """The joining of a clip's frames."""
    ALONE = "alone"
    """A frame that is looked at alone, with all that belongs to it."""


@dataclass(frozen=True)
class _Lap:
    part: Part
    count: int
    start: Instant
    end: Instant
    away_s: float


class EncodingLog:
    """Adds up what was encoded, and for how long.

    A CUDA device computes while the program goes on. It is asked for the time by events in its
    queue, and is waited for only where somebody reads the log.
    """

    def __init__(self, device: torch.device, now: Callable[[], float] = time.perf_counter) -> None:
        """Make an empty log.

        Args:
            device: Where the network computes.
            now: A clock in seconds.
        """
        self._device = device
        self._now = now
        self._done = EncodingTimes()
        self._laps: deque[_Lap] = deque()
        self._is_busy = False
        self._away_s = 0.0

    @contextmanager
    def lap(self, part: Part, count: int = 1) -> Iterator[None]:
        """Note what the block encodes; nothing where it fails, or within another block.

        Args:
            part: What it is.
            count: How many.
        """
        if self._is_busy:
            yield
            return
        self._is_busy, self._away_s = True, 0.0
        try:
            start = self._mark()
            yield
            self._laps.append(_Lap(part, count, start, self._mark(), self._away_s))
        finally:
            self._is_busy = False
        while self._laps and self._is_over(self._laps[0]):
            self._add(self._laps.popleft())

    @contextmanager
    def away(self) -> Iterator[None]:
        """The block answers something else, which ends with an answer in the machine's memory."""
        start = self._now()
        try:
            yield
        finally:
            self._away_s += self._now() - start

    @property
    def done(self) -> EncodingTimes:
        """Everything so far; waits for the device."""
        while self._laps:
            self._add(self._laps.popleft())
        return self._done

    def _mark(self) -> Instant:
        if self._device.type == "cuda":
            event = torch.cuda.Event(enable_timing=True)
            event.record(torch.cuda.current_stream(self._device))
            return event
        if self._device.type != "cpu":
            torch.accelerator.synchronize(self._device)
        return self._now()

    def _is_over(self, lap: _Lap) -> bool:
        return isinstance(lap.end, float) or lap.end.query()

    def _add(self, lap: _Lap) -> None:
        seconds = max(0.0, _between(lap.start, lap.end) - lap.away_s)
        done = self._done
        if lap.part is Part.FRAMES:
            num_frames, frames_s = done.num_frames + lap.count, done.frames_s + seconds
            self._done = replace(done, num_frames=num_frames, frames_s=frames_s)
        elif lap.part is Part.CLIP:
            num_clips, clips_s = done.num_clips + lap.count, done.clips_s + seconds
            self._done = replace(done, num_clips=num_clips, clips_s=clips_s)
        else:
            self._done = replace(done, alone_s=done.alone_s + seconds)


def _between(start: Instant, end: Instant) -> float:
    if isinstance(start, float) or isinstance(end, float):
        assert not isinstance(start, torch.cuda.Event), "both are of one device"
        assert not isinstance(end, torch.cuda.Event), "both are of one device"
        return end - start
    end.synchronize()
    return float(start.elapsed_time(end)) / 1000
