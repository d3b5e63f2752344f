"""SpeedMeter: how fast this machine was the last times, and how much memory that took."""

import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.segmentation.requests import FindRequest, MemoryUse, ModelState
from tarvis_app.segmentation.run_progress import RunProgress
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.settings import Settings, Speed

TRACK = "track"
NEWEST_SHARE = 0.5
"""How much the newest run counts among all before."""
MIN_FRAMES = 4
"""A run of fewer frames after its first clip says nothing."""


@dataclass(frozen=True)
class _Moment:
    """How far a run was, and when."""

    frames: int
    time_s: float


class SpeedMeter(QObject):
    """Measures every run from its first clip on, so that loading the network does not count.

    Before the first run of some weights it goes by how fast they encode frames ahead of need.

    Signals:
        measured: Another speed is known.
    """

    measured = Signal()

    def __init__(self, runs: Runs, service: SegmentationService, settings: Settings) -> None:
        super().__init__(runs)
        self._service = service
        self._settings = settings
        self._kind = TRACK
        self._first: _Moment | None = None
        self._last: _Moment | None = None
        self._peak = 0
        self._encoding_s: float | None = None
        runs.started.connect(self._begin)
        runs.progressed.connect(self._note_progress)
        runs.ended.connect(self._end)
        service.memory_measured.connect(self._note_memory)
        service.encoding_measured.connect(self._note_encoding)
        service.model_changed.connect(self._forget_encoding)

    def speed(self, kind: str = TRACK) -> Speed | None:
        """What runs of a kind take with the weights and device in use; None where nobody knows.

        Args:
            kind: "track", or the label set of a class search.
        """
        measured = self._settings.speed(self._key(kind))
        if measured is None and kind == TRACK and self._encoding_s is not None:
            return Speed(self._encoding_s, 0)
        return measured

    def _key(self, kind: str) -> str:
        model = self._service.model
        name = "" if model.weights is None else model.weights.stem
        reduction = self._settings.reduction
        clips = f" reduced by {reduction}" if reduction else ""
        return f"{name} {model.device} {kind}{clips}".replace("/", "-")

    @Slot()
    def _begin(self) -> None:
        job = self._service.job
        self._kind = job.request.label_set if isinstance(job, FindRequest) else TRACK
        self._first = self._last = None
        self._peak = 0

    @Slot(object)
    def _note_progress(self, progress: RunProgress) -> None:
        self._last = _Moment(progress.frames_done, time.monotonic())
        self._first = self._first or self._last

    @Slot(object)
    def _note_memory(self, memory: MemoryUse) -> None:
        self._peak = max(self._peak, memory.used_bytes)

    @Slot(float)
    def _note_encoding(self, seconds_per_frame: float) -> None:
        is_news = self._encoding_s is None
        self._encoding_s = min(seconds_per_frame, self._encoding_s or seconds_per_frame)
        if is_news:
            self.measured.emit()

    @Slot()
    def _forget_encoding(self) -> None:
        self._encoding_s = None

    @Slot()
    def _end(self) -> None:
        first, last = self._first, self._last
        is_known = self._service.model.state is ModelState.READY
        if first is None or last is None or last.frames - first.frames < MIN_FRAMES or not is_known:
            return
        newest = (last.time_s - first.time_s) / (last.frames - first.frames)
        before = self._settings.speed(self._key(self._kind))
        seconds = newest
        if before is not None:
            seconds = NEWEST_SHARE * newest + (1 - NEWEST_SHARE) * before.seconds_per_frame
        self._settings.set_speed(self._key(self._kind), Speed(seconds, self._peak))
        self.measured.emit()
