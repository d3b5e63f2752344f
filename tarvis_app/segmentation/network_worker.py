"""The network in its thread: loaded, measured, used ahead of need; a door to inference."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from tarvis_app.segmentation.encoding_clock import EncodingClock
from tarvis_app.segmentation.inbox import Inbox
from tarvis_app.segmentation.process_memory import process_memory
from tarvis_app.segmentation.requests import (
    Engine,
    MemoryUse,
    ModelChoice,
    ModelState,
    ModelStatus,
)
from tarvis_app.segmentation.run_progress import Preparation, RunStep
from tarvis_app.translated import translated
from tarvis_core.annotation.segmentation import ClipWork
from tarvis_core.errors import TarvisError
from tarvis_core.video.encoding_work import KeptFeatures
from tarvis_core.video.opening_watch import OpeningStoppedError, OpeningWatch
from tarvis_core.video.video_reader import VideoReader, open_video

log = logging.getLogger(__name__)

LoadEngine = Callable[[ModelChoice], tuple[Engine, Path] | None]
"""Loads a network; returns it with the file of its weights, or None where there are no weights."""

OpenVideo = Callable[[Path, OpeningWatch], VideoReader]


def load_engine(choice: ModelChoice) -> tuple[Engine, Path] | None:
    """Load the real network.

    Torch is imported here, in the worker's thread, so that it never delays the window.

    Raises:
        CheckpointError: The weights are damaged.
    """
    from tarvis_core.inference.weights_catalog import default_weights

    path = choice.weights or default_weights()
    if path is None:
        return None
    from tarvis_core.inference.engine import InferenceEngine

    return InferenceEngine.load(path, choice.device, reduction=choice.reduction), path


class NetworkWorker(QObject):
    """Holds the network and the video in the worker's thread.

    Signals:
        model_changed: Argument: `ModelStatus`.
        memory_measured: Argument: `MemoryUse`.
        encoding_measured: Argument: the `EncodingRate`, as encoding ahead of need took.
        kept_changed: Argument: the `KeptFeatures` of the video, or None where there are none.
    """

    model_changed = Signal(object)
    memory_measured = Signal(object)
    encoding_measured = Signal(object)
    kept_changed = Signal(object)
    _slice_ended = Signal()

    def __init__(
        self,
        inbox: Inbox,
        load: LoadEngine = load_engine,
        open_reader: OpenVideo = open_video,
    ) -> None:
        super().__init__()
        self._inbox = inbox
        self._load = load
        self._open_reader = open_reader
        self._choice = ModelChoice(None)
        self._engine: Engine | None = None
        self._weights = ""
        self._path: Path | None = None
        self._reader: VideoReader | None = None
        self._filling: Iterator[int] | None = None
        self._clock: EncodingClock | None = None
        self._kept: KeptFeatures | None = None
        self._idle_at: int | None = None
        self._slice_ended.connect(self._fill_on, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def set_video(self, path: Path | None) -> None:
        """Work on another video from now on; None: on none."""
        if self._reader is not None:
            self._reader.close()
        self._reader = None
        self._filling = self._idle_at = None
        self._path = path
        self._tell_kept()
        self._inbox.arrived()

    @Slot(object)
    def choose_model(self, choice: ModelChoice) -> None:
        """Use these weights from now on; they are loaded when first needed, or by `warm_up`."""
        if choice != self._choice:
            self._choice = choice
            self._engine = None
            self._filling = None
            self._tell_kept()
            self.model_changed.emit(ModelStatus(ModelState.UNLOADED, choice.weights))

    @Slot()
    def warm_up(self) -> None:
        """Load the network before it is needed."""
        try:
            self._ready_engine()
        except TarvisError as error:
            log.warning("the network could not be loaded: %s", error)

    @Slot(int)
    def prepare(self, frame: int) -> None:
        """Compute ahead what lies around a frame, until something else is asked."""
        self._idle_at = frame
        urgent = self._inbox.when_idle()
        if self._engine is None or self._path is None or urgent is None:
            return
        try:
            self._filling = self._engine.fill(self._ready_reader(), frame, urgent)
            self._clock = EncodingClock(self._engine)
            self._tell_kept()
        except TarvisError as error:
            log.info("nothing was prepared: %s", error)
            return
        self._slice_ended.emit()

    @Slot()
    def _fill_on(self) -> None:
        """One slice; whatever came in meanwhile is served before the next."""
        if self._filling is None:
            return
        try:
            left = next(self._filling, None)
        except TarvisError as error:
            log.info("no more was prepared: %s", error)
            left = None
        if left is None:
            self._filling = None
            return
        assert self._clock is not None, "made with what is filled"
        num_clips = self._clock.num_ended
        rate = self._clock.note_slice(left)
        if rate is not None:
            self.encoding_measured.emit(rate)
        if self._clock.num_ended > num_clips:
            self._tell_kept()
        self._slice_ended.emit()

    def _tell_kept(self) -> None:
        """Tell which features of the video are there, if that has changed."""
        kept = None
        if self._engine is not None and self._reader is not None:
            kept = self._engine.kept(self._reader)
        if kept != self._kept:
            self._kept = kept
            self.kept_changed.emit(kept)

    def _serve_between(self) -> None:
        """Called between the parts of a clip in work, for what cannot wait for its end."""

    def _begin_step(self, step: RunStep) -> None:
        """Called when something begins that takes time before masks come."""

    def _note_work(self, work: ClipWork) -> None:
        self._begin_step(RunStep(Preparation.CLIP, work))

    def _is_unwanted(self) -> bool:
        """Whether nobody waits any more for the video to be open."""
        return self._inbox.is_moving

    def _watch_opening(self, _num_done: int, _num_total: int) -> None:
        if self._is_unwanted():
            raise OpeningStoppedError("{path} is not wanted any more", path=self._path)

    def _ready_engine(self) -> Engine | None:
        if self._engine is not None:
            return self._engine
        self._begin_step(RunStep(Preparation.MODEL))
        self.model_changed.emit(ModelStatus(ModelState.LOADING, self._choice.weights))
        try:
            loaded = self._load(self._choice)
        except TarvisError as error:
            status = ModelStatus(ModelState.FAILED, self._choice.weights, message=translated(error))
            self.model_changed.emit(status)
            raise
        if loaded is None:
            self.model_changed.emit(ModelStatus(ModelState.MISSING))
            return None
        self._engine, path = loaded
        self._engine.pause = self._serve_between
        self._engine.tell = self._note_work
        self._weights = path.stem
        status = ModelStatus(
            ModelState.READY,
            path,
            str(self._engine.device),
            tuple(self._engine.label_sets),
            clips=self._engine.clip_grid,
        )
        self.model_changed.emit(status)
        self._measure_memory(self._engine)
        return self._engine

    def _measure_memory(self, engine: Engine) -> None:
        device = str(engine.device)
        memory = process_memory()
        if device.startswith("cuda"):
            from tarvis_core.inference.memory_use import card_memory

            memory = MemoryUse(*card_memory(device))
        if memory is not None:
            self.memory_measured.emit(memory)

    def _ready_reader(self) -> VideoReader:
        if self._reader is None:
            assert self._path is not None, "the window asks only while a video is open"
            self._begin_step(RunStep(Preparation.VIDEO))
            self._reader = self._open_reader(self._path, self._watch_opening)
        return self._reader
