"""Goes through the videos of a batch in a thread of its own, with a network of its own."""

import contextlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
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
from tarvis_app.translated import translated
from tarvis_core.annotation.project_file import SUFFIX, ProjectFile
from tarvis_core.annotation.segmentation import ClassRequest, ClipMasks, Direction, TrackRequest
from tarvis_core.errors import TarvisError, VideoError
from tarvis_core.video.video_reader import VideoReader, open_video

log = logging.getLogger(__name__)

UNFINISHED = f".unfinished{SUFFIX}"


@dataclass(frozen=True)
class _Work:
    """What the work on one video needs."""

    engine: Engine
    weights: str
    plan: BatchPlan
    index: int
    stop: threading.Event


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
        loaded = self._load(choice)
        if loaded is None:
            return self.tr("There are no model weights on this machine yet.")
        engine, weights = loaded
        plan.folder.mkdir(parents=True, exist_ok=True)
        for index, video in enumerate(plan.videos):
            if plan.wanted is not None and index not in plan.wanted:
                continue
            if stop.is_set():
                return ""
            work = _Work(engine, weights.stem, plan, index, stop)
            self.video_ended.emit(self._label(work, video))
        return ""

    def _label(self, work: _Work, video: Path) -> VideoResult:
        """Label one video; whatever is wrong with it concerns it alone."""
        path, index = work.plan.project_of(video), work.index
        if path.exists():
            return VideoResult(index, VideoState.KEPT)
        unfinished = path.with_name(f".{video.stem}{UNFINISHED}")
        self.progressed.emit(BatchProgress(index, 0, 0))
        try:
            unfinished.unlink(missing_ok=True)
            with contextlib.closing(self._open_reader(video)) as reader:
                num_targets = self._write(work, reader, unfinished)
            if work.stop.is_set():
                unfinished.unlink(missing_ok=True)
                return VideoResult(index, VideoState.STOPPED)
            unfinished.rename(path)
            return VideoResult(index, VideoState.DONE, num_targets)
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
                "{name} has no frames of {width} × {height} pixels",
                name=reader.path.name,
                width=width,
                height=height,
            )
        with ProjectFile.create(path, new_project(reader.identity(), task)) as file:
            writer = ProjectWriter(file.project, task, work.weights)
            for clip in _answers(work, reader):
                writer.write(clip)
                done = BatchProgress(work.index, clip.frames_done, clip.frames_total)
                self.progressed.emit(done)
                if work.stop.is_set():
                    break
            else:
                writer.drop_doubles()
            return len(file.project.targets)


def _answers(work: _Work, reader: VideoReader) -> Iterator[ClipMasks]:
    task, last = work.plan.task, reader.num_frames - 1
    if isinstance(task, FindTask):
        wanted = ClassRequest(task.label_set, task.task, 0, last, task.categories)
        return work.engine.find_classes(reader, wanted, work.stop)
    request = TrackRequest(task.exemplars, 0, last, Direction.FORWARD)
    return work.engine.track(reader, request, work.stop)
