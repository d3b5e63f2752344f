"""Batch: the window's side; one batch at a time, in the background, stopped at once."""

import time
from dataclasses import replace

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from tarvis_app.batch.batch_plan import BatchPlan, BatchProgress, VideoResult, VideoState
from tarvis_app.batch.batch_worker import BatchWorker
from tarvis_app.segmentation.network_worker import LoadEngine
from tarvis_app.segmentation.requests import ModelChoice
from tarvis_app.segmentation.run_progress import Preparation
from tarvis_app.settings import Settings
from tarvis_app.worker_thread import WorkerThread

TICK_MS = 1000
"""So often it is told that time passes."""


class Batch(QObject):
    """Starts and stops batches, and knows how far each video is.

    Signals:
        started: A batch began.
        changed: Something about the videos changed.
        ended: The batch is over. Argument: why it could not go on; empty if it could.
    """

    started = Signal()
    changed = Signal()
    ended = Signal(str)
    _run_wanted = Signal(object, object, object)

    def __init__(self, load: LoadEngine, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.plan: BatchPlan | None = None
        self.is_running = False
        self.was_stopped = False
        """Whether the last batch was stopped before its end."""
        self.message = ""
        """Why the last batch could not go on; empty if it could."""
        self.results: dict[int, VideoResult] = {}
        self.progress: BatchProgress | None = None
        self.frames_done = 0
        self._frames_before = 0
        self._started_at = self._labelling_since = 0.0
        self._clock = QTimer(self, interval=TICK_MS)
        self._clock.timeout.connect(self.changed)
        self._worker = BatchWorker(load)
        low = QThread.Priority.LowPriority
        self._thread = WorkerThread(self._worker, "batch", self, priority=low)
        self._run_wanted.connect(self._worker.run)
        self._worker.progressed.connect(self._note_progress)
        self._worker.video_ended.connect(self._note_result)
        self._worker.ended.connect(self._note_end)

    def start(self, plan: BatchPlan) -> None:
        """Go through the videos of a plan; those that have a project already are left alone.

        Raises:
            ValueError: A batch goes on already.
        """
        if self.is_running:
            raise ValueError("a batch goes on already; stop it first")
        self.results = {}
        self._begin(plan)

    @Slot()
    def retry_failed(self) -> None:
        """Go through those videos again that failed; nothing happens while a batch goes on."""
        failed = frozenset(result.index for result in self.failed)
        if self.plan is None or self.is_running or not failed:
            return
        self.results = {i: result for i, result in self.results.items() if i not in failed}
        self._begin(replace(self.plan, wanted=failed))

    def _begin(self, plan: BatchPlan) -> None:
        self.plan, self.progress = plan, None
        self.frames_done = self._frames_before = 0
        self._started_at = self._labelling_since = time.monotonic()
        self.is_running, self.was_stopped, self.message = True, False, ""
        self._clock.start()
        self._thread.begin()
        choice = ModelChoice.of(self._settings)
        self._run_wanted.emit(plan, choice, self._thread.stopping)
        self.started.emit()
        self.changed.emit()

    @Slot()
    def stop(self) -> None:
        """Stop within one clip; finished videos are kept, and the next start goes on from there."""
        self._thread.stop()
        self.changed.emit()

    @property
    def is_stopping(self) -> bool:
        """Whether the batch was asked to stop and has not done so yet."""
        return self.is_running and self._thread.stopping.is_set()

    @property
    def elapsed_s(self) -> float:
        """Since the batch began."""
        return time.monotonic() - self._started_at

    def shut_down(self) -> None:
        """Stop everything and end the thread."""
        self._thread.shut_down()

    def state(self, index: int) -> VideoState:
        """How far a video is."""
        if index in self.results:
            return self.results[index].state
        is_in_work = self.is_running and self.progress is not None and self.progress.index == index
        return VideoState.RUNNING if is_in_work else VideoState.WAITING

    @property
    def is_loading(self) -> bool:
        """Whether the model is not there yet."""
        step = None if self.progress is None else self.progress.step
        is_at_model = step is not None and step.what is Preparation.MODEL
        return self.is_running and (self.progress is None or is_at_model)

    @property
    def failed(self) -> tuple[VideoResult, ...]:
        """What came of the videos that failed, in their order."""
        states = ((index, self.results[index]) for index in sorted(self.results))
        return tuple(result for _, result in states if result.state is VideoState.FAILED)

    @property
    def num_done(self) -> int:
        """How many videos have a project."""
        done = (VideoState.DONE, VideoState.KEPT)
        return sum(result.state in done for result in self.results.values())

    @property
    def num_wanted(self) -> int:
        """Videos that this batch goes through."""
        return 0 if self.plan is None else len(self.plan.indices)

    @property
    def number(self) -> int:
        """Which of them is in work, from 1."""
        indices = () if self.plan is None else self.plan.indices
        return min(self.num_wanted, 1 + sum(index in self.results for index in indices))

    @property
    def frames_per_second(self) -> float:
        """Average speed since the model was loaded; 0 before the first frame."""
        elapsed = time.monotonic() - self._labelling_since
        return self.frames_done / elapsed if elapsed > 0 else 0.0

    @Slot(object)
    def _note_progress(self, progress: BatchProgress) -> None:
        if self.is_loading:
            self._labelling_since = time.monotonic()
        self.progress = progress
        self.frames_done = self._frames_before + progress.frames_done
        self.changed.emit()

    @Slot(object)
    def _note_result(self, result: VideoResult) -> None:
        self.results[result.index] = result
        self._frames_before = self.frames_done
        self.changed.emit()

    @Slot(str)
    def _note_end(self, message: str) -> None:
        self.was_stopped, self.message = self.is_stopping, message
        self.is_running = False
        self._clock.stop()
        self.changed.emit()
        self.ended.emit(message)
