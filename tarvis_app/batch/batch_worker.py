"""Goes through the videos of a batch in a thread of its own, with a network of its own."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.batch.batch_plan import (
    BatchPlan,
    BatchProgress,
    FindTask,
    FollowTask,
    VideoResult,
    VideoState,
)
from tarvis_app.batch.batch_project import ProjectWriter, new_project
from tarvis_app.segmentation.network_worker import LoadEngine, OpenVideo
from tarvis_app.segmentation.requests import Engine, ModelChoice
from tarvis_app.segmentation.run_progress import Preparation, RunStep
from tarvis_app.translated import translated
from tarvis_core.annotation.project_file import SUFFIX, ProjectFile
from tarvis_core.annotation.segmentation import (
    ClassRequest,
    ClipMasks,
    ClipWork,
    Direction,
    TrackRequest,
)
from tarvis_core.errors import TarvisError, VideoError
from tarvis_core.video.opening_watch import OpeningStoppedError
from tarvis_core.video.video_reader import VideoReader, open_video

log = logging.getLogger(__name__)

UNFINISHED = f".unfinished{SUFFIX}"
TOLD_EVERY_S = 0.5
"""How often it is told how far a clip is."""


@dataclass(frozen=True)
class _Work:
    """What the work on one video needs."""

    engine: Engine
    weights: str
    plan: BatchPlan
    index: int
    stop: threading.Event

    def watch_opening(self, _num_done: int, _num_total: int) -> None:
        """End the opening of a long video when the batch is stopped."""
        if self.stop.is_set():
            raise OpeningStoppedError("the batch was stopped")


class _Teller:
    """Tells how far a video is: each clip, and within a clip now and then."""

    def __init__(self, progress: BatchProgress, emit: Callable[[BatchProgress], None]) -> None:
        self._progress = progress
        self._emit = emit
        self._told_at = 0.0

    def tell(self, progress: BatchProgress) -> None:
        """A clip is done."""
        self._progress = progress
        self._emit(progress)

    def tell_work(self, work: ClipWork) -> None:
        """The network is so far with a clip."""
        if time.monotonic() - self._told_at > TOLD_EVERY_S:
            self._told_at = time.monotonic()
            self._emit(replace(self._progress, step=RunStep(Preparation.CLIP, work)))


class BatchWorker(QObject):
    """Labels one video after the other; what is done is kept, whatever happens to the next.

    The window's network stays free for clicks: this one loads weights of its own, and lets them go
    at the end.

    Signals:
        progressed: Argument: `BatchProgress`.
        video_ended: Argument: `VideoResult`.
        ended: Argument: why the batch as a whole could not go on; empty if it could.
    """

    progressed = Signal(object)
    video_ended = Signal(object)
    ended = Signal(str)

    def __init__(self, load: LoadEngine, open_reader: OpenVideo = open_video) -> None:
        super().__init__()
        self._load = load
        self._open_reader = open_reader

    @Slot(object, object, object)
    def run(self, plan: BatchPlan, choice: ModelChoice, stop: threading.Event) -> None:
        """Go through the videos of a plan; the outermost frame: its end is always told."""
        message = ""
        try:
            message = self._run(plan, choice, stop)
        except TarvisError as error:
            message = translated(error)
        except OSError as error:
            message = f"{error.filename or plan.folder}: {error.strerror or error}"
        except Exception:
            log.exception("the batch failed")
            message = self.tr("Something unforeseen went wrong; the log has the details.")
        self.ended.emit(message)

    def _run(self, plan: BatchPlan, choice: ModelChoice, stop: threading.Event) -> str:
        loaded: tuple[Engine, Path] | None = None
        plan.folder.mkdir(parents=True, exist_ok=True)
        for index in plan.indices:
            if plan.projects[index].exists():
                self.video_ended.emit(VideoResult(index, VideoState.KEPT))
                continue
            if loaded is None:
                self.progressed.emit(BatchProgress(index, step=RunStep(Preparation.MODEL)))
                loaded = self._load(choice)
            if loaded is None:
                return self.tr("There are no model weights on this machine yet.")
            if stop.is_set():
                return ""
            work = _Work(loaded[0], loaded[1].stem, plan, index, stop)
            self.video_ended.emit(self._label(work, plan.videos[index]))
        return ""

    def _label(self, work: _Work, video: Path) -> VideoResult:
        """Label one video; whatever is wrong with it concerns it alone."""
        path, index = work.plan.projects[work.index], work.index
        unfinished = path.with_name(f".{path.stem}{UNFINISHED}")
        self.progressed.emit(BatchProgress(index, step=RunStep(Preparation.VIDEO)))
        try:
            unfinished.unlink(missing_ok=True)
            with contextlib.closing(self._open_reader(video, work.watch_opening)) as reader:
                num_targets = self._write(work, reader, unfinished)
            if work.stop.is_set():
                unfinished.unlink(missing_ok=True)
                return VideoResult(index, VideoState.STOPPED)
            unfinished.rename(path)
            return VideoResult(index, VideoState.DONE, num_targets)
        except OpeningStoppedError:
            return VideoResult(index, VideoState.STOPPED)
        except TarvisError as error:
            unfinished.unlink(missing_ok=True)
            return VideoResult(index, VideoState.FAILED, message=translated(error))
        except Exception:
            log.exception("%s could not be labelled", video)
            unfinished.unlink(missing_ok=True)
            message = self.tr("The network failed; see the log.")
            return VideoResult(index, VideoState.FAILED, message=message)

    def _write(self, work: _Work, reader: VideoReader, path: Path) -> int:
        """Label a video into a new file; the number of targets that it has."""
        task = work.plan.task
        if isinstance(task, FollowTask) and reader.size != task.frame_size:
            height, width = task.frame_size
            raise VideoError(
                "{name} has frames of {width} × {height} pixels, the targets were given on "
                "frames of {wanted_width} × {wanted_height}. Follow them in videos of that size",
                name=reader.path.name,
                width=reader.size[1],
                height=reader.size[0],
                wanted_width=width,
                wanted_height=height,
            )
        with ProjectFile.create(path, new_project(reader.identity(), task)) as file:
            writer = ProjectWriter(file.project, task, work.weights)
            teller = _Teller(BatchProgress(work.index), self.progressed.emit)
            work.engine.tell = teller.tell_work
            for clip in _answers(work, reader):
                writer.write(clip)
                teller.tell(BatchProgress(work.index, clip.frames_done, clip.frames_total))
                if work.stop.is_set():
                    break
            else:
                writer.tidy()
            return len(file.project.targets)


def _answers(work: _Work, reader: VideoReader) -> Iterator[ClipMasks]:
    task, last = work.plan.task, reader.num_frames - 1
    if isinstance(task, FindTask):
        wanted = ClassRequest(task.label_set, task.task, 0, last, task.categories)
        return work.engine.find_classes(reader, wanted, work.stop)
    request = TrackRequest(task.exemplars, 0, last, Direction.FORWARD)
    return work.engine.track(reader, request, work.stop)
